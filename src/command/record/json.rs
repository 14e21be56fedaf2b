//! JSON, as far as a line of a log needs it: the members of an object, the values inside of them checked and left as
//! they stand.
//!
//! Why not a parser that gives values? Numbers must come out as they went in, members in their order and twice where
//! they are there twice, and most members are only copied.

use super::{Pair, Value};
use std::borrow::Cow;

/// How deep objects and lists may nest: four times what the library writes.
const MAX_DEPTH: usize = 128;

/// The members of the object that the whole text is; `None` if it is none.
pub fn object(text: &str) -> Option<Vec<Pair<'_>>> {
    let mut cursor = Cursor { text, at: 0 };
    let mut pairs = Vec::with_capacity(8);
    cursor.members(0, |key, value| pairs.push((key, value)))?;
    cursor.blanks();
    (cursor.at == text.len()).then_some(pairs)
}

/// Whether the whole text is a number of JSON.
pub fn is_number(text: &str) -> bool {
    let mut cursor = Cursor { text, at: 0 };
    cursor.number().is_some() && cursor.at == text.len()
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    /// The members of an object, braces included.
    fn members(
        &mut self,
        depth: usize,
        mut member: impl FnMut(Cow<'a, str>, Value<'a>),
    ) -> Option<()> {
        self.take(b'{')?;
        self.blanks();
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            self.blanks();
            let key = self.string()?;
            self.blanks();
            self.take(b':')?;
            self.blanks();
            member(key, self.value(depth)?);
            self.blanks();
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        let start = self.at;
        match self.peek()? {
            b'"' => return self.string().map(Value::Text),
            b'{' if depth < MAX_DEPTH => self.members(depth + 1, |_, _| ())?,
            b'[' if depth < MAX_DEPTH => self.list(depth + 1)?,
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => self.number()?,
        }
        Some(Value::Bare(&self.text[start..self.at]))
    }

    fn list(&mut self, depth: usize) -> Option<()> {
        self.take(b'[')?;
        self.blanks();
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            self.blanks();
            self.value(depth)?;
            self.blanks();
            if self.take(b',').is_none() {
                return self.take(b']');
            }
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    /// A string, without its quotes and escapes.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        self.take(b'"')?;
        let (text, start) = (self.text, self.at);
        let bytes = &text.as_bytes()[start..];
        let len = memchr::memchr2(b'"', b'\\', bytes)?;
        if bytes[..len].iter().fold(false, |found, byte| found | (*byte < 0x20)) {
            return None;
        }
        if bytes[len] == b'"' {
            self.at = start + len + 1;
            return Some(Cow::Borrowed(&text[start..start + len]));
        }
        self.escaped(start, len)
    }

    /// The same for one with escapes, of which the first is `len` bytes behind `start`.
    #[cold]
    fn escaped(&mut self, start: usize, len: usize) -> Option<Cow<'a, str>> {
        let text = self.text;
        let mut out = text[start..start + len].to_owned();
        self.at = start + len;
        loop {
            let rest = &text[self.at..];
            let len = memchr::memchr2(b'"', b'\\', rest.as_bytes())?;
            if rest.as_bytes()[..len].iter().any(|byte| *byte < 0x20) {
                return None;
            }
            out.push_str(&rest[..len]);
            self.at += len + 1;
            if rest.as_bytes()[len] == b'"' {
                return Some(Cow::Owned(out));
            }
            let escape = self.peek()?;
            self.at += 1;
            out.push(match escape {
                b'"' => '"',
                b'\\' => '\\',
                b'/' => '/',
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => self.code_point()?,
                _ => return None,
            });
        }
    }

    /// What four digits stand for; half of a pair that is alone is no character, and shown as U+FFFD.
    fn code_point(&mut self) -> Option<char> {
        let high = self.unit()?;
        if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            let low = self.unit()?;
            if (0xdc00..0xe000).contains(&low) {
                return char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
            }
            self.at = before;
        }
        Some(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    }
}
