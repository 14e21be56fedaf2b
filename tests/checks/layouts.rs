//! Structs and constants are what programs were compiled with: for Rust, for C, and in the ledger.

use crate::tree::read;
use crate::{compiler, header};
use alog::ffi::child::alog_switch;
use alog::ffi::entry::alog_entry;
use alog::ffi::error::alog_error;
use alog::ffi::field::{alog_bytes, alog_field};
use alog::ffi::logger::alog_logger;
use alog::ffi::stats::{alog_sink_stats, alog_stats};
use std::fmt::Write as _;
use std::mem::{align_of, offset_of, size_of};

/// The size of what a function borrows from a struct.
fn size_of_field<S, F>(_: fn(&S) -> &F) -> usize {
    size_of::<F>()
}

/// A struct and its fields as the ledger has them, by Rust's own account.
macro_rules! layout {
    ($out:ident, $name:ident { $($field:ident)* }) => {
        let (size, align) = (size_of::<$name>(), align_of::<$name>());
        writeln!($out, "{} size {size} align {align}", stringify!($name)).unwrap();
        $(
            let offset = offset_of!($name, $field);
            let size = size_of_field::<$name, _>(|whole| &whole.$field);
            let name = stringify!($field).trim_start_matches("r#");
            writeln!($out, "  {name} offset {offset} size {size}").unwrap();
        )*
    };
}

fn of_rust() -> String {
    let mut out = String::new();
    layout!(out, alog_error { code os_error count first_unix_ns last_unix_ns origin message });
    layout!(out, alog_logger { id });
    layout!(out, alog_bytes { ptr len });
    layout!(out, alog_field { key key_len r#type reserved value });
    layout!(out, alog_entry {
        msg msg_len fields field_count timeout_ms level source flags reserved
    });
    layout!(out, alog_switch { id levels reserved });
    layout!(out, alog_stats {
        attempted accepted written failed pending rejected dropped errors_raised errors_lost queues
        queue_bytes gap_lines recovered reserved
    });
    layout!(out, alog_sink_stats { written failed filtered retried bytes suppressed reserved name });
    out
}

/// The structs of the header with the names of their fields, in its order.
fn structs() -> Vec<(String, Vec<String>)> {
    let code = header::code();
    let bodies = code.split("typedef struct ").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once(" {")?;
        // An opaque struct has no body of its own.
        if name.contains(';') {
            return None;
        }
        let fields = rest.split_once('}')?.0.split(';').filter_map(|field| {
            let field = field.split('[').next()?.split_whitespace().last()?;
            Some(field.trim_start_matches('*').to_owned())
        });
        Some((name.to_owned(), fields.collect()))
    });
    bodies.collect()
}

/// By the account of a C program that includes the header.
fn of_c() -> String {
    let mut probes = String::from("#include <alog.h>\n#include <stdio.h>\n");
    let mut body = String::from("int main(void)\n{\n");
    for (name, fields) in structs() {
        // C99 has no word for the alignment: it is where a struct lies behind one byte.
        writeln!(probes, "struct probe_{name} {{ char first; {name} then; }};").unwrap();
        let sizes = format!("(int)sizeof({name}), (int)offsetof(struct probe_{name}, then)");
        writeln!(body, "printf(\"{name} size %d align %d\\n\", {sizes});").unwrap();
        for field in fields {
            let size = format!("(int)sizeof((({name} *)0)->{field})");
            let sizes = format!("(int)offsetof({name}, {field}), {size}");
            writeln!(body, "printf(\"  {field} offset %d size %d\\n\", {sizes});").unwrap();
        }
    }
    compiler::run("layouts", &(probes + &body + "return 0;\n}\n"))
}

fn ledger(file: &str) -> String {
    let lines = read(&format!("tests/ledger/{file}"));
    let lines = lines.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_structs_of_rust_are_laid_out_as_the_ledger_says() {
    assert_eq!(of_rust(), ledger("layouts.txt"));
}

#[test]
fn the_structs_of_c_are_laid_out_as_the_ledger_says() {
    assert_eq!(of_c(), ledger("layouts.txt"));
}

#[test]
fn the_constants_are_those_of_the_ledger() {
    let constants = header::constants().into_iter();
    let lines: String = constants.map(|(name, value)| format!("{name} {value}\n")).collect();
    assert_eq!(lines, ledger("constants.txt"));
}
