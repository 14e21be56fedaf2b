//! Records of OpenTelemetry, read back member by member.

use super::cases::{Case, Owned, Run};
use super::{line, many};
use crate::Level;
use crate::config::{Format, Look};
use crate::format::Formatter;
use crate::format::protobuf::{Members, Value};
use crate::record::{Source, Thread};

fn look() -> Look {
    Look { format: Format::Otlp, ..Look::default() }
}

fn bytes(value: Value<'_>) -> &[u8] {
    match value {
        Value::Bytes(bytes) => bytes,
        Value::Number(number) => panic!("{number} where bytes belong"),
    }
}

fn number(value: Value<'_>) -> u64 {
    match value {
        Value::Number(number) => number,
        Value::Bytes(bytes) => panic!("{bytes:?} where a number belongs"),
    }
}

fn utf8(value: Value<'_>) -> &str {
    std::str::from_utf8(bytes(value)).expect("text is UTF-8")
}

/// The members of a message; every byte belongs to one.
fn members(message: &[u8]) -> Vec<(u64, Value<'_>)> {
    let mut rest = Members(message);
    let members: Vec<_> = rest.by_ref().collect();
    assert_eq!(rest.0, b"", "what is left over of {message:?}");
    members
}

fn any_value(message: &[u8]) -> String {
    let members = members(message);
    assert!(members.len() <= 1);
    let Some(&(member, value)) = members.first() else { return "null".into() };
    match member {
        1 => format!("{:?}", utf8(value)),
        2 => (number(value) != 0).to_string(),
        3 => (number(value) as i64).to_string(),
        4 => format!("{:?}", f64::from_bits(number(value))),
        6 => format!("{{{}}}", key_values(bytes(value), 1).join(", ")),
        7 => format!("{:x?}", bytes(value)),
        _ => panic!("no value has member {member}"),
    }
}

/// Those of the members of a message that have one number, which are pairs.
fn key_values(message: &[u8], number: u64) -> Vec<String> {
    let pairs = members(message).into_iter().filter(|member| member.0 == number);
    let pairs = pairs.map(|(_, pair)| {
        let pair = members(bytes(pair));
        let [(1, key), (2, value)] = pair[..] else { panic!("{pair:?} is no pair") };
        format!("{}: {}", utf8(key), any_value(bytes(value)))
    });
    pairs.collect()
}

/// The record in a line.
fn record(line: &[u8]) -> &[u8] {
    let members = members(line);
    let [(2, record)] = members[..] else { panic!("{members:?} is not one record") };
    bytes(record)
}

/// The line of one event.
fn line_of(case: &Case) -> Vec<u8> {
    line(&mut Formatter::new(&look(), false), case)
}

fn attributes(case: &Case) -> Vec<String> {
    key_values(record(&line_of(case)), 6)
}

fn run(fields: &[(&str, Owned)]) -> Run {
    fields.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.clone())).collect()
}

fn text(text: &str) -> Owned {
    Owned::Str(text.as_bytes().to_vec())
}

#[test]
fn a_record_says_when_how_severe_and_what() {
    let case = Case { level: Level::Notice, message: b"it is late\n".to_vec(), ..Case::default() };
    let line = line_of(&case);
    let members = members(record(&line));
    let numbers: Vec<u64> = members.iter().map(|member| member.0).collect();
    assert_eq!(numbers, [1, 2, 3, 5, 11]);
    assert_eq!(number(members[0].1), 1_792_000_000_123_456_789);
    assert_eq!((number(members[1].1), utf8(members[2].1)), (10, "NOTICE"));
    assert_eq!(any_value(bytes(members[3].1)), r#""it is late""#);
    assert_eq!(members[4].1, members[0].1);
}

#[test]
fn a_time_before_1970_is_none() {
    let line = line_of(&Case { unix_ns: -1, ..Case::default() });
    assert!(members(record(&line)).iter().all(|member| ![1, 11].contains(&member.0)));
}

#[test]
fn severities_are_those_of_open_telemetry() {
    let severity = |level| {
        let line = line_of(&Case { level, ..Case::default() });
        number(members(record(&line)).iter().find(|member| member.0 == 2).unwrap().1)
    };
    assert_eq!(Level::ALL.map(severity), [1, 5, 9, 10, 13, 17, 21]);
}

#[test]
fn fields_keep_their_types() {
    let group = run(&[("a", Owned::Bool(false)), ("g", Owned::Group(Run::new()))]);
    let own = run(&[
        ("null", Owned::Null),
        ("bool", Owned::Bool(true)),
        ("i64", Owned::I64(i64::MIN)),
        ("u64", Owned::U64(i64::MAX as u64)),
        ("huge", Owned::U64(u64::MAX)),
        ("f64", Owned::F64(-0.5)),
        ("str", text("ü")),
        ("bad", Owned::Str(b"a\xff".to_vec())),
        ("bytes", Owned::Bytes(b"b".to_vec())),
        ("group", Owned::Group(group)),
        ("bool", Owned::Bool(false)),
    ]);
    let expected = [
        "null: null",
        "i64: -9223372036854775808",
        "u64: 9223372036854775807",
        r#"huge: "18446744073709551615""#,
        "f64: -0.5",
        r#"str: "ü""#,
        "bad: [61, ff]",
        "bytes: [62]",
        "group: {a: false, g: {}}",
        "bool: false",
    ];
    assert_eq!(attributes(&Case { own, ..Case::default() }), expected);
}

#[test]
fn layers_stand_in_their_order_and_a_template_is_rendered() {
    let case = Case {
        message: b"{b} of {x}".to_vec(),
        is_template: true,
        base_id: 7,
        base: run(&[("a", Owned::I64(1)), ("level", text("is no name here"))]),
        own: run(&[("b", Owned::I64(2)), ("a", Owned::I64(3))]),
        post: run(&[("c", Owned::I64(4))]),
        ..Case::default()
    };
    let line = line_of(&case);
    let body = members(record(&line)).into_iter().find(|member| member.0 == 5).unwrap().1;
    assert_eq!(any_value(bytes(body)), r#""2 of {x}""#);
    let expected = [r#"level: "is no name here""#, "b: 2", "a: 3", "c: 4"];
    assert_eq!(attributes(&case), expected);
}

#[test]
fn logger_place_and_thread_have_the_names_of_the_conventions_and_no_field_has_them_too() {
    let case = Case {
        own: run(&[
            ("thread.id", text("mine")),
            ("code.line.number", text("mine")),
            ("a", Owned::Null),
        ]),
        logger: "shop.cart".into(),
        source: Some(Source {
            file: "src/cart.c".into(),
            line: 12,
            function: "".into(),
            form: None,
        }),
        thread: Thread { id: 7, name: "worker-1".into() },
        ..Case::default()
    };
    let expected = [
        "a: null",
        r#"logger.name: "shop.cart""#,
        r#"code.file.path: "src/cart.c""#,
        "code.line.number: 12",
        "thread.id: 7",
        r#"thread.name: "worker-1""#,
    ];
    assert_eq!(attributes(&case), expected);
    let bare = Case { own: case.own.clone(), ..Case::default() };
    assert_eq!(
        attributes(&bare),
        [r#"thread.id: "mine""#, r#"code.line.number: "mine""#, "a: null"]
    );
}

#[test]
fn identifiers_of_a_trace_are_the_records_own_if_they_are_some() {
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319C";
    let own = run(&[
        ("trace_id", text(TRACE)),
        ("span_id", text("b7ad6b7169203331")),
        ("trace_flags", text("01")),
        ("a", Owned::Null),
    ]);
    let line = line_of(&Case { own, ..Case::default() });
    let members = members(record(&line));
    let member = |number| members.iter().find(|member| member.0 == number).unwrap().1;
    assert_eq!(bytes(member(9))[..3], [0x0a, 0xf7, 0x65]);
    assert_eq!((bytes(member(9)).len(), bytes(member(9))[15]), (16, 0x9c));
    assert_eq!(bytes(member(10)), [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31]);
    assert_eq!(number(member(8)), 1);
    assert_eq!(key_values(record(&line), 6), ["a: null"]);

    let (zeros, cut) = ("0".repeat(32), &TRACE[1..]);
    let long = format!("{TRACE}0");
    for bad in [&zeros, cut, &long, "", &"g".repeat(32)] {
        let own =
            run(&[("trace_id", text(bad)), ("span_id", text(bad)), ("trace_flags", text("100"))]);
        let line = line_of(&Case { own, ..Case::default() });
        assert_eq!(key_values(record(&line), 6).len(), 3, "{bad:?}");
    }
}

#[test]
fn groups_that_are_nested_deeper_than_readers_go_are_json_in_a_text() {
    let mut group = run(&[("leaf", Owned::Bytes(b"\xff".to_vec()))]);
    for _ in 1..32 {
        group = run(&[("g", Owned::Group(group))]);
    }
    let own = run(&[("g", Owned::Group(group))]);
    let attributes = attributes(&Case { own, ..Case::default() });
    let inner = r#"g: "{\"g\":{\"leaf\":\"\\\\xff\"}}""#;
    assert!(attributes[0].contains(inner), "{attributes:?}");
    assert_eq!(attributes[0].matches('{').count(), 32);
}

#[test]
fn whatever_the_bytes_are_a_line_is_one_record_and_all_of_its_text_is_utf_8() {
    let lost = |case: &Case| {
        // By name, the last of each layer run counts once.
        let mut keys: Vec<&Vec<u8>> = [&case.base, &case.own, &case.post]
            .into_iter()
            .flatten()
            .map(|field| &field.0)
            .collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        (keys.len(), all)
    };
    many(7, 5000, &look(), false, |case, line| {
        let record = record(&line);
        let fields = key_values(record, 6);
        let own = usize::from(!case.logger.is_empty())
            + case.source.as_ref().map_or(0, |source| {
                1 + usize::from(source.line > 0) + usize::from(!source.function.is_empty())
            })
            + usize::from(case.thread.id > 0)
            + usize::from(!case.thread.name.is_empty());
        assert_eq!(fields.len(), lost(case).0 + own, "{case:?}");
    });
}
