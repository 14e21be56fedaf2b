//! Sequences of calls with handles of every kind: running, stopped, freed, zero, made up.
#![no_main]
#![expect(unsafe_code, reason = "C functions")]

use alog::Code;
use alog::ffi::child::{alog_child_new, alog_drain, alog_levels_set};
use alog::ffi::logger::*;
use alog::ffi::reload::{alog_reload, alog_reopen, alog_rotate};
use alog::ffi::stats::alog_stats_get;
use libfuzzer_sys::fuzz_target;
use std::mem::MaybeUninit;
use std::ptr;

const SETTINGS: [(&str, &str); 4] =
    [("workers", "0"), ("writer", "caller"), ("queue_bytes", "4KiB"), ("overflow", "drop-newest")];

/// A logger of one of several kinds, whose handle is all that is left of it.
fn make(kind: u8) -> u64 {
    let mut config = alog::Config::new();
    let (key, value) = SETTINGS[usize::from(kind) % SETTINGS.len()];
    config.set(key, value).expect("a setting");
    config.add_sink("memory:last?records=2").expect("a sink");
    let log = alog::Logger::new(&config).expect("a logger");
    let id = log.id();
    std::mem::forget(log);
    id
}

fn call(what: u8, id: u64, bytes: &[u8]) -> Option<u64> {
    let (log, none) = (alog_logger { id }, ptr::null_mut());
    let (text, len) = (bytes.as_ptr().cast(), bytes.len());
    let mut count = 0;
    let mut child = alog_logger { id: 0 };
    let mut stats = MaybeUninit::uninit();
    let level = i32::from(what >> 4);
    // SAFETY: pointers and lengths are those of slices, outputs are writable, and NULL is allowed elsewhere.
    let raw = unsafe {
        match what & 15 {
            0 => alog_free(log),
            1 => alog_stop(log, 100),
            2 => alog_flush(log, 100),
            3 => alog_poll_error(log, none),
            4 => alog_drain(log, 3, &mut count),
            5 => alog_levels_set(log, c"debug|warn+".as_ptr(), none),
            6 => alog_reload(log, ptr::null(), none),
            7 => alog_reopen(log),
            8 => alog_rotate(log),
            9 => alog_stats_get(log, stats.as_mut_ptr()),
            10 => alog_child_new(log, ptr::null(), &mut child, none),
            11 => alog_write_sync(log, level, text, len, 100, none),
            _ => alog_write(log, level, text, len),
        }
    };
    let code = Code::from_raw(raw);
    assert!(!matches!(code, Code::Panic | Code::Memory | Code::WouldDeadlock), "{code}");
    (child.id != 0).then_some(child.id)
}

fuzz_target!(|calls: Vec<(u8, u8, u8, &[u8])>| {
    let mut handles = vec![0, u64::MAX];
    for (what, which, kind, bytes) in calls.iter().take(64) {
        if *what == 255 && handles.len() < 12 {
            handles.push(make(*kind));
            continue;
        }
        let known = handles[usize::from(*which) % handles.len()];
        let id = if *kind == 255 { known ^ 1 << (which % 64) } else { known };
        handles.extend(call(*what, id, bytes));
    }
    // Derived ones last: their root stops them.
    for id in handles {
        let _ = call(0, id, &[]); // it gives no handle
    }
});
