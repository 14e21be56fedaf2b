//! The functions of `../../subject/peer.h`, for whatever logger the crate above has.
#![expect(unsafe_code, reason = "functions that C calls")]

use std::ffi::{CStr, c_char};
use std::path::Path;

#[unsafe(no_mangle)]
extern "C" fn peer_open(path: *const c_char) {
    // SAFETY: the programs pass an argument of theirs: it ends in a NUL and lives as long as they do.
    let path = unsafe { CStr::from_ptr(path) };
    super::open(Path::new(path.to_str().expect("a path in UTF-8")));
}

#[unsafe(no_mangle)]
extern "C" fn peer_thread() {
    super::thread();
}

#[unsafe(no_mangle)]
extern "C" fn peer_log(message: *const c_char, len: usize) {
    // SAFETY: the programs pass a text of that length that is never changed.
    let bytes = unsafe { std::slice::from_raw_parts(message.cast(), len) };
    // SAFETY: it is ASCII. A check would be charged to the logger.
    super::log(unsafe { std::str::from_utf8_unchecked(bytes) });
}

#[unsafe(no_mangle)]
extern "C" fn peer_log_values(order: i64, customer: i64, ms: f64) {
    super::log_values(order, customer, ms);
}

#[unsafe(no_mangle)]
extern "C" fn peer_close() {
    super::close();
}
