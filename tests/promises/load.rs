//! Configurations from TOML and from the environment.

use crate::setup::{PATIENCE, Scratch, close};
use crate::sys;
use alog::{Code, Config, Error, Level, Logger};
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;
use std::{any, env, fs, thread};

/// A configuration from a file with this text.
fn loaded(scratch: &Scratch, text: &str) -> Result<Config, Error> {
    fs::write(scratch.file("app.toml"), text).expect("a file");
    let mut config = Config::new();
    config.load_file(scratch.file("app.toml")).map(|()| config)
}

#[test]
fn a_file_says_what_a_logger_does() {
    let scratch = Scratch::new();
    let text = format!(
        "level = 'debug'\ntime_key = ''\n[fields.app]\nname = 'shop'\n[[sink]]\nto = '{}'\nformat = 'json'\n\
         [[sink]]\nto = '{}'\nformat = 'raw'\nlevel = 'warn'\n",
        scratch.spec("all"),
        scratch.spec("bad"),
    );
    let log = Logger::new(&loaded(&scratch, &text).unwrap()).unwrap();
    log.write(Level::Debug, "a").unwrap();
    log.write(Level::Error, "b").unwrap();
    close(&log);
    let app = "\"app\":{\"name\":\"shop\"}";
    let lines = format!(
        "{{\"level\":\"DEBUG\",\"message\":\"a\",{app}}}\n{{\"level\":\"ERROR\",\"message\":\"b\",{app}}}\n"
    );
    assert_eq!(scratch.text("all"), lines);
    assert_eq!(scratch.text("bad"), "b\n");
}

#[test]
fn several_files_override_keys_and_add_up_sinks_and_fields() {
    let scratch = Scratch::new();
    let mut config = Config::new();
    let pattern = "pattern = '{level} {message} {fields}'";
    config.load(&format!("level = 'debug'\n{pattern}\n[fields]\na = 1")).unwrap();
    config.load("level = 'warn'\n[fields]\nb = 2").unwrap();
    config.load(&format!("[[sink]]\nto = '{}'", scratch.spec("log"))).unwrap();
    let log = Logger::new(&config).unwrap();
    log.write(Level::Info, "x").unwrap();
    log.write(Level::Warn, "x").unwrap();
    close(&log);
    assert_eq!(scratch.text("log"), "WARN x a=1 b=2\n");
}

#[test]
fn an_error_in_a_file_is_told_with_file_line_and_column() {
    let scratch = Scratch::new();
    let text = "# ü\n[[sink]]\nto = 'file:app.log'\n\n# ü\n\nlvel = 'warn'\n";
    let error = loaded(&scratch, text).err().unwrap();
    assert_eq!(error.code, Code::Key);
    let message = "app.toml:7:1: file:app.log has no parameter \"lvel\"; is it \"level\"?";
    assert_eq!(error.message.as_str(), message);
    assert!(error.origin.as_str().starts_with("config:"), "{error}");
}

#[test]
fn what_does_not_fit_together_in_a_file_is_told_with_the_place_of_the_key() {
    let scratch = Scratch::new();
    let config = loaded(&scratch, "# ü\nworkers = 2\nWriter = 'caller'\n").unwrap();
    let error = Logger::new(&config).err().unwrap();
    let message = "app.toml:3:1: writer=caller takes workers=1 or workers=0, not 2";
    assert_eq!((error.code, error.message.as_str()), (Code::Value, message));

    let text = "[[sink]]\nto = 'stderr:'\n[[sink]]\nkeep = 1\nto = 'file:/nowhere/at/all?keep=2'";
    let error = Logger::new(&loaded(&scratch, text).unwrap()).err().unwrap();
    let message = "app.toml:5:6: cannot open \"file:/nowhere/at/all\": no such file";
    assert_eq!(error.code, Code::Open);
    assert!(error.message.as_str().starts_with(message), "{error}");
    let mut config = loaded(&scratch, "level = 'warn'").unwrap();
    config.add_sink("file:/nowhere/at/all").unwrap();
    let error = Logger::new(&config).err().unwrap();
    assert!(error.message.as_str().starts_with("cannot open"), "{error}");

    let log = Logger::new(&loaded(&scratch, "level = 'warn'").unwrap()).unwrap();
    std::fs::write(scratch.file("app.toml"), "level = 'warn'\n\n  queue_bytes = '4MiB'").unwrap();
    let error = log.reread().unwrap_err();
    assert!(error.message.as_str().starts_with("app.toml:3:3: queue_bytes cannot be"), "{error}");
}

#[test]
fn permissions_in_a_file_may_be_a_number_in_octal() {
    for mode in ["0o600", "'0600'", "'600'"] {
        let scratch = Scratch::new();
        let text = format!("[[sink]]\nto = '{}'\nmode = {mode}", scratch.spec("log"));
        Logger::new(&loaded(&scratch, &text).unwrap()).unwrap();
        let permissions = std::fs::metadata(scratch.file("log")).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o7777, 0o600, "{mode}");
    }
}

#[test]
fn a_file_may_lie_behind_a_link_and_must_be_one() {
    let scratch = Scratch::new();
    loaded(&scratch, "level = 'warn'").unwrap();
    symlink("app.toml", scratch.file("link")).unwrap();
    Config::new().load_file(scratch.file("link")).unwrap();
    let made = Command::new("mkfifo").arg(scratch.file("pipe")).status();
    assert!(made.expect("mkfifo").success());
    for (name, why) in [("pipe", "it is not a regular file"), ("gone", "no such file")] {
        let error = Config::new().load_file(scratch.file(name)).unwrap_err();
        assert_eq!(error.code, Code::Open);
        assert!(error.message.as_str().contains(why), "{error}");
    }
    let error = loaded(&scratch, &"#".repeat(2 << 20)).err().unwrap();
    assert!(error.message.as_str().ends_with("it is larger than 1048576 bytes"), "{error}");
}

/// What `body` says in a program that has no more rights than its user, and, where there can be one, in a program that has
/// more. `variables`: what their environment has, made for a directory. `body` must be a closure written in the test itself.
fn said_with_rights<F: FnOnce() -> String>(
    variables: impl FnOnce(&Path) -> Vec<(&'static str, OsString)>,
    body: F,
) -> Option<(String, Option<String>)> {
    const CHILD: &str = "ALOG_PROMISES_RIGHTS";
    if env::var_os(CHILD).is_some() {
        sys::set_alarm();
        println!("outcome: {};", body());
        return None;
    }
    let scratch = Scratch::new();
    let (program, variables) = (scratch.file("program"), variables(scratch.path()));
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    let name = any::type_name::<F>().split_once("::").expect("a path").1;
    let name = name.strip_suffix("::{{closure}}").expect("a closure");
    let run = || {
        let mut command = Command::new(&program);
        command.args(["--exact", name, "--test-threads=1", "--nocapture"]).env(CHILD, "1");
        command.envs(variables.iter().cloned());
        // Another test's child has the copy open for writing until it runs something else.
        let output = loop {
            match command.output() {
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::yield_now(),
                output => break output.unwrap(),
            }
        };
        let said = String::from_utf8_lossy(&output.stdout);
        let outcome = said.split_once("outcome: ").and_then(|(_, rest)| rest.split_once(';'));
        outcome.unwrap_or_else(|| panic!("{output:?}")).0.to_owned()
    };
    let plain = run();
    // Only root can give a program away, and the file system has to know of it.
    const NOBODY: u32 = 65534;
    if chown(&program, Some(NOBODY), None).is_err()
        || sys::ignores_set_user_id(&File::open(&program).unwrap())
    {
        return Some((plain, None));
    }
    fs::set_permissions(&program, fs::Permissions::from_mode(0o4755)).unwrap();
    Some((plain, Some(run())))
}

#[test]
fn a_program_with_more_rights_than_its_user_reads_no_environment() {
    let variables = |_: &Path| vec![("ALOG_LEVEL", "loud".into())];
    let said = said_with_rights(variables, || {
        Config::new().load_env("ALOG_").map_or("refused", |()| "not read").into()
    });
    if let Some((plain, privileged)) = said {
        assert_eq!(plain, "refused");
        assert!(privileged.is_none_or(|it| it == "not read"));
    }
}

/// The offset of what `time_zone` says; nothing if it is refused.
fn offset(zone: &str) -> String {
    let mut config = Config::new();
    if config.set("time_zone", zone).is_err() {
        return "refused".into();
    }
    config.set("pattern", "{time:%z}").unwrap();
    config.add_sink("pull:lines").unwrap();
    let log = Logger::new(&config).unwrap();
    log.write(Level::Info, "").unwrap();
    let mut line = Vec::new();
    log.pull("lines", &mut line, Some(PATIENCE)).unwrap().expect("a line");
    String::from_utf8_lossy(&line).trim().into()
}

/// What RFC 8536 makes of a zone that is always nine hours ahead.
fn nine_hours_ahead() -> Vec<u8> {
    let counts = [0u32, 0, 0, 0, 1, 4].map(u32::to_be_bytes).concat(); // one type, of 4 characters
    let ahead = (9 * 3600_i32).to_be_bytes();
    let block = [b"TZif2", &[0; 15][..], &counts, &ahead, &[0, 0], b"MST\0"].concat();
    [&block, &block, &b"\nMST-9\n"[..]].concat()
}

#[test]
fn a_program_with_more_rights_than_its_user_has_the_zones_of_the_system() {
    let zones = |directory: &Path| {
        fs::write(directory.join("Moon"), nine_hours_ahead()).unwrap();
        vec![("TZ", "Moon".into()), ("TZDIR", directory.into())]
    };
    let said = said_with_rights(zones, || ["local", "Moon"].map(offset).join(" "));
    if let Some((plain, privileged)) = said {
        assert_eq!(plain, "+0900 +0900");
        if let Some(said) = privileged {
            assert!(said.ends_with(" refused") && said != "+0900 refused", "{said}");
        }
    }
}

#[test]
fn a_local_zone_that_is_no_file_is_not_waited_for() {
    let zone = |directory: &Path| {
        let pipe = directory.join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
        vec![("TZ", pipe.into())]
    };
    if let Some((plain, privileged)) = said_with_rights(zone, || offset("local")) {
        assert_eq!(plain, "+0000");
        assert!(privileged.is_none_or(|it| it != "refused"));
    }
}
