//! Configurations from TOML and from the environment.

use super::config::{alog_config, config_mut};
use super::error::alog_error;
use super::status::*;
use super::{borrow_bytes, borrow_text, config_of, fail, guard_status};
use crate::error::Error;
use std::ffi::c_char;

/// How the names of variables begin where the caller says nothing.
const PREFIX: &str = "ALOG_";

/// Takes over what a TOML text says: the keys of `alog_config_set()`, base fields, sinks.
///
/// - `text`, `text_len`: UTF-8, at most 1 MiB; `text` may be NULL only if `text_len` is 0.
///
/// At the top stand keys: `queue_bytes = "4MiB"`. Numbers, truth values and texts are all taken as the text that
/// they stand for; `true` is `yes`, `false` is `no`. The table `[fields]` has base fields, each with its type; a table
/// in it is a group, a date or time is text, an array is refused. Each table `[[sink]]` adds a sink:
/// `to` is its URL, as for `alog_config_add_sink()`, and everything else a parameter, which needs no `%` escapes
/// and counts above the same one in the URL. CONFIGURATION.md lists all of it.
///
/// What the text does not mention stays as it is. Sinks and fields are added to those that are there.
///
/// # Returns
/// - `ALOG_OK`: all of it was taken over.
/// - `ALOG_ERR_SYNTAX`: it is no TOML, no UTF-8, or too long.
/// - `ALOG_ERR_KEY`, `ALOG_ERR_VALUE`: a key or parameter is unknown, or does not take that value.
/// - `ALOG_ERR_SINK`: a sink is malformed, has no `to`, or is one too many.
/// - `ALOG_ERR_FIELD`: a field is an array, a number of more than 64 bits, too long, or nests too deep.
/// - `ALOG_ERR_ARGUMENT`: `config` is NULL, or `text` is NULL and `text_len` is not 0.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// The message of an error begins with the place, `config:LINE:COLUMN: `, both counted from 1, the column in
/// characters; then follows what is wrong and, if it is near to something that exists, what that is. On every error the
/// configuration is unchanged.
///
/// # Ownership
/// Borrows everything for the call.
///
/// # Threads
/// One thread at a time for one configuration. Never blocks.
///
/// # Example
/// ```c
/// const char *text = "level = 'debug'\n"
///                    "[fields]\n"
///                    "service = 'shop'\n"
///                    "[[sink]]\n"
///                    "to = 'file:shop.log'\n"
///                    "format = 'json'\n";
/// if (alog_config_load(config, text, strlen(text), &error) != ALOG_OK)
///     fprintf(stderr, "%s\n", error.message);
/// ```
///
/// # Safety
/// `config` is NULL or from `alog_config_new()` and not freed; `text` points to `text_len` readable bytes;
/// `out_error` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_config_load(
    config: *mut alog_config,
    text: *const c_char,
    text_len: usize,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises that a non-NULL `config` is alive and used by this thread alone.
        let config = unsafe { config_mut(config) };
        // SAFETY: the caller promises that `text` points to `text_len` readable bytes.
        let text = unsafe { borrow_bytes(text, text_len) };
        let outcome = (|| {
            let text = text.map_err(|_| Error::null("text"))?;
            config?.load_bytes(text, None)
        })();
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Takes over what a TOML file says.
///
/// - `path`: NUL-terminated UTF-8; a regular file of at most 1 MiB, or a symbolic link to one.
///
/// # Returns
/// - `ALOG_OK`: all of it was taken over.
/// - `ALOG_ERR_OPEN`: the file cannot be read; `os_error` says why, if the system did.
/// - Everything else as for `alog_config_load()`. The message begins with `FILE:LINE:COLUMN: `, FILE being the last
///   part of `path`; the origin is `config:` and `path`, cut to its length.
///
/// On every error the configuration is unchanged.
///
/// # Ownership
/// Borrows everything for the call. The file is closed when it returns.
///
/// # Threads
/// One thread at a time for one configuration. Blocks as long as the file system does.
///
/// # Example
/// ```c
/// if (alog_config_load_file(config, "shop.toml", &error) != ALOG_OK)
///     fprintf(stderr, "%s\n", error.message); // shop.toml:3:1: no key "levle"; is it "level"?
/// ```
///
/// # Safety
/// As for `alog_config_set()`.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_config_load_file(
    config: *mut alog_config,
    path: *const c_char,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises that a non-NULL `config` is alive and used by this thread alone.
        let config = unsafe { config_mut(config) };
        // SAFETY: the caller promises that a non-NULL `path` ends in NUL and lives through the call.
        let path = unsafe { borrow_text(path, "path") };
        let outcome = (|| config?.load_file(path?))();
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Takes over what the environment says: `$ALOG_LEVEL`, `$ALOG_QUEUE_BYTES` and so on.
///
/// - `prefix`: NUL-terminated UTF-8, not empty: what the names begin with; NULL means `ALOG_`.
///
/// The variable of a key of `alog_config_set()` is the prefix and the key's name in capitals. `$ALOG_SINKS` has sinks as
/// for `alog_config_add_sink()` with `;` or newlines between them (`%3B` is a `;` in one of them): they stand instead
/// of the sinks that were added by URL before; those of `alog_config_add_callback()` stay. There is no variable for base
/// fields. A variable that is empty counts as not set.
///
/// A variable with the prefix that is no key is refused if its name is near to one, and left alone otherwise: other
/// programs may use the prefix, too. Nothing is read if the program has more rights than its user (set-user-ID,
/// set-group-ID, file capabilities): the environment is then somebody else's word.
///
/// # Returns
/// - `ALOG_OK`: all of it was taken over, or there was nothing, or nothing was read.
/// - `ALOG_ERR_KEY`: a variable is near to one that exists; the error names it.
/// - `ALOG_ERR_VALUE`, `ALOG_ERR_SINK`: as for `alog_config_set()` and `alog_config_add_sink()`. The message begins
///   with the name of the variable; the origin is `config:environment`.
/// - `ALOG_ERR_ARGUMENT`: `config` is NULL, or `prefix` is empty or not UTF-8.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// On every error the configuration is unchanged.
///
/// # Ownership
/// Borrows everything for the call.
///
/// # Threads
/// One thread at a time for one configuration, and while no thread changes the environment. Never blocks.
///
/// # Example
/// ```c
/// alog_config_load_file(config, "shop.toml", NULL);
/// if (alog_config_load_env(config, NULL, &error) != ALOG_OK) // counts above the file
///     fprintf(stderr, "%s\n", error.message);
/// ```
///
/// # Safety
/// As for `alog_config_set()`.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_config_load_env(
    config: *mut alog_config,
    prefix: *const c_char,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises that a non-NULL `config` is alive and used by this thread alone.
        let config = unsafe { config_mut(config) };
        let prefix = if prefix.is_null() {
            Ok(PREFIX)
        } else {
            // SAFETY: not NULL; the caller promises that it ends in NUL and lives through the call.
            unsafe { borrow_text(prefix, "prefix") }
        };
        let outcome = (|| config?.load_env(prefix?))();
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Tells whether the parts of a configuration fit together. Opens nothing.
///
/// - `config`: NULL is the default, which does.
///
/// Each key and each sink was checked when it was set; this checks the whole as `alog_new()` will.
///
/// # Returns
/// - `ALOG_OK`: they do. `alog_new()` can still fail at a destination that cannot be opened, or for lack of memory.
/// - `ALOG_ERR_KEY`: a key is set that is for derived loggers only.
/// - `ALOG_ERR_VALUE`: two values exclude each other. The error names both.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Borrows everything for the call.
///
/// # Threads
/// Any thread, while no other changes the configuration. Never blocks.
///
/// # Example
/// ```c
/// if (alog_config_check(config, &error) != ALOG_OK)
///     fprintf(stderr, "%s\n", error.message);
/// ```
///
/// # Safety
/// As for `alog_config_set()`.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_config_check(
    config: *const alog_config,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises that a non-NULL `config` is alive.
        let config = unsafe { config_of(config) };
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(config.validate(), out_error) }
    })
}
