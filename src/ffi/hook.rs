//! Functions of the host that see records on their way: hooks and schedulers, and what they can ask.

use super::config::{alog_config, alog_destroy_fn, config_mut};
use super::error::alog_error;
use super::field::alog_field;
use super::level::alog_level;
use super::status::*;
use super::{borrow_bytes, borrow_text, fail, guard, guard_status, start, write_out};
use crate::error::{Code, Error};
use crate::hook::{Hook, HookRecord, Scheduler};
use std::ffi::{c_char, c_void};
use std::io;
use std::sync::Arc;

/// `alog_config_add_hook`: on the thread of the caller, before the record is queued.
pub const ALOG_HOOK_PRE: i32 = 0;
/// `alog_config_add_hook`: on the writer thread, before the record is formatted.
pub const ALOG_HOOK_POST: i32 = 1;

/// A record as hooks and schedulers see it. Valid during the callback that received it, on its thread.
pub struct alog_record {
    _opaque: [u8; 0],
}

/// Sees every record, and may add fields to it: the function behind `alog_config_add_hook()`.
///
/// - `user_data`: what was registered with it.
/// - `record`: ask it with `alog_record_*_get()`, add to it with `alog_record_field_set()`.
///
/// Returns 0, or a positive `errno` value: that becomes an error to poll (`ALOG_ERR_HOOK`), and the record
/// goes out all the same. Called from any thread, also from several at once, with no lock held. It may log;
/// what it logs itself passes no pre-hooks. It must not unwind (C++ exceptions, `longjmp`).
pub type alog_hook_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, record: *mut alog_record) -> i32>;

/// Chooses the worker of a record: the function behind `alog_config_set_scheduler()`.
///
/// Returns a number from 0 to `worker_count - 1`. Another one becomes an error to poll
/// (`ALOG_ERR_SCHEDULER`), and worker 0 takes the record. Called on the thread of the caller, also on several
/// at once, with no lock held; not called where there is one worker. It must not unwind.
pub type alog_scheduler_fn = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        record: *const alog_record,
        worker_count: u32,
    ) -> u32,
>;

/// A function of the host, and what it is called with.
struct Registered<F> {
    call: F,
    user_data: *mut c_void,
    destroy: alog_destroy_fn,
}

// SAFETY: whoever registered it promised that both functions may be called from any thread.
unsafe impl<F> Send for Registered<F> {}
// SAFETY: as above, and from several at once.
unsafe impl<F> Sync for Registered<F> {}

impl<F> Drop for Registered<F> {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: promised when it was registered; a value is dropped once.
            unsafe { destroy(self.user_data) };
        }
    }
}

type HookFn = unsafe extern "C" fn(*mut c_void, *mut alog_record) -> i32;
type SchedulerFn = unsafe extern "C" fn(*mut c_void, *const alog_record, u32) -> u32;

impl Hook for Registered<HookFn> {
    fn call(&self, record: &mut HookRecord<'_>) -> io::Result<()> {
        let record = std::ptr::from_mut(record).cast();
        // SAFETY: promised when it was registered; the record is valid for the call, and `alog_record` is
        // nothing but a name for it.
        let outcome = unsafe { (self.call)(self.user_data, record) };
        if outcome == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(outcome)) }
    }
}

impl Scheduler for Registered<SchedulerFn> {
    fn pick(&self, record: &HookRecord<'_>, workers: u32) -> u32 {
        let record = std::ptr::from_ref(record).cast();
        // SAFETY: as for a hook.
        unsafe { (self.call)(self.user_data, record, workers) }
    }
}

/// Adds a hook, behind those of its phase that were added before.
///
/// - `phase`: `ALOG_HOOK_PRE` or `ALOG_HOOK_POST`.
/// - `name`: NUL-terminated UTF-8, not empty: errors come from `hook:NAME`.
/// - `hook`: the function; see `alog_hook_fn`.
/// - `user_data`: passed to `hook` as it is; may be NULL.
/// - `destroy`: called once with `user_data` when it is used no more; may be NULL.
///
/// # Returns
/// - `ALOG_OK`: the hook is part of the configuration.
/// - `ALOG_ERR_ARGUMENT`: `config`, `name` or `hook` is NULL, `name` is empty or not UTF-8, or `phase` is none.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Takes `user_data` if and only if it returns `ALOG_OK`: it is then shared by the configuration and
/// every logger made from it, and given back through `destroy` when the last of them is gone.
///
/// # Threads
/// One thread at a time for one configuration. Never blocks.
///
/// # Example
/// ```c
/// static int32_t add_host(void *user_data, alog_record *record) {
///     alog_field field = {"host", 4, ALOG_FIELD_STR, 0, {0}};
///     field.value.bytes.ptr = (const char *)user_data;
///     field.value.bytes.len = strlen((const char *)user_data);
///     return alog_record_field_set(record, &field) == ALOG_OK ? 0 : EINVAL;
/// }
/// static void example(alog_config *config) {
///     static char host[] = "web-1";
///     alog_config_add_hook(config, ALOG_HOOK_POST, "host", add_host, host, NULL, NULL);
/// }
/// ```
///
/// # Safety
/// As for `alog_config_set()`; `hook` and `destroy` may be called from any thread with `user_data`
/// until `destroy` was called.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_config_add_hook(
    config: *mut alog_config,
    phase: i32,
    name: *const c_char,
    hook: alog_hook_fn,
    user_data: *mut c_void,
    destroy: alog_destroy_fn,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises that a non-NULL `config` is alive and used by this thread alone.
        let config = unsafe { config_mut(config) };
        // SAFETY: the caller promises that a non-NULL `name` ends in NUL and lives through the call.
        let name = unsafe { borrow_text(name, "name") };
        let outcome = (|| {
            let (config, name) = (config?, name?);
            let call = hook.ok_or_else(|| Error::null("hook"))?;
            if phase != ALOG_HOOK_PRE && phase != ALOG_HOOK_POST {
                return Err(Error::new(
                    Code::Argument,
                    "argument",
                    format_args!("no phase {phase}; there are ALOG_HOOK_PRE, ALOG_HOOK_POST"),
                ));
            }
            // Made only if nothing is wrong: from then on it owns `user_data`.
            let make =
                || -> Arc<dyn Hook> { Arc::new(Registered::<HookFn> { call, user_data, destroy }) };
            config.add_made_hook(phase == ALOG_HOOK_POST, name, make)
        })();
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Lets a function of yours choose the worker of each record, instead of the key `scheduler`.
///
/// - `scheduler`: the function; see `alog_scheduler_fn`.
/// - `user_data`: passed to `scheduler` as it is; may be NULL.
/// - `destroy`: called once with `user_data` when it is used no more; may be NULL.
///
/// # Returns
/// - `ALOG_OK`: it replaces what was set before.
/// - `ALOG_ERR_ARGUMENT`: `config` or `scheduler` is NULL.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// As for `alog_config_add_hook()`.
///
/// # Threads
/// One thread at a time for one configuration. Never blocks.
///
/// # Example
/// ```c
/// static uint32_t by_level(void *user_data, const alog_record *record, uint32_t worker_count) {
///     (void)user_data;
///     return alog_record_level_get(record) >= ALOG_LEVEL_ERROR ? worker_count - 1 : 0;
/// }
/// static void example(alog_config *config) {
///     alog_config_set(config, "workers", "2", NULL);
///     alog_config_set_scheduler(config, by_level, NULL, NULL, NULL);
/// }
/// ```
///
/// # Safety
/// As for `alog_config_add_hook()`.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_config_set_scheduler(
    config: *mut alog_config,
    scheduler: alog_scheduler_fn,
    user_data: *mut c_void,
    destroy: alog_destroy_fn,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises that a non-NULL `config` is alive and used by this thread alone.
        let config = unsafe { config_mut(config) };
        let outcome = (|| {
            let config = config?;
            let call = scheduler.ok_or_else(|| Error::null("scheduler"))?;
            config.set_scheduler(Arc::new(Registered::<SchedulerFn> { call, user_data, destroy }));
            Ok(())
        })();
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Borrows the record of a callback.
///
/// # Safety
/// `record` is NULL or was passed to a callback that has not returned, on this thread.
unsafe fn record_ref<'a>(record: *const alog_record) -> Option<&'a HookRecord<'a>> {
    // SAFETY: the caller promises just that; `Registered` made the pointer of such a reference.
    unsafe { record.cast::<HookRecord<'a>>().as_ref() }
}

/// Gives the level of a record.
///
/// # Returns
/// `ALOG_LEVEL_*`; -1 if `record` is NULL.
///
/// # Ownership
/// Borrows `record`.
///
/// # Threads
/// In a callback, on its thread. Never blocks.
///
/// # Example
/// ```c
/// static int32_t count_errors(void *user_data, alog_record *record) {
///     *(int *)user_data += alog_record_level_get(record) >= ALOG_LEVEL_ERROR;
///     return 0;
/// }
/// ```
///
/// # Safety
/// `record` is NULL or was passed to the callback that is running.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_record_level_get(record: *const alog_record) -> alog_level {
    // SAFETY: the caller promises just that.
    guard(-1, || unsafe { record_ref(record) }.map_or(-1, |record| record.level() as i32))
}

/// Writes a text as pointer and length.
///
/// # Safety
/// The outputs are writable or NULL.
unsafe fn write_text(text: &[u8], out: *mut *const c_char, out_len: *mut usize) -> alog_status {
    if out.is_null() || out_len.is_null() {
        return ALOG_ERR_ARGUMENT;
    }
    // SAFETY: not NULL, and the caller promises that it is writable.
    unsafe { write_out(out, start(text)) };
    // SAFETY: as above.
    unsafe { write_out(out_len, text.len()) };
    ALOG_OK
}

/// Gives the message of a record as it was logged: a template is not rendered.
///
/// - `out_msg`, `out_msg_len`: receive the bytes, which do not end in NUL.
///
/// # Returns
/// - `ALOG_OK`: both are set.
/// - `ALOG_ERR_ARGUMENT`: something is NULL.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// The bytes belong to the record and are valid during the callback.
///
/// # Threads
/// In a callback, on its thread. Never blocks.
///
/// # Example
/// ```c
/// static int32_t print(void *user_data, alog_record *record) {
///     const char *msg;
///     size_t msg_len;
///     if (alog_record_message_get(record, &msg, &msg_len) == ALOG_OK)
///         fwrite(msg, 1, msg_len, (FILE *)user_data);
///     return 0;
/// }
/// ```
///
/// # Safety
/// `record` is NULL or was passed to the callback that is running; outputs are NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_record_message_get(
    record: *const alog_record,
    out_msg: *mut *const c_char,
    out_msg_len: *mut usize,
) -> alog_status {
    guard(ALOG_ERR_PANIC, || {
        // SAFETY: the caller promises that it is NULL or the callback's record.
        let Some(record) = (unsafe { record_ref(record) }) else { return ALOG_ERR_ARGUMENT };
        // SAFETY: the caller promises that outputs are NULL or writable.
        unsafe { write_text(record.message(), out_msg, out_msg_len) }
    })
}

/// Gives the name of the logger that a record was logged with.
///
/// - `out_name`, `out_name_len`: receive the bytes, which do not end in NUL; none for a nameless logger.
///
/// # Returns
/// As `alog_record_message_get()`.
///
/// # Ownership
/// The bytes belong to the record and are valid during the callback.
///
/// # Threads
/// In a callback, on its thread. Never blocks.
///
/// # Example
/// ```c
/// static int32_t print(void *user_data, alog_record *record) {
///     const char *name;
///     size_t name_len;
///     if (alog_record_name_get(record, &name, &name_len) == ALOG_OK)
///         fwrite(name, 1, name_len, (FILE *)user_data);
///     return 0;
/// }
/// ```
///
/// # Safety
/// As for `alog_record_message_get()`: `record` is NULL or was passed to the callback that is running.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_record_name_get(
    record: *const alog_record,
    out_name: *mut *const c_char,
    out_name_len: *mut usize,
) -> alog_status {
    guard(ALOG_ERR_PANIC, || {
        // SAFETY: the caller promises that it is NULL or the callback's record.
        let Some(record) = (unsafe { record_ref(record) }) else { return ALOG_ERR_ARGUMENT };
        // SAFETY: the caller promises that outputs are NULL or writable.
        unsafe { write_text(record.logger().as_bytes(), out_name, out_name_len) }
    })
}

/// Looks a field up, as far as it is known in this phase, overrides included.
///
/// - `key`, `key_len`: the key; `a.b` is field `b` of group `a`.
/// - `out_field`: receives the field. The key is the one that was asked for. A group gives its fields as
///   `value.bytes`, encoded as in `alog_config_add_encoded_fields()`.
///
/// # Returns
/// - `ALOG_OK`: `*out_field` is set.
/// - `ALOG_EMPTY`: there is no such field so far.
/// - `ALOG_ERR_ARGUMENT`: something is NULL that must not be.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// What `*out_field` points to belongs to the record and is valid until `alog_record_field_set()` is called
/// or the callback returns.
///
/// # Threads
/// In a callback, on its thread. Never blocks.
///
/// # Example
/// ```c
/// static int32_t refuse_guests(void *user_data, alog_record *record) {
///     alog_field user;
///     (void)user_data;
///     return alog_record_field_get(record, "user.name", 9, &user) == ALOG_OK ? 0 : EPERM;
/// }
/// ```
///
/// # Safety
/// `record` is NULL or was passed to the callback that is running; `key` points to `key_len` readable bytes,
/// or `key_len` is 0; `out_field` is NULL or writable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_record_field_get(
    record: *const alog_record,
    key: *const c_char,
    key_len: usize,
    out_field: *mut alog_field,
) -> alog_status {
    guard(ALOG_ERR_PANIC, || {
        // SAFETY: the caller promises that it is NULL or the callback's record.
        let record = unsafe { record_ref(record) };
        // SAFETY: the caller promises so many readable bytes.
        let key = unsafe { borrow_bytes(key, key_len) };
        let (Some(record), Ok(key), false) = (record, key, out_field.is_null()) else {
            return ALOG_ERR_ARGUMENT;
        };
        let Some(value) = record.find(key) else { return ALOG_EMPTY };
        // SAFETY: not NULL, checked above, and the caller promises that it is writable.
        unsafe { write_out(out_field, alog_field::found(key, value)) };
        ALOG_OK
    })
}

/// Adds a field to a record, or overrides one.
///
/// A pre-hook overrides base fields, a post-hook all; nothing overrides level and message.
///
/// - `field`: the field; no group.
///
/// # Returns
/// - `ALOG_OK`: the record has it.
/// - `ALOG_ERR_FIELD`: it is malformed, or a group.
/// - `ALOG_ERR_MEMORY`: no memory; the record is as it was.
/// - `ALOG_ERR_ARGUMENT`: something is NULL.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Borrows `field` for the call.
///
/// # Threads
/// In a hook, on its thread; not in a scheduler. Never blocks.
///
/// # Example
/// ```c
/// static int32_t add_shard(void *user_data, alog_record *record) {
///     alog_field field = {"shard", 5, ALOG_FIELD_I64, 0, {0}};
///     field.value.i64 = *(const int64_t *)user_data;
///     return alog_record_field_set(record, &field) == ALOG_OK ? 0 : EINVAL;
/// }
/// ```
///
/// # Safety
/// `record` is NULL or was passed to the hook that is running; `field`, its key and its value are readable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_record_field_set(
    record: *mut alog_record,
    field: *const alog_field,
) -> alog_status {
    guard(ALOG_ERR_PANIC, || {
        // SAFETY: the caller promises that it is NULL or the hook's record, which a hook has to itself.
        let record = unsafe { record.cast::<HookRecord<'_>>().as_mut() };
        // SAFETY: the caller promises that a non-NULL `field` is readable.
        let (Some(record), Some(field)) = (record, unsafe { field.as_ref() }) else {
            return ALOG_ERR_ARGUMENT;
        };
        // SAFETY: the caller promises that key and value are readable.
        let outcome = unsafe { field.scalar() }.and_then(|(key, value)| record.put(key, value));
        outcome.map_or_else(Code::into_raw, |()| ALOG_OK)
    })
}
