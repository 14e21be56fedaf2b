//! What each call gives in each state of a handle. In C terms, because only there a handle outlives
//! its logger.

use crate::doubles::Gate;
use crate::raw;
use crate::setup::logger_to;
use alog::{Code, Level};
use std::mem;

const INFO: i32 = Level::Info as i32;

/// Write, write_sync, poll, flush that only asks, stop that only asks.
fn calls(id: u64) -> [Code; 5] {
    [
        raw::write(id, INFO, b"a record"),
        raw::write_sync(id, INFO, b"a record"),
        raw::poll_error(id),
        raw::flush(id, 0),
        raw::stop(id, 0),
    ]
}

#[test]
fn each_state_has_its_answers() {
    use Code::{Empty, Handle, Ok, Stopped, Timeout};
    let gate = Gate::closed();
    let log = logger_to("format=raw", gate.clone());
    let id = log.id();
    mem::forget(log); // it is freed below

    assert_eq!(raw::write(id, INFO, b"running"), Ok);
    gate.wait_until_reached();
    assert_eq!(raw::poll_error(id), Empty);
    assert_eq!(raw::flush(id, 0), Timeout);

    assert_eq!(raw::stop(id, 0), Timeout);
    assert_eq!(calls(id), [Stopped, Stopped, Empty, Timeout, Timeout], "stopping");

    gate.open();
    assert_eq!(raw::stop(id, -1), Ok);
    assert_eq!(calls(id), [Stopped, Stopped, Empty, Ok, Ok], "stopped");
    assert_eq!(raw::stats(id).map(|stats| stats.written), std::result::Result::Ok(1));

    assert_eq!(raw::free(id), Ok);
    assert_eq!(calls(id), [Handle; 5], "freed");
    assert_eq!(raw::stats(id).err(), Some(Handle));
    assert_eq!(raw::error_fd(id), Err(Handle));
    assert_eq!(raw::free(id), Handle);
}

#[test]
fn a_number_that_is_no_logger_is_refused_by_every_call() {
    for id in [0, 1, u64::MAX, 1 << 32 | 0xffff_ffff, 0xffff_ffff_0000_0000, 0xdead_beef] {
        assert_eq!(calls(id), [Code::Handle; 5], "{id:#x}");
        assert_eq!(raw::free(id), Code::Handle);
    }
}

#[test]
fn a_slot_that_is_used_again_is_closed_to_the_old_handle() {
    let old = logger_to("format=raw", Gate::closed());
    let old_id = old.id();
    drop(old);
    // Other tests make loggers, too: one of these comes into the old slot, unless they do.
    let new: Vec<_> = (0..100).map(|_| logger_to("format=raw", Gate::closed())).collect();
    assert!(new.iter().all(|log| log.id() != old_id));
    assert_eq!(calls(old_id), [Code::Handle; 5]);
}

#[test]
fn a_deadline_below_minus_one_is_no_deadline() {
    let log = logger_to("format=raw", Gate::closed());
    for timeout in [-2, i64::MIN] {
        assert_eq!(raw::flush(log.id(), timeout), Code::Argument);
        assert_eq!(raw::stop(log.id(), timeout), Code::Argument);
    }
    assert_eq!(log.stats().attempted(), 0);
    assert_eq!(raw::flush(log.id(), i64::MAX), Code::Ok, "nothing was done: it runs");
}
