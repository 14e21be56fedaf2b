//! Patterns once more, read anew for each line.

use super::cases::Case;
use super::oracle::{color, escaped, time, token};
use crate::config::Look;

/// The line that the pattern makes of `case`, without its newline.
pub fn line(look: &Look, colored: bool, pattern: &str, case: &Case, hidden: &[&str]) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("{{") || rest.starts_with("}}") {
            out.push(first);
            rest = &rest[2..];
        } else if first == '{' {
            let (body, behind) = rest[1..].split_once('}').unwrap();
            let (what, width) = body.rsplit_once('|').unwrap_or((body, ""));
            let (name, argument) = what.split_once(':').unwrap_or((what, ""));
            out.push_str(&padded(shown(look, colored, name, argument, case, hidden), width));
            rest = behind;
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

fn shown(
    look: &Look,
    colored: bool,
    name: &str,
    argument: &str,
    case: &Case,
    hidden: &[&str],
) -> String {
    let level = case.level.to_string();
    let source = case.source.as_ref();
    match (name, argument) {
        ("time", "") => time(look, case, "%Y-%m-%d %H:%M:%S.%6f"),
        ("time", format) => time(look, case, format),
        ("level", "lower") => level.to_lowercase(),
        ("level", "title") => format!("{}{}", &level[..1], level[1..].to_lowercase()),
        ("level", "short") => level[..1].to_owned(),
        ("level", _) => level,
        ("logger", _) => escaped(case.logger.as_bytes()),
        ("thread", _) => escaped(case.thread.name.as_bytes()),
        ("thread_id", _) => case.thread.id.to_string(),
        ("pid", _) => std::process::id().to_string(),
        ("seq", _) if case.seq == 0 => String::new(),
        ("seq", _) => case.seq.to_string(),
        ("path", _) => escaped(source.map_or("", |source| &source.file).as_bytes()),
        ("function", _) => escaped(source.map_or("", |source| &source.function).as_bytes()),
        ("color", _) if colored => color(case),
        ("reset", _) if colored => "\x1b[0m".into(),
        ("color" | "reset", _) => String::new(),
        _ => token(case, hidden, name, argument),
    }
}

fn padded(text: String, width: &str) -> String {
    let digits = width.trim_start_matches(['<', '>', '^']);
    let width_of = |digits: &str| digits.parse().unwrap_or(0);
    match width.chars().next() {
        Some('>') => format!("{text:>0$}", width_of(digits)),
        Some('^') => format!("{text:^0$}", width_of(digits)),
        _ => format!("{text:<0$}", width_of(digits)),
    }
}
