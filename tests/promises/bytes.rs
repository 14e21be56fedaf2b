//! Hostile bytes, in numbers: in the message, in a value and in a key, in every format. One line each, and what can be
//! read back is what was logged; or a refusal that is counted.

use crate::figures::note;
use crate::random::{Random, seed};
use crate::setup::{Scratch, close, logger_at};
use alog::{Code, Level, RejectReason};
use serde_json::Value;

/// Settings that make a format, each with its value.
const FORMATS: [(&str, &str); 5] = [
    ("format", "text"),
    ("format", "json"),
    ("format", "logfmt"),
    ("pattern", "{level} {message} {fields}"),
    ("pattern", "{time} {logger}{message}{fields}"),
];

/// What attackers write: line ends, escapes of terminals, cut and wrong UTF-8, formats of C, what looks like a record.
const HOSTILE: [&[u8]; 25] = [
    b"",
    b"\0",
    b"a\0b",
    b"\r",
    b"\n",
    b"\r\n",
    b"two\nlines",
    b"\x1b[2J\x1b[H",
    b"\x1b]0;title\x07",
    b"\x08\x08\x08overwritten",
    b"\x7f",
    b"%n%s%x%p",
    b"%%",
    b"{}{0}{message}",
    b"\"quoted\" = \\ back\\slash",
    b"]} , key=value \"",
    b"\xff\xfe",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"cut \xe2\x80",
    "\u{2028}\u{2029}\u{85}\u{feff}".as_bytes(),
    "\u{202e}right to left".as_bytes(),
    b"[2026-01-31 23:59:59.123456Z] FATAL - forged\n[2026-01-31 23:59:59.123456Z] INFO - second",
    b"\n{\"level\":\"FATAL\",\"message\":\"forged\"}",
];

/// Whether a terminal or a reader of lines would take anything in it for more than text.
fn is_one_harmless_line(line: &str) -> bool {
    !line.chars().any(|ch| ch.is_control() || ['\u{2028}', '\u{2029}'].contains(&ch))
}

#[test]
fn hostile_bytes_in_message_value_and_key_become_one_line_in_every_format() {
    let (seed, scratch) = (seed(23), Scratch::new());
    let mut random = Random(seed);
    let any = |random: &mut Random| {
        let len = random.below(60);
        (0..len).map(|_| random.below(256) as u8).collect::<Vec<u8>>()
    };
    let mut texts: Vec<Vec<u8>> = HOSTILE.map(<[u8]>::to_vec).to_vec();
    texts.extend((0..2000).map(|_| any(&mut random)));
    for (place, (key, format)) in FORMATS.into_iter().enumerate() {
        let name = format!("log-{place}");
        let mut config = alog::Config::new();
        config.set(key, format).unwrap();
        config.add_sink(&scratch.spec(&name)).unwrap();
        let log = alog::Logger::new(&config).unwrap();
        for text in &texts {
            let lossy = String::from_utf8_lossy(text);
            log.write(Level::Info, text).unwrap();
            let event = log.event(Level::Info, &*lossy).field("value", &*lossy);
            event.field(&lossy, "key").send().unwrap();
        }
        let stats = close(&log);
        let written = 2 * texts.len() as u64;
        assert_eq!((stats.accepted, stats.written), (written, written), "{format}");
        let log = scratch.text(&name);
        let lines: Vec<&str> = log.split_terminator('\n').collect();
        assert_eq!(lines.len() as u64, written, "{format}: one line each");
        for (line, text) in lines.iter().zip(texts.iter().flat_map(|text| [text; 2])) {
            assert!(is_one_harmless_line(line), "{format}: {line:?} of {text:?}");
        }
        if format == "json" {
            restores(&lines, &texts);
        }
        note(format_args!(
            "hostile bytes as {format}, seed {seed}: records {written}, lines {written}, of more than one line 0, with a \
             control character 0, lost 0"
        ));
    }
}

/// JSON gives back what was logged as UTF-8, as whatever reads JSON finds it.
fn restores(lines: &[&str], texts: &[Vec<u8>]) {
    for (pair, text) in lines.chunks(2).zip(texts) {
        let [plain, rich] = [pair[0], pair[1]].map(|line| {
            serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        });
        let lossy = String::from_utf8_lossy(text);
        if let Ok(text) = std::str::from_utf8(text) {
            // The newline that ends a line may be the message's own.
            assert_eq!(plain["message"], text.strip_suffix('\n').unwrap_or(text));
        }
        assert!(rich["value"] == *lossy || lossy == "value", "{rich}");
    }
}

#[test]
fn the_largest_message_is_taken_whole_and_one_byte_more_is_refused_and_counted() {
    const LARGEST: usize = 5000;
    let scratch = Scratch::new();
    let settings = format!("format=raw max_message_bytes={LARGEST}");
    let log = logger_at(&settings, &[&scratch.spec("log")]);
    for len in [0, 1, LARGEST - 1, LARGEST] {
        assert_eq!(log.try_write(Level::Info, "x".repeat(len)), Code::Ok);
    }
    for len in [LARGEST + 1, 2 * LARGEST, 100 * LARGEST] {
        assert_eq!(log.try_write(Level::Info, "x".repeat(len)), Code::TooLarge);
    }
    let stats = close(&log);
    assert_eq!((stats.written, stats.rejected[RejectReason::TooLarge as usize]), (4, 3));
    let lines: Vec<usize> = scratch.text("log").lines().map(str::len).collect();
    // What stands between them says what is missing.
    let told = crate::setup::told_missing(scratch.text("log").lines());
    assert_eq!((told, stats.gap_lines as usize + 4), (3, lines.len()));
    for len in [0, 1, LARGEST - 1, LARGEST] {
        assert!(lines.contains(&len), "{lines:?}");
    }
    note(format_args!(
        "sizes: accepted 4, written 4, refused as too large 3, told 3, lost 0, torn 0"
    ));
}
