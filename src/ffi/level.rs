//! The levels of a message, from most to least talkative, and what they are called.

use super::status::*;
use super::{borrow_bytes, guard_status, write_out};
use crate::level::Level;
use std::ffi::c_char;

/// The severity of a message: `ALOG_LEVEL_TRACE` (0) to `ALOG_LEVEL_FATAL` (6).
pub type alog_level = i32;

/// Every step of the way; for the author of the code.
pub const ALOG_LEVEL_TRACE: i32 = 0;
/// What helps to find a fault.
pub const ALOG_LEVEL_DEBUG: i32 = 1;
/// What happens in normal service.
pub const ALOG_LEVEL_INFO: i32 = 2;
/// Normal but worth a look.
pub const ALOG_LEVEL_NOTICE: i32 = 3;
/// Something is off; the service goes on.
pub const ALOG_LEVEL_WARN: i32 = 4;
/// Something failed.
pub const ALOG_LEVEL_ERROR: i32 = 5;
/// The program cannot go on. alog ends it only with `on_fatal=abort`.
pub const ALOG_LEVEL_FATAL: i32 = 6;

/// Finds the level of a name, as every text of a configuration names it.
///
/// `trace`, `debug`, `info`, `notice`, `warn`, `error` and `fatal`, without regard to case; `warning` is `warn`, and
/// `critical` is `fatal`. Sets of levels, such as `warn+`, are none.
///
/// - `name`, `name_len`: UTF-8; no terminating NUL is needed.
/// - `out_level`: receives the level, one of `ALOG_LEVEL_*`.
///
/// # Returns
/// - `ALOG_OK`: `*out_level` is the level.
/// - `ALOG_EMPTY`: no level has that name; `*out_level` is not written.
/// - `ALOG_ERR_ARGUMENT`: `out_level` is NULL, or `name` is NULL and `name_len` is not 0.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Borrows `name` for the call.
///
/// # Threads
/// Any thread. Never blocks.
///
/// # Example
/// ```c
/// alog_level level;
/// if (alog_level_find("warning", 7, &level) == ALOG_OK)
///     printf("warning is %d\n", (int)level);
/// ```
///
/// # Safety
/// `name` points to `name_len` readable bytes, or `name_len` is 0; `out_level` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_level_find(
    name: *const c_char,
    name_len: usize,
    out_level: *mut alog_level,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises `name_len` readable bytes at `name`.
        let name = unsafe { borrow_bytes(name, name_len) };
        let (Ok(name), false) = (name, out_level.is_null()) else { return ALOG_ERR_ARGUMENT };
        match std::str::from_utf8(name).ok().and_then(Level::from_name) {
            Some(level) => {
                // SAFETY: not NULL, checked above, and the caller promises that it is writable.
                unsafe { write_out(out_level, level as alog_level) };
                ALOG_OK
            }
            None => ALOG_EMPTY,
        }
    })
}
