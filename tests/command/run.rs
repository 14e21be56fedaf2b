//! How the program is run, and what it is run on.

use alog::{Config, Level, Logger};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// The program with arguments, in a folder.
pub fn alog(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alog"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).env_remove("NO_COLOR");
    command
}

/// What it said, and its exit status.
pub struct Said {
    pub out: String,
    pub errors: String,
    pub status: Option<i32>,
}

fn said(output: Output) -> Said {
    Said {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code(),
    }
}

/// Runs it to its end.
pub fn run(folder: &Path, arguments: &[&str]) -> Said {
    said(alog(folder, arguments).output().expect("the program runs"))
}

/// The same with something on standard input.
pub fn run_with(folder: &Path, arguments: &[&str], input: &[u8]) -> Said {
    let mut command = alog(folder, arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // A program that does not read all of it is no failure.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("its end");
    writer.join().expect("a writer");
    said(output)
}

/// What it prints, where it must succeed and has nothing to complain of.
pub fn prints(folder: &Path, arguments: &[&str]) -> String {
    let said = run(folder, arguments);
    assert_eq!((said.errors.as_str(), said.status), ("", Some(0)), "{arguments:?}\n{}", said.out);
    said.out
}

/// Waits until something is so; a minute at most.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(60), "it never came to this: {what}");
        std::thread::yield_now();
    }
}

/// A folder that goes when it is dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("alog-command-{}-{}", std::process::id(), COUNT.fetch_add(1, Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.file(name), bytes).expect("a file");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).expect("a file")
    }

    /// A logger that writes into one file here.
    pub fn logger(&self, sink: &str, keys: &[(&str, &str)]) -> Logger {
        let mut config = Config::new();
        config.set("level", "trace").expect("a level");
        for (key, value) in keys {
            config.set(key, value).expect("a key");
        }
        config.add_sink(&format!("file:{}/{sink}", self.0.display())).expect("a sink");
        Logger::new(&config).expect("a logger")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Logs some records with everything that a record may have.
pub fn log_some(log: &Logger) {
    log.write(Level::Info, "plain").expect("accepted");
    let evil = "a \"quoted\" =\\ line\nwith\ttabs, \u{1b}[31m and \u{2028}";
    log.write(Level::Warn, evil).expect("accepted");
    let event = log.event(Level::Error, "user {user} is late");
    let event = event.field("user", "Eve O'Neil").field("ms", 1.5).field("count", 7);
    let event = event.group("req", |req| req.field("method", "GET").field("ok", true));
    event.send().expect("accepted");
    log.event(Level::Debug, "").field("empty", "").field("text", "a=b c").send().expect("accepted");
    log.write(Level::Fatal, b"bytes \xff\x00\n".as_slice()).expect("accepted");
}
