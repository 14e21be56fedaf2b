//! The loggers, root and derived, whose records go through one pipeline, each under a number.
//!
//! A logger that is given back keeps its number until every worker has passed all of its records.

use super::ring::ORIGINS;
use crate::origin::Origin;
use crate::sync::{AtomicU64, Mutex, Ordering, lock};
use std::collections::HashSet;
use std::sync::Arc;

/// Numbers of loggers.
pub struct Origins {
    list: Mutex<List>,
    /// Grows with every change.
    changes: AtomicU64,
}

struct List {
    places: Vec<Option<Arc<Origin>>>,
    free: Vec<u32>,
    /// Given back: which workers have not passed the records yet, as a set of bits.
    leaving: Vec<(u32, u64)>,
    /// Every worker.
    workers: u64,
    /// The places of the latest changes, and how many changes there were before these.
    journal: Vec<u32>,
    before: u64,
}

/// How many changes a worker can fall behind without looking at every place.
const JOURNAL: usize = 1024;

impl List {
    fn changed(&mut self, number: u32, changes: &AtomicU64) {
        if self.journal.len() == JOURNAL {
            self.before += JOURNAL as u64;
            self.journal.clear();
        }
        self.journal.push(number);
        // Release: who sees the change finds it in the list; pairs with `changes`.
        changes.fetch_add(1, Ordering::Release);
    }
}

impl Origins {
    /// None yet, for so many workers.
    pub fn new(workers: usize) -> Self {
        let workers = u64::MAX.checked_shr(64 - workers as u32).unwrap_or(0);
        let list = List {
            places: Vec::new(),
            free: Vec::new(),
            leaving: Vec::new(),
            workers,
            journal: Vec::new(),
            before: 0,
        };
        Self { list: Mutex::new(list), changes: AtomicU64::new(0) }
    }

    /// Adds a logger; gives its number, or `None` if there are too many.
    pub fn join(&self, origin: Arc<Origin>) -> Option<u32> {
        let mut list = lock(&self.list);
        let number = match list.free.pop() {
            Some(number) => number,
            None if list.places.len() < ORIGINS as usize => {
                list.places.push(None);
                list.places.len() as u32 - 1
            }
            None => return None,
        };
        list.places[number as usize] = Some(origin);
        list.changed(number, &self.changes);
        Some(number)
    }

    /// Gives a number back.
    pub fn leave(&self, number: u32) {
        let mut list = lock(&self.list);
        let workers = list.workers;
        list.leaving.push((number, workers));
        list.changed(number, &self.changes);
    }

    /// Does something with all of them, of which none goes meanwhile.
    pub fn with_all<T>(&self, with: impl FnOnce(&mut dyn Iterator<Item = &Origin>) -> T) -> T {
        with(&mut lock(&self.list).places.iter().flatten().map(|origin| &**origin))
    }

    /// How often anything changed: a worker compares it with what it knows.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire) // pairs with the Release in `changed`
    }

    /// Brings what a worker knows, of as many changes as it has `seen`, up to date. Gives the numbers whose
    /// records it is to pass for good.
    pub fn update(
        &self,
        worker: usize,
        seen: &mut u64,
        known: &mut Vec<Option<Arc<Origin>>>,
    ) -> Vec<u32> {
        let list = lock(&self.list);
        known.resize(list.places.len().max(known.len()), None);
        match seen.checked_sub(list.before).and_then(|from| list.journal.get(from as usize..)) {
            Some(news) => news.iter().map(|&number| number as usize).for_each(|place| {
                known[place] = list.places.get(place).cloned().flatten();
            }),
            None => known.clone_from(&list.places),
        }
        *seen = list.before + list.journal.len() as u64;
        let waits_for_it = |&&(_, workers): &&(u32, u64)| workers >> worker & 1 == 1;
        list.leaving.iter().filter(waits_for_it).map(|&(number, _)| number).collect()
    }

    /// A worker has passed every record of these. Does something with each that nobody needs any more, as it goes; gives
    /// them.
    pub fn passed(
        &self,
        worker: usize,
        numbers: &HashSet<u32>,
        mut goes: impl FnMut(&Origin),
    ) -> Vec<Arc<Origin>> {
        let mut list = lock(&self.list);
        let list = &mut *list;
        let mut free = Vec::new();
        list.leaving.retain_mut(|(number, workers)| {
            if numbers.contains(number) {
                *workers &= !(1 << worker);
            }
            if *workers == 0 {
                free.push(*number);
            }
            *workers != 0
        });
        let mut gone = Vec::new();
        for number in free {
            let origin = list.places.get_mut(number as usize).and_then(Option::take);
            origin.iter().for_each(|origin| goes(origin));
            gone.extend(origin);
            list.free.push(number);
            list.changed(number, &self.changes);
        }
        gone
    }

    /// Lets all of them go: nothing will be logged any more.
    pub fn let_go(&self) {
        let gone = std::mem::take(&mut lock(&self.list).places);
        drop(gone); // outside of the lock: it may call the host
    }

    /// A worker has ended: nobody waits for it.
    pub fn worker_ended(&self, worker: usize) {
        let mut list = lock(&self.list);
        list.workers &= !(1 << worker);
        list.leaving.iter_mut().for_each(|(_, workers)| *workers &= !(1 << worker));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_given_again_when_every_worker_has_passed_it() {
        let origins = Origins::new(2);
        let first = origins.join(Arc::default()).unwrap();
        origins.leave(first);
        let (mut seen, mut known) = (0, Vec::new());
        assert_eq!(origins.update(0, &mut seen, &mut known), [first]);
        assert!(origins.passed(0, &HashSet::from([first]), |_| panic!()).is_empty());
        assert!(origins.update(0, &mut seen, &mut known).is_empty());
        assert_ne!(origins.join(Arc::default()), Some(first));
        assert_eq!(origins.passed(1, &HashSet::from([first]), |_| ()).len(), 1);
        assert_eq!(origins.join(Arc::default()), Some(first));
    }

    #[test]
    fn a_worker_that_fell_behind_finds_every_logger() {
        let origins = Origins::new(1);
        let (mut seen, mut known) = (0, Vec::new());
        for count in [1, JOURNAL - 1, 1, 3 * JOURNAL] {
            (0..count).for_each(|_| assert!(origins.join(Arc::default()).is_some()));
            origins.update(0, &mut seen, &mut known);
            assert!(known.iter().all(Option::is_some));
            assert_eq!(seen, origins.changes());
        }
    }
}
