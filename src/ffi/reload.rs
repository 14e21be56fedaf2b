//! A running logger goes on with another configuration, and with files opened anew.

use super::config::alog_config;
use super::error::alog_error;
use super::logger::alog_logger;
use super::status::*;
use super::{config_of, fail, guard_status};
use crate::logger::{Handle, Request};

/// Goes on with another configuration while the logger runs, as if it had been made with it.
///
/// - `config`: what to go on with; NULL: what the files say now that the logger was made from, or was reloaded from last.
///
/// Everything is validated and opened first, then applied as a whole, or not at all. What can differ is `level`,
/// `overflow`, `max_message_bytes`, `reload`, the sinks, and how their lines look. A key that is not set has its default,
/// as for `alog_new()`; `alog_reconfigure()` changes single keys.
///
/// With NULL the configuration is made again as it was made: what was set, added or loaded before and after
/// `alog_config_load_file()` still counts in that order, and only the files are read anew, by the paths that they had.
/// The environment is as it was. With the key `reload=on-change` a thread does this whenever a file changes: see
/// `alog_config_set()`.
///
/// A sink that is the same stays open and keeps its figures. One that differs in its parameters or its look takes the
/// place of the one before it: that one writes first what it was given, held as its `hold` says; and numbers, memory,
/// backtrace, limit and spool go on, the spool also at another address. One that is gone writes what it was given,
/// within a second before the call returns or later by itself; what it cannot write in 5 s counts as failed. What is
/// logged when the call has returned goes to the new sinks. Derived loggers follow, and keep the sinks of their own. Hooks
/// stay as they are.
///
/// # Returns
/// - `ALOG_OK`: all of it applies.
/// - `ALOG_ERR_KEY`: something differs that cannot be changed while the logger runs; the error names it.
/// - `ALOG_ERR_VALUE`: two values exclude each other.
/// - `ALOG_ERR_OPEN`: a sink could not be opened.
/// - `ALOG_ERR_THREAD`, `ALOG_ERR_MEMORY`, `ALOG_ERR_LIMIT`: the system refused; `os_error` says why. 64 sinks is the limit
///   with those of derived loggers, those that are replaced, and those that are gone but have something to write.
/// - `ALOG_ERR_STOPPED`: the logger is stopped.
/// - `ALOG_ERR_WOULD_DEADLOCK`: called on a writer thread.
/// - `ALOG_ERR_ARGUMENT`: `config` is NULL, and the logger was not made from a file.
/// - With NULL also what `alog_config_load_file()` returns. The message begins with the name of the file.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// On every error the logger goes on as it was.
///
/// # Ownership
/// Borrows `config`, which may be used again. Functions that the logger does not use any more are given back
/// by their `destroy`.
///
/// # Threads
/// Any thread but a writer thread; one change at a time, others wait. Blocks as long as opening a file does, and at most
/// a second for what was logged before. Callers that log meanwhile are not held up. A child after `fork()`
/// reloads for itself alone. Not in a signal handler: for `kill -HUP` install one that sets a flag, and call this where
/// the program looks at the flag.
///
/// # Example
/// ```c
/// alog_config *config;
/// if (alog_config_new(&config) == ALOG_OK) {
///     if (alog_config_load_file(config, "shop.toml", &error) != ALOG_OK ||
///         alog_reload(log, config, &error) != ALOG_OK)
///         fprintf(stderr, "%s\n", error.message); // and the logger goes on as it was
///     alog_config_free(config);
/// }
/// if (alog_reload(log, NULL, &error) != ALOG_OK) // shop.toml again
///     fprintf(stderr, "%s\n", error.message);
/// ```
///
/// # Safety
/// `config` is NULL or from `alog_config_new()` and not freed; `out_error` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_reload(
    logger: alog_logger,
    config: *const alog_config,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises that a non-NULL one is alive and not changed meanwhile.
        let config = (!config.is_null()).then(|| unsafe { config_of(config) });
        let outcome = Handle::from_id(logger.id).reload(config.as_ref());
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Lets every file of a logger be opened anew by its name, as after a rotation by another program.
///
/// It is done by whoever writes: what was accepted before goes to the old file, what is logged after the call to the new
/// one; `alog_flush()` waits for it. With several workers what is logged after it may still go to the old one. A derived
/// logger means the sinks that it writes to.
///
/// # Returns
/// - `ALOG_OK`: it is asked for. A file that then cannot be opened is an error to poll, and the old one goes on.
/// - `ALOG_ERR_STOPPED`: the logger is stopped.
/// - `ALOG_ERR_LIMIT`: 1024 of these calls wait already, for a writer that does not get on; this one does nothing.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Takes nothing.
///
/// # Threads
/// Any thread, also a writer thread. Never blocks. Not in a signal handler, which sets a flag instead.
///
/// # Example
/// ```c
/// if (rename("shop.log", "shop.log.1") == 0)
///     alog_reopen(log);
/// ```
///
/// # Safety
/// Nothing is asked of the caller.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub extern "C" fn alog_reopen(logger: alog_logger) -> alog_status {
    guard_status(|| Handle::from_id(logger.id).ask(Request::Reopen).into_raw())
}

/// Lets every file of a logger be rotated now, as its parameters say, whether or not it is time.
///
/// Everything else is as for `alog_reopen()`. Sinks that are no files have nothing to rotate.
/// A rotated file is compressed afterwards if its sink has `compress`, by a thread of its own; nothing waits for that.
///
/// # Returns
/// - `ALOG_OK`: it is asked for. A file that then cannot be rotated is an error to poll.
/// - `ALOG_ERR_STOPPED`: the logger is stopped.
/// - `ALOG_ERR_LIMIT`: 1024 of these calls wait already, for a writer that does not get on; this one does nothing.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Takes nothing.
///
/// # Threads
/// As for `alog_reopen()`.
///
/// # Example
/// ```c
/// if (alog_rotate(log) == ALOG_OK)
///     alog_flush(log, 1000); // then it is done
/// ```
///
/// # Safety
/// Nothing is asked of the caller.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub extern "C" fn alog_rotate(logger: alog_logger) -> alog_status {
    guard_status(|| Handle::from_id(logger.id).ask(Request::Rotate).into_raw())
}
