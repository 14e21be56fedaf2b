//! The word that was meant: of those that are known, the one that a slip or two lead to.

use super::parse::same_name;

/// How many slips a word may have, by its length in letters: one that is missing, too many or wrong, or two that are
/// swapped. Of a shorter word too little would be left.
fn most(letters: usize) -> usize {
    match letters {
        0..4 => 0,
        4 => 1,
        _ => 2,
    }
}

/// The nearest of the known words, if one is near; never `given` itself.
pub fn nearest<'a>(known: impl IntoIterator<Item = &'a str>, given: &str) -> Option<&'a str> {
    let near = known.into_iter().filter_map(|word| Some((slips(word, given)?, word)));
    near.min_by_key(|&(slips, _)| slips).map(|(_, word)| word)
}

/// The word that a part of a value means (`dbug|error+`, `blok:250ms`), or is the beginning of (`gz`), of those in the text
/// that says what its key takes.
pub fn meant(takes: &str, value: &str) -> Option<String> {
    let words = words(takes);
    let known = || words.iter().map(String::as_str);
    let is_known = |part: &str| known().any(|word| same_name(word, part));
    let parts = value.split(|ch| !is_letter(ch) && ch != ' ').map(str::trim);
    let mut unknown = parts.filter(|part| !is_known(part));
    let word = unknown.find_map(|part| nearest(known(), part).or_else(|| begun(known(), part)));
    word.map(Into::into)
}

/// The only word that begins so, with two letters at least.
fn begun<'a>(known: impl Iterator<Item = &'a str>, given: &str) -> Option<&'a str> {
    let begins = |word: &&str| word.get(..given.len()).is_some_and(|it| same_name(it, given));
    let mut words = known.filter(|word| given.len() > 1 && begins(word));
    words.next().filter(|_| words.next().is_none())
}

/// The words in a text that says what a key takes: those that stand between its commas, alone or with an
/// explanation behind them. `local0 to local7` are eight.
fn words(takes: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in takes.split(", ") {
        let (word, rest) = part.split_at(part.find(|ch| !is_letter(ch)).unwrap_or(part.len()));
        if rest.is_empty() || rest.starts_with(':') || rest.starts_with(" (") {
            words.push(word.to_owned());
        } else if let Some((stem, first, last)) = range(word, rest) {
            words.extend((first..=last).map(|digit| format!("{stem}{digit}")));
        }
    }
    words
}

/// What a word and ` to ` with another behind it have in common, and the digits in which they differ.
fn range<'a>(word: &'a str, rest: &str) -> Option<(&'a str, u8, u8)> {
    let stem = word.trim_end_matches(|ch: char| ch.is_ascii_digit());
    let last = rest.strip_prefix(" to ")?.strip_prefix(stem)?;
    let (first, last) = (word[stem.len()..].parse().ok()?, last.parse().ok()?);
    (!stem.is_empty()).then_some((stem, first, last))
}

fn is_letter(ch: char) -> bool {
    ch.is_alphanumeric() || ch == '-' || ch == '_'
}

/// How many slips lead from one to the other, not counting case and hyphens; `None`: too many, or they are the same.
fn slips(known: &str, given: &str) -> Option<usize> {
    let most = most(known.len());
    if known.len().abs_diff(given.len()) > most {
        return None;
    }
    let fold = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    let is_same = known == given;
    let known: Vec<u8> = known.bytes().map(fold).collect();
    let given: Vec<u8> = given.bytes().map(fold).collect();
    // Row by row: how many slips lead from the beginning of one to the beginnings of the other.
    let mut rows =
        [vec![0; given.len() + 1], vec![0; given.len() + 1], (0..=given.len()).collect()];
    for (index, &letter) in known.iter().enumerate() {
        rows.rotate_left(1); // the two before stay
        rows[2][0] = index + 1;
        for (at, &other) in given.iter().enumerate() {
            let replaced = rows[1][at] + usize::from(letter != other);
            let mut least = replaced.min(rows[1][at + 1] + 1).min(rows[2][at] + 1);
            let swapped =
                index > 0 && at > 0 && letter == given[at - 1] && known[index - 1] == other;
            if swapped {
                least = least.min(rows[0][at - 1] + 1);
            }
            rows[2][at + 1] = least;
        }
    }
    Some(rows[2][given.len()]).filter(|&slips| slips <= most && !is_same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{overflow, parse, syslog};

    #[test]
    fn the_nearest_word_is_meant_not_the_first_that_is_near() {
        let known = ["rotate_site", "rotate_size", "keep"];
        assert_eq!(nearest(known, "rotate_sise"), Some("rotate_site"), "the first of two");
        assert_eq!(nearest(known, "rotate_sizee"), Some("rotate_size"));
        assert_eq!(nearest(known, "kep"), Some("keep"));
        assert_eq!(nearest(known, "keep"), None, "it is no slip");
        assert_eq!(nearest(["utc"], "utx"), None, "too short to tell");
        assert_eq!(nearest(known, &"k".repeat(1 << 20)), None);
    }

    #[test]
    fn hyphens_and_case_are_no_slips() {
        assert_eq!(nearest(["max_message_bytes"], "Max-Mesage-Byts"), Some("max_message_bytes"));
        assert_eq!(nearest(["file", "udp"], "UDP"), Some("udp"));
    }

    #[test]
    fn a_part_of_a_value_means_a_word() {
        for (takes, value, word) in [
            (overflow::TAKES, "dorp-newest", "drop-newest"),
            (overflow::TAKES, "blok:250ms", "block"),
            (overflow::TAKES, "block, error+=drop-odlest", "drop-oldest"),
            (parse::LEVELS, "dbug|error+", "debug"),
            (parse::LEVELS, "inof", "info"),
            ("thread, caller", "treads", "thread"),
            (overflow::TAKES, "drop newest", "drop-newest"),
            (syslog::FACILITIES, "locl0", "local0"),
            (syslog::FACILITIES, "lcal3", "local3"),
            ("no, gzip, zstd", "gz", "gzip"),
            ("no, gzip, zstd", "ZST", "zstd"),
        ] {
            assert_eq!(meant(takes, value).as_deref(), Some(word), "{value}");
        }
    }

    #[test]
    fn what_is_near_nothing_means_nothing() {
        for (takes, value) in [
            (overflow::TAKES, "grow"),
            (overflow::TAKES, "drop"),
            (overflow::TAKES, "block,"),
            (parse::LEVELS, "|info"),
            (parse::LEVELS, "info++"),
            (overflow::TAKES, "block:250m"),
            (overflow::TAKES, "such"),
            (parse::LEVELS, "loud"),
            ("a size from 1 to 1GiB", "sise"),
            ("keys of fields, such as password", "keyz"),
            ("no, gzip, zstd", "g"),
            ("no, gzip, zstd", "bzip2"),
            ("1 to 9 characters", "4"),
        ] {
            assert_eq!(meant(takes, value), None, "{value}");
        }
    }
}
