//! Whether a record is the one before once more: what it says is compared byte by byte, so no record is ever taken
//! for another.

use super::is_near;
use crate::level::Level;
use crate::record::{Event, Layers};
use std::time::Duration;

/// A record that says more than this has no repetitions.
const MAX_BYTES: usize = 64 * 1024;

/// The last record that passed.
pub struct Twin {
    window_ns: u64,
    kept: Option<Kept>,
    /// What it says: its parts, one behind the other.
    said: Vec<u8>,
}

/// What of a record is no text.
#[derive(PartialEq, Eq)]
struct Numbers {
    level: Level,
    is_template: bool,
    line: Option<u32>,
    lens: [usize; PARTS],
}

struct Kept {
    unix_ns: i64,
    numbers: Numbers,
}

/// How many parts a record is compared in.
const PARTS: usize = 7;

/// What a record says, but for its time and its thread.
fn parts<'a>(event: &Event<'a>) -> [&'a [u8]; PARTS] {
    let Layers { base, own, post, .. } = event.fields;
    let (file, function) = event.source.map_or(("", ""), |it| (&it.file, &it.function));
    let [base, own, post] = [base, own, post].map(|run| run.as_bytes());
    [event.logger.as_bytes(), file.as_bytes(), function.as_bytes(), event.message, base, own, post]
}

fn numbers(event: &Event<'_>, parts: &[&[u8]; PARTS]) -> Numbers {
    Numbers {
        level: event.level,
        is_template: event.is_template,
        line: event.source.map(|source| source.line),
        lens: parts.map(<[u8]>::len),
    }
}

impl Twin {
    /// Of nothing. Repetitions are known for that long; zero: not at all.
    pub fn new(window: Duration) -> Self {
        let window_ns = u64::try_from(window.as_nanos()).unwrap_or(u64::MAX);
        Self { window_ns, kept: None, said: Vec::new() }
    }

    /// Whether the record is the last one once more.
    pub fn is(&self, event: &Event<'_>) -> bool {
        let Some(kept) = &self.kept else { return false };
        let parts = parts(event);
        if kept.numbers != numbers(event, &parts)
            || !is_near(kept.unix_ns, event.unix_ns, self.window_ns)
        {
            return false;
        }
        let mut said = &self.said[..];
        parts.iter().all(|part| {
            let (one, rest) = said.split_at(part.len());
            said = rest;
            one == *part
        })
    }

    /// This one is the last.
    pub fn keep(&mut self, event: &Event<'_>) {
        self.forget();
        if self.window_ns == 0 {
            return;
        }
        let parts = parts(event);
        let numbers = numbers(event, &parts);
        let len = numbers.lens.iter().fold(0_usize, |sum, &len| sum.saturating_add(len));
        self.said.clear();
        if len <= MAX_BYTES && self.said.try_reserve(len).is_ok() {
            parts.iter().for_each(|part| self.said.extend_from_slice(part));
            self.kept = Some(Kept { unix_ns: event.unix_ns, numbers });
        }
    }

    /// There is none.
    pub fn forget(&mut self) {
        self.kept = None;
    }

    /// Until when repetitions are known; long ago if there is none.
    pub fn end(&self) -> i64 {
        let window_ns = i64::try_from(self.window_ns).unwrap_or(i64::MAX);
        self.kept.as_ref().map_or(i64::MIN, |kept| kept.unix_ns.saturating_add(window_ns))
    }
}
