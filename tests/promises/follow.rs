//! A logger follows the files that it was made from: by a call, or by itself when they change.

use crate::child;
use crate::doubles::Recorder;
use crate::setup::*;
use crate::sys;
use crate::tasks::{named, wait_until_rested};
use alog::{Code, Config, Error, Level, LevelSet, Logger};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

const FOLLOW: &str = "reload = 'on-change'";

/// A directory with a configuration file in it.
struct Setup {
    scratch: Scratch,
    file: PathBuf,
}

impl Setup {
    fn new(text: &str) -> Self {
        let scratch = Scratch::new();
        let file = scratch.file("app.toml");
        let setup = Self { scratch, file };
        setup.says(text);
        setup
    }

    /// What a file says that follows itself and has one sink.
    fn text(&self, more: &str) -> String {
        format!("{more}\n{FOLLOW}\nformat = 'raw'\n[[sink]]\nto = '{}'", self.scratch.spec("log"))
    }

    /// At once: whoever is slow to write in place is seen amid that.
    fn says(&self, text: &str) {
        let draft = self.scratch.file("app.toml.draft");
        fs::write(&draft, text).unwrap();
        fs::rename(&draft, &self.file).unwrap();
    }

    fn config(&self) -> Config {
        let mut config = Config::new();
        config.load_file(&self.file).unwrap();
        config
    }

    /// A logger that follows the file.
    fn following(level: &str) -> (Self, Logger) {
        let setup = Self::new("");
        setup.says(&setup.text(&format!("level = '{level}'")));
        let log = Logger::new(&setup.config()).unwrap();
        (setup, log)
    }
}

fn wait_for_level(log: &Logger, levels: &str) {
    let levels = LevelSet::parse(levels).unwrap();
    wait_until("the level of the file", || log.levels() == levels);
}

/// The next error, when it comes.
fn error(log: &Logger) -> Error {
    let mut found = None;
    wait_until("an error", || {
        found = log.poll_error();
        found.is_some()
    });
    found.unwrap()
}

#[test]
fn what_a_file_says_later_applies_however_it_was_written() {
    let (setup, log) = Setup::following("info");
    fs::write(&setup.file, setup.text("level = 'debug'")).unwrap();
    wait_for_level(&log, "debug");
    // As editors do it.
    let draft = setup.scratch.file("draft");
    fs::write(&draft, setup.text("level = 'warn'")).unwrap();
    fs::rename(&setup.file, setup.scratch.file("app.toml~")).unwrap();
    fs::rename(&draft, &setup.file).unwrap();
    wait_for_level(&log, "warn");
    fs::write(&draft, setup.text("level = 'trace'")).unwrap();
    fs::remove_file(&setup.file).unwrap();
    fs::hard_link(&draft, &setup.file).unwrap();
    wait_for_level(&log, "trace");
    log.write(Level::Trace, "a").unwrap();
    close(&log);
    assert_eq!(setup.scratch.text("log"), "a\n");
}

#[test]
fn a_file_behind_links_is_followed_when_a_link_leads_elsewhere() {
    let scratch = Scratch::new();
    let text =
        |level: &str| format!("level = '{level}'\n{FOLLOW}\n[[sink]]\nto = 'file:/dev/null'");
    let version = |name: &str, level: &str| {
        fs::create_dir(scratch.file(name)).unwrap();
        fs::write(scratch.file(name).join("app.toml"), text(level)).unwrap();
        symlink(name, scratch.file("next")).unwrap();
        fs::rename(scratch.file("next"), scratch.file("..data")).unwrap();
    };
    version("..one", "info");
    symlink("..data/app.toml", scratch.file("app.toml")).unwrap();
    let mut config = Config::new();
    config.load_file(scratch.file("app.toml")).unwrap();
    let log = Logger::new(&config).unwrap();
    version("..two", "debug");
    fs::remove_dir_all(scratch.file("..one")).unwrap();
    wait_for_level(&log, "debug");
    version("..three", "warn");
    wait_for_level(&log, "warn");
    fs::write(scratch.file("..three").join("app.toml"), text("error")).unwrap();
    wait_for_level(&log, "error");
    assert!(log.poll_error().is_none());
}

#[test]
fn a_file_with_an_error_changes_nothing_until_it_is_mended() {
    let (setup, log) = Setup::following("info");
    let other = setup.scratch.spec("other");
    setup.says(&format!("level = 'debug'\n[[sink]]\nto = '{other}'\nlevle = 'warn'"));
    let bad = error(&log);
    assert_eq!(bad.code, Code::Key);
    let shown = bad.message.as_str();
    assert!(shown.starts_with("app.toml:4:1: file:"), "{shown}");
    assert!(shown.ends_with("has no parameter \"levle\"; is it \"level\"?"), "{shown}");
    for (more, code, text) in [
        ("workers = 2", Code::Key, "app.toml:1:1: workers cannot be changed"),
        ("level_key = 'time'", Code::Value, "app.toml: "),
        ("[[sink]]\nto = 'file:/nowhere/at/all'", Code::Open, "app.toml:2:6: cannot open"),
        ("level =", Code::Syntax, "app.toml:1:8: "),
    ] {
        setup.says(&format!("{more}\n[[sink]]\nto = '{other}'"));
        let bad = error(&log);
        assert_eq!(bad.code, code, "{bad}");
        assert!(bad.message.as_str().starts_with(text), "{bad}");
    }
    log.write(Level::Info, "as before").unwrap();
    assert!(!log.is_enabled(Level::Debug));
    setup.says(&setup.text("level = 'debug'"));
    wait_for_level(&log, "debug");
    close(&log);
    assert_eq!(setup.scratch.text("log"), "as before\n");
    assert!(!setup.scratch.file("other").exists());
    assert!(log.poll_error().is_none());
}

#[test]
fn a_file_that_goes_away_or_is_emptied_is_an_error_and_is_seen_when_it_is_back() {
    let (setup, log) = Setup::following("info");
    fs::remove_file(&setup.file).unwrap();
    let gone = error(&log);
    assert_eq!((gone.code, gone.os_error), (Code::Open, libc::ENOENT), "{gone}");
    setup.says(&setup.text("level = 'debug'"));
    wait_for_level(&log, "debug");
    setup.says("");
    let empty = error(&log);
    assert_eq!(empty.code, Code::Syntax);
    assert_eq!(empty.message.as_str(), "app.toml: it is empty now");
    // The directory as a whole.
    let (here, away) =
        (setup.scratch.path().to_owned(), setup.scratch.path().with_extension("away"));
    fs::rename(&here, &away).unwrap();
    error(&log);
    fs::create_dir(&here).unwrap();
    setup.says(&setup.text("level = 'trace'"));
    wait_for_level(&log, "trace");
    fs::remove_dir_all(&away).unwrap();
}

#[test]
fn a_file_that_is_touched_or_commented_on_is_not_applied_again() {
    child::run(|_| {
        let (setup, log) = Setup::following("info");
        log.set_levels("debug").unwrap();
        wait_until("it carries its name", || named("alog-config").len() == 1);
        let text = setup.text("level = 'info'");
        let same = [
            text.clone(),
            format!("# a comment\n\n{text}"),
            text.replace(" = ", "=") + "\n",
            text.replace("level = 'info'", "level = \"info\" # and more"),
        ];
        for text in same {
            setup.says(&text);
            wait_until_rested(&named("alog-config")[0]);
            fs::write(&setup.file, text).unwrap();
            wait_until_rested(&named("alog-config")[0]);
            assert_eq!(Some(log.levels()), LevelSet::parse("debug"));
        }
        setup.says(&setup.text("# level = 'info'\nlevel = 'warn'"));
        wait_for_level(&log, "warn");
        assert!(log.poll_error().is_none());
    });
}

#[test]
fn what_was_given_beside_the_file_still_counts_in_its_order() {
    let setup = Setup::new("level = 'warn'\npattern = '{message} {fields}'\n[fields]\na = 1");
    let (before, behind) = (Recorder::good(), Recorder::good());
    let mut config = Config::new();
    config.set("level", "error").unwrap();
    config.set("max_message_bytes", "100").unwrap();
    config.add_destination("before", before.clone()).unwrap();
    config.load_file(&setup.file).unwrap();
    config.load("[fields]\nb = 2").unwrap();
    config.field("c", 3).unwrap();
    config.set("max_message_bytes", "200").unwrap();
    config.add_destination("behind?level=error+", behind.clone()).unwrap();
    let log = Logger::new(&config).unwrap();
    setup.says(
        "level = 'debug'\nmax_message_bytes = 50\npattern = '{level} {message} {fields}'\n[fields]\na = 1",
    );
    log.reread().unwrap();
    wait_for_level(&log, "debug");
    log.write(Level::Debug, "x".repeat(100)).unwrap();
    log.write(Level::Error, "y").unwrap();
    setup.says("[fields]\na = 2");
    let error = log.reread().unwrap_err();
    assert_eq!(error.code, Code::Key);
    assert!(error.message.as_str().starts_with("app.toml:1:2: fields cannot"), "{error}");
    setup.says("pattern = '{message}'\n[fields]\na = 1");
    log.reread().unwrap();
    log.write(Level::Error, "z").unwrap();
    log.stop(Some(PATIENCE)).unwrap();
    let x = format!("DEBUG {} a=1 b=2 c=3", "x".repeat(100));
    assert_eq!(before.lines(), [x.as_str(), "ERROR y a=1 b=2 c=3", "z"]);
    assert_eq!(behind.lines(), ["ERROR y a=1 b=2 c=3", "z"]);
}

#[test]
fn a_sink_that_the_file_begins_to_name_stands_instead_of_standard_output() {
    let setup = Setup::new("level = 'off'");
    let log = Logger::new(&setup.config()).unwrap();
    setup.says(&setup.text(""));
    log.reread().unwrap();
    assert_eq!(log.sink_stats().len(), 1);
    assert!(log.sink_stats()[0].name.as_str().starts_with("file:"));
}

#[test]
fn only_a_logger_from_a_file_reads_one_again_or_follows_one() {
    let setup = Setup::new("[[sink]]\nto = 'file:/dev/null'");
    let plain = logger_at("", &["file:/dev/null"]);
    let log = Logger::new(&setup.config()).unwrap();
    log.reload(&Config::new()).unwrap();
    for log in [&plain, &log] {
        let error = log.reread().unwrap_err();
        assert_eq!(error.code, Code::Argument);
        assert!(error.message.as_str().contains("not made from a file"), "{error}");
    }
    log.reload(&setup.config()).unwrap();
    log.reread().unwrap();
    close(&log);
    assert_eq!(log.reread().unwrap_err().code, Code::Stopped);
    let error = config("reload=on-change").validate().unwrap_err();
    assert_eq!(error.message.as_str(), "reload=on-change is for a configuration from a file");
    for without in ["workers = 0", "writer = 'caller'"] {
        setup.says(&format!("{without}\n{FOLLOW}"));
        let error = setup.config().validate().unwrap_err();
        assert!(error.message.as_str().starts_with("reload=on-change needs a thread"), "{error}");
    }
}

#[test]
fn a_thread_waits_for_changes_only_where_that_is_asked_for_and_ends_with_the_logger() {
    child::run(|_| {
        let watchers = || named("alog-config").len();
        let (setup, log) = Setup::following("info");
        wait_until("it is there", || watchers() == 1);
        wait_until_rested(&named("alog-config")[0]);
        close(&log);
        wait_until("the system has forgotten it", || watchers() == 0);
        setup.says(&setup.text("").replace(FOLLOW, ""));
        let log = Logger::new(&setup.config()).unwrap();
        assert_eq!(watchers(), 0);
        setup.says(&setup.text("level = 'debug'"));
        log.reread().unwrap();
        wait_until("it is there", || watchers() == 1);
        setup.says(&setup.text("level = 'warn'").replace(FOLLOW, ""));
        wait_for_level(&log, "warn");
        setup.says(&setup.text("level = 'trace'"));
        log.reread().unwrap();
        setup.says(&setup.text("level = 'error'"));
        wait_for_level(&log, "error");
        drop(log);
        wait_until("the system has forgotten it", || watchers() == 0);
    });
}

#[test]
fn a_child_of_fork_follows_the_file_by_itself_and_its_parent_goes_on() {
    child::run(|_| {
        let (setup, log) = Setup::following("info");
        sys::join(sys::fork(|| {
            assert_eq!(named("alog-config").len(), 0);
            log.write(Level::Info, "child").unwrap();
            wait_until("it has its own", || named("alog-config").len() == 1);
            setup.says(&setup.text("level = 'debug'"));
            wait_for_level(&log, "debug");
            setup.says("level =");
            error(&log);
            close(&log);
            wait_until("the system has forgotten it", || named("alog-config").is_empty());
        }));
        error(&log);
        setup.says(&setup.text("level = 'trace'"));
        wait_for_level(&log, "trace");
        close(&log);
    });
}

#[test]
fn a_logger_that_cannot_watch_says_so_and_goes_on() {
    child::run(|directory: &Path| {
        let log_file = directory.join("log");
        let text = |level: &str| {
            format!("level = '{level}'\n[[sink]]\nto = '{}'\nformat = 'raw'", spec(&log_file))
        };
        let file = directory.join("app.toml");
        fs::write(&file, text("info")).unwrap();
        let mut config = Config::new();
        config.load_file(&file).unwrap();
        let log = Logger::new(&config).unwrap();
        fs::write(&file, format!("{FOLLOW}\n{}", text("debug"))).unwrap();
        // One descriptor more, to read the file with.
        let limited = sys::limit_descriptors(1);
        log.reread().unwrap();
        let error = error(&log);
        assert_eq!((error.code, error.os_error), (Code::Limit, libc::EMFILE), "{error}");
        let shown = error.message.as_str();
        assert!(
            shown.starts_with("cannot watch \"") && shown.contains("changes are not seen"),
            "{shown}"
        );
        log.write(Level::Debug, "goes on").unwrap();
        sys::lift_descriptors(limited);
        log.reread().unwrap();
        fs::write(&file, format!("{FOLLOW}\n{}", text("warn"))).unwrap();
        wait_for_level(&log, "warn");
        close(&log);
        assert_eq!(fs::read_to_string(&log_file).unwrap(), "goes on\n");
    });
}

#[test]
fn a_stop_amid_changes_of_the_file_ends_and_loses_nothing() {
    for round in 0..20 {
        let (setup, log) = Setup::following("info");
        let other =
            format!("{FOLLOW}\nformat = 'raw'\n[[sink]]\nto = '{}'", setup.scratch.spec("b"));
        setup.says(&format!("{other}\nown_thread = true"));
        for number in 0..10 * round {
            log.write(Level::Info, format!("{number}")).unwrap();
        }
        setup.says(&setup.text(""));
        log.stop(Some(PATIENCE)).unwrap();
        let stats = log.stats();
        assert_eq!((stats.written, stats.pending()), (10 * round, 0));
    }
}
