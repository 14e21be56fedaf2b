//! Messages that have nothing beside them, which go straight to their place.

use super::cases::Case;
use super::{line, looks, oracle};
use crate::config::{Format, Keys, Look};
use crate::format::Formatter;
use crate::level::Level;
use std::sync::Arc;

/// What is escaped somewhere, what looks like it, and what is cut off.
const SPECIAL: [&[u8]; 16] = [
    b"\"",
    b"\\",
    b"\n",
    b"\0",
    b"\x1f",
    b" ",
    b"=",
    b"~",
    b"\x7f",
    b"\xff",
    b"\xe2\x80",
    b"\xc2\x80",
    b"\xe2\x80\xa9",
    "\u{a0}".as_bytes(),
    "ä".as_bytes(),
    "🦀".as_bytes(),
];

/// Lengths around those that are looked at in one go.
const LENGTHS: [usize; 12] = [0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 64, 129];

/// The lines of plain messages, each some time after the one before, and at a level of its own.
fn check(look: &Look, colored: bool, messages: impl Iterator<Item = Vec<u8>>) {
    let mut formatter = Formatter::new(look, colored);
    let mut case = Case::default();
    for (at, message) in messages.enumerate() {
        case.level = Level::ALL[at % 7 * (at % 3) % 7];
        case.unix_ns += (at as i64 % 5) * 77_777_777;
        case.message = message;
        let is = line(&mut formatter, &case);
        let expected = oracle::line(look, colored, "", &case);
        assert!(
            is == expected,
            "{look:?}\n{case:?}\nis:     {}\nexpect: {}",
            String::from_utf8_lossy(&is),
            String::from_utf8_lossy(&expected),
        );
    }
}

#[test]
fn a_plain_message_is_shown_as_it_must_be_wherever_its_escapes_stand() {
    for (look, colored, _) in looks().into_iter().filter(|(.., pattern)| pattern.is_empty()) {
        let messages = LENGTHS.into_iter().flat_map(|len| {
            (0..=len).flat_map(move |at| {
                SPECIAL.map(|special| [&vec![b'a'; at], special, &vec![b'b'; len - at]].concat())
            })
        });
        check(&look, colored, messages);
    }
}

#[test]
fn a_message_of_nothing_but_escapes_takes_no_more_room_than_was_said() {
    for (look, colored, _) in looks().into_iter().filter(|(.., pattern)| pattern.is_empty()) {
        let messages = SPECIAL.into_iter().map(|special| special.repeat(10_000));
        check(&look, colored, messages);
    }
}

#[test]
fn what_formats_take_straight_is_plain_messages_with_names_of_usual_length() {
    let is_plain = |format, keys: &Keys| {
        let look = Look { format, keys: Arc::new(keys.clone()), ..Look::default() };
        check(&look, false, [b"a".to_vec(), b"\"\0".to_vec(), b"".to_vec()].into_iter());
        Formatter::new(&look, false).is_plain()
    };
    let usual = Keys::default();
    for format in [Format::Text, Format::Raw, Format::Json, Format::Logfmt] {
        assert!(is_plain(format, &usual));
    }
    let long = Keys { level: "\u{1}".repeat(255), ..usual.clone() };
    let with_thread = Keys { thread: "thread".into(), ..usual.clone() };
    let without_message = Keys { message: String::new(), ..usual.clone() };
    for keys in [&long, &with_thread, &without_message] {
        assert!(is_plain(Format::Text, keys));
        assert!(!is_plain(Format::Json, keys));
    }
    for len in 0..150 {
        let keys = Keys { level: "l".repeat(len), ..usual.clone() };
        let [json, logfmt] = [Format::Json, Format::Logfmt].map(|format| is_plain(format, &keys));
        assert!(if len < 50 { json && logfmt } else { len < 100 || !(json || logfmt) }, "{len}");
    }
}
