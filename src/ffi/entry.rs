//! One call with everything that a record can carry: fields, a template, a place in the program, a deadline.

use super::error::alog_error;
use super::field::{alog_field, borrow_fields};
use super::level::alog_level;
use super::logger::alog_logger;
use super::record::Record;
use super::status::*;
use super::{borrow_bytes, fail, guard, guard_status, write_out};
use crate::error::Code;
use crate::field;
use crate::logger::{Fast, Handle, Wait, rename_this_thread, source_number};
use crate::queue::{Plain, Rich};
use std::ffi::c_char;

/// `alog_entry.timeout_ms`: wait for space as the key `overflow` says.
pub const ALOG_BY_POLICY: i64 = -1;
/// `alog_entry.flags`: `{name}` in the message stands for the field of that name.
pub const ALOG_TEMPLATE: u32 = 1;

/// One call of `alog_log()` or `alog_log_sync()`. Frozen layout; set what is not used to 0, and `timeout_ms` to `ALOG_BY_POLICY`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_entry {
    /// The message: any bytes. May be NULL only if `msg_len` is 0.
    pub msg: *const c_char,
    /// How many bytes the message has.
    pub msg_len: usize,
    /// The fields. May be NULL only if `field_count` is 0.
    pub fields: *const alog_field,
    /// How many fields there are.
    pub field_count: usize,
    /// How long to wait for space at most, in milliseconds; 0: not at all. A policy that waits less long or not
    /// at all stays in force. `ALOG_BY_POLICY`: as the policy says. At level FATAL also how long to wait at most until
    /// the record is written, and always in `alog_log_sync()`.
    pub timeout_ms: i64,
    /// `ALOG_LEVEL_*`.
    pub level: alog_level,
    /// Where in the program this is: of `alog_source_get()`; 0: unknown.
    pub source: u32,
    /// 0 or `ALOG_TEMPLATE`.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
}

/// What a call with a deadline waits for; `Err` for a wrong one.
fn wait_of(timeout_ms: i64) -> Result<Wait, Code> {
    match u64::try_from(timeout_ms) {
        Ok(ms) => Ok(Wait::Ms(ms)),
        Err(_) if timeout_ms == ALOG_BY_POLICY => Ok(Wait::ByPolicy),
        Err(_) => Err(Code::Argument),
    }
}

fn flags_are_known(flags: u32) -> Result<bool, Code> {
    if flags & !ALOG_TEMPLATE == 0 { Ok(flags & ALOG_TEMPLATE != 0) } else { Err(Code::Argument) }
}

/// Hands one record to the logger's queue: a message with fields.
///
/// Everything is copied as it is and rendered on the writer thread. With `ALOG_TEMPLATE`, `{name}` in the
/// message is replaced by the field of that name (`{a.b}`: field `b` of group `a`; `{{` and `}}` are
/// braces; what has no field stays as it is), and the field stays a field. A field counts more than one of
/// the same key from a pre-hook, which counts more than a base field; a post-hook's counts most, and level
/// and message are never overridden.
///
/// - `entry`: see `alog_entry`.
///
/// # Returns
/// What `alog_write()` returns, with these differences:
/// - `ALOG_ERR_FIELD`: a field is malformed: its type, a key beyond 65535 bytes, groups that do not end or
///   are nested too deep; not taken.
/// - `ALOG_ERR_ARGUMENT`: `entry` or something in it is NULL that must not be, or `level`, `flags` or
///   `timeout_ms` is out of range; not taken.
/// - `ALOG_ERR_TIMEOUT`: no space within `timeout_ms` or the policy's time; not taken, counted and reported. With
///   `queue_bytes=0`: the writer has not taken it in that time; it stays accepted and will be written.
/// - `ALOG_ERR_TOO_LARGE`: message and fields together are longer than `max_message_bytes`; not taken.
///
/// # Ownership
/// Borrows everything for the call.
///
/// # Threads
/// As for `alog_write()`. Pre-hooks and a scheduler of the program run on this thread.
///
/// # Example
/// ```c
/// alog_field field = {"id", 2, ALOG_FIELD_I64, 0, {5}};
/// alog_entry entry = {"user {id} logged in", 19, &field, 1, ALOG_BY_POLICY, ALOG_LEVEL_INFO, 0,
///                     ALOG_TEMPLATE, 0};
/// alog_log(log, &entry);
/// ```
///
/// # Safety
/// `entry` is NULL or readable, and so is what its pointers say.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log(logger: alog_logger, entry: *const alog_entry) -> alog_status {
    guard(ALOG_ERR_PANIC, || {
        let handle = Handle::from_id(logger.id);
        let outcome = (|| {
            // SAFETY: the caller promises that a non-NULL `entry` is readable, and so is what its pointers say.
            let (entry, record) = unsafe { record_of(entry) }?;
            let wait = wait_of(entry.timeout_ms)?;
            if let Some(plain) = record.plain() {
                return Ok(handle.log(entry.level, &plain, wait)); // the shorter way
            }
            match handle.try_log(entry.level, &record) {
                Fast::Done => Ok(Code::Ok),
                Fast::Disabled => Ok(Code::Disabled),
                Fast::Unclear => Ok(log_checked(handle, entry.level, record, wait)),
            }
        })();
        outcome.unwrap_or_else(|code| handle.refuse(code)).into_raw()
    })
}

/// What the short way did not take: for lack of space, because it is malformed, or for whatever reason.
#[cold]
pub(super) fn log_checked<const FORM: bool>(
    handle: Handle,
    level: i32,
    record: Record<'_, FORM>,
    wait: Wait,
) -> Code {
    match record.check() {
        Ok(record) => handle.log_slow(level, &record, wait),
        Err(code) => handle.refuse(code),
    }
}

/// The same as `alog_log()` with fields in one piece, for languages that have no C structs.
///
/// - `level`, `flags`, `source`, `timeout_ms`, `msg`, `msg_len`: as in `alog_entry`.
/// - `fields`, `fields_len`: as in `alog_config_add_encoded_fields()`.
///
/// # Returns
/// As `alog_log()`.
///
/// # Ownership
/// Borrows everything for the call.
///
/// # Threads
/// As for `alog_log()`.
///
/// # Example
/// ```c
/// const uint8_t item[] = {ALOG_FIELD_BOOL, 0, 2, 0, 1, 0, 0, 0, 'o', 'k', 1};
/// alog_log_encoded(log, ALOG_LEVEL_INFO, 0, 0, ALOG_BY_POLICY, "done", 4, item, sizeof item);
/// ```
///
/// # Safety
/// `msg` and `fields` point to so many readable bytes, or their lengths are 0.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_encoded(
    logger: alog_logger,
    level: alog_level,
    flags: u32,
    source: u32,
    timeout_ms: i64,
    msg: *const c_char,
    msg_len: usize,
    fields: *const u8,
    fields_len: usize,
) -> alog_status {
    guard(ALOG_ERR_PANIC, || {
        let handle = Handle::from_id(logger.id);
        let outcome = (|| {
            // SAFETY: the caller promises `msg_len` readable bytes at `msg`.
            let message = unsafe { borrow_bytes(msg, msg_len) }?;
            // SAFETY: the caller promises `fields_len` readable bytes at `fields`.
            let fields = unsafe { borrow_bytes(fields.cast(), fields_len) }?;
            let (wait, is_template) = (wait_of(timeout_ms)?, flags_are_known(flags)?);
            if !field::validate(fields) {
                return Err(Code::Field);
            }
            if fields.is_empty() && source == 0 && !is_template {
                return Ok(handle.log(level, &Plain(message), wait)); // the shorter way
            }
            let record = Rich { message, fields, is_template, source };
            Ok(handle.log(level, &record, wait))
        })();
        outcome.unwrap_or_else(|code| handle.refuse(code)).into_raw()
    })
}

/// Hands over one record as `alog_log()` does, waits until it is written, and returns the destination's own result.
///
/// It takes its place in the queue behind everything this thread logged before.
///
/// - `entry`: see `alog_entry`; its `timeout_ms` is how long to wait for all of it: `ALOG_BY_POLICY`, which is -1: no
///   deadline.
/// - `out_error`: receives what the destination said, with its `os_error`; may be NULL.
///
/// # Returns
/// What `alog_write_sync()` returns, and:
/// - `ALOG_ERR_FIELD`, `ALOG_ERR_ARGUMENT`, `ALOG_ERR_TOO_LARGE`: as `alog_log()`; not taken.
///
/// # Ownership
/// Borrows everything for the call.
///
/// # Threads
/// Any thread but a writer thread. Blocks until written or until the deadline. Pre-hooks and a scheduler of the
/// program run on this thread.
///
/// # Example
/// ```c
/// alog_entry entry = {"giving up", 9, NULL, 0, 1000, ALOG_LEVEL_FATAL, 0, 0, 0};
/// alog_error error;
/// alog_source_get(__FILE__, sizeof __FILE__ - 1, __LINE__, "main", 4, &entry.source);
/// if (alog_log_sync(log, &entry, &error) == ALOG_ERR_IO)
///     fprintf(stderr, "%s\n", error.message);
/// ```
///
/// # Safety
/// As for `alog_log()`; `out_error` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_sync(
    logger: alog_logger,
    entry: *const alog_entry,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        let handle = Handle::from_id(logger.id);
        let outcome = (|| {
            // SAFETY: the caller promises that a non-NULL `entry` is readable, and so is what its pointers say.
            let (entry, record) = unsafe { record_of(entry) }?;
            Ok((entry, record.check()?))
        })();
        let outcome = match outcome {
            Ok((entry, record)) => handle.log_sync(entry.level, &record, entry.timeout_ms),
            Err(code) => Err(handle.refuse(code).into()),
        };
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// What an entry hands over; its deadline is not looked at.
///
/// # Safety
/// `entry` is NULL or readable, and so is what its pointers say; not changed as long as the result lives.
#[inline(always)]
unsafe fn record_of<'a>(entry: *const alog_entry) -> Result<(&'a alog_entry, Record<'a>), Code> {
    // SAFETY: the caller promises that a non-NULL `entry` is readable.
    let entry = unsafe { entry.as_ref() }.ok_or(Code::Argument)?;
    // SAFETY: the caller promises `msg_len` readable bytes at `msg`.
    let message = unsafe { borrow_bytes(entry.msg, entry.msg_len) }?;
    // SAFETY: the caller promises `field_count` fields at `fields`.
    let fields = unsafe { borrow_fields(entry.fields, entry.field_count) }?;
    let is_template = flags_are_known(entry.flags)?;
    // SAFETY: the caller promises that keys and values are readable.
    Ok((entry, unsafe { Record::new(message, fields, is_template, entry.source) }))
}

/// Gives the number of a place in the program, to be shown with the records that carry it.
///
/// Equal places have one number. The texts are copied and kept for the life of the process, so they may come
/// from a module that is unloaded later. Ask once per place and keep the number.
///
/// - `file`, `file_len`, `function`, `function_len`: UTF-8, cut behind 4096 bytes; may be empty.
/// - `line`: from 1; 0: unknown.
/// - `out_source`: receives the number; 0, for "unknown", when a million places are known already.
///
/// # Returns
/// - `ALOG_OK`: `*out_source` is the number.
/// - `ALOG_ERR_ARGUMENT`: `out_source` is NULL, or a text is NULL and its length is not 0.
/// - `ALOG_ERR_MEMORY`: the process could not be prepared.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Borrows the texts for the call.
///
/// # Threads
/// Any thread. Takes a short lock.
///
/// # Example
/// ```c
/// uint32_t source;
/// if (alog_source_get(__FILE__, sizeof __FILE__ - 1, __LINE__, "main", 4, &source) == ALOG_OK)
///     printf("records of this place carry the number %u\n", (unsigned)source);
/// ```
///
/// # Safety
/// The texts point to so many readable bytes, or their lengths are 0; `out_source` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_source_get(
    file: *const c_char,
    file_len: usize,
    line: u32,
    function: *const c_char,
    function_len: usize,
    out_source: *mut u32,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises so many readable bytes.
        let file = unsafe { borrow_bytes(file, file_len) };
        // SAFETY: the same promise.
        let function = unsafe { borrow_bytes(function, function_len) };
        let (Ok(file), Ok(function), false) = (file, function, out_source.is_null()) else {
            return ALOG_ERR_ARGUMENT;
        };
        match source_number(file, line, function) {
            Ok(number) => {
                // SAFETY: not NULL, checked above, and the caller promises that it is writable.
                unsafe { write_out(out_source, number) };
                ALOG_OK
            }
            Err(error) => error.code.into_raw(),
        }
    })
}

/// Names the calling thread in all logs: what the pattern's `{thread}` and the key `thread_key` show.
///
/// Without it that is the name which the system has for the thread when it logs first.
///
/// - `name`, `name_len`: UTF-8, cut behind 255 bytes.
///
/// # Returns
/// - `ALOG_OK`: records that are not written yet carry the name.
/// - `ALOG_ERR_ARGUMENT`: `name` is NULL and `name_len` is not 0, or it is not UTF-8.
/// - `ALOG_ERR_WOULD_DEADLOCK`: called in a signal handler that interrupted a call of this library.
/// - `ALOG_ERR_MEMORY`: the process could not be prepared.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Borrows `name` for the call.
///
/// # Threads
/// Any thread; it names itself. Never blocks.
///
/// # Example
/// ```c
/// alog_thread_name_set("reader", 6);
/// ```
///
/// # Safety
/// `name` points to `name_len` readable bytes, or `name_len` is 0.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_thread_name_set(name: *const c_char, name_len: usize) -> alog_status {
    const LONGEST: usize = 255;
    guard_status(|| {
        // SAFETY: the caller promises so many readable bytes.
        let name = unsafe { borrow_bytes(name, name_len) }.map(std::str::from_utf8);
        let Ok(Ok(name)) = name else { return ALOG_ERR_ARGUMENT };
        let cut = (0..=name.len().min(LONGEST)).rev().find(|&at| name.is_char_boundary(at));
        match rename_this_thread(&name[..cut.unwrap_or(0)]) {
            Ok(()) => ALOG_OK,
            Err(code) => code.into_raw(),
        }
    })
}
