//! The C ABI: C vocabulary to Rust vocabulary and back. No logic.
//!
//! One noun, one file, one section of the header: `status`, `level`, `error`, `config`, `load`, `logger`, `field`,
//! `entry`, `site`, `child`, `hook`, `stats`, `reload`, `memory`, `pull`. Every export is one guard: a panic becomes a status, and the host lives. All pointer work
//! goes through the few functions here.
#![expect(unsafe_code, reason = "pointers from C")]

pub mod child;
pub mod config;
pub mod entry;
pub mod error;
pub mod field;
pub mod hook;
pub mod level;
pub mod load;
pub mod logger;
pub mod memory;
pub mod pull;
mod python;
mod record;
pub mod reload;
pub mod site;
pub mod stats;
pub mod status;

use crate::error::{Code, Error};
use crate::os::CancelDisabled;
use config::alog_config;
use error::alog_error;
use status::{ALOG_ERR_PANIC, ALOG_OK, alog_status};
use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the body of an export; a panic becomes `otherwise`.
#[inline(always)]
fn guard<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    // Unwind safety: a body that panics leaves only what its locks guard, usable at every step.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(otherwise)
}

/// The same for exports that return a status and may make system calls: keeps `pthread_cancel` away.
fn guard_status(body: impl FnOnce() -> alog_status) -> alog_status {
    let _cancel_disabled = CancelDisabled::new();
    guard(ALOG_ERR_PANIC, body)
}

/// Writes an output.
///
/// # Safety
/// `out` points to writable memory for one `T`, aligned; it is not NULL.
unsafe fn write_out<T>(out: *mut T, value: T) {
    // SAFETY: the caller promises just that.
    unsafe { out.write(value) };
}

/// Turns a result into a status, and an error into `*out_error` unless that is NULL.
///
/// # Safety
/// `out_error` is NULL or points to writable memory for one `alog_error`.
unsafe fn fail(outcome: Result<(), Error>, out_error: *mut alog_error) -> alog_status {
    let Err(error) = outcome else { return ALOG_OK };
    if error.code.into_raw() < 0 && !out_error.is_null() {
        // SAFETY: not NULL, and the caller promises that it is writable.
        unsafe { write_out(out_error, alog_error::from(&error)) };
    }
    error.code.into_raw()
}

/// Borrows a C text.
///
/// # Safety
/// `text` is NULL or ends in NUL, and is not changed as long as the result lives.
unsafe fn borrow_text<'a>(text: *const c_char, what: &str) -> Result<&'a str, Error> {
    if text.is_null() {
        return Err(Error::null(what));
    }
    // SAFETY: not NULL, and the caller promises the rest.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str()
        .map_err(|_| Error::new(Code::Argument, "argument", format_args!("{what} must be UTF-8")))
}

/// Borrows a message; `Err` for one that is none: NULL with a length, or longer than any object can be.
///
/// # Safety
/// `bytes` points to `len` readable bytes, not changed as long as the result lives, or `len` is 0.
#[inline(always)]
unsafe fn borrow_bytes<'a>(bytes: *const c_char, len: usize) -> Result<&'a [u8], Code> {
    const LONGEST: usize = isize::MAX as usize;
    match (bytes.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Code::Argument),
        (false, 1..=LONGEST) => {
            // SAFETY: not NULL and not too long; the caller promises the rest.
            Ok(unsafe { std::slice::from_raw_parts(bytes.cast(), len) })
        }
        _ => Err(Code::TooLarge),
    }
}

/// Where bytes begin, for C: NULL if there are none, for a slice of none may point anywhere.
fn start(bytes: &[u8]) -> *const c_char {
    if bytes.is_empty() { std::ptr::null() } else { bytes.as_ptr().cast() }
}

/// Borrows a configuration, or the default one for NULL.
///
/// # Safety
/// `config` is NULL or from `alog_config_new` and alive.
unsafe fn config_of(config: *const alog_config) -> crate::Config {
    // SAFETY: the caller promises just that.
    match unsafe { config.as_ref() } {
        Some(config) => config.to_config(),
        None => crate::Config::new(),
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
