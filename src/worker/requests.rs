//! What sinks were asked for, at its place between the records: what was accepted before it goes to the old file, what
//! is logged after it to the new one.
//!
//! A request has a stamp, as records have. Each worker passes it when it has taken every record that is stamped before
//! it; the last one that does hands it to the sinks. So with one worker the place is exact. With several it is exact
//! for what was accepted before; what is logged after it may overtake it in a worker that passed it earlier.

use crate::clock::Counter;
use crate::sink::{Asked, Request, Sink};
use crate::sync::{Mutex, lock};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many may wait: more come only from a mistake.
const MAX_WAITING: usize = 1024;

/// The requests of a logger that not every worker has passed.
pub struct Requests {
    list: Mutex<List>,
    /// How many there ever were.
    count: AtomicU64,
    /// The first of those that say whether any is outstanding.
    outstanding: Arc<()>,
}

struct List {
    /// The number of the first one that waits.
    first: u64,
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    stamp: u64,
    order: Order,
    /// How many workers have not passed it.
    workers: usize,
}

/// Who was asked for what.
pub struct Order {
    pub asked: Asked,
    pub sinks: Vec<Arc<Sink>>,
}

impl Requests {
    /// None yet.
    pub fn new() -> Self {
        let list = List { first: 0, waiting: VecDeque::new() };
        Self { list: Mutex::new(list), count: AtomicU64::new(0), outstanding: Arc::new(()) }
    }

    /// Asks. The workers are to be woken then. False if too many wait.
    pub fn ask(
        &self,
        request: Request,
        sinks: Vec<Arc<Sink>>,
        counter: Counter,
        workers: usize,
    ) -> bool {
        let mut list = lock(&self.list);
        if list.waiting.len() >= MAX_WAITING {
            return false;
        }
        let asked = Asked::new(request, &self.outstanding);
        let stamp = counter.now(); // under the lock: they are in order
        list.waiting.push_back(Waiting { stamp, order: Order { asked, sinks }, workers });
        // Release: the worker that sees it sees what was accepted before; pairs with `count`.
        self.count.fetch_add(1, Ordering::Release);
        true
    }

    /// Whether every sink has done what it was asked for, or is gone.
    pub fn are_obeyed(&self) -> bool {
        Arc::strong_count(&self.outstanding) == 1
    }

    /// How many there ever were: a worker compares it with how many it has passed.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire) // pairs with the Release in `ask`
    }

    /// The same after the logger began to stop: whoever asks later finds that out.
    pub fn last_count(&self) -> u64 {
        let _list = lock(&self.list); // who had it before has counted, who has it later sees the stop
        self.count()
    }

    /// The stamp of a request that the calling worker has not passed.
    pub fn stamp(&self, number: u64) -> Option<u64> {
        let list = lock(&self.list);
        list.waiting.get((number - list.first) as usize).map(|waiting| waiting.stamp)
    }

    /// The calling worker passes that request, and has passed all before. Gives it if this was the last worker.
    pub fn pass(&self, number: u64) -> Option<Order> {
        let mut list = lock(&self.list);
        let place = (number - list.first) as usize;
        let waiting = list.waiting.get_mut(place)?;
        waiting.workers -= 1;
        // Every worker passes them in order: the first one is over first.
        let is_over = place == 0 && waiting.workers == 0;
        list.first += u64::from(is_over);
        is_over.then(|| list.waiting.pop_front()).flatten().map(|waiting| waiting.order)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_last_worker_that_passes_a_request_gets_it_and_their_order_is_kept() {
        let requests = Requests::new();
        let counter = Counter::of_process();
        for request in [Request::Rotate, Request::Reopen] {
            assert!(requests.ask(request, Vec::new(), counter, 2));
        }
        assert_eq!((requests.count(), requests.last_count()), (2, 2));
        assert!(requests.stamp(0) <= requests.stamp(1));
        assert_eq!(requests.stamp(2), None);
        assert!(requests.pass(0).is_none());
        assert!(requests.pass(1).is_none(), "the other worker has yet to pass both");
        let first = requests.pass(0).expect("the last one").asked;
        assert_eq!(first.request, Request::Rotate);
        assert_eq!(requests.pass(1).map(|order| order.asked.request), Some(Request::Reopen));
        assert!(!requests.are_obeyed());
        drop(first);
        assert!(requests.are_obeyed());
    }

    #[test]
    fn requests_that_nobody_passes_take_bounded_memory_and_who_asks_is_told() {
        let requests = Requests::new();
        let ask = || requests.ask(Request::Rotate, Vec::new(), Counter::of_process(), 1);
        assert!((0..MAX_WAITING).all(|_| ask()));
        assert!(!ask());
        assert_eq!(requests.count(), MAX_WAITING as u64);
        requests.pass(0);
        assert!(ask());
    }
}
