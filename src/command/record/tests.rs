//! Lines of every kind, against a reader of JSON that was written for nothing but being right.

use super::*;
use serde_json::Value as Json;

fn parse(line: &str) -> Record<'_> {
    Record::parse(line.as_bytes(), &Names::default())
}

/// Numbers that look random, and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize % limit
    }

    fn text(&mut self, parts: &[&str], most: usize) -> String {
        (0..self.below(most)).map(|_| parts[self.below(parts.len())]).collect()
    }
}

#[test]
fn an_object_is_one_if_and_only_if_a_reader_of_json_takes_it() {
    const PARTS: [&str; 26] = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"a\"",
        "\"b\"",
        "\"\\n\\\"\"",
        "\"\\ud83d\\ude00\"",
        "\"\\x\"",
        "\"",
        "1",
        "-0.5",
        "01",
        "1e5",
        ".",
        "true",
        "nul",
        "null",
        " ",
        "\t",
        "{\"a\":1}",
        "{\"b\":[1,{}]}",
        "\"k\":",
        "\u{e9}",
    ];
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut taken = 0;
    for _ in 0..200_000 {
        let text = format!("{{{}", random.text(&PARTS, 14));
        let expected = serde_json::from_str::<serde_json::Map<String, Json>>(&text).ok();
        let members = json::object(&text);
        assert_eq!(members.is_some(), expected.is_some(), "{text}");
        let (Some(members), Some(expected)) = (members, expected) else { continue };
        taken += 1;
        for (key, value) in &expected {
            // Of two members of one name the last one counts.
            let found = members.iter().rev().find(|(name, _)| name == key).map(|it| &it.1);
            match found.expect(key) {
                Value::Text(text) => assert_eq!(value.as_str(), Some(&**text)),
                Value::Bare(text) => {
                    assert_eq!(value, &serde_json::from_str::<Json>(text).unwrap())
                }
            }
        }
    }
    assert!(taken > 500, "{taken}");
}

#[test]
fn any_text_is_some_line_and_reading_it_is_quick() {
    const PARTS: [&str; 16] = [
        "{",
        "\"",
        "\\",
        "=",
        " ",
        "a",
        "time=",
        "level=info ",
        "[2026-01-01 00:00:00Z] ",
        "INFO ",
        "- ",
        "\\x4",
        "\\u00e",
        "\u{2028}",
        "m",
        "\x1b[",
    ];
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..100_000 {
        let text = random.text(&PARTS, 30);
        let record = parse(&text);
        let _ = (record.time(), record.level(), record.message().len(), record.value("a.b"));
    }
    for part in ["a=\"", "a=\"\\\" ", "a=1 ", "\\\"", " ", "{\"a\":"] {
        parse(&format!("[2026-01-01 00:00:00Z] INFO - {}", part.repeat(500_000)));
        parse(&part.repeat(500_000));
    }
}

#[test]
fn the_end_of_a_text_that_looks_like_fields_is_fields() {
    for (text, message, fields) in [
        ("a b c=1", "a b", 1),
        ("a=b c", "a=b c", 0),
        ("a b=1 c=\"x y=z\" d=", "a", 3),
        ("x a=1 b=\"\" c=\"\\\"\"", "x", 3),
        ("a=1", "", 1),
        ("", "", 0),
        ("trailing ", "trailing ", 0),
    ] {
        let line = format!("[2026-01-01 00:00:00.5Z] INFO db - {text}");
        let record = parse(&line);
        assert_eq!(record.notation, Notation::Text);
        assert_eq!((&*record.message(), record.fields().count()), (message, fields), "{text}");
        assert_eq!(record.get(Element::Logger).map(Value::as_str), Some("db"));
    }
}

#[test]
fn a_sentence_with_an_equals_sign_is_no_record() {
    for text in ["a=1", "x == y", "key=\"open", "a=b=c", "=1", "\u{85}=1 level", "", " "] {
        assert_eq!(parse(text).notation, Notation::Other, "{text:?}");
    }
    assert_eq!(parse("level=info a=1").notation, Notation::Logfmt);
}

#[test]
fn a_time_is_rfc_3339_or_a_number_since_1970() {
    let expected: Timestamp = "2026-01-31T23:59:59.25Z".parse().unwrap();
    for text in [
        "2026-01-31T23:59:59.25Z",
        "2026-01-31 23:59:59.25Z",
        "2026-02-01T00:59:59.25+01:00",
        "1769903999.25",
        "1769903999250",
        "1769903999250000",
        "1769903999250000000",
    ] {
        assert_eq!(time(text), Some(expected), "{text}");
    }
    for text in ["", "-", "2026-", "yesterday", "nan", "inf", "1e300", "99999999999999999999"] {
        assert_eq!(time(text), None, "{text}");
    }
}

#[test]
fn the_time_of_a_line_is_that_of_its_record() {
    for line in [
        "{\"time\":\"2026-01-31T23:59:59Z\",\"level\":\"INFO\"}",
        "{\"level\":\"INFO\",\"ts\":1769903999}",
        "[2026-01-31 23:59:59Z] INFO - x",
        "time=2026-01-31T23:59:59Z level=info",
        "level=info time=2026-01-31T23:59:59Z",
    ] {
        let names = Names::default();
        assert!(time_of(line.as_bytes(), &names).is_some(), "{line}");
        assert_eq!(time_of(line.as_bytes(), &names), parse(line).time(), "{line}");
    }
    let names = Names { time: Some("when".into()), ..Names::default() };
    let line = b"{\"time\":\"2026-01-31T23:59:59Z\",\"level\":\"INFO\",\"when\":1}";
    assert_eq!(time_of(line, &names), Timestamp::from_second(1).ok());
}
