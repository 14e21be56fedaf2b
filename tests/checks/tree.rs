//! The files of the project, as text.

use std::fs;
use std::path::{Path, PathBuf};

/// Where the project lies.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file by its path from the root.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files in a folder and below whose names end in one of `endings`: paths from the root, sorted.
/// Leaves out what is built, what is hidden, and what is not text.
pub fn files(folder: &str, endings: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    collect(&root().join(folder), endings, &mut found);
    found.sort();
    assert!(!found.is_empty(), "there is nothing in {folder}");
    found
}

fn collect(folder: &Path, endings: &[&str], found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}")) {
        let path: PathBuf = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || ["target", "build", "__pycache__"].contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, endings, found);
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let path = path.strip_prefix(root()).expect("a file below the root");
            found.push(path.to_string_lossy().into_owned());
        }
    }
}

/// Fails with all of them, if there are any.
pub fn none(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// The shipped part of a source file of the library, and the part that is its tests.
pub fn parts<'a>(path: &str, text: &'a str) -> (&'a str, &'a str) {
    if path.ends_with("/tests.rs") || path.ends_with("/model.rs") {
        return ("", text);
    }
    text.split_at(text.find("\nmod tests {").unwrap_or(text.len()))
}

/// A line without its comment, for Rust.
pub fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// The identifiers in a text that begin with `prefix`, and what stands around each.
pub fn identifiers<'a>(text: &'a str, prefix: &str) -> Vec<Identifier<'a>> {
    let part_of_name = |ch: char| ch.is_ascii_alphanumeric() || ch == '_';
    text.match_indices(prefix)
        .filter(|&(at, _)| !text[..at].ends_with(part_of_name))
        .map(|(at, _)| {
            let rest = &text[at..];
            let end = rest.find(|ch| !part_of_name(ch)).unwrap_or(rest.len());
            Identifier { name: &rest[..end], before: &text[..at], after: &rest[end..] }
        })
        .collect()
}

/// A name in a text.
pub struct Identifier<'a> {
    /// The name.
    pub name: &'a str,
    /// The text before it.
    pub before: &'a str,
    /// The text behind it.
    pub after: &'a str,
}

/// The cells of a row of a Markdown table, without their backticks; `None` for any other line. A line
/// may be a comment of Rust or C.
pub fn cells(line: &str) -> Option<Vec<String>> {
    let line = line.trim_start_matches(['/', '!', '*', ' ']);
    let row = line.strip_prefix('|')?.trim_end().strip_suffix('|')?;
    Some(row.split('|').map(|cell| cell.trim().to_owned()).collect())
}
