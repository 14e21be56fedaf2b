//! `key=value`, parted by blanks; a value in quotes has the library's escapes.

use super::{Pair, Value, json};
use std::borrow::Cow;

/// The pairs that the whole text is made of; `None` if it is anything else.
pub fn line(text: &str) -> Option<Vec<Pair<'_>>> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_end_matches(' ');
    while !rest.is_empty() {
        let (pair, len) = pair(rest)?;
        pairs.push(pair);
        rest = rest[len..].trim_start_matches(' ');
    }
    (!pairs.is_empty()).then_some(pairs)
}

/// The pair that a text begins with, and how long it is.
fn pair(text: &str) -> Option<(Pair<'_>, usize)> {
    let is_end = |byte: &u8| matches!(byte, b'=' | b' ' | b'"' | b'\\');
    let equals = text.as_bytes().iter().position(is_end)?;
    if equals == 0 || text.as_bytes()[equals] != b'=' {
        return None;
    }
    let (key, rest) = (&text[..equals], &text[equals + 1..]);
    if let Some(quoted) = rest.strip_prefix('"') {
        let len = end_of_quote(quoted)?;
        let value = Value::Text(unescaped(&quoted[..len]));
        let len = equals + 1 + 1 + len + 1;
        let is_end = matches!(text.as_bytes().get(len), None | Some(b' '));
        return is_end.then_some(((Cow::Borrowed(key), value), len));
    }
    let len = memchr::memchr(b' ', rest.as_bytes()).unwrap_or(rest.len());
    let word = &rest[..len];
    let value = if is_bare(word) { Value::Bare(word) } else { Value::Text(Cow::Borrowed(word)) };
    let is_value = !word.contains(['"', '=']);
    is_value.then_some(((Cow::Borrowed(key), value), equals + 1 + len))
}

/// Whether JSON would have it without quotes.
pub fn is_bare(word: &str) -> bool {
    match word.as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => json::is_number(word),
        Some(b't' | b'f' | b'n') => matches!(word, "true" | "false" | "null"),
        _ => false,
    }
}

/// Where the quote ends that a text has behind its opening one.
fn end_of_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', &bytes[at..])?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2; // what is behind the backslash belongs to it
        if at > bytes.len() {
            return None;
        }
    }
}

/// The way back from the library's escapes: `\n \r \t \\ \" \xNN \uNNNN`. A byte that is not UTF-8 stays `\xNN`, as in
/// the library's JSON, and so does whatever is no escape.
pub fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (ch, len) = match rest.as_bytes().first() {
            Some(b'n') => ('\n', 1),
            Some(b'r') => ('\r', 1),
            Some(b't') => ('\t', 1),
            Some(b'"') => ('"', 1),
            Some(b'\\') => ('\\', 1),
            Some(b'x') => match hex(rest, 2).filter(|ch| ch.is_ascii()) {
                Some(ch) => (ch, 3),
                None => ('\\', 0),
            },
            Some(b'u') => hex(rest, 4).map_or(('\\', 0), |ch| (ch, 5)),
            _ => ('\\', 0),
        };
        out.push(ch);
        rest = &rest[len..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that so many digits behind the first byte stand for.
fn hex(text: &str, digits: usize) -> Option<char> {
    let digits = text.get(1..=digits)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    char::from_u32(is_hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()?)
}

/// Where the fields at the end of a text begin: the longest end of it that is made of pairs.
pub fn trailing(text: &str) -> usize {
    let mut begin = None;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let word = memchr::memchr(b' ', rest.as_bytes()).unwrap_or(rest.len());
        let len = pair(rest).map(|(_, len)| len);
        begin = len.and(begin.or(Some(at)));
        at += len.unwrap_or(word) + 1;
    }
    begin.unwrap_or(text.len())
}
