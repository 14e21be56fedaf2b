//! The header is what is generated, and everybody names what is in it.

use crate::tree::{files, identifiers, none, read};
use std::collections::BTreeMap;
use std::fs;

/// The committed header.
pub fn text() -> String {
    read("include/alog.h")
}

/// The constants of the header with their values.
pub fn constants() -> BTreeMap<String, i64> {
    let text = text();
    let defines = text.lines().filter_map(|line| line.strip_prefix("#define ALOG_"));
    let pairs = defines.filter_map(|line| {
        let (name, value) = line.split_once(' ')?;
        Some((format!("ALOG_{name}"), value.parse().expect(line)))
    });
    pairs.collect()
}

/// The statuses among them, without `ALOG_`.
pub fn statuses() -> BTreeMap<String, i64> {
    let others =
        ["LEVEL_", "REJECT_", "DROP_", "FIELD_", "HOOK_", "BY_POLICY", "TEMPLATE", "ABI_VERSION"];
    let names =
        constants().into_iter().map(|(name, value)| (name["ALOG_".len()..].to_owned(), value));
    names.filter(|(name, _)| !others.iter().any(|other| name.starts_with(other))).collect()
}

/// The header without its comments.
pub fn code() -> String {
    let text = text();
    let mut code = String::new();
    let mut rest = text.as_str();
    while let Some((before, comment)) = rest.split_once("/*") {
        code.push_str(before);
        rest = comment.split_once("*/").expect("the end of a comment").1;
    }
    code + rest
}

/// The functions that the header declares, in its order.
pub fn functions() -> Vec<String> {
    let code = code();
    let calls = identifiers(&code, "alog_").into_iter();
    let declared = calls.filter(|word| word.after.starts_with('('));
    declared.map(|word| word.name.to_owned()).collect()
}

#[test]
fn the_header_is_what_is_generated() {
    let generated =
        fs::read_to_string(env!("ALOG_GENERATED_HEADER")).expect("the generated header");
    let same = generated == text();
    assert!(same, "include/alog.h is not what src/ffi says: run `make header` and commit it");
}

#[test]
fn a_document_names_nothing_that_does_not_exist() {
    let constants = constants();
    let code = code();
    let mut known: Vec<&str> = identifiers(&code, "alog_").iter().map(|word| word.name).collect();
    known.extend(constants.keys().map(String::as_str));
    known.push("alog_static"); // a build tag of Go
    known.push("alog_terminate"); // a header of C++
    known.push("ALOG_"); // how the names of variables of the environment begin
    let macros = read("include/alog_log.h");
    for prefix in ["ALOG_", "alog_"] {
        known.extend(identifiers(&macros, prefix).iter().map(|word| word.name));
    }
    let mut problems = Vec::new();
    let documents = files("", &[".md"]).into_iter().chain(files("src/ffi", &[".rs"]));
    for path in documents.chain(files("examples", &[".c", ".h"])) {
        let text = read(&path);
        let words = identifiers(&text, "ALOG_").into_iter().chain(identifiers(&text, "alog_"));
        for word in words {
            // `ALOG_ERR_*` stands for a family; `$ALOG_LIBRARY` is a variable of the environment.
            let family =
                word.after.starts_with('*') && known.iter().any(|name| name.starts_with(word.name));
            let variable = word.before.ends_with('$');
            if !family && !variable && !known.contains(&word.name) {
                problems.push(format!("{path}: there is no {}", word.name));
            }
        }
    }
    none(problems);
}
