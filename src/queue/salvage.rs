//! Reads a ring whose process is no more. Nothing in it is trusted: what is no record is skipped.
//!
//! What a process stored before it was killed is there in the order in which it was stored, so up to the tail there
//! are records and nothing else. After a crash of the whole system, or when somebody wrote to the file, that is
//! not so; a header that is no header, or that leads to none, is then where a search begins for the next chain of
//! records that ends exactly at the tail, or is long enough to be no accident.

use super::memory::GRANULE;
use super::payload;
use super::ring::{Tag, footprint};
use crate::crash::{Known, Out, RawRing};
use crate::record::{Record, Thread};
use std::cell::OnceCell;
use std::collections::HashMap;

/// So many headers that lead from one to the next, with stamps in order, are no accident.
const LONG: u32 = 4;

/// The records of a ring, in their order.
pub struct Salvage {
    /// Its number.
    pub number: u64,
    /// The thread that logged them.
    thread: Thread,
    /// The position that the next one begins at, or what is damaged in front of it.
    pub head: u64,
    /// How many runs of bytes were skipped, for they are no records.
    pub damaged: u64,
    bytes: Vec<u8>,
    /// The position of the first byte.
    start: u64,
    records: Vec<Place>,
    next: usize,
    /// The fields of the record that was taken last.
    fields: Vec<u8>,
}

/// Where a record is.
struct Place {
    /// Where it begins, counted from the first byte.
    at: usize,
    tag: Tag,
    stamp: u64,
    /// The files that have it already.
    has: Box<[u64]>,
}

impl Place {
    fn new(at: usize, header: &Header, has: &[u64]) -> Self {
        Self { at, tag: header.tag, stamp: header.stamp, has: has.into() }
    }

    fn end(&self) -> usize {
        self.at + footprint(self.tag.len())
    }
}

impl Salvage {
    /// Of what was read; by where they end, which records are `out` already.
    pub fn new(ring: RawRing, out: Option<&HashMap<u64, Out>>) -> Self {
        let (mut records, mut damaged) = (Vec::new(), 0);
        let wanted = ring.tail.wrapping_sub(ring.head) as usize;
        let chain = Chain::new(&ring, wanted);
        let mut at = 0;
        while at < wanted {
            let Some(header) = chain.header(at) else {
                damaged += 1;
                at = chain.resume(at + GRANULE);
                continue;
            };
            let next = at + header.size;
            let leads_on = next == wanted || chain.header(next).is_some();
            let resumed = if leads_on { next } else { chain.resume(at + GRANULE) };
            if resumed >= next && !header.is_padding {
                let end = ring.head + next as u64;
                match out.and_then(|out| out.get(&end)) {
                    Some(Out::Everywhere) => {}
                    Some(Out::Files(has)) => records.push(Place::new(at, &header, has)),
                    None => records.push(Place::new(at, &header, &[])),
                }
            }
            damaged += u64::from(resumed != next);
            at = resumed;
        }
        Self {
            number: ring.number,
            thread: ring.thread,
            head: ring.head,
            damaged,
            start: ring.head,
            bytes: ring.bytes,
            records,
            next: 0,
            fields: Vec::new(),
        }
    }

    /// How many records are left.
    pub fn left(&self) -> usize {
        self.records.len() - self.next
    }

    /// The stamp of the next record.
    pub fn stamp(&self) -> Option<u64> {
        self.records.get(self.next).map(|place| place.stamp)
    }

    /// The stamp of the one behind that.
    pub fn stamp_after_next(&self) -> Option<u64> {
        self.records.get(self.next + 1).map(|place| place.stamp)
    }

    /// The position where the next record ends.
    pub fn end_of_next(&self) -> u64 {
        self.records.get(self.next).map_or(self.head, |place| self.start + place.end() as u64)
    }

    /// Takes the next record, who logged it, and the files that have it already by the sums of their paths; its numbers mean what `known` says. `None` if its content is damaged.
    pub fn take<'a>(&'a mut self, known: &'a Known) -> Option<(Record<'a>, &'a Thread, &'a [u64])> {
        let place = self.records.get(self.next)?;
        self.head = self.start + place.end() as u64;
        self.next += 1;
        let Place { at, tag, stamp, .. } = *place;
        let payload = self.bytes.get(at + GRANULE..)?.get(..tag.len())?;
        let form = |number| known.sources.get(&number)?.form.as_ref();
        let (message, extra) = payload::read_by(tag.is_rich(), payload, &mut self.fields, form)?;
        let record = Record { stamp, level: tag.level(), origin: tag.origin(), message, extra };
        Some((record, &self.thread, &place.has))
    }
}

/// A header that could be one.
struct Header {
    tag: Tag,
    stamp: u64,
    /// How many bytes it and what follows take.
    size: usize,
    is_padding: bool,
}

/// Headers that lead from one to the next.
struct Chain<'a> {
    ring: &'a RawRing,
    wanted: usize,
    /// How many headers lead from one to the next from each granule on; looked up only after damage.
    lengths: OnceCell<Vec<u32>>,
}

impl<'a> Chain<'a> {
    fn new(ring: &'a RawRing, wanted: usize) -> Self {
        Self { ring, wanted, lengths: OnceCell::new() }
    }

    fn header(&self, at: usize) -> Option<Header> {
        let bytes = self.ring.bytes.get(at..)?.get(..GRANULE)?;
        let word = |at: usize| Some(u64::from_ne_bytes(*bytes.get(at..)?.first_chunk()?));
        let (tag, stamp) = (Tag::of_word(word(0)?), word(8)?);
        let position = self.ring.head + at as u64;
        let run = (self.ring.capacity - (position & (self.ring.capacity - 1))) as usize;
        let is_padding = tag.is_padding();
        let size = if is_padding { run } else { footprint(tag.len()) };
        let fits = size <= run && size <= self.wanted - at && tag.len() <= size;
        let is_sound = if is_padding { tag.len() + GRANULE == run } else { tag.is_sound() };
        (fits && is_sound).then_some(Header { tag, stamp, size, is_padding })
    }

    /// Where records go on at or behind `at`; the end if nowhere.
    fn resume(&self, at: usize) -> usize {
        let lengths = self.lengths.get_or_init(|| self.find_lengths());
        let granules = at / GRANULE..lengths.len();
        let found = granules.into_iter().find(|granule| lengths[*granule] >= LONG);
        found.map_or(self.wanted, |granule| granule * GRANULE)
    }

    /// A chain that ends at the tail is long enough.
    fn find_lengths(&self) -> Vec<u32> {
        let granules = self.ring.bytes.len() / GRANULE;
        let mut lengths = vec![0; granules + 1];
        lengths[granules] = if self.ring.bytes.len() == self.wanted { LONG } else { 0 };
        for granule in (0..granules).rev() {
            let Some(header) = self.header(granule * GRANULE) else { continue };
            let next = granule + header.size / GRANULE;
            let following = self.header(next * GRANULE);
            let is_in_order = following
                .is_none_or(|it| it.is_padding || header.is_padding || it.stamp >= header.stamp);
            let rest = lengths.get(next).filter(|_| is_in_order);
            lengths[granule] = 1 + rest.unwrap_or(&0);
        }
        lengths
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::level::Level;
    use crate::queue::{Consumer, Memory, Plain, Pushed, Ring};
    use std::sync::Arc;

    const CAPACITY: usize = 4096;

    /// A ring that has gone round, with records of numbers from `first` on, and these.
    fn ring(first: u32, count: u32) -> RawRing {
        let (ring, producer) = Ring::new(Memory::new(CAPACITY).unwrap(), Arc::default(), false);
        let mut consumer = Consumer::new(Arc::clone(&ring));
        let text = |number: u32| format!("{number:0width$}", width = 1 + number as usize * 7 % 90);
        let mut head = 0;
        for number in 0..first + count {
            let tag = Tag::new(Level::Info, number, false);
            let pushed = producer.push(tag, &Plain(text(number).as_bytes()), || number.into());
            assert!(matches!(pushed, Pushed::Done(_)));
            if number < first {
                consumer.look();
                while consumer.stamp().is_some() {
                    head = consumer.end_of_next();
                    consumer.take();
                }
                consumer.release();
            }
        }
        ring.raw(head)
    }

    fn numbers(ring: RawRing) -> (Vec<u32>, u64) {
        let mut salvage = Salvage::new(ring, None);
        let damaged = salvage.damaged;
        let known = Known::default();
        let mut numbers = Vec::new();
        while salvage.stamp().is_some() {
            if let Some((record, ..)) = salvage.take(&known) {
                let text = std::str::from_utf8(record.message).ok();
                let is_whole = text.and_then(|text| text.parse().ok()) == Some(record.origin);
                numbers.extend(is_whole.then_some(record.origin));
            }
        }
        (numbers, damaged)
    }

    #[test]
    fn what_was_published_and_not_released_is_found_in_order() {
        for first in 0..200 {
            let expected: Vec<u32> = (first..first + 40).collect();
            assert_eq!(numbers(ring(first, 40)), (expected, 0));
        }
    }

    #[test]
    fn a_damaged_header_costs_the_records_that_it_touches_and_no_others() {
        let ring = || ring(30, 40);
        let granules = ring().bytes.len() / GRANULE;
        for granule in 0..granules {
            let mut damaged = ring();
            damaged.bytes[granule * GRANULE..][..GRANULE].fill(0xff);
            let (found, _) = numbers(damaged);
            // A header takes its record along, and the one before may seem to lead nowhere.
            assert!(found.len() >= 38, "{granule}: {found:?}");
            assert!(found.is_sorted());
        }
    }

    #[test]
    fn any_bytes_are_survived() {
        let mut random = 0x9e37_79b9_7f4a_7c15u64;
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        for round in 0..3000 {
            let mut damaged = ring(30, 40);
            for _ in 0..1 + next() % 20 {
                let at = next() as usize % damaged.bytes.len();
                damaged.bytes[at] = next() as u8;
            }
            if round % 3 == 0 {
                let len = next() as usize % damaged.bytes.len();
                damaged.bytes.truncate(len);
            }
            let (found, _) = numbers(damaged);
            assert!(found.is_sorted());
        }
    }
}
