//! Loggers derived from others, and what can be changed while they run.

use super::config::alog_config;
use super::error::alog_error;
use super::logger::alog_logger;
use super::status::*;
use super::{borrow_text, config_of, fail, guard_status, write_out};
use crate::error::Error;
use crate::logger::Handle;
use std::ffi::c_char;

/// What can be read of a logger without a call. Live: read both with relaxed atomic loads.
///
/// It is never freed, so the pointer may be kept for ever; it tells of a logger as long as `id` is the handle.
#[repr(C)]
pub struct alog_switch {
    /// `alog_logger.id` of the logger that this tells of; another value when that was freed.
    pub id: u64,
    /// Bit `n` is set if and only if level `n` is on.
    pub levels: u32,
    /// Unused.
    pub reserved: u32,
}

/// Makes a logger that is derived from another.
///
/// It has a name, base fields, hooks and sinks of its own in addition to those of its parent, or instead of
/// them. It shares everything else with the logger at the root: queues, writer threads, levels, policies, errors and
/// figures. Making one starts no thread; its base fields cost nothing per record.
///
/// - `parent`: a logger, root or derived.
/// - `config`: what is its own: the keys `name` and `replace`, fields, hooks, sinks; NULL: nothing. The name
///   follows the parent's and a dot. `replace` says what it does not take over: `fields`, `pre_hooks`,
///   `post_hooks`, `sinks`, several with `|` between them.
/// - `out_child`: receives the handle.
/// - `out_error`: receives what went wrong; may be NULL.
///
/// # Returns
/// - `ALOG_OK`: `*out_child` may be used like any logger.
/// - `ALOG_ERR_KEY`: a key was set that is not for derived loggers.
/// - `ALOG_ERR_STOPPED`: the logger was stopped.
/// - `ALOG_ERR_OPEN`: a sink could not be opened.
/// - `ALOG_ERR_LIMIT`: too many loggers, or more than 64 sinks all in all.
/// - `ALOG_ERR_HANDLE`: `parent` is no logger.
/// - `ALOG_ERR_ARGUMENT`: `out_child` is NULL.
/// - `ALOG_ERR_MEMORY`, `ALOG_ERR_PANIC`.
///
/// # Ownership
/// Borrows `config`. Gives a handle that is to be given back with `alog_free()`, in any order: without its
/// parent a derived logger goes on, and when the root is stopped or freed it answers `ALOG_ERR_STOPPED`.
/// `alog_stop()` and `alog_flush()` on a derived logger are those of the root.
///
/// # Threads
/// Any thread. May block for as long as opening a file does.
///
/// # Example
/// ```c
/// alog_config *config;
/// alog_logger db;
/// if (alog_config_new(&config) == ALOG_OK) {
///     alog_config_set(config, "name", "db", NULL);
///     if (alog_child_new(log, config, &db, NULL) == ALOG_OK)
///         alog_write(db, ALOG_LEVEL_INFO, "connected", 9);
///     alog_config_free(config);
/// }
/// ```
///
/// # Safety
/// As for `alog_new()`.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_child_new(
    parent: alog_logger,
    config: *const alog_config,
    out_child: *mut alog_logger,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        let outcome = if out_child.is_null() {
            Err(Error::null("out_child"))
        } else {
            // SAFETY: the caller promises that a non-NULL `config` is alive and not changed meanwhile.
            let config = unsafe { config_of(config) };
            Handle::from_id(parent.id).derive(&config).map(|handle| {
                // SAFETY: not NULL, checked above, and the caller promises that it is writable.
                unsafe { write_out(out_child, alog_logger { id: handle.id() }) };
            })
        };
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Finds a logger by its name, whichever part of the process made it, in whatever language.
///
/// Found is the oldest that was made by `alog_new()` with that `name` and runs; derived ones are not looked at, and a
/// configuration that names none gives a logger that cannot be found.
///
/// - `name`: NUL-terminated UTF-8, as set with the key `name`; compared byte by byte.
/// - `out_logger`: receives the handle.
///
/// # Returns
/// - `ALOG_OK`: `*out_logger` is its handle.
/// - `ALOG_EMPTY`: there is none; `*out_logger` is not written.
/// - `ALOG_ERR_ARGUMENT`: `name` or `out_logger` is NULL, or `name` is not UTF-8.
/// - `ALOG_ERR_WOULD_DEADLOCK`: called in a signal handler that interrupted a call of this library.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// The handle stays that of whoever made the logger: who found it does not free it, and gets `ALOG_ERR_HANDLE` once its
/// owner has. A part that wants a name, fields or a lifetime of its own derives a logger from it (`alog_child_new()`).
///
/// # Threads
/// Any thread. Never waits for a destination. Looks at every logger there is: to be called once, not for each record.
///
/// # Example
/// ```c
/// alog_logger app;
/// if (alog_find("app", &app) == ALOG_OK)
///     alog_write(app, ALOG_LEVEL_INFO, "the plugin is loaded", 20);
/// ```
///
/// # Safety
/// `name` is NULL or NUL-terminated; `out_logger` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_find(
    name: *const c_char,
    out_logger: *mut alog_logger,
) -> alog_status {
    guard_status(|| {
        if out_logger.is_null() {
            return ALOG_ERR_ARGUMENT;
        }
        // SAFETY: the caller promises that a non-NULL `name` ends in NUL and lives through the call.
        let found = unsafe { borrow_text(name, "name") }.map_err(|error| error.code);
        match found.and_then(Handle::find_named) {
            Ok(Some(handle)) => {
                // SAFETY: not NULL, checked above, and the caller promises that it is writable.
                unsafe { write_out(out_logger, alog_logger { id: handle.id() }) };
                ALOG_OK
            }
            Ok(None) => ALOG_EMPTY,
            Err(code) => code.into_raw(),
        }
    })
}

/// Gives what can be read of a logger without a call: whether a level is on, in about a nanosecond.
///
/// - `out_switch`: receives the pointer.
///
/// # Returns
/// - `ALOG_OK`: `*out_switch` is set.
/// - `ALOG_ERR_ARGUMENT`: `out_switch` is NULL.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// The switch belongs to the library, which never frees it.
///
/// # Threads
/// Any thread. Never blocks.
///
/// # Example
/// ```c
/// const alog_switch *live;
/// if (alog_switch_get(log, &live) == ALOG_OK && live->levels >> ALOG_LEVEL_DEBUG & 1)
///     puts("debug is on");
/// ```
///
/// # Safety
/// `out_switch` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_switch_get(
    logger: alog_logger,
    out_switch: *mut *const alog_switch,
) -> alog_status {
    guard_status(|| {
        if out_switch.is_null() {
            return ALOG_ERR_ARGUMENT;
        }
        match Handle::from_id(logger.id).switch() {
            Ok(switch) => {
                // SAFETY: not NULL, checked above, and the caller promises that it is writable.
                unsafe { write_out(out_switch, std::ptr::from_ref(switch).cast()) };
                ALOG_OK
            }
            Err(code) => code.into_raw(),
        }
    })
}

/// Switches levels on and off, for a logger and everything that shares its root.
///
/// - `levels`: NUL-terminated UTF-8, as the key `level`: `info` or `info+` (it and what is more severe),
///   `info-` (it and what is less severe), `debug|warn|fatal`, `all`, `off`.
/// - `out_error`: receives what went wrong; may be NULL.
///
/// # Returns
/// - `ALOG_OK`: from now on these levels are on, and no others.
/// - `ALOG_ERR_VALUE`: `levels` is no set of levels; nothing was changed.
/// - `ALOG_ERR_ARGUMENT`: `levels` is NULL or not UTF-8.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Borrows `levels` for the call.
///
/// # Threads
/// Any thread. Never blocks.
///
/// # Example
/// ```c
/// alog_levels_set(log, "debug|warn|fatal", NULL);
/// ```
///
/// # Safety
/// `levels` is NULL or NUL-terminated; `out_error` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_levels_set(
    logger: alog_logger,
    levels: *const c_char,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises that a non-NULL `levels` ends in NUL and lives through the call.
        let outcome = unsafe { borrow_text(levels, "levels") }.and_then(|levels| {
            let mut changes = crate::Config::new();
            changes.set("level", levels)?;
            Handle::from_id(logger.id).reconfigure(&changes)
        });
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Changes several settings at once while the logger runs, for a logger and everything that shares its root.
///
/// Whoever meets one of the new settings meets all of them.
///
/// - `changes`: a configuration in which exactly the keys were set that are to change. Of all keys `level`,
///   `overflow` and `max_message_bytes` can.
/// - `out_error`: receives what went wrong; may be NULL.
///
/// # Returns
/// - `ALOG_OK`: all of them have their new values.
/// - `ALOG_ERR_KEY`: a key, sink, hook or field was set that cannot be changed; nothing was changed.
/// - `ALOG_ERR_VALUE`: the logger hands over and `overflow` would drop; nothing was changed.
/// - `ALOG_ERR_ARGUMENT`: `changes` is NULL.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Borrows `changes` for the call.
///
/// # Threads
/// Any thread. Never blocks.
///
/// # Example
/// ```c
/// alog_config *changes;
/// if (alog_config_new(&changes) == ALOG_OK) {
///     alog_config_set(changes, "level", "debug", NULL);
///     alog_config_set(changes, "overflow", "drop-oldest, error+=block", NULL);
///     alog_reconfigure(log, changes, NULL);
///     alog_config_free(changes);
/// }
/// ```
///
/// # Safety
/// `changes` is NULL or from `alog_config_new()` and not freed; `out_error` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_reconfigure(
    logger: alog_logger,
    changes: *const alog_config,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        let outcome = if changes.is_null() {
            Err(Error::null("changes"))
        } else {
            // SAFETY: the caller promises that it is alive and not changed meanwhile.
            let changes = unsafe { config_of(changes) };
            Handle::from_id(logger.id).reconfigure(&changes)
        };
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Writes on the calling thread, in place of a writer thread, until the logger is stopped.
///
/// For loggers made with `writer=caller`.
///
/// # Returns
/// - `ALOG_OK`: the logger was stopped, and everything accepted is written or counted as failed.
/// - `ALOG_ERR_MODE`: the logger has writer threads of its own or none (`workers=0`), another thread runs or
///   drains it, or it is stopped already.
/// - `ALOG_ERR_WOULD_DEADLOCK`: called on a thread that writes, in a callback.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Nothing is shared.
///
/// # Threads
/// One thread at a time for one logger. Blocks until another thread calls `alog_stop()`. Sleeps while nobody
/// logs. All signals are blocked on this thread meanwhile, so let other threads handle them.
///
/// # Example
/// ```c
/// static void *writer(void *logger) {
///     alog_run(*(const alog_logger *)logger);
///     return NULL;
/// }
/// ```
///
/// # Safety
/// Safe with any handle.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub extern "C" fn alog_run(logger: alog_logger) -> alog_status {
    guard_status(|| Handle::from_id(logger.id).run().into_raw())
}

/// Writes on the calling thread what is there, and returns: for event loops.
///
/// For loggers made with `writer=caller`.
///
/// - `max_records`: at most so many records; 0: as many as there are.
/// - `out_count`: receives how many it wrote; may be NULL.
///
/// # Returns
/// - `ALOG_OK`: at least one record was written or counted as failed.
/// - `ALOG_EMPTY`: there was none, or another thread is writing.
/// - `ALOG_ERR_MODE`: the logger has writer threads of its own.
/// - `ALOG_ERR_WOULD_DEADLOCK`: called in a signal handler that interrupted a call of this library.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Nothing is shared.
///
/// # Threads
/// Any thread. Blocks for as long as the destinations take. Signals are blocked on this thread meanwhile.
///
/// # Example
/// ```c
/// while (alog_drain(log, 100, NULL) == ALOG_OK) {
///     // more may have come meanwhile
/// }
/// ```
///
/// # Safety
/// `out_count` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_drain(
    logger: alog_logger,
    max_records: usize,
    out_count: *mut usize,
) -> alog_status {
    guard_status(|| {
        let max = if max_records == 0 { usize::MAX } else { max_records };
        let outcome = Handle::from_id(logger.id).drain(max);
        if let (Ok(count), false) = (outcome, out_count.is_null()) {
            // SAFETY: not NULL, and the caller promises that it is writable.
            unsafe { write_out(out_count, count) };
        }
        match outcome {
            Ok(0) => ALOG_EMPTY,
            Ok(_) => ALOG_OK,
            Err(code) => code.into_raw(),
        }
    })
}
