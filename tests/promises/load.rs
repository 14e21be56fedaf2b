//! Configurations from TOML and from the environment.

use crate::setup::{Scratch, close};
use crate::sys;
use alog::{Code, Config, Error, Level, Logger};
use std::fs::File;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::process::Command;
use std::{env, fs};

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

#[test]
fn a_program_with_more_rights_than_its_user_reads_no_environment() {
    const VARIABLE: &str = "ALOG_LEVEL";
    const REFUSED: &str = "refused";
    let outcome = || Config::new().load_env("ALOG_").map_or(REFUSED, |()| "not read");
    if env::var_os(VARIABLE).is_some() {
        println!("outcome: {}", outcome());
        return;
    }
    let scratch = Scratch::new();
    let program = scratch.file("program");
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    let run = || {
        let name = "load::a_program_with_more_rights_than_its_user_reads_no_environment";
        let arguments = ["--exact", name, "--test-threads=1", "--nocapture"];
        let output = Command::new(&program).args(arguments).env(VARIABLE, "loud").output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(run().contains("outcome: refused"), "{}", run());
    // Only root can give a program away, and the file system has to know of it.
    const NOBODY: u32 = 65534;
    if chown(&program, Some(NOBODY), None).is_ok()
        && !sys::ignores_set_user_id(&File::open(&program).unwrap())
    {
        fs::set_permissions(&program, fs::Permissions::from_mode(0o4755)).unwrap();
        assert!(run().contains("outcome: not read"), "{}", run());
    }
}
