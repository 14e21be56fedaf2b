//! Lines that the host takes itself: the sinks `pull:NAME`.

use super::logger::alog_logger;
use super::status::*;
use super::{borrow_text, guard_status, write_out};
use crate::logger::{Handle, Taken};
use std::ffi::c_char;

/// Takes lines of a sink `pull:NAME`, as many whole ones as fit, oldest first.
///
/// Such a sink has no thread and calls nobody: its lines wait, up to its `queue_bytes`, until a thread of yours
/// takes them. They count as written when they are taken. While there is no room for more, the sink misses
/// records if another sink takes them, and a line says how many; otherwise `overflow` says what happens to the
/// callers.
///
/// `alog_flush()` and `alog_stop()` wait for the lines to be taken. A program whose only thread pulls and stops
/// says `alog_stop(log, 0)`, which is `ALOG_ERR_TIMEOUT` while lines are left, and pulls on until
/// `ALOG_ERR_STOPPED`. `alog_free()` waits 5 seconds for that; then what nobody took counts as failed.
///
/// - `name`: NAME; of this logger, or of any that shares its queue.
/// - `out`: receives the lines, each with its newline; NULL only if `out_size` is 0.
/// - `out_size`: how many bytes there is room for.
/// - `timeout_ms`: how long to wait for a line, in milliseconds; -1: no deadline; 0: ask only.
/// - `out_len`: receives how many bytes were copied.
/// - `out_line_count`: receives how many lines those are; may be NULL.
///
/// # Returns
/// - `ALOG_OK`: at least one line was copied.
/// - `ALOG_EMPTY`: there was none within the time.
/// - `ALOG_ERR_STOPPED`: the logger is stopped, or every logger with this sink was given back, and everything was
///   taken.
/// - `ALOG_ERR_TOO_LARGE`: the next line is longer than `out_size`. It was not taken; `*out_len` is what it needs.
/// - `ALOG_ERR_SINK`: there is no such sink.
/// - `ALOG_ERR_WOULD_DEADLOCK`: called on a writer thread.
/// - `ALOG_ERR_ARGUMENT`: `name` or `out_len` is NULL, `out` is NULL though `out_size` is not 0, or `timeout_ms` is
///   below -1.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Borrows `name` and `out` for the call; the lines are yours.
///
/// # Threads
/// Any thread but a writer thread; any number at once: each line goes to one of them. Blocks until there is a line
/// or until the deadline. A child after `fork()` has its own lines only.
///
/// # Example
/// ```c
/// static void pull_all(alog_logger log) {
///     static char lines[65536];
///     alog_status status;
///     size_t len;
///     do {
///         status = alog_pull(log, "screen", lines, sizeof lines, -1, &len, NULL);
///         if (status == ALOG_OK)
///             fwrite(lines, 1, len, stdout);
///     } while (status == ALOG_OK);
/// }
/// ```
///
/// # Safety
/// `name` is NULL or NUL-terminated; `out` points to `out_size` writable bytes, or that is 0; `out_len` and
/// `out_line_count` are NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_pull(
    logger: alog_logger,
    name: *const c_char,
    out: *mut c_char,
    out_size: usize,
    timeout_ms: i64,
    out_len: *mut usize,
    out_line_count: *mut u64,
) -> alog_status {
    guard_status(|| {
        if out_len.is_null() {
            return ALOG_ERR_ARGUMENT;
        }
        // SAFETY: the caller promises that a non-NULL `name` ends in NUL and lives through the call.
        let name = match unsafe { borrow_text(name, "name") } {
            Ok(name) => name,
            Err(error) => return error.code.into_raw(),
        };
        let to: &mut [u8] = match (out.is_null(), out_size) {
            (_, 0) => &mut [],
            (true, _) => return ALOG_ERR_ARGUMENT,
            (false, _) => {
                let size = out_size.min(isize::MAX as usize); // nothing is longer
                // SAFETY: not NULL, and the caller promises so many writable bytes. What they hold is of no
                // matter: they are only written, and any byte is a valid one.
                unsafe { std::slice::from_raw_parts_mut(out.cast(), size) }
            }
        };
        let (status, len, lines) = match Handle::from_id(logger.id).pull(name, to, timeout_ms) {
            Ok(Taken::Lines(len, lines)) => (ALOG_OK, len, lines),
            Ok(Taken::TooLarge(len)) => (ALOG_ERR_TOO_LARGE, len, 0),
            Ok(Taken::Nothing) => return ALOG_EMPTY,
            Ok(Taken::Over) => return ALOG_ERR_STOPPED,
            Err(error) => return error.code.into_raw(),
        };
        // SAFETY: not NULL, checked above, and the caller promises that it is writable.
        unsafe { write_out(out_len, len) };
        if !out_line_count.is_null() {
            // SAFETY: not NULL, and the caller promises that it is writable.
            unsafe { write_out(out_line_count, lines) };
        }
        status
    })
}

/// Gives a descriptor that is readable if and only if `alog_pull()` would not wait.
///
/// For `poll()`, `epoll` and event loops. Never read from it and never close it. It belongs to the logger until
/// `alog_free()`; a child after `fork()` asks for its own.
///
/// - `name`: as for `alog_pull()`.
/// - `out_fd`: receives the descriptor.
///
/// # Returns
/// - `ALOG_OK`: `*out_fd` is the descriptor; every call for the same sink gives the same one.
/// - `ALOG_ERR_SINK`: there is no such sink.
/// - `ALOG_ERR_LIMIT`: the system has no more descriptors.
/// - `ALOG_ERR_ARGUMENT`: `name` or `out_fd` is NULL.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// The descriptor belongs to the logger.
///
/// # Threads
/// Any thread. Never blocks.
///
/// # Example
/// ```c
/// int fd;
/// if (alog_pull_fd_get(log, "screen", &fd) == ALOG_OK)
///     printf("poll %d for lines\n", fd);
/// ```
///
/// # Safety
/// `name` is NULL or NUL-terminated; `out_fd` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_pull_fd_get(
    logger: alog_logger,
    name: *const c_char,
    out_fd: *mut i32,
) -> alog_status {
    guard_status(|| {
        if out_fd.is_null() {
            return ALOG_ERR_ARGUMENT;
        }
        // SAFETY: the caller promises that a non-NULL `name` ends in NUL and lives through the call.
        let name = unsafe { borrow_text(name, "name") };
        match name.and_then(|name| Handle::from_id(logger.id).pull_fd(name)) {
            Ok(fd) => {
                // SAFETY: not NULL, checked above, and the caller promises that it is writable.
                unsafe { write_out(out_fd, fd) };
                ALOG_OK
            }
            Err(error) => error.code.into_raw(),
        }
    })
}
