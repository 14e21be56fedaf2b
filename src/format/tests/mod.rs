//! Formats, compared with slow and obvious ones, and held to what they promise of every line.

mod cases;
mod examples;
mod oracle;
mod oracle_pattern;
mod otlp;
mod plain;
mod properties;
mod protocols;

use super::Formatter;
use crate::config::{Format, Keys, Look, Pattern, Zone, parse_zone};
use cases::{Case, Random, Run};
use std::sync::Arc;

/// The line of one event, and proof that it took no more room than was said.
fn line(formatter: &mut Formatter, case: &Case) -> Vec<u8> {
    case.with(|event| {
        let mut out = b"before".to_vec();
        let room = formatter.prepare(event).unwrap();
        formatter.line(event, &mut out);
        let line = out.split_off(b"before".len());
        assert!(line.len() <= room, "{} bytes, {room} said: {case:?}", line.len());
        assert_eq!(out, b"before");
        line
    })
}

/// Every token, and every way to write one.
const PATTERNS: [&str; 5] = [
    "{time} {color}{level|<7}{reset} {logger}: {message} {fields}",
    "{{{time:%d.%m.%y %T%.3f %9f|>40}}}\t{level:short}{level:lower}{level:title|^9}|{all_fields}|",
    "{thread|>10} {thread_id} {pid} {file} {path} {line|3} {function} {source|^12}{message|^25}",
    "ü{field:a}|{field:g|6}|{field:g.a}|{field:a.b|>4}|{field:level}{seq|>3}{fields|20}{message}{message}",
    // More places of digits than are noted.
    "{time:%1f %2f %3f %6f|^40}{time|>30}{level} {source}|{path}:{line} {function} {message} {time}",
];

/// Looks of every kind: with the text of the pattern, or an empty one.
fn looks() -> Vec<(Look, bool, &'static str)> {
    let zones = [Zone::Utc, parse_zone("America/St_Johns").unwrap()];
    let few =
        Keys { time: String::new(), level: "a".into(), source: String::new(), ..Keys::default() };
    let none = Keys {
        logger: String::new(),
        message: String::new(),
        level: String::new(),
        seq: "seq".into(),
        ..few.clone()
    };
    let odd = Keys {
        message: "m \"\n".into(),
        thread: "c".into(),
        pid: "g".into(),
        seq: "b".into(),
        ..few.clone()
    };
    let numbered = |seq: String| Keys { seq, ..Keys::default() };
    let numbered = [numbered("n \"".into()), numbered("long".repeat(25))];
    let mut looks = Vec::new();
    for (at, keys) in [Keys::default(), few, none, odd].into_iter().chain(numbered).enumerate() {
        keys.check().unwrap();
        let keys = Arc::new(keys);
        let zone = &zones[at % 2];
        let mut look = |format, pattern| {
            let look =
                Look { format, zone: zone.clone(), keys: Arc::clone(&keys), ..Look::default() };
            looks.push((look, at % 2 == 1, pattern));
        };
        for format in [Format::Text, Format::Raw, Format::Json, Format::Logfmt] {
            look(format, "");
        }
        for text in PATTERNS {
            look(Format::Pattern(Arc::new(Pattern::parse(text).unwrap())), text);
        }
    }
    looks
}

/// Calls `see` with many events, and with one formatter for all of them.
fn many(seed: u64, count: usize, look: &Look, colored: bool, mut see: impl FnMut(&Case, Vec<u8>)) {
    let mut random = Random(seed);
    let mut loggers: Vec<Run> = (0..70).map(|_| random.run(4, 0)).collect();
    loggers.push(Run::new());
    let mut formatter = Formatter::new(look, colored);
    let mut case = Case::default();
    for _ in 0..count {
        case = random.case(&case, &loggers);
        let line = line(&mut formatter, &case);
        see(&case, line);
    }
}

#[test]
fn every_format_makes_the_lines_of_its_slow_twin() {
    for (number, (look, colored, pattern)) in looks().into_iter().enumerate() {
        many(number as u64, 1500, &look, colored, |case, line| {
            let expected = oracle::line(&look, colored, pattern, case);
            assert!(
                line == expected,
                "{look:?}\n{case:?}\nis:     {}\nexpect: {}",
                String::from_utf8_lossy(&line),
                String::from_utf8_lossy(&expected),
            );
        });
    }
}
