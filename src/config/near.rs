//! The word that was meant: of those that are known, the one that a slip or two lead to.

use super::parse::same_name;

/// How many letters may be missing, too many or wrong; two that are swapped are two.
const SLIPS: usize = 2;
/// The shortest word that is still recognised by what is left of it.
const SHORTEST: usize = SLIPS + 2;

/// The nearest of the known words, if one is near; never `given` itself.
pub fn nearest<'a>(known: impl IntoIterator<Item = &'a str>, given: &str) -> Option<&'a str> {
    let near = known.into_iter().filter_map(|word| Some((slips(word, given)?, word)));
    near.min_by_key(|&(slips, _)| slips).map(|(_, word)| word)
}

/// The word that a value means, of those in the text that says what its key takes: for the value as a whole, or
/// for one of its parts (`dbug|error+`, `blok:250ms`).
pub fn meant(takes: &'static str, value: &str) -> Option<&'static str> {
    nearest(words(takes), value).or_else(|| {
        let is_known = |part: &str| words(takes).any(|word| same_name(word, part));
        let mut parts = value.split(|ch| !is_letter(ch)).filter(|part| !is_known(part));
        parts.find_map(|part| nearest(words(takes), part))
    })
}

/// The words in a text that says what a key takes: those that stand between its commas, alone or with an
/// explanation behind them.
fn words(takes: &'static str) -> impl Iterator<Item = &'static str> {
    takes.split(", ").filter_map(|part| {
        let (word, rest) = part.split_at(part.find(|ch| !is_letter(ch)).unwrap_or(part.len()));
        (rest.is_empty() || rest.starts_with(':') || rest.starts_with(" (")).then_some(word)
    })
}

fn is_letter(ch: char) -> bool {
    ch.is_alphanumeric() || ch == '-' || ch == '_'
}

/// How many slips lead from one to the other; `None`: too many, or none.
fn slips(known: &str, given: &str) -> Option<usize> {
    if known.len() < SHORTEST || known.len().abs_diff(given.len()) > SLIPS {
        return None;
    }
    let fold = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    let given: Vec<u8> = given.bytes().map(fold).collect();
    // Row by row: how many slips lead from the beginning of one to the beginnings of the other.
    let mut row: Vec<usize> = (0..=given.len()).collect();
    for (index, letter) in known.bytes().map(fold).enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (at, &other) in given.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    Some(row[given.len()]).filter(|slips| (1..=SLIPS).contains(slips))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{overflow, parse};

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
    }

    #[test]
    fn a_value_means_a_word_as_a_whole_or_in_a_part() {
        for (takes, value, word) in [
            (overflow::TAKES, "dorp-newest", "drop-newest"),
            (overflow::TAKES, "blok:250ms", "block"),
            (overflow::TAKES, "block, error+=drop-odlest", "drop-oldest"),
            (parse::LEVELS, "dbug|error+", "debug"),
            (parse::LEVELS, "inof", "info"),
            ("thread, caller", "treads", "thread"),
        ] {
            assert_eq!(meant(takes, value), Some(word), "{value}");
        }
    }

    #[test]
    fn what_is_near_nothing_means_nothing() {
        for (takes, value) in [
            (overflow::TAKES, "grow"),
            (overflow::TAKES, "block:250m"),
            (overflow::TAKES, "such"),
            (parse::LEVELS, "loud"),
            ("a size from 1 to 1GiB", "sise"),
            ("keys of fields, such as password", "keyz"),
        ] {
            assert_eq!(meant(takes, value), None, "{value}");
        }
    }
}
