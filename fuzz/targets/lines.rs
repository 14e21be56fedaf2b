//! Lines as the program `alog` reads them, and what its conditions and times say of them: nothing panics, JSON is what
//! another reader makes of it, and what the library wrote is read as it was logged.
#![no_main]

#[path = "../../src/command/filter.rs"]
mod filter;
#[path = "../../src/command/record/mod.rs"]
mod record;

use alog::{Level, Logger};
use alog_fuzz::Lines;
use filter::{Condition, Filter};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use record::{Element, Names, Notation, Record, Value, time_of};
use std::sync::{Arc, LazyLock};

type Log = LazyLock<(Logger, Arc<Lines>)>;

static JSON: Log = Log::new(|| alog_fuzz::synchronous(&[("format", "json")]).expect("a logger"));
static LOGFMT: Log =
    Log::new(|| alog_fuzz::synchronous(&[("format", "logfmt")]).expect("a logger"));

/// What `10m` is counted from.
const NOW: i64 = 1_767_225_600;

/// A line of JSON has the members that another reader finds in it, each with its text.
fn check_json(line: &[u8], record: &Record<'_>) {
    type Object = serde_json::Map<String, serde_json::Value>;
    // Which bytes end a line is not the parser's affair.
    let Ok(object) = serde_json::from_slice::<Object>(line) else { return };
    if line.first() != Some(&b'{') {
        return;
    }
    assert_eq!(record.notation, Notation::Json);
    for (key, value) in &object {
        let of_key = |(name, _): &&(_, _)| *name == *key;
        let found = &record.pairs.iter().rev().find(of_key).expect("the same keys").1;
        match value {
            serde_json::Value::String(text) => assert_eq!(found.as_str(), text),
            _ => assert_eq!(serde_json::from_str(found.as_str()).ok().as_ref(), Some(value)),
        }
    }
}

/// A condition that a record is made of holds, and its opposite does not.
fn check_conditions(record: &Record<'_>) {
    let takes = |condition: String| {
        let fields = vec![Condition::parse(&condition).expect("a condition")];
        Filter { fields, ..Filter::default() }.takes(record, None)
    };
    for (key, _) in
        record.fields().filter(|(key, _)| !key.is_empty() && !key.contains(['=', '~', '!']))
    {
        let value = record.value(key).expect("a value");
        let text = value.as_str();
        assert!(takes(format!("{key}={text}")) && takes(format!("{key}~{text}")));
        assert!(!takes(format!("{key}!={text}")));
    }
}

/// What the library writes is read as it was logged.
fn check_written(text: &str) {
    let message = text.strip_suffix('\n').unwrap_or(text); // it may be the message's own
    for (format, notation) in [(&*JSON, Notation::Json), (&*LOGFMT, Notation::Logfmt)] {
        let (log, lines) = format;
        log.write(Level::Warn, text).expect("accepted");
        log.event(Level::Warn, "said").field("key", text).send().expect("accepted");
        let lines = lines.take();
        let names = Names::default();
        let records = [0, 1].map(|at: usize| Record::parse(lines[at].as_bytes(), &names));
        assert_eq!(records[0].message(), message, "{lines:?}");
        assert_eq!(records[1].value("key").as_ref().map(Value::as_str), Some(text), "{lines:?}");
        for record in records {
            let (time, level) = (time_of(record.line, &names), record.level());
            assert_eq!((record.notation, level), (notation, Some(Level::Warn)), "{lines:?}");
            assert!(time.is_some() && time == record.time(), "{lines:?}");
        }
    }
}

fuzz_target!(|data: (&str, &str, &[u8])| {
    let (condition, time, line) = data;
    let now = Timestamp::from_second(NOW).expect("a time");
    let names = Names { message: Some(condition.into()), ..Names::default() };
    for names in [Names::default(), names] {
        let record = Record::parse(line, &names);
        let elements = (0..record.pairs.len()).filter_map(|place| record.element_at(place));
        assert!(elements.clone().all(|element| record.get(element).is_some()));
        assert_eq!(record.fields().count() + elements.count(), record.pairs.len());
        assert!(record.level().is_none() || record.get(Element::Level).is_some());
        let (since, until) = (filter::moment(time, now).ok(), time_of(line, &names));
        let levels = filter::levels(condition).ok();
        let fields = Condition::parse(condition).into_iter().collect();
        let filter = Filter { levels, since, until, fields, text: Some(time.into()) };
        let _ = (filter.is_empty(), filter.takes(&record, Some(true)));
        if record.notation != Notation::Other {
            check_conditions(&record);
        }
    }
    check_json(line, &Record::parse(line, &Names::default()));
    if let Ok(message) = std::str::from_utf8(line) {
        check_written(message);
    }
});
