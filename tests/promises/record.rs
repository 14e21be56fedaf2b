//! The whole record: fields, templates and macros, from the call to the line.

use crate::doubles::{Gate, Recorder};
use crate::setup::{close, config, logger_to};
use alog::{Code, Destination, Level, Logger, RejectReason};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A logger without times, and what it writes.
fn logfmt() -> (Arc<Recorder>, Logger) {
    let recorder = Recorder::good();
    (recorder.clone(), logger_to("format=logfmt time_key= level_key= message_key=m", recorder))
}

#[test]
fn fields_of_every_type_stand_in_the_line_in_their_order() {
    let (recorder, log) = logfmt();
    let owned = String::from("a b");
    log.event(Level::Info, "m")
        .field("i", -5)
        .field("u", u64::MAX)
        .field("f", 0.25)
        .field("b", true)
        .field("s", &owned)
        .field("x", &b"\xff"[..])
        .field("n", None::<i64>)
        .field("some", Some("thing"))
        .display("d", Duration::from_millis(5).as_millis())
        .debug("q", "\"")
        .group("g", |g| g.field("a", 1).group("h", |h| h.field("b", 2)))
        .send()
        .unwrap();
    close(&log);
    let line = r#"m=m i=-5 u=18446744073709551615 f=0.25 b=true s="a b" x="\xff" n=null some=thing d=5 q="\"\\\"\"" g.a=1 g.h.b=2"#;
    assert_eq!(recorder.lines(), [line]);
}

#[test]
fn a_template_shows_its_fields_and_leaves_what_it_does_not_know() {
    let (recorder, log) = logfmt();
    let event = || log.event(Level::Info, "{{{id}}} {g.a} {none}").field("id", 5);
    event().group("g", |g| g.field("a", "x")).field("more", 1).send().unwrap();
    event().verbatim().send().unwrap();
    close(&log);
    assert_eq!(
        recorder.lines(),
        [r#"m="{5} x {none}" id=5 g.a=x more=1"#, r#"m="{{{id}}} {g.a} {none}" id=5"#]
    );
}

#[test]
fn the_last_of_several_fields_with_one_key_counts() {
    let (recorder, log) = logfmt();
    log.event(Level::Info, "{k}").field("k", 1).field("a", 0).field("k", 2).send().unwrap();
    log.event(Level::Info, "x").field("k", 1).field("a", 0).field("k", 2).send().unwrap();
    close(&log);
    assert_eq!(recorder.lines(), ["m=2 a=0 k=2", "m=x a=0 k=2"]);
}

#[test]
fn records_with_fields_pass_the_end_of_the_ring_whole() {
    let recorder = Recorder::good();
    let log = logger_to("format=json time_key= queue_bytes=4KiB", recorder.clone());
    let text = |size: usize| "x".repeat(size);
    for size in 0..1500 {
        log.event(Level::Info, "m").field("n", size).field("text", &text(size)).send().unwrap();
    }
    close(&log);
    for (size, line) in recorder.lines().iter().enumerate() {
        let text = text(size);
        let expected = format!(r#"{{"level":"INFO","message":"m","n":{size},"text":"{text}"}}"#);
        assert_eq!(line, &expected);
    }
    assert_eq!(recorder.lines().len(), 1500);
}

#[test]
fn what_no_record_can_hold_is_refused_and_counted() {
    fn nest(group: alog::Group<'_>, depth: usize) -> alog::Group<'_> {
        if depth == 0 { group } else { group.group("g", |group| nest(group, depth - 1)) }
    }
    let (recorder, log) = logfmt();
    let long = "k".repeat(65_536);
    assert_eq!(log.event(Level::Info, "m").field(&long, 1).try_send(), Code::Field);
    let deep =
        |depth: usize| log.event(Level::Info, "m").group("g", |group| nest(group, depth - 1));
    assert_eq!(deep(33).send().unwrap_err().code, Code::Field);
    assert_eq!(deep(32).field(&long[1..], 1).try_send(), Code::Ok);
    let stats = close(&log);
    assert_eq!((stats.written, stats.rejected[RejectReason::Argument as usize]), (1, 2));
    assert_eq!(recorder.lines().len(), 1);
}

#[test]
fn message_and_fields_together_are_bounded() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw max_message_bytes=100", recorder.clone());
    let event = |size: usize| log.event(Level::Info, "m").field("k", &"x".repeat(size)).try_send();
    // A header of 8 bytes, the key, the value, the message.
    assert_eq!((event(90), event(91)), (Code::Ok, Code::TooLarge));
    assert_eq!(close(&log).rejected[RejectReason::TooLarge as usize], 1);
}

#[test]
fn base_fields_are_in_every_record_and_the_calls_own_override_them() {
    let recorder = Recorder::good();
    let mut config = config("format=logfmt time_key= level_key= message_key=m");
    config.field("app", "shop").unwrap();
    config.group("host", |host| host.field("name", "web1")).unwrap();
    config.field("id", 0).unwrap();
    config.add_destination("one", recorder.clone()).unwrap();
    let log = Logger::new(&config).unwrap();
    log.write(Level::Info, "plain").unwrap();
    log.event(Level::Info, "{app} {host.name}").field("id", 5).send().unwrap();
    close(&log);
    assert_eq!(
        recorder.lines(),
        ["m=plain app=shop host.name=web1 id=0", r#"m="shop web1" app=shop host.name=web1 id=5"#]
    );
}

#[test]
fn level_and_message_are_overridden_by_nobody() {
    for (format, line) in [
        ("text", "INFO - m other=1"),
        ("json", r#"{"level":"INFO","message":"m","other":1}"#),
        ("logfmt", "level=info message=m other=1"),
    ] {
        let recorder = Recorder::good();
        let log = logger_to(&format!("format={format} time_key="), recorder.clone());
        let event = log.event(Level::Info, "m").field("level", "FATAL").field("message", "no");
        event.field("other", 1).send().unwrap();
        close(&log);
        let lines = recorder.lines();
        assert_eq!(lines[0].split("Z] ").last(), Some(line));
    }
}

#[test]
fn a_call_waits_for_space_only_as_long_as_it_says() {
    let gate = Gate::closed();
    let log = logger_to("format=raw queue_bytes=4KiB overflow=block", gate.clone());
    log.write(Level::Info, "first").unwrap();
    gate.wait_until_reached();
    let event = || log.event(Level::Info, "m").field("k", 1).within(Duration::from_millis(20));
    let filled = (0..).find(|_| event().try_send() != Code::Ok);
    assert!(filled.is_some_and(|filled| filled > 10));
    let begin = Instant::now();
    assert_eq!(event().try_send(), Code::Timeout);
    assert!(begin.elapsed() >= Duration::from_millis(20));
    assert_eq!(event().within(Duration::ZERO).try_send(), Code::Timeout);
    gate.open();
    assert_eq!(close(&log).rejected[RejectReason::Timeout as usize], 3);
}

/// Shows itself only if it is asked to.
struct Precious;

impl std::fmt::Display for Precious {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("it is shown although the level is off")
    }
}

#[test]
fn nothing_is_evaluated_for_a_level_that_is_off() {
    let (recorder, log) = logfmt();
    fn no() -> i64 {
        panic!("it is evaluated although the level is off")
    }
    alog::debug!(log, "off", precious = %Precious, number = no());
    alog::log!(log, Level::Trace, String::from("off"), number = no());
    assert_eq!(log.event(Level::Debug, "off").display("x", Precious).try_send(), Code::Disabled);
    log.set_levels("off").unwrap();
    alog::fatal!(log, "off", number = no());
    let stats = close(&log);
    assert_eq!((stats.attempted(), recorder.lines().len()), (0, 0));
}

#[test]
fn macros_take_fields_by_value_by_display_by_debug_and_by_name() {
    let recorder = Recorder::good();
    let log = logger_to("format=logfmt time_key= message_key=m source_key=", recorder.clone());
    let (id, name, list, text) = (5, "x y", [1, 2], String::from("{id}"));
    alog::trace!(log, "off");
    alog::debug!(log, "off", id);
    alog::info!(log, "user {id}", id = id + 1, name = %name, list = ?list);
    alog::notice!(log, "{id}", id, %name, ?list,);
    alog::warn!(log, text, "http.status" = 200, "a b" = %id, "q" = ?name);
    alog::error!(&log, "by reference");
    alog::fatal!(Arc::new(&log), "by pointer", none = None::<u8>);
    close(&log);
    assert_eq!(
        recorder.lines(),
        [
            r#"level=info m="user 6" id=6 name="x y" list="[1, 2]""#,
            r#"level=notice m=5 id=5 name="x y" list="[1, 2]""#,
            r#"level=warn m={id} http.status=200 a_b=5 q="\"x y\"""#,
            r#"level=error m="by reference""#,
            r#"level=fatal m="by pointer" none=null"#,
        ]
    );
}

#[test]
fn one_record_goes_to_each_sink_in_its_own_format() {
    let recorders = [(); 4].map(|()| Recorder::good());
    let specs = [
        "a?format=raw",
        "b?format=json",
        "c?format=logfmt",
        "d?pattern={level:short} {message|>4} {fields}",
    ];
    let mut config = config("time_key=");
    for (spec, recorder) in specs.iter().zip(&recorders) {
        config.add_destination(spec, recorder.clone() as Arc<dyn Destination>).unwrap();
    }
    let log = Logger::new(&config).unwrap();
    log.event(Level::Warn, "n={n}").field("n", 1).field("k", "v").send().unwrap();
    close(&log);
    let lines = recorders.each_ref().map(|recorder| recorder.lines().remove(0));
    let json = r#"{"level":"WARN","message":"n=1","n":1,"k":"v"}"#;
    assert_eq!(lines, ["n=1", json, "level=warn message=\"n=1\" n=1 k=v", "W  n=1 k=v"]);
}
