//! The last lines of a logger, read by the program that logs.

use super::logger::alog_logger;
use super::status::*;
use super::{borrow_text, guard_status, write_out};
use crate::error::Error;
use crate::logger::Handle;
use crate::sink::{Copied, Store};
use std::ffi::c_char;
use std::sync::Arc;

/// What the sink keeps.
///
/// # Safety
/// `name` is NULL or ends in NUL, and is not changed meanwhile.
unsafe fn store(logger: alog_logger, name: *const c_char) -> Result<Arc<Store>, Error> {
    // SAFETY: the caller promises just that.
    Handle::from_id(logger.id).memory(unsafe { borrow_text(name, "name") }?)
}

/// Copies the lines that a sink `memory:NAME` keeps.
///
/// Whole lines, the oldest first, each ending in a newline; a buffer that is too small for all gets the newest
/// that fit. They stay in the sink. A message is among them when it is *written*: see `alog_flush()`.
///
/// - `name`: what stands behind `memory:` in the specification of the sink.
/// - `out`, `out_size`: receive the lines; no NUL is put behind them. `out` NULL: nothing is copied, and the two
///   figures tell of all lines.
/// - `out_len`: receives how many bytes that is; may be NULL.
/// - `out_line_count`: receives how many lines that is; may be NULL.
///
/// # Returns
/// - `ALOG_OK`: the lines are copied, which may be none.
/// - `ALOG_ERR_ARGUMENT`: `name` is NULL or not UTF-8.
/// - `ALOG_ERR_SINK`: the logger has no sink of that name.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_WOULD_DEADLOCK`: called in a signal handler that interrupted a call of this library.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Borrows `name` for the call. The caller owns what was written to.
///
/// # Threads
/// Any thread. Works until `alog_free()`, also after `alog_stop()`. The writer waits while lines are copied. After
/// `fork()` the child begins with none.
///
/// # Example
/// ```c
/// char lines[4096];
/// size_t len;
/// if (alog_memory_read(log, "recent", lines, sizeof lines, &len, NULL) == ALOG_OK)
///     fwrite(lines, 1, len, stderr);
/// ```
///
/// # Safety
/// `name` is NULL or NUL-terminated. `out` is NULL or has `out_size` writable bytes. `out_len` and
/// `out_line_count` are NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_memory_read(
    logger: alog_logger,
    name: *const c_char,
    out: *mut c_char,
    out_size: usize,
    out_len: *mut usize,
    out_line_count: *mut u64,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises just that.
        let store = match unsafe { store(logger, name) } {
            Ok(store) => store,
            Err(error) => return error.code.into_raw(),
        };
        let Copied { bytes, lines } = if out.is_null() {
            store.size()
        } else {
            store.copy(out_size, |lines| {
                // SAFETY: not NULL, at most `out_size` bytes, which the caller promises are there; the lines are
                // the library's own memory, which no caller can point into.
                unsafe { out.cast::<u8>().copy_from_nonoverlapping(lines.as_ptr(), lines.len()) };
            })
        };
        if !out_len.is_null() {
            // SAFETY: not NULL, and the caller promises that it is writable.
            unsafe { write_out(out_len, bytes) };
        }
        if !out_line_count.is_null() {
            // SAFETY: as above.
            unsafe { write_out(out_line_count, lines as u64) };
        }
        ALOG_OK
    })
}

/// Throws away the lines that a sink `memory:NAME` keeps.
///
/// They count as written all the same.
///
/// - `name`: what stands behind `memory:` in the specification of the sink.
///
/// # Returns
/// - `ALOG_OK`: there are none left of those that were written before.
/// - `ALOG_ERR_ARGUMENT`: `name` is NULL or not UTF-8.
/// - `ALOG_ERR_SINK`: the logger has no sink of that name.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_WOULD_DEADLOCK`: called in a signal handler that interrupted a call of this library.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Borrows `name` for the call.
///
/// # Threads
/// Any thread. Works until `alog_free()`, also after `alog_stop()`.
///
/// # Example
/// ```c
/// alog_memory_clear(log, "recent");
/// ```
///
/// # Safety
/// `name` is NULL or NUL-terminated.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_memory_clear(
    logger: alog_logger,
    name: *const c_char,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises just that.
        match unsafe { store(logger, name) } {
            Ok(store) => {
                store.clear();
                ALOG_OK
            }
            Err(error) => error.code.into_raw(),
        }
    })
}
