//! Call sites: places in the program whose message and keys are the same each time, so that a record carries
//! only their number and the values.

use super::entry::log_checked;
use super::field::{ALOG_FIELD_END, alog_field, borrow_fields};
use super::level::alog_level;
use super::logger::alog_logger;
use super::record::Record;
use super::status::*;
use super::{borrow_bytes, guard, guard_status, write_out};
use crate::error::Code;
use crate::field::MAX_KEY;
use crate::logger::{Fast, Handle, Wait, site_number};
use crate::record::Form;
use std::ffi::c_char;

/// Gives the number of a call site: a place in the program that logs one message with one list of keys.
///
/// A record of `alog_log_site()` carries the number and the values; message, keys and place are added on the
/// writer thread. Equal sites have one number. Everything is copied and kept for the life of the process, so
/// it may come from a module that is unloaded later. Ask once per site and keep the number; the macros of
/// alog_log.h do so.
///
/// - `file`, `file_len`, `line`, `function`, `function_len`: as for `alog_source_get()`.
/// - `msg`, `msg_len`: the message; with fields a template, as with `ALOG_TEMPLATE`.
/// - `fields`, `field_count`: only their keys count. A group's beginning and its end have one each; that of the
///   end is empty.
/// - `out_site`: receives the number; 0 when a million places are known already: then use `alog_log()`.
///
/// # Returns
/// - `ALOG_OK`: `*out_site` is the number.
/// - `ALOG_ERR_ARGUMENT`: `out_site` is NULL, or something is NULL and its length or count is not 0.
/// - `ALOG_ERR_FIELD`: a key is longer than 65535 bytes.
/// - `ALOG_ERR_MEMORY`: the process could not be prepared.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Borrows everything for the call.
///
/// # Threads
/// Any thread. Takes a short lock; in a signal handler that interrupted it, the number is 0.
///
/// # Example
/// ```c
/// alog_field field = {"id", 2, ALOG_FIELD_I64, 0, {5}};
/// uint32_t site;
/// if (alog_site_get(__FILE__, sizeof __FILE__ - 1, __LINE__, "main", 4, "user {id} logged in", 19, &field, 1,
///                   &site) == ALOG_OK && site != 0)
///     alog_log_site(log, ALOG_LEVEL_INFO, site, &field, 1);
/// ```
///
/// # Safety
/// Texts point to so many readable bytes, `fields` to so many fields with readable keys, or their lengths are
/// 0; `out_site` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_site_get(
    file: *const c_char,
    file_len: usize,
    line: u32,
    function: *const c_char,
    function_len: usize,
    msg: *const c_char,
    msg_len: usize,
    fields: *const alog_field,
    field_count: usize,
    out_site: *mut u32,
) -> alog_status {
    guard_status(|| {
        let number = (|| {
            // SAFETY: the caller promises so many readable bytes.
            let file = unsafe { borrow_bytes(file, file_len) }?;
            // SAFETY: the same promise.
            let function = unsafe { borrow_bytes(function, function_len) }?;
            // SAFETY: the same promise.
            let message = unsafe { borrow_bytes(msg, msg_len) }?;
            // SAFETY: the caller promises so many fields.
            let fields = unsafe { borrow_fields(fields, field_count) }?;
            // SAFETY: the caller promises readable keys.
            let keys = fields.iter().map(|field| unsafe { copy_key(field) });
            let form = Form { message: message.into(), keys: keys.collect::<Result<_, _>>()? };
            if out_site.is_null() {
                return Err(Code::Argument);
            }
            site_number(file, line, function, form).map_err(|error| error.code)
        })();
        match number {
            Ok(number) => {
                // SAFETY: not NULL, checked above, and the caller promises that it is writable.
                unsafe { write_out(out_site, number) };
                ALOG_OK
            }
            Err(code) => code.into_raw(),
        }
    })
}

/// # Safety
/// The key points to so many readable bytes.
unsafe fn copy_key(field: &alog_field) -> Result<Box<[u8]>, Code> {
    if field.r#type == ALOG_FIELD_END {
        return Ok(Box::default());
    }
    // SAFETY: the caller promises so many readable bytes.
    let key = unsafe { borrow_bytes(field.key, field.key_len) }?;
    if key.len() > MAX_KEY { Err(Code::Field) } else { Ok(key.into()) }
}

/// Hands one record to the logger's queue: values for the keys of a call site. The cheapest way to log fields.
///
/// What comes out is what `alog_log()` writes of the site's message, keys and place and these values.
///
/// - `level`: as for `alog_write()`.
/// - `site`: of `alog_site_get()`, and not 0. A number that is none has no message and no keys.
/// - `fields`, `field_count`: the values in the order of the site's keys, of any types; their own keys are not
///   looked at. Groups begin and end where the site's do. Values without a key are left out.
///
/// # Returns
/// What `alog_log()` returns. `max_message_bytes` counts 8 bytes and the value for each field.
///
/// # Ownership
/// Borrows everything for the call.
///
/// # Threads
/// As for `alog_log()`.
///
/// # Example
/// ```c
/// uint32_t site = 0;
/// alog_field values[] = {{"order", 5, ALOG_FIELD_I64, 0, {5}}, {"ok", 2, ALOG_FIELD_BOOL, 0, {1}}};
/// if (alog_site_get(NULL, 0, 0, NULL, 0, "order {order} is done", 21, values, 2, &site) == ALOG_OK)
///     alog_log_site(log, ALOG_LEVEL_INFO, site, values, 2);
/// ```
///
/// # Safety
/// `fields` points to so many fields with readable values, or `field_count` is 0.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_site(
    logger: alog_logger,
    level: alog_level,
    site: u32,
    fields: *const alog_field,
    field_count: usize,
) -> alog_status {
    guard(ALOG_ERR_PANIC, || {
        let handle = Handle::from_id(logger.id);
        // SAFETY: the caller promises `field_count` fields at `fields`.
        let Ok(fields) = (unsafe { borrow_fields(fields, field_count) }) else {
            return handle.refuse(Code::Argument).into_raw();
        };
        // SAFETY: the caller promises that values are readable.
        let record = unsafe { Record::of_form(site, fields) };
        let code = match handle.try_log(level, &record) {
            Fast::Done => Code::Ok,
            Fast::Disabled => Code::Disabled,
            Fast::Unclear => log_checked(handle, level, record, Wait::ByPolicy),
        };
        code.into_raw()
    })
}
