//! Any bytes as message, as value and as key: one line in each format, and JSON and logfmt give text back.
#![no_main]

use alog::{Level, Logger};
use alog_fuzz::Lines;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::{Arc, LazyLock};

type Log = LazyLock<(Logger, Arc<Lines>)>;

static TEXT: Log = Log::new(|| alog_fuzz::synchronous(&[]).expect("a logger"));
static JSON: Log = Log::new(|| alog_fuzz::synchronous(&[("format", "json")]).expect("a logger"));
static LOGFMT: Log = Log::new(|| {
    let settings =
        [("format", "logfmt"), ("time_key", ""), ("level_key", ""), ("message_key", "m")];
    alog_fuzz::synchronous(&settings).expect("a logger")
});

/// Logs the bytes as a message, and as message, value and key.
fn log((log, lines): &(Logger, Arc<Lines>), bytes: &[u8]) -> [String; 2] {
    let lossy = String::from_utf8_lossy(bytes);
    log.write(Level::Info, bytes).expect("accepted");
    let event = log.event(Level::Info, &*lossy).field("value", &*lossy);
    event.field(&lossy, true).send().expect("accepted");
    lines.take().try_into().expect("two lines")
}

/// The value of a pair of logfmt at the beginning of a line, as one reads it who knows the format only.
fn first_value(line: &str) -> String {
    let rest = line.strip_prefix("m=").expect("the message");
    let Some(quoted) = rest.strip_prefix('"') else {
        return alog_fuzz::unescape(rest.split(' ').next().unwrap_or_default());
    };
    // Quotes and backslashes are ASCII, so bytes tell.
    let bytes = quoted.as_bytes();
    let end = (0..bytes.len()).find(|&at| {
        let escapes = bytes[..at].iter().rev().take_while(|&&byte| byte == b'\\').count();
        bytes[at] == b'"' && escapes % 2 == 0
    });
    let inner = &quoted[..end.expect("a closing quote")];
    alog_fuzz::unescape(inner)
}

fuzz_target!(|bytes: &[u8]| {
    log(&TEXT, bytes);
    let json = log(&JSON, bytes).map(|line| serde_json::from_str::<Value>(&line).expect("JSON"));
    let logfmt = log(&LOGFMT, bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let message = text.strip_suffix('\n').unwrap_or(text); // it may be the message's own
    assert_eq!(json[0]["message"], message);
    if text != "value" {
        assert_eq!(json[1]["value"], text);
    }
    assert_eq!(first_value(&logfmt[0]), message);
});
