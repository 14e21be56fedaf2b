//! The error record that callers own, and how an internal error fills it.

use super::status::alog_status;
use crate::error::{Error, Text};
use std::ffi::c_char;

/// What went wrong, in a struct that you own: fixed size, frozen layout, nothing in it to free.
/// Filled through an `out_error` argument, or by `alog_poll_error()`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_error {
    /// Which kind of error: one of `ALOG_ERR_*`.
    pub code: alog_status,
    /// The `errno` of the operating system; 0 if none is behind it.
    pub os_error: i32,
    /// How many identical consecutive errors this one stands for: at least 1. For lost records: one each.
    pub count: u64,
    /// When the first of them happened: nanoseconds since 1970-01-01T00:00:00Z.
    pub first_unix_ns: i64,
    /// When the last of them happened: nanoseconds since 1970-01-01T00:00:00Z.
    pub last_unix_ns: i64,
    /// Which sink or stage it comes from, for example `file:app.log`: NUL-terminated UTF-8.
    pub origin: [c_char; 64],
    /// What happened, in words: NUL-terminated UTF-8, lower case, cut at a character boundary.
    pub message: [c_char; 256],
}

impl From<&Error> for alog_error {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code as i32,
            os_error: error.os_error,
            count: error.count,
            first_unix_ns: error.first_unix_ns,
            last_unix_ns: error.last_unix_ns,
            origin: c_chars(&error.origin),
            message: c_chars(&error.message),
        }
    }
}

/// A text as a C array: `Text<N>` holds at most `N - 1` bytes, so the last one is always NUL.
pub(super) fn c_chars<const N: usize>(text: &Text<N>) -> [c_char; N] {
    let mut array = [0; N];
    for (to, from) in array.iter_mut().zip(text.as_str().bytes()) {
        *to = from as c_char;
    }
    array
}
