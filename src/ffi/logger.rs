//! The logger: made, written to, flushed, polled, stopped, freed.

use super::config::alog_config;
use super::error::alog_error;
use super::level::alog_level;
use super::status::*;
use super::{borrow_bytes, config_of, fail, guard, guard_status, write_out};
use crate::error::Error;
use crate::logger::Handle;
use crate::queue::Plain;
use std::ffi::c_char;

/// A logger: a number that is passed by value, never dereferenced. `{0}` is no logger.
/// Made by `alog_new()`, given back by `alog_free()`; usable from every thread until then.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_logger {
    /// Slot and generation. Opaque: compare it for equality, nothing else.
    pub id: u64,
}

/// Makes a logger, opens its sinks and starts its writer thread.
///
/// - `config`: how; NULL means INFO and up, to standard output. It may be used again afterwards.
/// - `out_logger`: receives the handle.
/// - `out_error`: receives what went wrong; may be NULL.
///
/// # Returns
/// - `ALOG_OK`: `*out_logger` runs.
/// - `ALOG_ERR_OPEN`: a sink could not be opened.
/// - `ALOG_ERR_THREAD`, `ALOG_ERR_MEMORY`, `ALOG_ERR_LIMIT`: the system refused; `os_error` says why.
/// - `ALOG_ERR_ARGUMENT`: `out_logger` is NULL.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// On every error nothing is left open or running, and `*out_logger` is not written.
///
/// # Ownership
/// Borrows `config`. Gives a handle that is to be given back with `alog_free()`.
///
/// # Threads
/// Any thread. May block for as long as opening a file does. The first call of a process registers an
/// exit hook that writes what was accepted if the program ends without `alog_stop()`.
///
/// # Example
/// ```c
/// alog_logger log;
/// alog_error error;
/// if (alog_new(NULL, &log, &error) != ALOG_OK)
///     fprintf(stderr, "no logger: %s\n", error.message);
/// ```
///
/// # Safety
/// `config` is NULL or from `alog_config_new()` and not freed; `out_logger` and `out_error` are NULL or
/// writable.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_new(
    config: *const alog_config,
    out_logger: *mut alog_logger,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        if out_logger.is_null() {
            // SAFETY: the caller promises that a non-NULL `out_error` is writable.
            return unsafe { fail(Err(Error::null("out_logger")), out_error) };
        }
        // SAFETY: the caller promises that a non-NULL `config` is alive and not changed meanwhile.
        let config = unsafe { config_of(config) };
        let outcome = Handle::new(&config).map(|handle| {
            // SAFETY: not NULL, checked above, and the caller promises that it is writable.
            unsafe { write_out(out_logger, alog_logger { id: handle.id() }) };
        });
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Hands one message to the logger's queue.
///
/// Success means *accepted*: the bytes are copied and the buffer is yours again; the writer thread
/// formats and writes them. Records of one thread are written in the order of its calls; of two
/// threads, a record whose call began after another's call had returned is written after it.
///
/// With `ALOG_LEVEL_FATAL` success means more, for it may be the last word of a program: when the call returns, every
/// sink that takes the record has written it or has failed, or 5 s have passed since it was accepted.
///
/// - `level`: `ALOG_LEVEL_*`.
/// - `msg`, `msg_len`: any bytes, at most `max_message_bytes`; `msg` may be NULL only if `msg_len` is 0.
///   A `%` means nothing, and no terminating NUL is needed.
///
/// # Returns
/// - `ALOG_OK`: accepted. What a sink says of it is polled: also if it failed, or was late, at level FATAL.
/// - `ALOG_DISABLED`: the level is switched off; not taken, not counted.
/// - `ALOG_DROPPED`: the queue is full and the policy is `drop-newest`; not taken, counted and reported.
/// - `ALOG_ERR_TIMEOUT`: the queue stayed full for the time of `overflow=block:TIME`, at level FATAL for 5 s unless
///   a rule names it; not taken, counted and reported. With `queue_bytes=0`: the writer has not taken it in that time; it stays accepted.
/// - `ALOG_ERR_STOPPED`: `alog_stop()` was called; not taken.
/// - `ALOG_ERR_TOO_LARGE`: longer than `max_message_bytes`; not taken.
/// - `ALOG_ERR_WOULD_DEADLOCK`: the queue is full and this is a writer thread (the call came from a
///   callback), or a signal handler interrupted `alog_write()` on this thread; not taken.
/// - `ALOG_ERR_MEMORY`: no memory for this thread's queue or for a very large message; not taken.
/// - `ALOG_ERR_IO`: no file for this thread's queue in `crash_dir`; not taken.
/// - `ALOG_ERR_ARGUMENT`: `level` is out of range, or `msg` is NULL and `msg_len` is not 0; not taken.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_THREAD`: in a child after `fork()`, its writer thread could not be started; not taken.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Borrows `msg` for the call.
///
/// # Threads
/// Any thread, any number of them. Takes no lock, allocates nothing, makes no system call and never
/// waits for a destination; only with `overflow=block` and a full queue does it wait, for space. At level
/// FATAL it waits, but never on a writer thread (from a callback) and never in a signal handler that interrupted a
/// call of this library; where the caller writes (`workers=0`, `writer=caller`), it writes itself. The
/// first message of a thread sets up its queue, the first after a long idle time wakes the writer, and
/// one longer than a quarter of the queue is copied to memory of its own. In a signal handler that
/// interrupted a call of this library, a message that cannot be taken at once is refused; if this thread
/// has no queue of that logger, the refusal is not counted.
///
/// # Example
/// ```c
/// alog_write(log, ALOG_LEVEL_INFO, "user 5 logged in", 16);
/// ```
///
/// # Safety
/// `msg` points to `msg_len` readable bytes, or `msg_len` is 0.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_write(
    logger: alog_logger,
    level: alog_level,
    msg: *const c_char,
    msg_len: usize,
) -> alog_status {
    guard(ALOG_ERR_PANIC, || {
        // SAFETY: the caller promises `msg_len` readable bytes at `msg`.
        match unsafe { borrow_bytes(msg, msg_len) } {
            Ok(msg) => Handle::from_id(logger.id).write(level, msg).into_raw(),
            Err(code) => Handle::from_id(logger.id).refuse(code).into_raw(),
        }
    })
}

/// Hands over one message, waits until it is written, and returns the destination's own result.
///
/// It takes its place in the queue behind everything this thread logged before. `alog_log_sync()` does the same with
/// fields, and with a place in the program.
///
/// - `level`, `msg`, `msg_len`: as for `alog_write()`.
/// - `timeout_ms`: how long to wait, in milliseconds; -1: no deadline.
/// - `out_error`: receives what the destination said, with its `os_error`; may be NULL.
///
/// # Returns
/// - `ALOG_OK`: every sink that takes this level has written it.
/// - `ALOG_ERR_IO`: at least one sink failed; the error is that of the first one.
/// - `ALOG_ERR_TIMEOUT`: the deadline passed while it waited. If it was in the queue by then, it stays
///   accepted and will be written; if there was no space for it, it was not taken. `alog_stats_get()`
///   counts which.
/// - `ALOG_ERR_WOULD_DEADLOCK`: called on a writer thread; not taken.
/// - otherwise what `alog_write()` would return.
///
/// # Ownership
/// Borrows `msg` for the call.
///
/// # Threads
/// Any thread but a writer thread. Blocks until written or until the deadline.
///
/// # Example
/// ```c
/// alog_error error;
/// if (alog_write_sync(log, ALOG_LEVEL_FATAL, "giving up", 9, 1000, &error) == ALOG_ERR_IO)
///     fprintf(stderr, "%s\n", error.message);
/// ```
///
/// # Safety
/// As for `alog_write()`; `out_error` is NULL or writable.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_write_sync(
    logger: alog_logger,
    level: alog_level,
    msg: *const c_char,
    msg_len: usize,
    timeout_ms: i64,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises `msg_len` readable bytes at `msg`.
        let outcome = match unsafe { borrow_bytes(msg, msg_len) } {
            Ok(msg) => Handle::from_id(logger.id).log_sync(level, &Plain(msg), timeout_ms),
            Err(code) => Err(Handle::from_id(logger.id).refuse(code).into()),
        };
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Waits until everything accepted before the call was handed to every sink.
///
/// What a sink refused counts as failed and is reported by `alog_poll_error()`, not here. So does what
/// comes while a sink that failed is left alone: for 10 ms, then twice as long each time, up to 1 s.
///
/// - `timeout_ms`: how long to wait, in milliseconds; -1: no deadline; 0: ask only.
///
/// # Returns
/// - `ALOG_OK`: all of it is written or counted as failed. At once if the logger is stopped.
/// - `ALOG_ERR_TIMEOUT`: not yet; the writer goes on, `alog_stats_get()` tells what is pending, and the
///   call can be repeated.
/// - `ALOG_ERR_WOULD_DEADLOCK`: called on a writer thread.
/// - `ALOG_ERR_ARGUMENT`: `timeout_ms` is below -1.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Nothing is shared.
///
/// # Threads
/// Any thread but a writer thread. Blocks until done or until the deadline.
///
/// # Example
/// ```c
/// if (alog_flush(log, 1000) == ALOG_ERR_TIMEOUT)
///     fputs("the disk is slow\n", stderr);
/// ```
///
/// # Safety
/// Safe with any handle.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn alog_flush(logger: alog_logger, timeout_ms: i64) -> alog_status {
    guard_status(|| Handle::from_id(logger.id).flush(timeout_ms).into_raw())
}

/// Takes the oldest error that nobody has taken yet.
///
/// Errors of every stage come here, told by `code`: a sink that fails (`ALOG_ERR_IO`, `ALOG_ERR_MEMORY`);
/// messages refused because the queue was full (`ALOG_ERR_QUEUE_FULL`), stayed full
/// (`ALOG_ERR_TIMEOUT`), because they were too large (`ALOG_ERR_TOO_LARGE`), could not wait
/// (`ALOG_ERR_WOULD_DEADLOCK`) or found no memory (`ALOG_ERR_MEMORY`); a panic that was caught
/// (`ALOG_ERR_PANIC`). Each refusal of these leaves a line in the log, too. Identical consecutive errors are folded into one with a count. At most
/// `error_capacity` are kept; what did not fit is counted in `errors_lost`. If nobody polls, nothing
/// waits.
///
/// - `out_error`: receives the error; NULL takes it and throws it away.
///
/// # Returns
/// - `ALOG_OK`: one error was taken.
/// - `ALOG_EMPTY`: there is none.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// The caller owns `*out_error`; nothing in it needs freeing.
///
/// # Threads
/// Any thread. Never blocks. Works until `alog_free()`, also after `alog_stop()`.
///
/// # Example
/// ```c
/// alog_error error;
/// while (alog_poll_error(log, &error) == ALOG_OK)
///     fprintf(stderr, "%s: %s\n", error.origin, error.message);
/// ```
///
/// # Safety
/// `out_error` is NULL or writable.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_poll_error(
    logger: alog_logger,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| match Handle::from_id(logger.id).poll_error() {
        Ok(Some(error)) => {
            if !out_error.is_null() {
                // SAFETY: not NULL, and the caller promises that it is writable.
                unsafe { write_out(out_error, alog_error::from(&*error)) };
            }
            ALOG_OK
        }
        Ok(None) => ALOG_EMPTY,
        Err(code) => code.into_raw(),
    })
}

/// Gives a descriptor that is readable if and only if there is an error to poll.
///
/// It fits `poll`, `epoll`, libuv, asyncio and Go's poller. Do not read from it: `alog_poll_error()`
/// clears it when it takes the last error.
///
/// - `out_fd`: receives the descriptor.
///
/// # Returns
/// - `ALOG_OK`: `*out_fd` is the descriptor, the same at every call in one process.
/// - `ALOG_ERR_LIMIT`: the system has no descriptor left.
/// - `ALOG_ERR_ARGUMENT`: `out_fd` is NULL.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Shares the descriptor: it belongs to the logger and is closed by `alog_free()`. Never close it.
/// A child after `fork()` asks for its own.
///
/// # Threads
/// Any thread. Never blocks.
///
/// # Example
/// ```c
/// struct pollfd wait = {0, POLLIN, 0};
/// if (alog_error_fd_get(log, &wait.fd) == ALOG_OK && poll(&wait, 1, 1000) == 1)
///     puts("there is an error to poll");
/// ```
///
/// # Safety
/// `out_fd` is NULL or writable.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_error_fd_get(logger: alog_logger, out_fd: *mut i32) -> alog_status {
    guard_status(|| {
        if out_fd.is_null() {
            return ALOG_ERR_ARGUMENT;
        }
        match Handle::from_id(logger.id).error_fd() {
            Ok(fd) => {
                // SAFETY: not NULL, checked above, and the caller promises that it is writable.
                unsafe { write_out(out_fd, fd) };
                ALOG_OK
            }
            Err(code) => code.into_raw(),
        }
    })
}

/// Gives a descriptor that is readable if and only if the logger has stopped, whoever stopped it.
///
/// Then no error comes any more: what `alog_poll_error()` has left are the last ones. It fits `poll`, `epoll`, libuv,
/// asyncio and Go's poller. Do not read from it.
///
/// - `out_fd`: receives the descriptor.
///
/// # Returns
/// - `ALOG_OK`: `*out_fd` is the descriptor, the same at every call in one process.
/// - `ALOG_ERR_LIMIT`: the system has no descriptor left.
/// - `ALOG_ERR_ARGUMENT`: `out_fd` is NULL.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Shares the descriptor: it belongs to the logger and is closed by `alog_free()`, so wait on a duplicate where
/// another part of the process may free the logger: that becomes readable before. Never close it.
/// A child after `fork()` asks for its own.
///
/// # Threads
/// Any thread. Never blocks.
///
/// # Example
/// ```c
/// struct pollfd wait = {0, POLLIN, 0};
/// if (alog_end_fd_get(log, &wait.fd) == ALOG_OK && poll(&wait, 1, 1000) == 1)
///     puts("the logger has stopped");
/// ```
///
/// # Safety
/// `out_fd` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_end_fd_get(logger: alog_logger, out_fd: *mut i32) -> alog_status {
    guard_status(|| {
        if out_fd.is_null() {
            return ALOG_ERR_ARGUMENT;
        }
        match Handle::from_id(logger.id).end_fd() {
            Ok(fd) => {
                // SAFETY: not NULL, checked above, and the caller promises that it is writable.
                unsafe { write_out(out_fd, fd) };
                ALOG_OK
            }
            Err(code) => code.into_raw(),
        }
    })
}

/// Stops a logger: closes its intake, writes everything that was accepted, and ends its thread.
///
/// What a full disk or an absent peer does not take is tried again meanwhile, as long as the sink's `hold` says, for at
/// most 5 s with `hold=forever`, and counted as failed then.
///
/// - `timeout_ms`: how long to wait for that, in milliseconds; -1: no deadline.
///
/// # Returns
/// - `ALOG_OK`: stopped; everything accepted is written or counted as failed. Again and again the same
///   (idempotent). Errors of the drain are still there for `alog_poll_error()`.
/// - `ALOG_ERR_TIMEOUT`: the intake is closed but not all is written; the writer goes on,
///   `alog_stats_get()` tells what is pending, and the call can be repeated.
/// - `ALOG_ERR_WOULD_DEADLOCK`: called on a writer thread; nothing was done.
/// - `ALOG_ERR_ARGUMENT`: `timeout_ms` is below -1; nothing was done.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// The handle stays valid until `alog_free()`.
///
/// # Threads
/// Any thread but a writer thread; any number at once, all wait for the same end. Threads that wait for
/// space in `alog_write()` return `ALOG_ERR_STOPPED`. After a deadline that passed, `alog_free()` and the
/// end of the program (not `_exit`) each wait up to 5 seconds again.
///
/// # Example
/// ```c
/// if (alog_stop(log, 5000) == ALOG_ERR_TIMEOUT)
///     fputs("log records are still unwritten\n", stderr);
/// ```
///
/// # Safety
/// Safe with any handle.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn alog_stop(logger: alog_logger, timeout_ms: i64) -> alog_status {
    guard_status(|| Handle::from_id(logger.id).stop(timeout_ms).into_raw())
}

/// Gives a logger's slot back; stops it first if it still runs, for at most 5 seconds.
///
/// # Returns
/// - `ALOG_OK`: the handle is no logger any more; every later use gives `ALOG_ERR_HANDLE`.
/// - `ALOG_ERR_TIMEOUT`: a destination did not even answer in 5 seconds, such as a pipe whose reader stalls. The intake
///   is closed, the writer goes on, the handle is still valid, and the call can be repeated. What a full disk or an
///   absent peer does not take by then, and what nobody pulls, is given up instead and counted as failed.
/// - `ALOG_ERR_WOULD_DEADLOCK`: called on a writer thread; nothing was done.
/// - `ALOG_ERR_HANDLE`: no such logger: a second free is refused, not undefined.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Takes the handle if and only if it returns `ALOG_OK`. Errors not polled by then are gone.
///
/// # Threads
/// Any thread but a writer thread. Other threads may use the handle meanwhile; they get a status.
///
/// # Example
/// ```c
/// alog_free(log);
/// ```
///
/// # Safety
/// Safe with any handle.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn alog_free(logger: alog_logger) -> alog_status {
    guard_status(|| Handle::from_id(logger.id).free().into_raw())
}
