//! What stands in front of a message, kept: time, level, logger, place and thread are rendered once for all
//! records of a second that share them. Per record it is copied, and the digits below the second are set.

use super::draft::Draft;
use super::fraction::Fractions;
use super::time::Moment;
use crate::level::Level;
use crate::record::{Event, Source, Thread};

/// The longest head that is kept.
const MAX_BYTES: usize = 256;
/// The longest head of a plain message.
pub const MAX_PLAIN: usize = 128;
/// What most heads of text fit into: copied as a whole, without a loop.
const SHORT: usize = 64;
/// How many heads are kept at most, beside those of plain messages.
const PLACES: usize = 64;
/// What names of loggers, files, functions and threads are kept at most, to tell heads apart.
const MAX_NAMES: usize = 1024;

/// What a format's heads depend on, beside the second, the level and the logger.
#[derive(Clone, Copy)]
pub struct Shows {
    /// The place in the program.
    pub source: bool,
    /// The thread.
    pub thread: bool,
}

/// What a head is made of, beside the second.
pub struct Key<'a> {
    level: Level,
    logger: &'a str,
    source: Option<&'a Source>,
    thread: Option<&'a Thread>,
}

impl<'a> Key<'a> {
    /// What of an event its head shows.
    #[inline]
    pub fn new(event: &Event<'a>, shows: Shows) -> Self {
        Self {
            level: event.level,
            logger: event.logger,
            source: event.source.filter(|_| shows.source),
            thread: shows.thread.then_some(event.thread),
        }
    }
}

impl Key<'_> {
    fn names(&self) -> [&[u8]; 4] {
        let (file, function) = self.source.map_or(("", ""), |it| (&it.file, &it.function));
        let thread = self.thread.map_or("", |thread| &thread.name);
        [self.logger.as_bytes(), file.as_bytes(), function.as_bytes(), thread.as_bytes()]
    }

    fn numbers(&self) -> Numbers {
        Numbers {
            level: self.level,
            line: self.source.map(|source| source.line),
            thread: self.thread.map_or(0, |thread| thread.id),
            // Names whose lengths do not fit are not kept.
            name_lens: self
                .names()
                .iter()
                .fold(0, |lens, name| lens << 16 | name.len().min(0xffff) as u64),
        }
    }
}

/// What of a key is no text.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Numbers {
    level: Level,
    line: Option<u32>,
    thread: u32,
    /// Those of the names, 16 bits each.
    name_lens: u64,
}

impl Numbers {
    /// The place that a head is kept at.
    fn place(&self) -> usize {
        let [line, thread] = [self.line.unwrap_or(0), self.thread].map(u64::from);
        let sum = self.name_lens ^ line << 8 ^ thread << 24 ^ (self.level as u64) << 40;
        // The upper bits of the product depend on all of the sum.
        (sum.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize % PLACES
    }
}

/// A head that is kept.
struct Head {
    second: i64,
    numbers: Option<Numbers>,
    names: Draft,
    text: [u8; MAX_BYTES],
    len: usize,
    fractions: Fractions,
}

impl Head {
    /// Of no second.
    fn new() -> Self {
        Self {
            second: i64::MIN,
            numbers: None,
            names: Draft::default(),
            text: [0; MAX_BYTES],
            len: 0,
            fractions: Fractions::default(),
        }
    }

    #[inline]
    fn is_of(&self, numbers: &Numbers, names: [&[u8]; 4], second: i64) -> bool {
        self.second == second
            && self.numbers.as_ref() == Some(numbers)
            && are(self.names.as_bytes(), names)
    }

    /// Takes over `text`, unless it is too long.
    fn keep(&mut self, text: &[u8], second: i64, fractions: Fractions) -> bool {
        let Some(room) = self.text.get_mut(..text.len()) else { return false };
        room.copy_from_slice(text);
        (self.len, self.second, self.fractions) = (text.len(), second, fractions);
        fractions.is_whole()
    }
}

/// Whether `all` begins with the names, one behind the other.
#[inline]
fn are(mut all: &[u8], names: [&[u8]; 4]) -> bool {
    // Where there is nothing, nothing is compared: a comparison in vectors may look at where an empty slice
    // lies, and be held up for a long time if that is no memory.
    names.into_iter().filter(|name| !name.is_empty()).all(|name| {
        match all.split_at_checked(name.len()) {
            Some((front, rest)) if front == name => {
                all = rest;
                true
            }
            _ => false,
        }
    })
}

/// The heads of one format.
pub struct Heads {
    /// Of messages that have nothing beside them, by level.
    plain: [Head; Level::ALL.len()],
    /// Of the others, where their numbers say.
    others: Vec<Head>,
}

impl Heads {
    /// None yet.
    pub fn new() -> Self {
        Self { plain: std::array::from_fn(|_| Head::new()), others: Vec::new() }
    }

    /// Puts the head of a plain message behind `out`. False if none of that second was kept by
    /// [`keep_plain`](Self::keep_plain).
    #[inline(always)]
    pub fn put_plain(&self, level: Level, moment: Moment, out: &mut Vec<u8>) -> bool {
        let head = &self.plain[level as usize];
        if head.second != moment.second {
            return false;
        }
        let start = out.len();
        if head.len <= SHORT {
            out.extend_from_slice(&head.text[..SHORT]);
        } else {
            out.extend_from_slice(&head.text[..MAX_PLAIN]);
        }
        out.truncate(start + head.len);
        // Behind the copy: to read again at once what was just written byte by byte would wait for it.
        head.fractions.set(moment.nanos, &mut out[start..]);
        true
    }

    /// Keeps the head of plain messages, if it has no more than [`MAX_PLAIN`] bytes.
    pub fn keep_plain(
        &mut self,
        level: Level,
        second: i64,
        text: &[u8],
        fractions: Fractions,
    ) -> bool {
        text.len() <= MAX_PLAIN && self.plain[level as usize].keep(text, second, fractions)
    }

    /// Puts the head of any event behind `out`, which is empty: the one that was kept, or what `make` puts.
    #[inline]
    pub fn put(
        &mut self,
        key: &Key<'_>,
        moment: Moment,
        out: &mut Draft,
        make: impl FnOnce(&mut Draft, &mut Fractions),
    ) {
        let (numbers, names) = (key.numbers(), key.names());
        let place = numbers.place();
        match self.others.get(place).filter(|head| head.is_of(&numbers, names, moment.second)) {
            Some(head) => {
                out.put(&head.text[..head.len]);
                head.fractions.set(moment.nanos, out.as_mut_bytes());
            }
            None => {
                let mut fractions = Fractions::default();
                make(out, &mut fractions);
                if out.is_whole() {
                    self.keep(place, numbers, names, moment.second, out.as_bytes(), fractions);
                }
            }
        }
    }

    /// Without memory it is not kept.
    #[cold]
    fn keep(
        &mut self,
        place: usize,
        numbers: Numbers,
        names: [&[u8]; 4],
        second: i64,
        text: &[u8],
        fractions: Fractions,
    ) {
        if self.others.is_empty() {
            if self.others.try_reserve_exact(PLACES).is_err() {
                return;
            }
            self.others.resize_with(PLACES, Head::new);
        }
        let head = &mut self.others[place];
        head.names.begin(MAX_NAMES); // what does not fit is like no name
        names.iter().for_each(|name| head.names.put(name));
        head.numbers = head.keep(text, second, fractions).then_some(numbers);
    }
}
