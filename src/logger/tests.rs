//! What only the inside can show: moments between two steps of another thread.

use super::*;
use crate::config::Destination;
use std::io;
use std::sync::atomic::Ordering;

struct Nowhere;

impl Destination for Nowhere {
    fn write(&self, _: &[u8], _: u64) -> io::Result<()> {
        Ok(())
    }
}

fn logger() -> Handle {
    let mut config = Config::new();
    config.add_destination("nowhere", Arc::new(Nowhere)).unwrap();
    Handle::new(&config).unwrap()
}

/// Makes loggers until one lives in the slot of `handle`; the others are freed.
fn successor_of(handle: Handle) -> Handle {
    let mut others = Vec::new();
    let successor = loop {
        let next = logger();
        if next.0 as u32 == handle.0 as u32 {
            break next;
        }
        others.push(next);
    };
    others.into_iter().for_each(|other| assert_eq!(other.free(), Code::Ok));
    successor
}

#[test]
fn a_stop_that_comes_late_leaves_the_next_logger_of_the_slot_alone() {
    let first = logger();
    let late = first.find().unwrap(); // as `stop` holds it when it is preempted
    assert_eq!(first.free(), Code::Ok);
    let second = successor_of(first);
    Node::shut(late.id, late.gate);
    let node = second.find().unwrap();
    assert_eq!(node.gate.load(Ordering::Relaxed), slot::open_value(second.0));
    assert_eq!(second.write(2, b"still there"), Code::Ok);
    assert_eq!((second.free(), first.write(2, b"stale")), (Code::Ok, Code::Handle));
}

#[test]
fn a_write_that_meets_a_stop_in_the_middle_is_refused_at_once() {
    let handle = logger();
    assert_eq!(handle.write(2, b"before"), Code::Ok);
    handle.find().unwrap().core.shut_gates(true); // the first step of a stop; the state follows
    assert_eq!(handle.write(2, b"meanwhile"), Code::Stopped);
    assert_eq!(handle.free(), Code::Ok);
}

#[test]
fn a_call_that_may_lock_is_refused_inside_another() {
    let handle = logger();
    assert_eq!(handle.write(2, b"makes a port"), Code::Ok);
    // As in a signal handler that interrupted a call.
    let outer = ports::locking().unwrap();
    assert_eq!(handle.flush(-1), Code::WouldDeadlock);
    assert_eq!(handle.stats().unwrap_err(), Code::WouldDeadlock);
    assert_eq!(handle.write(2, b"needs no lock"), Code::Ok);
    drop(outer);
    assert_eq!(handle.flush(-1), Code::Ok);
    assert_eq!(handle.stats().unwrap().accepted, 2);
    assert_eq!(handle.free(), Code::Ok);
}
