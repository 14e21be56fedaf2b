//! Python and Go know the statuses of the header, by name and by number.

use crate::header;
use crate::tree::read;
use std::collections::BTreeMap;

#[test]
fn the_statuses_of_python_are_those_of_the_header() {
    let text = read("bindings/python/src/alog/status.py");
    let assignments = text.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(" = "));
    let statuses: BTreeMap<String, i64> = assignments
        .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
        .map(|(name, value)| (name.to_owned(), value.parse().expect(name)))
        .collect();
    assert_eq!(statuses, header::statuses());
}

/// The C name of a Go constant: `ErrWouldDeadlock` is `ERR_WOULD_DEADLOCK`, `statusEmpty` is `EMPTY`.
fn c_name(go: &str, known: &BTreeMap<String, i64>) -> String {
    let go = go.strip_prefix("status").unwrap_or(go);
    let mut name = String::new();
    for ch in go.chars() {
        if ch.is_uppercase() && name.ends_with(|last: char| last.is_lowercase()) {
            name.push('_');
        }
        name.push(ch);
    }
    let name = name.to_uppercase();
    // A status that is no error in C may be one in Go.
    match name.strip_prefix("ERR_") {
        Some(rest) if !known.contains_key(&name) => rest.to_owned(),
        _ => name,
    }
}

#[test]
fn the_statuses_of_go_are_those_of_the_header() {
    let known = header::statuses();
    let text = read("bindings/go/error.go");
    let constants = text.lines().filter_map(|line| {
        let (name, value) = line.strip_prefix('\t')?.split_once(" Code = ")?;
        let value = value.split_whitespace().next()?.parse().expect(line);
        Some((c_name(name.trim_end(), &known), value))
    });
    assert_eq!(constants.collect::<BTreeMap<String, i64>>(), known);
}
