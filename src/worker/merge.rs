//! Records of many rings in the order of their stamps.

use crate::queue::Consumer;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A stamp so far beyond the cut (seconds, at any processor's rate) is from before a jump of the counter:
/// its record is due, or it would wait until the counter gets there.
const AHEAD: u64 = 1 << 33;

/// Which ring is next. Rings are told apart by their index in the worker's list.
pub struct Merge {
    /// The next stamp of each ring that has one, but for the current ring.
    heap: BinaryHeap<Reverse<(u64, usize)>>,
    /// The ring that records are taken from.
    current: Option<usize>,
    /// The current ring goes on as long as its stamps are below this.
    until: u64,
    cut: u64,
}

impl Merge {
    /// Nothing to merge.
    pub fn new() -> Self {
        Self { heap: BinaryHeap::new(), current: None, until: 0, cut: 0 }
    }

    /// Begins with what each consumer has seen and is stamped before `cut`.
    pub fn begin(&mut self, consumers: &mut [Consumer], cut: u64) {
        self.heap.clear();
        self.current = None;
        self.cut = cut;
        for (index, consumer) in consumers.iter_mut().enumerate() {
            self.put(index, consumer.stamp());
        }
    }

    /// The index of the ring whose next record is the oldest; that record must be taken before the
    /// next call.
    #[inline]
    pub fn next(&mut self, consumers: &mut [Consumer]) -> Option<usize> {
        if let Some(index) = self.current {
            let stamp = consumers[index].stamp();
            if stamp.is_some_and(|stamp| stamp < self.until) {
                return Some(index);
            }
            self.put(index, stamp);
        }
        self.current = self.heap.pop().map(|Reverse((_, index))| index);
        let next = self.heap.peek().map_or(self.cut, |Reverse((stamp, _))| *stamp);
        self.until = next.min(self.cut);
        self.current
    }

    fn put(&mut self, index: usize, stamp: Option<u64>) {
        let is_due = |stamp: u64| stamp < self.cut || stamp - self.cut > AHEAD;
        if let Some(stamp) = stamp.filter(|&stamp| is_due(stamp)) {
            self.heap.push(Reverse((stamp, index)));
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::level::Level;
    use crate::queue::{Memory, Plain, Ring, Tag};
    use std::sync::Arc;

    #[test]
    fn records_come_in_the_order_of_their_stamps_and_only_before_the_cut() {
        let stamps: [&[u64]; 4] = [&[1, 4, 5, 9], &[], &[2, 3, 10, 30], &[6, 7, 8, 11]];
        let mut consumers = Vec::new();
        let mut producers = Vec::new();
        for ring_stamps in stamps {
            let (ring, producer) = Ring::new(Memory::new(4096).unwrap(), Arc::default(), false);
            for &stamp in ring_stamps {
                producer.push(Tag::new(Level::Info, 0, false), &Plain(b"m"), || stamp);
            }
            let mut consumer = Consumer::new(ring);
            consumer.look();
            consumers.push(consumer);
            producers.push(producer);
        }
        let mut merge = Merge::new();
        let mut seen = Vec::new();
        merge.begin(&mut consumers, 11);
        while let Some(index) = merge.next(&mut consumers) {
            seen.push(consumers[index].take().stamp);
        }
        assert_eq!(seen, (1..=10).collect::<Vec<_>>());
    }
}
