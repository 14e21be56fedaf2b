//! What numbers in records stand for: places in the program and loggers, each an entry of a file that is appended to.
//!
//! An entry is there before the first record that needs it. A later one of the same number counts: a logger's number
//! is given again when all of its records are written.

use super::checksum;
use crate::record::{Form, Source};
use std::collections::HashMap;

/// In front of an entry: the length of what follows, the kind, and a checksum of it.
const HEADER: usize = 16;
/// Kinds.
const ORIGIN: u32 = 1;
const SOURCE: u32 = 2;

/// An entry for a logger.
pub fn origin(number: u32, name: &str, base: &[u8]) -> Vec<u8> {
    entry(ORIGIN, |out| {
        put_number(out, number);
        put_text(out, name.as_bytes());
        put_text(out, base);
    })
}

/// An entry for a place in the program.
pub fn source(number: u32, source: &Source) -> Vec<u8> {
    entry(SOURCE, |out| {
        put_number(out, number);
        put_number(out, source.line);
        put_text(out, source.file.as_bytes());
        put_text(out, source.function.as_bytes());
        let Some(form) = &source.form else { return };
        put_text(out, &form.message);
        form.keys.iter().for_each(|key| put_text(out, key));
    })
}

fn entry(kind: u32, fill: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = vec![0; HEADER];
    fill(&mut out);
    let len = (out.len() - HEADER) as u32;
    let sum = sum_of(&out[HEADER..]);
    out[..4].copy_from_slice(&len.to_ne_bytes());
    out[4..8].copy_from_slice(&kind.to_ne_bytes());
    out[8..HEADER].copy_from_slice(&sum.to_ne_bytes());
    out
}

/// What tells an entry from a damaged one. The fuzzer must get past it.
fn sum_of(content: &[u8]) -> u64 {
    if cfg!(fuzzing) { 0 } else { checksum(content) }
}

fn put_number(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_ne_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    put_number(out, text.len() as u32); // none is that long
    out.extend_from_slice(text);
}

/// What a dead process knew.
#[derive(Default)]
pub struct Known {
    /// Loggers: names and encoded base fields.
    pub origins: HashMap<u32, (Box<str>, Box<[u8]>)>,
    /// Places in the program.
    pub sources: HashMap<u32, Source>,
}

impl Known {
    /// Of a file. What is behind a damaged entry is unknown.
    pub fn read(file: &[u8]) -> Self {
        let mut known = Self::default();
        let mut rest = Reader(file);
        while known.read_entry(&mut rest).is_some() {}
        known
    }

    fn read_entry(&mut self, rest: &mut Reader<'_>) -> Option<()> {
        let len = rest.number()? as usize;
        let kind = rest.number()?;
        let sum = u64::from_ne_bytes(rest.take(8)?.try_into().ok()?);
        let content = rest.take(len)?;
        if sum_of(content) != sum {
            return None;
        }
        let mut content = Reader(content);
        let number = content.number()?;
        if kind == ORIGIN {
            let (name, base) = (content.string()?, content.text()?);
            self.origins.insert(number, (name, base.into()));
        } else if kind == SOURCE {
            let line = content.number()?;
            let (file, function) = (content.string()?, content.string()?);
            let form = content.text().map(|message| Form {
                message: message.into(),
                keys: std::iter::from_fn(|| content.text().map(Into::into)).collect(),
            });
            self.sources.insert(number, Source { file, line, function, form });
        }
        Some(())
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (here, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(here)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_ne_bytes(self.take(4)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let len = self.number()?;
        self.take(len as usize)
    }

    fn string(&mut self) -> Option<Box<str>> {
        Some(String::from_utf8_lossy(self.text()?).into_owned().into())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_up_to_the_first_damage() {
        let keys: Box<[Box<[u8]>]> = Box::new([b"id"[..].into(), b""[..].into()]);
        let form = Some(Form { message: b"got {id}"[..].into(), keys });
        let place = Source { file: "a.c".into(), line: 7, function: "main".into(), form };
        let bare = Source { form: None, ..place.clone() };
        let parts =
            [origin(0, "app", b"base"), source(1, &place), origin(0, "b", b""), source(2, &bare)];
        let file = parts.concat();
        let known = Known::read(&file);
        assert_eq!(known.origins[&0], ("b".into(), Box::default()));
        assert_eq!((&known.sources[&1], &known.sources[&2]), (&place, &bare));
        for cut in 0..file.len() {
            let known = Known::read(&file[..cut]);
            let whole = parts.iter().scan(0, |end, part| {
                *end += part.len();
                Some(*end)
            });
            let whole = whole.take_while(|end| *end <= cut).count();
            assert_eq!(known.sources.len(), [0, 0, 1, 1, 2][whole]);
        }
        let mut damaged = file;
        damaged[parts[0].len() + 20] ^= 1;
        assert_eq!(Known::read(&damaged).origins[&0].0, "app".into());
    }
}
