//! What a TOML document says: keys at its top, the table `fields`, the tables `[[sink]]`.
//!
//! Why are sinks a list and not tables with names? Their order is the order of their figures and errors, and a
//! list is what a program makes by adding one after the other.

use super::fields;
use super::place::Place;
use crate::config::parse::{self, same_name};
use crate::config::sink::{SinkConfig, parameter};
use crate::config::{Config, keys, near};
use crate::error::{Code, Error, Text};
use std::collections::BTreeSet;
use std::mem::discriminant;
use toml::Spanned;
use toml::de::{DeInteger, DeString, DeTable, DeValue};

/// A key and its value, each with its place.
pub type Entry<'d, 't> = (&'d Spanned<DeString<'t>>, &'d Spanned<DeValue<'t>>);

/// Where a sink writes to.
const TO: &str = "to";

/// Sets what the text says. On an error, some of it may be set.
pub fn apply(config: &mut Config, place: &Place<'_>) -> Result<(), Error> {
    let document = DeTable::parse(place.text()).map_err(|error| {
        let at = error.span().map_or(place.text().len(), |span| span.start);
        let error = match unquoted(place.text(), at) {
            Some(word) => {
                let shown = parse::Shown(word);
                parse::error(Code::Syntax, format_args!("text needs quotes: \"{shown}\""))
            }
            None => parse::error(Code::Syntax, format_args!("{}", error.message())),
        };
        let error = match known_before(place.text(), at) {
            Some((key, takes)) => {
                let what = error.message;
                parse::error(Code::Syntax, format_args!("{what}; {key} takes {takes}"))
            }
            None => error,
        };
        place.error(at, error)
    })?;
    for entry in entries(document.get_ref(), place)? {
        match entry.0.get_ref() {
            key if same_name(key, "fields") => fields::add(config, entry.1, place)?,
            key if same_name(key, "sink") => add_sinks(config, entry.1, place)?,
            _ => set(config, entry, place)?,
        }
    }
    Ok(())
}

/// The value that begins there, if it is a word without quotes: the parser takes it for half of a number or of `true`. So are
/// permissions as they are written elsewhere: no number begins with a zero.
fn unquoted(text: &str, at: usize) -> Option<&str> {
    let (before, rest) = text.split_at_checked(at)?;
    let is_end = |c: char| c.is_whitespace() || matches!(c, '#' | ',' | ']' | '}');
    let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
    let is_text = word.contains(char::is_alphabetic) || word.starts_with('0');
    let is_word = is_text && !word.contains(['"', '\'']);
    (before.trim_end().ends_with('=') && is_word).then_some(word)
}

/// The key whose value something is wrong with, and what it takes: if the line up to there is `KEY =`, and it is a key of the
/// table around it.
fn known_before(text: &str, at: usize) -> Option<(&'static str, &'static str)> {
    let before = text.get(..at)?;
    let key = before.rsplit('\n').next()?.split_once('=')?.0.trim();
    match before.lines().map(str::trim).rfind(|line| line.starts_with('[')) {
        None => keys::find(key).map(|(_, known)| (known.name, known.takes)),
        Some(header) if header.starts_with("[[") => {
            let known = parameter::all().find(|known| same_name(known.name, key))?;
            Some((known.name, known.takes))
        }
        Some(_) => None,
    }
}

/// The entries of a table in the order of the text. A key that stands there twice, in two spellings, is refused
/// as TOML refuses two of one spelling.
fn entries<'d, 't>(table: &'d DeTable<'t>, place: &Place<'_>) -> Result<Vec<Entry<'d, 't>>, Error> {
    let mut seen = BTreeSet::new();
    let entries = in_order(table);
    for (key, _) in &entries {
        if !seen.insert(key.get_ref().to_ascii_lowercase().replace('-', "_")) {
            return Err(place.error(
                key.span().start,
                parse::error(
                    Code::Key,
                    format_args!("{} stands there twice", parse::Shown(key.get_ref())),
                ),
            ));
        }
    }
    Ok(entries)
}

/// The entries of a table in the order of the text.
pub fn in_order<'d, 't>(table: &'d DeTable<'t>) -> Vec<Entry<'d, 't>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// Where a key stands at the top of a text, if it does.
pub fn find(text: &str, key: &str) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let entries = in_order(document.get_ref());
    let found = entries.iter().find(|(name, _)| same_name(name.get_ref(), key))?;
    Some(found.0.span().start)
}

/// Where the URL of the sink of that name stands in a text, if it does.
pub fn find_sink(text: &str, name: &Text<64>) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let entries = in_order(document.get_ref());
    let (_, sinks) = entries.iter().find(|(key, _)| same_name(key.get_ref(), "sink"))?;
    let DeValue::Array(tables) = sinks.get_ref() else { return None };
    tables.iter().find_map(|table| {
        let DeValue::Table(table) = table.get_ref() else { return None };
        let (_, to) = table.iter().find(|(key, _)| same_name(key.get_ref(), TO))?;
        let url = self::text(to.get_ref())?;
        (SinkConfig::parse(url.trim()).ok()?.name == *name).then_some(to.span().start)
    })
}

/// Whether two texts say the same: keys and values in their order, whatever comments and blanks stand between them.
pub fn says_the_same(one: &[u8], other: &[u8]) -> bool {
    let document = |bytes| DeTable::parse(std::str::from_utf8(bytes).ok()?).ok();
    one == other
        || match (document(one), document(other)) {
            (Some(one), Some(other)) => are_same_tables(one.get_ref(), other.get_ref()),
            _ => false,
        }
}

fn are_same_tables(one: &DeTable<'_>, other: &DeTable<'_>) -> bool {
    let is_same = |((key, value), (other_key, other)): (Entry<'_, '_>, Entry<'_, '_>)| {
        key.get_ref() == other_key.get_ref() && are_same(value.get_ref(), other.get_ref())
    };
    one.len() == other.len() && in_order(one).into_iter().zip(in_order(other)).all(is_same)
}

fn are_same(one: &DeValue<'_>, other: &DeValue<'_>) -> bool {
    match (one, other) {
        (DeValue::Table(one), DeValue::Table(other)) => are_same_tables(one, other),
        (DeValue::Array(one), DeValue::Array(other)) => {
            let mut pairs = one.iter().zip(other.iter());
            one.len() == other.len()
                && pairs.all(|(one, other)| are_same(one.get_ref(), other.get_ref()))
        }
        _ => discriminant(one) == discriminant(other) && text(one) == text(other),
    }
}

/// A key at the top.
fn set(config: &mut Config, (key, value): Entry<'_, '_>, place: &Place<'_>) -> Result<(), Error> {
    let Some((_, known)) = keys::find(key.get_ref()) else {
        let error = match near::nearest(["sink", "fields"], key.get_ref()) {
            Some(near) => {
                let shown = parse::Shown(key.get_ref());
                parse::error(Code::Key, format_args!("no key \"{shown}\"; is it \"{near}\"?"))
            }
            None => keys::unknown(key.get_ref()),
        };
        return Err(place.error(key.span().start, error));
    };
    let at = |error| place.error(value.span().start, error);
    let text = text(value.get_ref()).ok_or_else(|| at(no_text(known.name, value.get_ref())))?;
    config.set(known.name, &text).map_err(at)
}

/// The tables `[[sink]]`.
fn add_sinks(
    config: &mut Config,
    value: &Spanned<DeValue<'_>>,
    place: &Place<'_>,
) -> Result<(), Error> {
    let malformed = |at: usize| {
        let why = format_args!("sinks are a list of tables: write [[sink]] above each");
        place.error(at, parse::error(Code::Key, why))
    };
    let DeValue::Array(tables) = value.get_ref() else { return Err(malformed(value.span().start)) };
    for table in tables.iter() {
        let start = table.span().start;
        let DeValue::Table(table) = table.get_ref() else { return Err(malformed(start)) };
        let sink = sink(table, start, place)?;
        config.push(sink).map_err(|error| place.error(start, error))?;
    }
    Ok(())
}

/// One sink: its URL under `to`, and its parameters beside that.
fn sink(table: &DeTable<'_>, start: usize, place: &Place<'_>) -> Result<SinkConfig, Error> {
    let mut to = None;
    let mut spans = Vec::new();
    let mut owned = Vec::new();
    for (key, value) in entries(table, place)? {
        let Some(text) = text(value.get_ref()) else {
            let error = no_text(key.get_ref(), value.get_ref());
            return Err(place.error(value.span().start, error));
        };
        if same_name(key.get_ref(), TO) {
            to = Some((text, value.span().start));
        } else {
            spans.push((key.span().start, value.span().start));
            owned.push((key.get_ref(), text));
        }
    }
    let Some((to, to_start)) = to else {
        return Err(place.error(
            start,
            parse::error(
                Code::Sink,
                format_args!("a sink needs \"{TO}\", such as {TO} = \"file:app.log\""),
            ),
        ));
    };
    let beside: Vec<_> = owned.iter().map(|(key, text)| (key.as_ref(), text.as_str())).collect();
    let parse = |count| SinkConfig::parse_with(to.trim(), &beside[..count]);
    parse(beside.len()).map_err(|error| {
        // Which of them it is: the first with which it fails.
        let failing = (0..beside.len()).find_map(|count| Some((count, parse(count).err()?)));
        let (count, error) = failing.unwrap_or((beside.len(), error));
        let at = match (count.checked_sub(1).map(|index| spans[index]), error.code) {
            (Some((key, _)), Code::Key) => key,
            (Some((_, value)), _) => value,
            (None, _) => to_start,
        };
        place.error(at, error)
    })
}

/// A plain value as the text that sets a key; `None`: a table or an array.
pub fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        // Permissions are written like that, and nothing else is.
        DeValue::Integer(number) if number.radix() == 8 => Some(format!("0o{}", number.as_str())),
        DeValue::Integer(number) => {
            Some(integer(number).map_or_else(|| number.to_string(), |number| number.to_string()))
        }
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// A number in whatever notation.
pub fn integer(number: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(number.as_str(), number.radix()).ok()
}

fn no_text(key: &str, value: &DeValue<'_>) -> Error {
    let what = if value.is_table() { "table" } else { "array" };
    parse::error(Code::Value, format_args!("{} takes no {what}: write a text", parse::Shown(key)))
}
