//! Every export is documented in the order that `src/ffi` keeps, and everything else there at all.

use crate::header;
use crate::tree::{files, none, read};

/// What follows the summary, in this order.
const SECTIONS: [&str; 5] = ["# Returns", "# Ownership", "# Threads", "# Example", "# Safety"];

/// An item of `src/ffi` and the lines of its documentation.
struct Item {
    path: String,
    line: String,
    docs: Vec<String>,
}

/// Everything public in `src/ffi`, with the fields of structs.
fn items() -> Vec<Item> {
    let mut items = Vec::new();
    for path in files("src/ffi", &[".rs"]) {
        let mut docs = Vec::new();
        for line in read(&path).lines() {
            let line = line.trim_start();
            if let Some(text) = line.strip_prefix("///") {
                docs.push(text.strip_prefix(' ').unwrap_or(text).to_owned());
                continue;
            }
            let is_public = line.starts_with("pub ") && !line.starts_with("pub mod");
            if is_public {
                let line = line.to_owned();
                items.push(Item { path: path.clone(), line, docs: std::mem::take(&mut docs) });
            } else if !line.starts_with("#[") {
                docs.clear();
            }
        }
    }
    items
}

/// What is wrong with the documentation of an export.
fn fault(docs: &[String]) -> Option<String> {
    let summary = docs.first().map(String::as_str).unwrap_or_default();
    if !summary.starts_with(char::is_uppercase) || docs.get(1).is_some_and(|line| !line.is_empty())
    {
        return Some("it does not begin with a summary of one line".into());
    }
    let headings: Vec<&String> = docs.iter().filter(|line| line.starts_with("# ")).collect();
    if headings != SECTIONS {
        return Some(format!("its sections are {headings:?}"));
    }
    let bodies = docs.split(|line| line.starts_with("# ")).skip(1);
    if bodies.into_iter().any(|body| body.iter().all(String::is_empty)) {
        return Some("a section is empty".into());
    }
    let example = docs.iter().position(|line| line == "# Example")?;
    if docs.get(example + 1).is_none_or(|line| line != "```c") {
        return Some("its example is no block of C".into());
    }
    let since = docs.last().map(String::as_str).unwrap_or_default();
    let version = since.strip_prefix("Since ").and_then(|rest| rest.strip_suffix('.'));
    let is_version = |text: &str| {
        let numbers: Vec<&str> = text.split('.').collect();
        numbers.len() == 3 && numbers.iter().all(|number| number.parse::<u32>().is_ok())
    };
    (!version.is_some_and(is_version)).then(|| format!("it ends in {since:?}"))
}

#[test]
fn every_export_is_documented_in_the_fixed_order() {
    let mut names = Vec::new();
    let mut problems = Vec::new();
    for item in items() {
        let Some((_, declared)) = item.line.split_once("extern \"C\" fn ") else { continue };
        let name = declared.split('(').next().unwrap_or_default().to_owned();
        problems.extend(fault(&item.docs).map(|fault| format!("{}: {name}: {fault}", item.path)));
        names.push(name);
    }
    let mut declared = header::functions();
    names.sort_unstable();
    declared.sort_unstable();
    assert_eq!(names, declared, "these are all exports");
    none(problems);
}

#[test]
fn every_public_name_of_the_c_side_is_documented() {
    let bare = items().into_iter().filter(|item| item.docs.iter().all(String::is_empty));
    none(bare.map(|item| format!("{}: {}", item.path, item.line)).collect());
}

#[test]
fn every_argument_is_documented_under_its_name() {
    let mut problems = Vec::new();
    for path in files("src/ffi", &[".rs"]) {
        let text = read(&path);
        for export in text.split("extern \"C\" fn ").skip(1) {
            let (name, rest) = export.split_once('(').expect("arguments");
            if !name.starts_with("alog_") {
                continue; // a type of functions
            }
            let arguments = rest.split_once(')').expect("the end of the arguments").0;
            let before = text.split(&format!("fn {name}(")).next().unwrap_or_default();
            let docs: Vec<&str> = before.lines().rev().skip(1).collect();
            let docs = docs
                .into_iter()
                .take_while(|line| line.starts_with("//") || line.starts_with("#["));
            let docs: String = docs.collect();
            for argument in arguments.split(',').filter_map(|argument| argument.split(':').next()) {
                let argument = argument.trim();
                let obvious = ["", "logger", "config", "out_error"].contains(&argument);
                if !obvious && !docs.contains(&format!("`{argument}`")) {
                    problems.push(format!("{path}: {name} says nothing of `{argument}`"));
                }
            }
        }
    }
    none(problems);
}
