//! Sets of levels, and how they change while the logger runs.

use crate::doubles::Recorder;
use crate::setup::{Done, close, config, logger_to, logger_to_all, wait_until};
use alog::{Code, Config, Level, LevelSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Writes one record of each level; gives the levels that were taken.
fn taken(log: &alog::Logger) -> Vec<Level> {
    let taken = |&level: &Level| match log.try_write(level, level.name()) {
        Code::Ok => true,
        Code::Disabled => false,
        code => panic!("{code}"),
    };
    Level::ALL.into_iter().filter(taken).collect()
}

#[test]
fn any_set_of_levels_can_be_switched_on() {
    use Level::*;
    let sets: [(&str, &[Level]); 6] = [
        ("debug|warn|fatal", &[Debug, Warn, Fatal]),
        ("info-", &[Trace, Debug, Info]),
        ("error+|trace", &[Trace, Error, Fatal]),
        ("all", &Level::ALL),
        ("off", &[]),
        ("warn", &[Warn, Error, Fatal]),
    ];
    let running = logger_to("level=off", Recorder::good());
    for (set, levels) in sets {
        let recorder = Recorder::good();
        let log = logger_to(&format!("format=raw level={set}"), recorder.clone());
        assert_eq!(taken(&log), levels, "{set}");
        close(&log);
        let names: Vec<&str> = levels.iter().map(|level| level.name()).collect();
        assert_eq!(recorder.lines(), names);
        running.set_levels(set).unwrap();
        assert_eq!(taken(&running), levels, "{set}");
        assert!(
            Level::ALL.iter().all(|level| running.is_enabled(*level) == levels.contains(level))
        );
        assert_eq!(Some(running.levels()), LevelSet::parse(set));
    }
}

#[test]
fn a_text_that_is_no_set_changes_nothing() {
    let log = logger_to("level=error", Recorder::good());
    for bad in ["", "loud", "info,warn", "info|"] {
        assert_eq!(log.set_levels(bad).unwrap_err().code, Code::Value, "{bad:?}");
    }
    assert_eq!(log.levels(), LevelSet::from_lowest(Level::Error));
}

#[test]
fn a_change_holds_for_threads_that_log_already_and_for_derived_loggers() {
    let log = logger_to("level=info", Recorder::good());
    let child = log.child(&Config::new()).unwrap();
    let (done, disabled) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        let _done = Done(&done);
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let code = child.try_write(Level::Info, "m");
                disabled.store(code == Code::Disabled, Ordering::Relaxed);
            }
        });
        for _ in 0..20 {
            log.set_levels("warn").unwrap();
            assert!(!child.is_enabled(Level::Info) && !log.is_enabled(Level::Info));
            wait_until("it is off", || disabled.load(Ordering::Relaxed));
            child.set_levels("info").unwrap();
            assert!(log.is_enabled(Level::Info) && child.is_enabled(Level::Info));
            wait_until("it is on", || !disabled.load(Ordering::Relaxed));
        }
    });
    drop(child);
    close(&log);
}

#[test]
fn levels_of_sinks_are_sets_too() {
    let (some, rest) = (Recorder::good(), Recorder::good());
    let sinks: [(&str, std::sync::Arc<dyn alog::Destination>); 2] =
        [("some?level=debug|warn", some.clone()), ("rest?level=info-", rest.clone())];
    let log = logger_to_all("format=raw level=all", &sinks);
    taken(&log);
    close(&log);
    assert_eq!(some.lines(), ["DEBUG", "WARN"]);
    assert_eq!(rest.lines(), ["TRACE", "DEBUG", "INFO"]);
}

#[test]
fn a_reconfiguration_is_done_whole_or_not_at_all() {
    let log = logger_to("level=info max_message_bytes=10 overflow=block", Recorder::good());
    for foreign in ["queue_bytes=64KiB", "workers=2", "name=x", "replace=sinks", "format=raw"] {
        let changes = config(&format!("level=all max_message_bytes=20 {foreign}"));
        let error = log.reconfigure(&changes).unwrap_err();
        let (key, _) = foreign.split_once('=').unwrap();
        assert_eq!(error.code, Code::Key);
        assert!(error.message.as_str().starts_with(key), "{error}");
    }
    let mut with_field = config("level=all");
    with_field.field("k", 1).unwrap();
    assert_eq!(log.reconfigure(&with_field).unwrap_err().code, Code::Key);
    assert_eq!(log.levels(), LevelSet::from_lowest(Level::Info));
    assert_eq!(log.try_write(Level::Info, "eleven byte"), Code::TooLarge);

    log.reconfigure(&config("max_message_bytes=11")).unwrap();
    assert_eq!(log.try_write(Level::Info, "eleven byte"), Code::Ok);
    assert_eq!(log.try_write(Level::Debug, "off"), Code::Disabled, "what was not set stays");
}

#[test]
fn a_hand_over_refuses_a_policy_that_drops_also_while_it_runs() {
    let log = logger_to("queue_bytes=0", Recorder::good());
    let error = log.reconfigure(&config("level=all overflow=drop-newest")).unwrap_err();
    assert_eq!(error.code, Code::Value);
    assert!(!log.is_enabled(Level::Trace));
    log.reconfigure(&config("overflow=block:1s")).unwrap();
    close(&log);
}
