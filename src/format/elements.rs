//! What json and logfmt say of a record beside its fields, and by which names; and which fields those names
//! override.

use super::draft::Draft;
use super::fraction::Fractions;
use super::head::Shows;
use super::time::{Moment, TimeText};
use super::{escape, level, source};
use crate::config::{Keys, LevelStyle, Zone};
use crate::record::Event;
use std::sync::Arc;

/// How an element is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// `{"key":"value"`, and with a comma in front if it is not the first.
    Member,
    /// `key=value`, and with a blank in front if it is not the first.
    Pair,
}

/// What the elements of every record are made of.
pub struct Maker {
    notation: Notation,
    keys: Arc<Keys>,
    pid: u32,
    time: TimeText,
    /// What must be escaped as a whole.
    scratch: Draft,
}

impl Maker {
    /// Of this process.
    pub fn new(notation: Notation, keys: &Arc<Keys>, zone: &Zone) -> Self {
        Self {
            notation,
            keys: Arc::clone(keys),
            pid: std::process::id(),
            time: TimeText::rfc_3339(zone),
            scratch: Draft::default(),
        }
    }

    /// What the elements depend on, beside the time, the level and the logger.
    pub fn shows(&self) -> Shows {
        Shows { source: !self.keys.source.is_empty(), thread: !self.keys.thread.is_empty() }
    }

    /// Puts the elements of an event in front of its message into `out`, which is empty, and the name of the
    /// message, with the quote that a string of JSON begins with.
    pub fn put(
        &mut self,
        event: &Event<'_>,
        moment: Moment,
        out: &mut Draft,
        fractions: &mut Fractions,
    ) {
        let Self { notation, keys, pid, time, scratch } = self;
        let element = |key: &str, value: &[u8], out: &mut Draft| {
            if !key.is_empty() {
                notation.name(key, out);
                match notation {
                    Notation::Member => escape::json(value, out),
                    Notation::Pair => escape::value(value, out),
                }
            }
        };
        let (quote, style): (&[u8], _) = match notation {
            Notation::Member => (b"\"", LevelStyle::Upper),
            Notation::Pair => (b"", LevelStyle::Lower),
        };
        if !keys.time.is_empty() {
            notation.name(&keys.time, out);
            out.put(quote);
            time.put(moment, out, fractions);
            out.put(quote);
        }
        element(&keys.level, level::name(event.level, style).as_bytes(), out);
        if !event.logger.is_empty() {
            element(&keys.logger, event.logger.as_bytes(), out);
        }
        if let Some(place) = event.source {
            scratch.begin(usize::MAX);
            source::put(place, scratch);
            element(&keys.source, scratch.as_bytes(), out);
        }
        let mut digits = itoa::Buffer::new();
        if !event.thread.name.is_empty() {
            element(&keys.thread, event.thread.name.as_bytes(), out);
        } else if has_thread(event) {
            element(&keys.thread, digits.format(event.thread.id).as_bytes(), out);
        }
        if !keys.pid.is_empty() {
            notation.name(&keys.pid, out);
            out.put(digits.format(*pid).as_bytes());
        }
        if !keys.message.is_empty() {
            notation.name(&keys.message, out);
            out.put(quote);
        }
    }
}

impl Notation {
    /// Puts the number of an event that has one, behind everything else.
    pub fn put_seq(self, key: &str, event: &Event<'_>, out: &mut Draft) {
        if event.seq != 0 && !key.is_empty() {
            self.name(key, out);
            out.put(itoa::Buffer::new().format(event.seq).as_bytes());
        }
    }

    fn name(self, key: &str, out: &mut Draft) {
        let is_first = out.len() == 0;
        match self {
            Notation::Member => {
                out.put(if is_first { b"{" } else { b"," });
                escape::json(key.as_bytes(), out);
                out.put(b":");
            }
            Notation::Pair => {
                out.put(if is_first { b"" } else { b" " });
                escape::key(key.as_bytes(), out);
                out.put(b"=");
            }
        }
    }
}

/// The keys that are no fields, since the line says something else by them.
#[derive(Clone, Copy)]
pub struct Elements<'a> {
    keys: &'a Keys,
    /// Not only level and message have names in this format.
    all: bool,
    logger: bool,
    source: bool,
    thread: bool,
    seq: bool,
    /// Bit `n`: one of the names has `n` bytes, or the last bit so many or more.
    lens: u64,
}

/// The bits of [`Elements::lens`] for one name.
fn len_bit(len: usize) -> u64 {
    1 << len.min(63)
}

/// The bits of all names.
pub fn len_bits(keys: &Keys) -> u64 {
    let Keys { time, level, message, logger, source, thread, pid, seq } = keys;
    let names = [time, level, message, logger, source, thread, pid, seq];
    names.iter().fold(0, |bits, name| bits | len_bit(name.len()))
}

impl<'a> Elements<'a> {
    /// The elements of one event. `all`: the format names more than level and message; `lens`: of [`len_bits`].
    #[inline]
    pub fn new(keys: &'a Keys, lens: u64, all: bool, event: &Event<'_>) -> Self {
        Self {
            keys,
            all,
            logger: !event.logger.is_empty(),
            source: event.source.is_some(),
            thread: has_thread(event),
            seq: event.seq != 0,
            lens,
        }
    }

    /// Whether a field of that name on the outermost level is overridden by an element that is shown.
    #[inline]
    pub fn hide(&self, key: &[u8]) -> bool {
        self.lens & len_bit(key.len()) != 0 && self.is_name(key)
    }

    fn is_name(&self, key: &[u8]) -> bool {
        let Keys { time, level, message, logger, source, thread, pid, seq } = self.keys;
        let names = [
            (level, true),
            (message, true),
            (time, self.all),
            (pid, self.all),
            (logger, self.all && self.logger),
            (source, self.all && self.source),
            (thread, self.all && self.thread),
            (seq, self.all && self.seq),
        ];
        !key.is_empty() && names.iter().any(|(name, shown)| *shown && name.as_bytes() == key)
    }

    /// Whether it depends on the event if a field of that name is hidden.
    pub fn may_hide(&self, key: &[u8]) -> bool {
        let Keys { logger, source, thread, seq, .. } = self.keys;
        self.all && [logger, source, thread, seq].into_iter().any(|name| name.as_bytes() == key)
    }
}

/// Whether anything is known about the thread.
pub fn has_thread(event: &Event<'_>) -> bool {
    !event.thread.name.is_empty() || event.thread.id != 0
}
