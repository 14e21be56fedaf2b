//! The library's default format: `[time] LEVEL logger - message key=value`.

use super::{Pair, Value, logfmt, time};
use alog::Level;
use std::borrow::Cow;

/// The elements and fields of a line; `None` if it is no such line. What at the end of the message looks like fields
/// is taken for fields.
pub fn pairs(text: &str) -> Option<Vec<Pair<'_>>> {
    let (stamp, rest) = text.strip_prefix('[')?.split_once("] ")?;
    let is_stamp = stamp.len() <= 40 && stamp.as_bytes().get(4) == Some(&b'-');
    time(stamp).filter(|_| is_stamp)?;
    let (level, rest) = uncolored(rest).split_once(' ')?;
    let level = uncolored(level);
    Level::from_name(level).filter(|known| known.name() == level)?;
    let rest = uncolored(rest);
    let (logger, said) = match rest.strip_prefix("- ") {
        Some(said) => ("", said),
        None if rest == "-" => ("", ""),
        None => rest.split_once(" - ").or_else(|| Some((rest.strip_suffix(" -")?, "")))?,
    };
    let fields = logfmt::trailing(said);
    let message = said[..fields].strip_suffix(' ').unwrap_or(&said[..fields]);
    let message = if fields == said.len() { said } else { message };
    let mut pairs = Vec::with_capacity(8);
    pairs.push((Cow::Borrowed("time"), Value::Text(Cow::Borrowed(stamp))));
    pairs.push((Cow::Borrowed("level"), Value::Text(Cow::Borrowed(level))));
    if !logger.is_empty() {
        pairs.push((Cow::Borrowed("logger"), Value::Text(logfmt::unescaped(logger))));
    }
    pairs.push((Cow::Borrowed("message"), Value::Text(logfmt::unescaped(message))));
    pairs.extend(logfmt::line(&said[fields..]).into_iter().flatten());
    Some(pairs)
}

/// A text without the colour that it begins and ends with.
fn uncolored(text: &str) -> &str {
    let text = match text.strip_prefix("\x1b[").and_then(|rest| rest.split_once('m')) {
        Some((_, rest)) => rest,
        None => text,
    };
    text.strip_suffix("\x1b[0m").unwrap_or(text)
}
