//! What crosses from the caller's thread to the worker's, and what a format sees of it.

use crate::field::Fields;
use crate::level::Level;

/// One record, borrowed from the queue.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// When it was logged, in ticks of the clock.
    pub stamp: u64,
    /// Its severity.
    pub level: Level,
    /// The number of the logger, root or derived, that it was logged with.
    pub origin: u32,
    /// The user's bytes.
    pub message: &'a [u8],
    /// What else the caller said; empty for a plain message.
    pub extra: Extra<'a>,
}

impl Record<'_> {
    /// Whether its message is to be rendered: without a brace there is nothing to do.
    pub fn is_template(&self) -> bool {
        self.extra.is_template && self.message.iter().any(|byte| matches!(byte, b'{' | b'}'))
    }
}

/// What a record carries beside its message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extra<'a> {
    /// Pre-hook fields, then ad-hoc ones.
    pub fields: Fields<'a>,
    /// `{name}` in the message stands for a field.
    pub is_template: bool,
    /// The number of the place in the program; 0: unknown.
    pub source: u32,
}

impl Extra<'_> {
    /// Whether there is nothing.
    #[inline(always)]
    pub fn is_none(&self) -> bool {
        self.fields.is_empty() && !self.is_template && self.source == 0
    }
}

/// A record as a format sees it: everything looked up, nothing rendered.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// When it was logged, in nanoseconds since 1970.
    pub unix_ns: i64,
    /// Its severity.
    pub level: Level,
    /// The user's bytes.
    pub message: &'a [u8],
    /// `{name}` in the message stands for a field.
    pub is_template: bool,
    /// Its fields.
    pub fields: Layers<'a>,
    /// The name of the logger; empty if it has none.
    pub logger: &'a str,
    /// Where in the program it was logged, if that is known.
    pub source: Option<&'a Source>,
    /// The thread that logged it.
    pub thread: &'a Thread,
    /// Its number in its sink, where lines show that; 0: it has none, as the lines of the logger's own.
    pub seq: u64,
}

/// The fields of a record, in the order in which they override each other: the later ones win.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layers<'a> {
    /// Those of the logger: the same for all of its records.
    pub base: Fields<'a>,
    /// Tells one logger's base fields from another's, for the life of the process; 0: there are none.
    pub base_id: u64,
    /// Those of pre-hooks and of the call.
    pub own: Fields<'a>,
    /// Those of post-hooks.
    pub post: Fields<'a>,
}

/// A place in the program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// The file, as the compiler or interpreter names it.
    pub file: Box<str>,
    /// The line, from 1; 0: unknown.
    pub line: u32,
    /// The function; empty if it is unknown.
    pub function: Box<str>,
    /// What is the same in every record of this place, if that is known.
    pub form: Option<Form>,
}

/// What a place in the program logs each time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    /// The message; a template if there are keys.
    pub message: Box<[u8]>,
    /// The keys of the fields, groups and their ends included, in their order.
    pub keys: Box<[Box<[u8]>]>,
}

impl Form {
    /// The whole record of which `values` are the fields without their keys; these are put behind `fields`,
    /// which is empty.
    pub fn fill<'a>(&'a self, values: &'a [u8], fields: &'a mut Vec<u8>) -> (&'a [u8], Fields<'a>) {
        let keys = self.keys.iter().map(|key| key.len()).sum::<usize>();
        if fields.try_reserve(values.len() + keys).is_err() {
            return (&self.message, Fields::new(values)); // without memory, the values stand without their keys
        }
        Fields::new(values).put_with_keys(self.keys.iter().map(|key| &**key), fields);
        (&self.message, Fields::new(fields))
    }
}

/// A thread that logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// The system's number for it; 0 for lines of the logger's own.
    pub id: u32,
    /// Its name.
    pub name: Box<str>,
}
