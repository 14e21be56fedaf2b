//! Names of loggers and threads, and places in the program.

use crate::doubles::Recorder;
use crate::setup::{close, config, logger_to};
use crate::{child, raw, sys};
use alog::{Config, Level, Logger};
use std::thread;

/// The number of the line that a macro stands in, counted from the first one.
macro_rules! line_of {
    ($($call:tt)*) => {{
        $($call)*;
        line!()
    }};
}

#[test]
fn a_record_says_where_in_the_program_it_was_logged() {
    let recorder = Recorder::good();
    let mut config = Config::new();
    config.set("pattern", "{file}:{line} {function} {source} {message}").unwrap();
    config.add_destination("one", recorder.clone()).unwrap();
    let log = Logger::new(&config).unwrap();
    let event = line_of!(log.event(Level::Info, "e").source(alog::source!()).send().unwrap());
    let call = line_of!(alog::info!(log, "m"));
    let closure = || line_of!(alog::info!(log, "c"));
    let within = closure();
    log.event(Level::Info, "n").send().unwrap();
    log.write(Level::Info, "w").unwrap();
    close(&log);
    let here = "promises::names::a_record_says_where_in_the_program_it_was_logged";
    let line = |line: u32, message| format!("names.rs:{line} {here} names.rs:{line} {message}");
    let expected = [line(event, "e"), line(call, "m"), line(within, "c")];
    assert_eq!(recorder.lines()[..3], expected);
    assert_eq!(recorder.lines()[3..], [":   n", ":   w"]);
}

#[test]
fn a_place_has_one_number_for_all_threads_and_other_places_have_others() {
    fn here() -> u32 {
        alog::source!()
    }
    let log = logger_to("", Recorder::good());
    alog::info!(log, "m");
    let numbers = [(); 4].map(|()| thread::spawn(here)).map(|thread| thread.join().unwrap());
    assert!(numbers[0] != 0 && numbers.iter().all(|&number| number == numbers[0]));
    assert_ne!(alog::source!(), numbers[0]);
    let text = |_| raw::source(b"module.so", 7, b"unloaded");
    assert_eq!([(); 2].map(text), [raw::source(b"module.so", 7, b"unloaded"); 2]);
}

#[test]
fn a_thread_is_shown_by_its_name_and_number() {
    let recorder = Recorder::good();
    let mut config = config("workers=2");
    config.set("pattern", "{thread} {message} {thread_id} {pid}").unwrap();
    config.add_destination("one", recorder.clone()).unwrap();
    let log = Logger::new(&config).unwrap();
    let log = &log;
    thread::scope(|scope| {
        for name in ["reader", "a-rather-long-name-of-a-thread"] {
            let spawn = thread::Builder::new().name(name.into()).spawn_scoped(scope, move || {
                let number = this_thread_id();
                log.write(Level::Info, number.to_string()).unwrap();
                log.flush(None).unwrap(); // what waits in the queue gets the new name, too
                raw::name_thread("renamed");
                log.write(Level::Info, number.to_string()).unwrap();
            });
            spawn.unwrap().join().unwrap();
            log.flush(None).unwrap();
        }
    });
    close(log);
    for (line, name) in
        recorder.lines().iter().zip(["reader", "renamed", "a-rather-long-n", "renamed"])
    {
        let parts: Vec<&str> = line.split(' ').collect();
        assert_eq!((parts[0], parts[3]), (name, &*std::process::id().to_string()));
        assert_eq!(parts[1], parts[2], "the number of the thread");
    }
    assert_eq!(recorder.lines().len(), 4);
}

/// The system's number of this thread.
fn this_thread_id() -> u32 {
    let link = std::fs::read_link("/proc/thread-self").expect("a link");
    link.file_name().unwrap().to_str().unwrap().parse().unwrap()
}

#[test]
fn a_name_of_a_thread_holds_for_all_loggers_and_in_children_of_fork() {
    let done = child::run(|directory| {
        let spec = format!(
            "{}?pattern={{thread}} {{message}}",
            crate::setup::spec(&directory.join("log"))
        );
        let logs = [(); 2].map(|()| crate::setup::logger_at("", &[&spec]));
        logs[0].write(Level::Info, "before").unwrap();
        logs[0].flush(None).unwrap();
        raw::name_thread("main-loop");
        logs.iter().for_each(|log| log.write(Level::Info, "after").unwrap());
        logs.iter().for_each(|log| log.flush(None).unwrap());
        sys::join(sys::fork(|| {
            logs[0].write(Level::Info, "child").unwrap();
            close(&logs[0]);
        }));
        logs.iter().for_each(|log| _ = close(log));
    });
    let text = done.scratch.text("log");
    let mut lines: Vec<&str> = text.lines().collect();
    let before = lines.remove(0);
    assert!(before.ends_with(" before") && !before.starts_with("main-loop"), "{before}");
    assert_eq!(lines, ["main-loop after", "main-loop after", "main-loop child"]);
}

#[test]
fn a_logger_shows_its_name_in_every_format() {
    for (settings, expected) in [
        ("", "INFO shop - m"),
        ("format=json time_key=", r#"{"level":"INFO","logger":"shop","message":"m"}"#),
        ("format=logfmt time_key=", "level=info logger=shop message=m"),
        ("pattern={logger}:{message}", "shop:m"),
        ("format=raw", "m"),
    ] {
        let recorder = Recorder::good();
        let log = logger_to(&format!("name=shop {settings}"), recorder.clone());
        log.write(Level::Info, "m").unwrap();
        close(&log);
        assert_eq!(recorder.lines()[0].split("Z] ").last(), Some(expected));
    }
}
