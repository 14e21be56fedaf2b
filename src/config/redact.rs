//! Fields whose values no line shows.

use std::sync::Arc;

/// What stands for a value that is not shown.
pub const SHOWN: &[u8] = b"***";

/// The names of such fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redact(Option<Arc<[Box<str>]>>);

impl Redact {
    /// Names with commas between them; `None` if one of them is empty. An empty text is no name.
    pub fn parse(value: &str) -> Option<Self> {
        if value.is_empty() {
            return Some(Self::default());
        }
        let names: Vec<Box<str>> = value.split(',').map(|name| name.trim().into()).collect();
        names.iter().all(|name| !name.is_empty()).then(|| Self(Some(names.into())))
    }

    /// The names of both.
    pub fn and(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (_, None) => self.clone(),
            (None, _) => other.clone(),
            (Some(one), Some(two)) => Self(Some(one.iter().chain(two.iter()).cloned().collect())),
        }
    }

    /// Whether every value is shown.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether the field `key` in these groups, the outermost first, is hidden: its key is one of the names, or
    /// its path with dots between the keys is; small and capital letters are the same.
    pub fn hides(&self, groups: &[&[u8]], key: &[u8]) -> bool {
        let names = self.0.iter().flat_map(|names| names.iter());
        names.map(|name| name.as_bytes()).any(|name| {
            name.eq_ignore_ascii_case(key) || !groups.is_empty() && is_path(name, groups, key)
        })
    }
}

fn is_path(mut name: &[u8], groups: &[&[u8]], key: &[u8]) -> bool {
    for group in groups {
        let Some((head, rest)) = name.split_at_checked(group.len()) else { return false };
        let Some(rest) = rest.strip_prefix(b".") else { return false };
        if !head.eq_ignore_ascii_case(group) {
            return false;
        }
        name = rest;
    }
    name.eq_ignore_ascii_case(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_hides_its_key_at_any_depth_and_a_path_only_there() {
        let redact = Redact::parse("Password, req.token").unwrap();
        let hides = |groups: &[&str], key: &str| {
            let groups: Vec<&[u8]> = groups.iter().map(|group| group.as_bytes()).collect();
            redact.hides(&groups, key.as_bytes())
        };
        assert!(hides(&[], "password") && hides(&["a", "b"], "PASSWORD"));
        assert!(hides(&["REQ"], "Token") && hides(&[], "req.token"));
        assert!(!hides(&[], "token") && !hides(&["a", "req"], "token") && !hides(&["req"], "to"));
        assert!(!hides(&[], "passwords") && !hides(&["req.token"], "x"));
    }

    #[test]
    fn an_empty_text_hides_nothing_and_an_empty_name_is_refused() {
        assert!(Redact::parse("").unwrap().is_empty());
        assert_eq!(Redact::parse("a,,b"), None);
        let both = Redact::parse("a").unwrap().and(&Redact::parse("b").unwrap());
        assert!(both.hides(&[], b"a") && both.hides(&[], b"b"));
    }
}
