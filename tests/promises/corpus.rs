//! The cases that every language runs alike: `tests/corpus`.

use crate::raw;
use crate::setup::{Scratch, close, config, logger_at};
use alog::Code;
use std::fs;
use std::path::Path;

/// The rows of a file, in columns.
pub fn rows<const N: usize>(file: &str) -> Vec<[String; N]> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(file);
    let text = fs::read_to_string(path).expect(file);
    let rows = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let columns = |row: &str| row.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let rows: Vec<_> = rows.map(|row| columns(row).try_into().expect("so many columns")).collect();
    assert!(!rows.is_empty(), "{file} is empty");
    rows
}

/// The bytes that a column stands for.
pub fn bytes(column: &str) -> Vec<u8> {
    if let Some(repeated) = column.strip_prefix('*') {
        let (times, rest) = repeated.split_once(':').expect(column);
        return bytes(rest).repeat(times.parse().expect(column));
    }
    let mut bytes = Vec::new();
    let mut rest = column.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(&tail[..2]).expect(column);
            bytes.push(u8::from_str_radix(digits, 16).expect(column));
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    bytes
}

/// What stands behind a time stamp of the right shape.
pub fn behind_time_stamp(line: &[u8]) -> &[u8] {
    const SHAPE: &[u8] = b"[0000-00-00 00:00:00.000000Z] ";
    let (stamp, rest) = line.split_at(SHAPE.len());
    let shape = stamp.iter().map(|&byte| if byte.is_ascii_digit() { b'0' } else { byte });
    assert_eq!(shape.collect::<Vec<_>>(), SHAPE);
    rest
}

#[test]
fn every_case_of_a_message_holds() {
    for row in rows::<6>("cases.tsv") {
        let [name, settings, level, message, status, line] = row.each_ref().map(String::as_str);
        let settings = if settings == "-" { "" } else { settings };
        let scratch = Scratch::new();
        let log = logger_at(settings, &[&scratch.spec("log")]);
        let code = raw::write(log.id(), level.parse().expect(name), &bytes(message));
        assert_eq!(code.into_raw(), status.parse::<i32>().expect(name), "{name}");
        close(&log);
        let text = fs::read(scratch.file("log")).expect(name);
        if line == "-" {
            assert_eq!(text, b"", "{name}");
            continue;
        }
        let text = text.strip_suffix(b"\n").expect(name);
        let text = if settings.contains("format=raw") { text } else { behind_time_stamp(text) };
        assert!(text == bytes(line), "{name}: {}", String::from_utf8_lossy(text));
    }
}

#[test]
fn every_case_of_a_configuration_holds() {
    for row in rows::<6>("config.tsv") {
        let [name, what, key, value, status, contains] = row.each_ref().map(String::as_str);
        let mut config = config("");
        let outcome = match what {
            "set" => config.set(key, value),
            "sink" => config.add_sink(value),
            _ => panic!("{name}: no such thing: {what}"),
        };
        let code = outcome.map_or_else(|error| error.code, |()| Code::Ok);
        assert_eq!(code.into_raw(), status.parse::<i32>().expect(name), "{name}");
        if let Err(error) = outcome {
            assert!(error.message.as_str().contains(contains), "{name}: {error}");
            assert_eq!(error.origin.as_str(), "config", "{name}");
        }
    }
}
