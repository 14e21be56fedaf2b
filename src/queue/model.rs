//! The lock-free parts under loom: every interleaving of a few steps, on the code that ships.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release --lib model`. The asymmetric barrier is modelled by
//! the fences that it stands for. Broken on purpose, each model fails: a Relaxed publication loses the
//! first, a missing barrier the second and the third.

use super::memory::Memory;
use super::*;
use crate::level::Level;
use crate::sync::{lock, thread};
use loom::sync::atomic::{AtomicBool as Flag, AtomicU64 as Word};

/// The smallest ring that the system can map.
const CAPACITY: usize = 4096;

fn model(check: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(check);
}

fn ring() -> (Arc<Ring>, Producer) {
    Ring::new(Memory::new(CAPACITY).unwrap(), Arc::default(), false)
}

/// As a port does it: by the short way if that will do.
fn write(producer: &Producer, message: &[u8], stamp: u64) -> Pushed {
    let (tag, payload) = (Tag::new(Level::Info, 0, false), Plain(message));
    match producer.push_here(tag, &payload, message.len(), stamp) {
        true => Pushed::Done(0),
        false => producer.push(tag, &payload, || stamp),
    }
}

#[test]
fn records_arrive_whole_and_in_order_and_space_is_used_again() {
    model(|| {
        // Each message takes just under a quarter: the fifth needs the space of the first.
        const LEN: usize = CAPACITY / 4 - 64;
        let (ring, producer) = ring();
        // Filled up before the threads part, so that few steps remain to explore.
        for stamp in 0..4 {
            assert!(matches!(write(&producer, &[stamp as u8; LEN], stamp), Pushed::Done(_)));
        }
        let mut consumer = Consumer::new(ring);
        let producing = thread::spawn(move || {
            let message = [4; LEN];
            while write(&producer, &message, 4) == Pushed::Full {
                thread::yield_now();
            }
        });
        let mut expected = 0;
        while expected < 5 {
            consumer.look();
            while let Some(stamp) = consumer.stamp() {
                assert_eq!(stamp, expected);
                let record = consumer.take();
                assert_eq!(record.message, [expected as u8; LEN]);
                expected += 1;
            }
            consumer.release();
            thread::yield_now();
        }
        producing.join().unwrap();
    });
}

#[test]
fn a_record_published_while_the_worker_goes_to_sleep_wakes_it() {
    model(|| {
        let wake = std::sync::Arc::new(Wake::new());
        let barrier = Barrier::new();
        let (ring, producer) = ring();
        let working = {
            let wake = std::sync::Arc::clone(&wake);
            // Not the model's main thread: loom takes a late wake-up of a thread that joins for an error.
            thread::spawn(move || {
                let mut consumer = Consumer::new(ring);
                // A missed wake-up is a deadlock, which the model reports.
                while consumer.stamp().is_none() {
                    wake.park(barrier, None, || !consumer.is_drained());
                    consumer.look();
                }
            })
        };
        write(&producer, b"a", 1);
        wake.after_publish(barrier);
        working.join().unwrap();
    });
}

#[test]
fn a_stop_loses_nothing_that_was_accepted() {
    model(|| {
        let barrier = Barrier::new();
        let open = std::sync::Arc::new(Flag::new(true));
        let accepted = std::sync::Arc::new(Word::new(0));
        let (ring, producer) = ring();
        let mut consumer = Consumer::new(ring);
        let producing = {
            let (open, accepted) = (std::sync::Arc::clone(&open), std::sync::Arc::clone(&accepted));
            thread::spawn(move || {
                for stamp in 0..2 {
                    // As `Port::push` does it.
                    assert!(producer.enter());
                    barrier.light();
                    if open.load(Ordering::Relaxed) {
                        assert!(matches!(write(&producer, b"a", stamp), Pushed::Done(_)));
                        accepted.fetch_add(1, Ordering::Relaxed);
                    }
                    producer.leave();
                }
            })
        };
        // As `Core::stop` and `Worker::end` do it.
        open.store(false, Ordering::Relaxed);
        assert!(barrier.heavy());
        while consumer.ring().is_writing() {
            thread::yield_now();
        }
        consumer.look();
        let mut drained = 0;
        while consumer.stamp().is_some() {
            consumer.take();
            drained += 1;
        }
        producing.join().unwrap();
        assert_eq!(drained, accepted.load(Ordering::Relaxed));
    });
}

#[test]
fn a_producer_that_waits_for_space_is_woken() {
    model(|| {
        const LEN: usize = CAPACITY / 4 - 64;
        // The thread that makes a ring is the one that is woken.
        let handed_over = std::sync::Arc::new(crate::sync::Mutex::new(None));
        let hand_over = std::sync::Arc::clone(&handed_over);
        let producing = thread::spawn(move || {
            let (ring, producer) = ring();
            for stamp in 0..4 {
                assert!(matches!(write(&producer, &[0; LEN], stamp), Pushed::Done(_)));
            }
            *lock(&hand_over) = Some(Consumer::new(ring));
            while write(&producer, &[0; LEN], 4) == Pushed::Full {
                producer.wait(None, || false);
            }
        });
        let mut consumer = loop {
            match lock(&handed_over).take() {
                Some(consumer) => break consumer,
                None => thread::yield_now(),
            }
        };
        consumer.look();
        while consumer.stamp().is_some() {
            consumer.take();
        }
        consumer.release();
        producing.join().unwrap();
    });
}

#[test]
fn a_record_is_either_taken_or_dropped_to_make_room_and_the_order_stays() {
    model(|| {
        const LEN: usize = CAPACITY / 4 - 64;
        let (ring, producer) = ring();
        for stamp in 0..4 {
            assert!(matches!(write(&producer, &[stamp as u8; LEN], stamp), Pushed::Done(_)));
        }
        let mut consumer = Consumer::new(ring);
        assert!(!producer.drop_oldest(), "the consumer has not agreed");
        consumer.look();
        let producing = thread::spawn(move || {
            let mut dropped = 0;
            while write(&producer, &[4; LEN], 4) == Pushed::Full {
                dropped += u64::from(producer.drop_oldest());
            }
            dropped
        });
        let mut taken = Vec::new();
        // At most two records, and then a look at what the producer did: few steps to explore.
        for _ in 0..2 {
            if let Some(stamp) = consumer.stamp() {
                let record = consumer.take();
                assert_eq!(record.message, [stamp as u8; LEN]);
                taken.push(stamp);
                consumer.release();
            }
        }
        consumer.unclaim();
        let dropped = producing.join().unwrap();
        consumer.look();
        while let Some(stamp) = consumer.stamp() {
            assert_eq!(consumer.take().message, [stamp as u8; LEN]);
            taken.push(stamp);
            consumer.release();
        }
        assert!(taken.windows(2).all(|pair| pair[0] < pair[1]), "{taken:?}");
        assert_eq!(taken.last(), Some(&4));
        assert_eq!(taken.len() as u64 + dropped, 5);
    });
}

#[test]
fn a_producer_that_moves_to_a_larger_ring_leaves_nothing_behind() {
    model(|| {
        let (small, producer) = ring();
        let large = Ring::alone(Memory::new(2 * CAPACITY).unwrap(), Arc::default(), false);
        let mut consumers = [Consumer::new(small), Consumer::new(Arc::clone(&large))];
        let producing = thread::spawn(move || {
            write(&producer, b"a", 1);
            producer.move_to(&large);
            write(&producer, b"a", 2);
        });
        // As a pass does it: every look, then every record in the order of the stamps.
        let mut seen = 0;
        while seen < 2 {
            consumers.iter_mut().rev().for_each(Consumer::look);
            if consumers[1].stamp().is_some() && seen == 0 {
                // What was before it is there, for whoever looks after that.
                consumers[0].look();
            }
            for consumer in &mut consumers {
                while let Some(stamp) = consumer.stamp() {
                    seen += 1;
                    assert_eq!(stamp, seen);
                    consumer.take();
                }
                consumer.release();
            }
            thread::yield_now();
        }
        producing.join().unwrap();
        assert!(consumers[0].ring().is_closed() && consumers[0].is_drained());
    });
}
