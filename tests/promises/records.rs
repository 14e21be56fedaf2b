//! The cases of whole records that every language runs alike: `tests/corpus/records.tsv`.
#![expect(unsafe_code, reason = "C functions")]

use crate::corpus::{behind_time_stamp, bytes, rows};
use crate::setup::Scratch;
use alog::ffi::config::*;
use alog::ffi::field::alog_config_add_encoded_fields;
use alog::ffi::logger::*;
use alog::ffi::{entry::alog_log_encoded, status::ALOG_OK};
use std::ffi::CString;
use std::{fs, ptr};

/// One item of the encoding, as `alog_config_add_encoded_fields` describes it.
fn item(kind: u8, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut item = vec![kind, 0];
    item.extend((key.len() as u16).to_ne_bytes());
    item.extend((value.len() as u32).to_ne_bytes());
    item.extend(key);
    item.extend(value);
    item
}

/// The fields of a column, before and behind the bar.
fn fields(column: &str) -> [Vec<u8>; 2] {
    let mut both = [Vec::new(), Vec::new()];
    let mut place = usize::from(!column.contains(" | "));
    for token in column.split(' ').filter(|&token| token != "-") {
        if token == "|" {
            place = 1;
            continue;
        }
        let encoded = if token == "}" {
            item(8, b"", b"")
        } else if let Some(key) = token.strip_suffix(":{") {
            item(7, &bytes(key), b"")
        } else {
            let (key, rest) = token.split_once(':').expect(token);
            let (kind, value) = rest.split_once('=').expect(token);
            let key = bytes(key);
            match kind {
                "n" => item(0, &key, b""),
                "b" => item(1, &key, &[u8::from(value == "1")]),
                "i" => item(2, &key, &value.parse::<i64>().expect(token).to_ne_bytes()),
                "u" => item(3, &key, &value.parse::<u64>().expect(token).to_ne_bytes()),
                "f" => item(4, &key, &value.parse::<f64>().expect(token).to_ne_bytes()),
                "s" => item(5, &key, &bytes(value)),
                "x" => item(6, &key, &bytes(value)),
                _ => panic!("no type {kind}"),
            }
        };
        both[place].extend(encoded);
    }
    both
}

/// A logger with these settings and base fields, to a file.
fn logger(settings: &str, base: &[u8], spec: &str) -> alog_logger {
    let text = |text: &str| CString::new(text).expect("no NUL");
    let mut config = ptr::null_mut();
    // SAFETY: `config` is writable.
    assert_eq!(unsafe { alog_config_new(&mut config) }, ALOG_OK);
    for setting in settings.split(' ').filter(|setting| !setting.is_empty() && *setting != "-") {
        let (key, value) = setting.split_once('=').expect(setting);
        let value = String::from_utf8(bytes(value)).expect(setting);
        let (key, value) = (text(key), text(&value));
        // SAFETY: the configuration is alive, and the texts end in NUL.
        let set = unsafe { alog_config_set(config, key.as_ptr(), value.as_ptr(), ptr::null_mut()) };
        assert_eq!(set, ALOG_OK, "{setting}");
    }
    // SAFETY: as above.
    let added = unsafe { alog_config_add_sink(config, text(spec).as_ptr(), ptr::null_mut()) };
    assert_eq!(added, ALOG_OK);
    // SAFETY: pointer and length are those of a slice.
    let added = unsafe {
        alog_config_add_encoded_fields(config, base.as_ptr(), base.len(), ptr::null_mut())
    };
    assert_eq!(added, ALOG_OK);
    let mut log = alog_logger { id: 0 };
    // SAFETY: the configuration is alive, and `log` is writable.
    assert_eq!(unsafe { alog_new(config, &mut log, ptr::null_mut()) }, ALOG_OK, "{settings}");
    // SAFETY: it came from `alog_config_new` and is used no more.
    unsafe { alog_config_free(config) };
    log
}

#[test]
fn every_case_of_a_record_holds() {
    for row in rows::<8>("records.tsv") {
        let row = row.each_ref().map(String::as_str);
        let [name, settings, level, message, flags, items, status, line] = row;
        let scratch = Scratch::new();
        let [base, own] = fields(items);
        let log = logger(settings, &base, &scratch.spec("log"));
        let message = bytes(message);
        let flags = u32::from(flags == "template");
        let level = level.parse().expect(name);
        let (text, len) = (message.as_ptr().cast(), message.len());
        // SAFETY: pointers and lengths are those of slices.
        let code = unsafe {
            alog_log_encoded(log, level, flags, 0, -1, text, len, own.as_ptr(), own.len())
        };
        assert_eq!(code, status.parse::<i32>().expect(name), "{name}");
        assert_eq!((alog_stop(log, -1), alog_free(log)), (ALOG_OK, ALOG_OK), "{name}");
        let written = fs::read(scratch.file("log")).expect(name);
        if line == "-" {
            assert_eq!(written, b"", "{name}");
            continue;
        }
        let written = written.strip_suffix(b"\n").expect(name);
        let is_text = !settings.contains("format=") && !settings.contains("pattern=");
        let written = if is_text { behind_time_stamp(written) } else { written };
        let said = String::from_utf8_lossy(written);
        assert!(written == bytes(line), "{name}: {said}\nexpected {line}");
    }
}
