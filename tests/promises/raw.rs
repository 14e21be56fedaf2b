//! The C functions for what the Rust API cannot say: numbers that are no level, handles that are no
//! logger, the descriptor of errors.
#![expect(unsafe_code, reason = "C functions")]

use alog::Code;
use alog::ffi::child::{alog_child_new, alog_drain, alog_switch, alog_switch_get};
use alog::ffi::entry::{alog_source_get, alog_thread_name_set};
use alog::ffi::logger::*;
use alog::ffi::pull::alog_pull;
use alog::ffi::reload::alog_reload;
use alog::ffi::stats::{alog_stats, alog_stats_get};
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// `alog_write`.
pub fn write(id: u64, level: i32, message: &[u8]) -> Code {
    let bytes = message.as_ptr().cast();
    // SAFETY: pointer and length are those of a slice.
    Code::from_raw(unsafe { alog_write(alog_logger { id }, level, bytes, message.len()) })
}

/// `alog_write_sync` without a deadline.
pub fn write_sync(id: u64, level: i32, message: &[u8]) -> Code {
    let (log, bytes) = (alog_logger { id }, message.as_ptr().cast());
    // SAFETY: pointer and length are those of a slice; `out_error` may be NULL.
    let raw = unsafe { alog_write_sync(log, level, bytes, message.len(), -1, ptr::null_mut()) };
    Code::from_raw(raw)
}

/// `alog_flush`.
pub fn flush(id: u64, timeout_ms: i64) -> Code {
    Code::from_raw(alog_flush(alog_logger { id }, timeout_ms))
}

/// `alog_stop`.
pub fn stop(id: u64, timeout_ms: i64) -> Code {
    Code::from_raw(alog_stop(alog_logger { id }, timeout_ms))
}

/// `alog_free`.
pub fn free(id: u64) -> Code {
    Code::from_raw(alog_free(alog_logger { id }))
}

/// `alog_drain` of all there is.
pub fn drain(id: u64) -> Code {
    let mut count = 0;
    // SAFETY: `count` is writable.
    Code::from_raw(unsafe { alog_drain(alog_logger { id }, 0, &mut count) })
}

/// `alog_reload` from the files that it was made from.
pub fn reload(id: u64) -> Code {
    // SAFETY: NULL is allowed for both.
    Code::from_raw(unsafe { alog_reload(alog_logger { id }, ptr::null(), ptr::null_mut()) })
}

/// `alog_child_new`, and `alog_free` of what it gives.
pub fn derive_and_free(id: u64) -> Code {
    let (mut child, error) = (alog_logger { id: 0 }, ptr::null_mut());
    // SAFETY: NULL is allowed but for `child`, which is writable.
    let raw = unsafe { alog_child_new(alog_logger { id }, ptr::null(), &mut child, error) };
    match Code::from_raw(raw) {
        Code::Ok => free(child.id),
        code => code,
    }
}

/// `alog_poll_error`; the error is thrown away.
pub fn poll_error(id: u64) -> Code {
    // SAFETY: NULL is allowed.
    Code::from_raw(unsafe { alog_poll_error(alog_logger { id }, ptr::null_mut()) })
}

/// `alog_stats_get`.
pub fn stats(id: u64) -> Result<alog_stats, Code> {
    let mut stats = MaybeUninit::<alog_stats>::uninit();
    // SAFETY: `stats` is writable.
    match Code::from_raw(unsafe { alog_stats_get(alog_logger { id }, stats.as_mut_ptr()) }) {
        // SAFETY: the call has filled it.
        Code::Ok => Ok(unsafe { stats.assume_init() }),
        code => Err(code),
    }
}

/// `alog_error_fd_get`.
pub fn error_fd(id: u64) -> Result<i32, Code> {
    let mut fd = -1;
    // SAFETY: `fd` is writable.
    match Code::from_raw(unsafe { alog_error_fd_get(alog_logger { id }, &mut fd) }) {
        Code::Ok => Ok(fd),
        code => Err(code),
    }
}

/// `alog_source_get`.
pub fn source(file: &[u8], line: u32, function: &[u8]) -> u32 {
    let mut number = 0;
    let (file_at, function_at) = (file.as_ptr().cast(), function.as_ptr().cast());
    // SAFETY: pointers and lengths are those of slices, and `number` is writable.
    let raw = unsafe {
        alog_source_get(file_at, file.len(), line, function_at, function.len(), &mut number)
    };
    assert_eq!(Code::from_raw(raw), Code::Ok);
    number
}

/// `alog_thread_name_set`.
pub fn name_thread(name: &str) {
    // SAFETY: pointer and length are those of a text.
    let raw = unsafe { alog_thread_name_set(name.as_ptr().cast(), name.len()) };
    assert_eq!(Code::from_raw(raw), Code::Ok);
}

/// `alog_pull` into so much room: what it gives, the bytes, and the lengths that it says.
pub fn pull(id: u64, name: &CStr, room: usize, timeout_ms: i64) -> (Code, Vec<u8>, usize, u64) {
    let (mut bytes, mut len, mut lines) = (vec![0u8; room], 0, 0);
    let (log, out) = (alog_logger { id }, bytes.as_mut_ptr().cast());
    // SAFETY: `name` ends in NUL, `bytes` has so much room, the others are writable.
    let raw = unsafe { alog_pull(log, name.as_ptr(), out, room, timeout_ms, &mut len, &mut lines) };
    bytes.truncate(if raw == 0 { len } else { 0 });
    (Code::from_raw(raw), bytes, len, lines)
}

/// An `alog_switch` as a program reads it.
#[repr(C)]
pub struct Switch {
    id: AtomicU64,
    levels: AtomicU32,
    reserved: u32,
}

impl Switch {
    /// The handle that it tells of.
    pub fn id(&self) -> u64 {
        self.id.load(Ordering::Relaxed)
    }

    /// Bit `n`: level `n` is on.
    pub fn levels(&self) -> u32 {
        self.levels.load(Ordering::Relaxed)
    }
}

/// `alog_switch_get`.
pub fn switch(id: u64) -> &'static Switch {
    let mut switch: *const alog_switch = ptr::null();
    // SAFETY: `switch` is writable.
    let raw = unsafe { alog_switch_get(alog_logger { id }, &mut switch) };
    assert_eq!(Code::from_raw(raw), Code::Ok);
    // SAFETY: the call has set it, the library never frees it, and it may be read as atomics.
    unsafe { &*switch.cast::<Switch>() }
}
