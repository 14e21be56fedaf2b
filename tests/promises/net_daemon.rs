//! The syslog daemons that people have: what they write is what was logged.

use crate::setup::{PATIENCE, Scratch, close, logger_at, wait_until};
use alog::{Level, Logger};
use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A daemon of a test's own, ended with it.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        // It has ended by itself, or it ends now.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What `make setup` has unpacked of a daemon.
fn tool(package: &str, program: &str) -> (Command, String) {
    let root = format!("{}/target/tools/{package}", env!("CARGO_MANIFEST_DIR"));
    let path = format!("{root}/usr/sbin/{program}");
    assert!(Path::new(&path).exists(), "{program} is missing: run `make setup`");
    let usr = format!("{root}/usr/lib");
    let machine = format!("{}-linux-gnu", std::env::consts::ARCH);
    let libraries =
        format!("{usr}/{machine}:{root}/lib/{machine}:{usr}/syslog-ng:{usr}/{machine}/syslog-ng");
    let mut command = Command::new(path);
    command.env("LD_LIBRARY_PATH", libraries).stdin(Stdio::null()).stdout(Stdio::null());
    (command, root)
}

/// A port that nobody listens on, for both protocols.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(UdpSocket::bind(("127.0.0.1", port)).unwrap());
    port
}

/// rsyslog, listening on a socket and on a port.
fn rsyslog(scratch: &Scratch, port: u16) -> Daemon {
    let (mut command, root) = tool("rsyslog", "rsyslogd");
    let (config, directory) = (scratch.file("conf"), scratch.path().display());
    let text = format!(
        "global(workDirectory=\"{directory}\")\n\
         module(load=\"imuxsock\" SysSock.Use=\"off\")\n\
         module(load=\"imtcp\")\n\
         module(load=\"imudp\")\n\
         input(type=\"imuxsock\" Socket=\"{directory}/socket\")\n\
         input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{port}\")\n\
         input(type=\"imudp\" address=\"127.0.0.1\" port=\"{port}\")\n\
         template(name=\"all\" type=\"string\" string=\"%syslogfacility-text%.%syslogseverity-text% \
         %app-name% %msgid% %structured-data% %msg:::sp-if-no-1st-sp%%msg%\\n\")\n\
         action(type=\"omfile\" file=\"{directory}/out\" template=\"all\")\n"
    );
    fs::write(&config, text).unwrap();
    let modules = format!("{root}/usr/lib/{}-linux-gnu/rsyslog", std::env::consts::ARCH);
    command.args(["-n", "-C", "-M", &modules]);
    command.arg("-f").arg(config).arg("-i").arg(scratch.file("pid"));
    Daemon(command.spawn().expect("rsyslogd"))
}

/// syslog-ng, the same.
fn syslog_ng(scratch: &Scratch, port: u16) -> Daemon {
    let (mut command, root) = tool("syslog-ng-core", "syslog-ng");
    let (config, directory) = (scratch.file("conf"), scratch.path().display());
    let text = format!(
        "@version: 3.38\n\
         options {{ keep-hostname(yes); }};\n\
         source s {{\n\
         unix-dgram(\"{directory}/socket\");\n\
         syslog(ip(\"127.0.0.1\") port({port}) transport(\"tcp\"));\n\
         syslog(ip(\"127.0.0.1\") port({port}) transport(\"udp\"));\n\
         }};\n\
         destination d {{ file(\"{directory}/out\" template(\"$FACILITY.$LEVEL $PROGRAM $MSGID \
         $SDATA $MSG\\n\")); }};\n\
         log {{ source(s); destination(d); }};\n"
    );
    fs::write(&config, text).unwrap();
    command.args(["-F", "--no-caps", "--module-path"]);
    command.arg(format!("{root}/usr/lib/syslog-ng/3.38")).arg("-f").arg(config);
    for (option, file) in [("-R", "persist"), ("-p", "pid"), ("-c", "control")] {
        command.arg(option).arg(scratch.file(file));
    }
    Daemon(command.spawn().expect("syslog-ng"))
}

fn log_one(log: &Logger, message: &str) {
    log.event(Level::Error, message).field("user", "a \"b\" [c] \\d").field("n", 7).send().unwrap();
}

/// Sends by each way, and checks that each line arrives once, as it was meant.
fn check(scratch: &Scratch, port: u16) {
    let out = || fs::read_to_string(scratch.file("out")).unwrap_or_default();
    let socket = scratch.file("socket");
    wait_until("the daemon listens", || {
        let listens = std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        listens && socket.exists()
    });
    let specs = [
        format!("syslog+tcp://127.0.0.1:{port}?facility=local3&app_name=shop&msg_id=ORDER"),
        format!("syslog+udp://127.0.0.1:{port}?facility=local3&app_name=shop&msg_id=ORDER"),
        format!("syslog:{}?facility=local3&app_name=shop", socket.display()),
    ];
    for (number, spec) in specs.iter().enumerate() {
        let log = logger_at("", &[spec]);
        log_one(&log, &format!("message\n{number}."));
        log.flush(Some(PATIENCE)).unwrap();
        wait_until("it arrives", || out().contains(&format!("message\\n{number}.")));
        assert_eq!(close(&log).written, 1);
    }
    let text = out();
    assert_eq!(text.matches("message\\n").count(), 3, "{text}");
    for line in text.lines().filter(|line| line.contains("message")) {
        let level = line.split_once(' ').unwrap().0;
        assert!(level == "local3.err" || level == "local3.error", "{line}");
        assert!(line.contains(" shop "), "{line}");
        if line.ends_with(" message\\n0.") || line.ends_with(" message\\n1.") {
            assert!(line.contains(" ORDER "), "{line}");
            assert!(line.contains(r#"[alog@32473 "#), "{line}");
            assert!(line.contains(r#"user="a \"b\" [c\] \\d""#), "{line}");
            assert!(line.contains(r#"n="7""#), "{line}");
        } else {
            assert!(line.contains(r#"message\n2. "#) && line.ends_with(" n=7"), "{line}");
        }
    }
}

#[test]
fn rsyslog_takes_every_message_as_it_was_meant() {
    let (scratch, port) = (Scratch::new(), free_port());
    let _daemon = rsyslog(&scratch, port);
    check(&scratch, port);
}

#[test]
fn syslog_ng_takes_every_message_as_it_was_meant() {
    let (scratch, port) = (Scratch::new(), free_port());
    let _daemon = syslog_ng(&scratch, port);
    check(&scratch, port);
}
