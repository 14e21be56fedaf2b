//! The reference of everything that can be configured, made of the tables that are in force.

use super::keys::{self, Key, Scope};
use super::sink::{ANY, KINDS, Kind, KindSet, Parameter, parameters};
use std::cmp::Reverse;
use std::fmt::{self, Write};

/// What the tables do not say.
const TEXT: &str = include_str!("reference.md");
/// Where in it the tables stand.
const PLACES: [&str; 3] = ["<keys>\n", "<sinks>\n", "<parameters>\n"];

/// All of it, as Markdown.
pub fn text() -> String {
    let mut text = String::new();
    // Writing to a `String` never fails.
    let _ = write(&mut text);
    text
}

fn write(out: &mut String) -> fmt::Result {
    let mut rest = TEXT;
    let tables: [fn(&mut String) -> fmt::Result; 3] = [write_keys, write_kinds, write_parameters];
    for (place, table) in PLACES.into_iter().zip(tables) {
        let (before, behind) = rest.split_once(place).unwrap_or((rest, ""));
        out.push_str(before);
        table(out)?;
        rest = behind;
    }
    out.push_str(rest);
    Ok(())
}

fn write_keys(out: &mut String) -> fmt::Result {
    writeln!(out, "| key | takes | default | of | what it does |\n|---|---|---|---|---|")?;
    for key in keys::all() {
        let Key { name, takes, default, about, .. } = key;
        let (takes, default) = (cell(takes), shown(default));
        writeln!(out, "| `{name}` | {takes} | {default} | {} | {} |", owners(key), cell(about))?;
    }
    Ok(())
}

/// Of whom a key is.
fn owners(key: &Key) -> &'static str {
    match (key.is_for(Scope::Root), key.is_for(Scope::Child), key.is_for(Scope::Live)) {
        (true, _, true) => "loggers, also while they run",
        (true, true, false) => "loggers and derived ones",
        (true, false, false) => "loggers",
        (false, ..) => "derived loggers",
    }
}

fn write_kinds(out: &mut String) -> fmt::Result {
    writeln!(out, "| URL | destination |\n|---|---|")?;
    for Kind { shown, about, .. } in KINDS.iter().filter(|kind| !kind.shown.is_empty()) {
        writeln!(out, "| `{shown}` | {} |", cell(about))?;
    }
    Ok(())
}

/// A table for each set of kinds that share some; first those that the most of them have.
fn write_parameters(out: &mut String) -> fmt::Result {
    let count = |set| KINDS.iter().filter(|kind| kind.set & set != 0).count();
    let mut sets: Vec<_> = parameters().map(|parameter| parameter.kinds).collect();
    sets.sort_unstable_by_key(|&set| (set != ANY, Reverse(count(set)), set));
    sets.dedup();
    for (index, set) in sets.into_iter().enumerate() {
        let line = if index == 0 { "" } else { "\n" };
        writeln!(out, "{line}### Of {}\n", owners_of(set))?;
        writeln!(out, "| parameter | takes | default | what it does |\n|---|---|---|---|")?;
        for parameter in parameters().filter(|parameter| parameter.kinds == set) {
            let Parameter { name, takes, default, about, .. } = parameter;
            let (takes, default, about) = (cell(takes), shown(default), cell(about));
            writeln!(out, "| `{name}` | {takes} | {default} | {about} |")?;
        }
    }
    Ok(())
}

/// The kinds of a set in words: those that are in it, or those few that are not.
fn owners_of(set: KindSet) -> String {
    let names = |is_in: bool| -> Vec<_> {
        let kinds = KINDS.iter().filter(|kind| (kind.set & set != 0) == is_in);
        kinds.map(|kind| format!("`{}:`", kind.scheme)).collect()
    };
    let (having, lacking) = (names(true), names(false));
    match lacking.len() {
        _ if set == ANY => "every sink".into(),
        others if others < having.len() => format!("every sink but {}", lacking.join(", ")),
        _ => having.join(", "),
    }
}

/// A text as a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// A default as a cell: a value in its letters, what is none in words.
fn shown(default: &str) -> String {
    match default {
        "" => "empty".into(),
        _ if default.contains(' ') || default == "none" => cell(default),
        _ => format!("`{}`", cell(default)),
    }
}
