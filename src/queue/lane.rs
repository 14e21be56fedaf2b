//! One worker's part of a pipeline: its rings, its sleep, and who waits for it.

use super::{Progress, Rings, Rounds, Wake};
use crate::sync::Barrier;
use std::time::{Duration, Instant};

/// How long to wait for stores to become visible where the barrier fails: far longer than a processor
/// ever holds one back.
const UNORDERED_PAUSE: Duration = Duration::from_millis(5);
/// How soon to look again at a producer in the middle of a push: it takes nanoseconds unless preempted.
const LOOK_AGAIN: Duration = Duration::from_micros(50);

/// What the producers of one worker share with it.
pub struct Lane {
    /// Wakes the worker.
    pub wake: Wake,
    /// The rings.
    pub rings: Rings,
    /// Who waits for the worker.
    pub progress: Progress,
    /// What sinks with threads of their own have not settled.
    pub rounds: Rounds,
}

impl Lane {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            wake: Wake::new(),
            rings: Rings::new(),
            progress: Progress::new(),
            rounds: Rounds::new(),
        }
    }

    /// After the gate was shut: waits until every producer that found it open has published, at most until
    /// the deadline. From then on every producer finds it shut.
    pub fn quiesce(&self, barrier: Barrier, deadline: Option<Instant>) {
        if !barrier.heavy() {
            std::thread::sleep(UNORDERED_PAUSE);
        }
        for ring in self.rings.since(0) {
            while ring.is_writing() && deadline.is_none_or(|at| Instant::now() < at) {
                std::thread::sleep(LOOK_AGAIN);
            }
        }
    }

    /// The same without waiting for producers: whether every one that found a gate open has published.
    pub fn is_quiet(&self, barrier: Barrier) -> bool {
        if !barrier.heavy() {
            std::thread::sleep(UNORDERED_PAUSE);
        }
        !self.rings.since(0).iter().any(|ring| ring.is_writing())
    }
}
