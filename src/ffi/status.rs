//! Status codes and what they mean in words. Codes are append-only: a retired number stays as a comment.

use super::guard;
use crate::error::Code;
use std::ffi::c_char;

/// What a call came to: `ALOG_OK` (0) for success, negative for an error, positive for "no, and that
/// is fine". `alog_status_str()` puts any value into words.
pub type alog_status = i32;

/// Success.
pub const ALOG_OK: i32 = 0;
/// Nothing there: no error to poll, no sink of that index, no logger of that name.
pub const ALOG_EMPTY: i32 = 1;
/// The level is switched off: the message was not taken, and not counted as an attempt.
pub const ALOG_DISABLED: i32 = 2;
/// The queue was full and the policy is `overflow=drop-newest`, or `drop-oldest` and there was none to drop: the
/// message was not taken.
/// Counted in `rejected[ALOG_REJECT_FULL]`, reported by `alog_poll_error()` and by a line in the log.
pub const ALOG_DROPPED: i32 = 3;

/// An argument is wrong: a NULL that must not be, a level out of range, a negative deadline other than -1.
pub const ALOG_ERR_ARGUMENT: i32 = -1;
/// The handle is no logger: zero, made up, or freed.
pub const ALOG_ERR_HANDLE: i32 = -2;
/// The logger was stopped and takes no more messages.
pub const ALOG_ERR_STOPPED: i32 = -3;
/// The deadline passed. What was to be done goes on in the background; the call can be repeated.
pub const ALOG_ERR_TIMEOUT: i32 = -4;
/// Waiting here would never end: the call came from a writer thread (a callback), or from a signal
/// handler that interrupted the same call.
pub const ALOG_ERR_WOULD_DEADLOCK: i32 = -5;
/// The message is longer than `max_message_bytes`. Nothing of it was taken.
pub const ALOG_ERR_TOO_LARGE: i32 = -6;
/// A field is malformed: its type, its key, or groups that do not end.
pub const ALOG_ERR_FIELD: i32 = -7;
/// The logger has another writer: threads of its own, or another thread that runs it.
pub const ALOG_ERR_MODE: i32 = -8;

/// No such configuration key.
pub const ALOG_ERR_KEY: i32 = -20;
/// The key does not take that value.
pub const ALOG_ERR_VALUE: i32 = -21;
/// There is no such sink, or its specification is malformed or names a kind that does not exist.
pub const ALOG_ERR_SINK: i32 = -22;
/// The text of a configuration is no TOML.
pub const ALOG_ERR_SYNTAX: i32 = -23;

/// Memory could not be had.
pub const ALOG_ERR_MEMORY: i32 = -40;
/// The writer thread could not be started.
pub const ALOG_ERR_THREAD: i32 = -41;
/// A limit of the library or of the system was reached: loggers, descriptors.
pub const ALOG_ERR_LIMIT: i32 = -42;

/// A destination could not be opened; `os_error` says why.
pub const ALOG_ERR_OPEN: i32 = -60;
/// A destination did not take what was written to it; `os_error` says why.
pub const ALOG_ERR_IO: i32 = -61;

/// Only in polled errors: messages were refused because the queue was full.
pub const ALOG_ERR_QUEUE_FULL: i32 = -80;
/// Only in polled errors: a hook failed. The record went out all the same.
pub const ALOG_ERR_HOOK: i32 = -81;
/// Only in polled errors: a scheduler picked a worker that does not exist. Worker 0 took the record.
pub const ALOG_ERR_SCHEDULER: i32 = -82;

/// A panic inside the library was caught. What the call was to do may not have happened.
pub const ALOG_ERR_PANIC: i32 = -100;

/// The version of the C ABI that this header describes; the number in the SONAME.
/// Compare it with `alog_abi_version()` when you load the library at run time.
pub const ALOG_ABI_VERSION: u32 = 1;

/// Says in words what a status means.
///
/// - `status`: any integer; one that is no status gives `"unknown status"`.
///
/// # Returns
/// Static, NUL-terminated, lower-case English text; never NULL.
///
/// # Ownership
/// The text belongs to the library and is never freed.
///
/// # Threads
/// Any thread, any time. Never blocks.
///
/// # Example
/// ```c
/// printf("%s\n", alog_status_str(ALOG_ERR_STOPPED));
/// ```
///
/// # Safety
/// Safe with any argument.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn alog_status_str(status: alog_status) -> *const c_char {
    guard(c"unknown status".as_ptr(), || Code::from_raw(status).text().as_ptr())
}

/// Gives the version of the library, for example `"0.2.0"`.
///
/// # Returns
/// Static, NUL-terminated text of the form `MAJOR.MINOR.PATCH`; never NULL.
///
/// # Ownership
/// The text belongs to the library and is never freed.
///
/// # Threads
/// Any thread, any time. Never blocks.
///
/// # Example
/// ```c
/// printf("alog %s\n", alog_version());
/// ```
///
/// # Safety
/// Always safe.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn alog_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Gives the version of the C ABI that the loaded library implements.
///
/// # Returns
/// `ALOG_ABI_VERSION` of the header that the library was built with. A program built with the same
/// number works with this library.
///
/// # Ownership
/// Nothing is shared.
///
/// # Threads
/// Any thread, any time. Never blocks.
///
/// # Example
/// ```c
/// if (alog_abi_version() != ALOG_ABI_VERSION) abort();
/// ```
///
/// # Safety
/// Always safe.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn alog_abi_version() -> u32 {
    ALOG_ABI_VERSION
}
