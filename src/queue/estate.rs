//! What a dead logger left: the records of its rings, in the order of their stamps.

use super::salvage::Salvage;
use crate::crash::{Calibration, Dead, Known, Settled};
use crate::field::Fields;
use crate::origin::Origin;
use crate::record::{Event, Layers, Record, Source, Thread};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;

/// It, until every record is done with.
pub struct Estate {
    dead: Dead,
    known: Known,
    origins: HashMap<u32, Origin>,
    /// The logger of records whose own is not known.
    unknown: Origin,
    calibration: Calibration,
    rings: Vec<Salvage>,
    /// How far each was released.
    released: Vec<u64>,
    /// The next stamp of each ring that has one.
    heap: BinaryHeap<Reverse<(u64, usize)>>,
    /// How many runs of bytes were skipped, and why rings could not be read, or what records refer to.
    damaged: u64,
    unreadable: Option<io::Error>,
}

/// A record with everything that it is looked up in.
pub struct Left<'a> {
    /// It.
    pub record: Record<'a>,
    /// When it was logged, in nanoseconds since 1970.
    pub unix_ns: i64,
    /// The logger that it was logged with.
    pub origin: &'a Origin,
    /// Where it was logged, if that is known.
    pub source: Option<&'a Source>,
    /// The thread that logged it.
    pub thread: &'a Thread,
    /// The files that have it already, by the sums of their paths.
    pub has: &'a [u64],
}

impl<'a> Left<'a> {
    /// It as a format sees it, with the fields of post-hooks.
    pub fn event(&self, post: Fields<'a>) -> Event<'a> {
        let Self { record, unix_ns, origin, source, thread, .. } = *self;
        let (base, base_id) = (Fields::new(&origin.base), origin.base_id);
        Event {
            unix_ns,
            level: record.level,
            message: record.message,
            is_template: record.is_template(),
            fields: Layers { base, base_id, own: record.extra.fields, post },
            logger: &origin.name,
            source,
            thread,
            seq: 0, // each sink counts for itself
        }
    }
}

impl Estate {
    /// Reads what is left, but for what is out already.
    ///
    /// # Errors
    /// The system: nothing is known to be damaged, and what is there is for another time.
    pub fn open(dead: Dead, settled: &Settled) -> io::Result<Self> {
        let known = dead.names()?;
        let origin = |(number, (name, base)): (&u32, &(Box<str>, Box<[u8]>))| {
            (*number, Origin::recovered(name, base))
        };
        let (mut rings, mut damaged, mut unreadable) = (Vec::new(), 0, None);
        for number in dead.rings() {
            match dead.read_ring(number) {
                Ok(ring) => {
                    let known = settled.of(dead.nonce(), number);
                    rings.push(Salvage::new(ring, known));
                }
                Err(why) if why.kind() != io::ErrorKind::InvalidData => return Err(why),
                Err(why) => {
                    damaged += 1;
                    unreadable = Some(why);
                }
            }
        }
        damaged += rings.iter().map(|ring| ring.damaged).sum::<u64>();
        let mut estate = Self {
            origins: known.origins.iter().map(origin).collect(),
            unknown: Origin::default(),
            calibration: dead.calibration(),
            released: rings.iter().map(|ring| ring.head).collect(),
            heap: BinaryHeap::with_capacity(rings.len()),
            dead,
            known,
            rings,
            damaged,
            unreadable,
        };
        (0..estate.rings.len()).for_each(|ring| estate.put(ring));
        Ok(estate)
    }

    fn put(&mut self, ring: usize) {
        if let Some(stamp) = self.rings[ring].stamp() {
            self.heap.push(Reverse((stamp, ring)));
        }
    }

    /// How many records there still are.
    pub fn left(&self) -> u64 {
        self.rings.iter().map(|ring| ring.left() as u64).sum()
    }

    /// How many damaged places were skipped, and what the system said of the last of those that could not even be read.
    pub fn damaged(&self) -> (u64, Option<&io::Error>) {
        (self.damaged, self.unreadable.as_ref())
    }

    /// Counts one more.
    pub fn count_damaged(&mut self) {
        self.damaged += 1;
    }

    /// Whose it is.
    pub fn dead(&self) -> &Dead {
        &self.dead
    }

    /// The ring whose next record is the oldest.
    pub fn next(&mut self) -> Option<usize> {
        self.heap.pop().map(|Reverse((_, ring))| ring)
    }

    /// The number of that ring, and the position where its next record ends.
    pub fn place_of_next(&self, ring: usize) -> (u64, u64) {
        (self.rings[ring].number, self.rings[ring].end_of_next())
    }

    /// Takes the next record of the ring that `next` gave. `None` if its content is damaged.
    pub fn take(&mut self, ring: usize) -> Option<Left<'_>> {
        let following = self.rings[ring].stamp_after_next();
        if let Some(stamp) = following {
            self.heap.push(Reverse((stamp, ring)));
        }
        let Self { known, origins, unknown, calibration, rings, .. } = self;
        let (record, thread, has) = rings[ring].take(known)?;
        let (origin, source) =
            (origins.get(&record.origin), known.sources.get(&record.extra.source));
        if self.unreadable.is_none()
            && (origin.is_none() || source.is_none() && record.extra.source != 0)
        {
            let why = "what its records refer to is not known";
            self.unreadable = Some(io::Error::new(io::ErrorKind::InvalidData, why));
            self.damaged += 1;
        }
        Some(Left {
            unix_ns: calibration.unix_ns(record.stamp),
            origin: origin.unwrap_or(unknown),
            source,
            record,
            thread,
            has,
        })
    }

    /// Everything that was taken is done with: whoever comes next does not find it.
    pub fn release(&mut self) -> io::Result<()> {
        let mut outcome = Ok(());
        for (ring, released) in self.rings.iter().zip(&mut self.released) {
            if ring.head != *released {
                let advanced = self.dead.advance(ring.number, ring.head);
                *released = if advanced.is_ok() { ring.head } else { *released };
                outcome = outcome.and(advanced);
            }
        }
        outcome
    }

    /// Removes the files: every record is done with. False if that cannot be.
    pub fn finish(self) -> bool {
        self.dead.remove()
    }
}
