//! Fields: keys with typed values, as C has them and as they cross in one piece.

use super::config::{alog_config, config_mut};
use super::error::alog_error;
use super::record::Record;
use super::status::*;
use super::{borrow_bytes, fail, guard_status, start};
use crate::error::{Code, Error};
use crate::field::Value;
use std::ffi::c_char;

/// `alog_field.type`: no value; shown as `null`.
pub const ALOG_FIELD_NULL: i32 = 0;
/// `alog_field.type`: a truth value: `value.u64` is 0 for false.
pub const ALOG_FIELD_BOOL: i32 = 1;
/// `alog_field.type`: a signed number: `value.i64`.
pub const ALOG_FIELD_I64: i32 = 2;
/// `alog_field.type`: an unsigned number: `value.u64`.
pub const ALOG_FIELD_U64: i32 = 3;
/// `alog_field.type`: a floating-point number: `value.f64`.
pub const ALOG_FIELD_F64: i32 = 4;
/// `alog_field.type`: text, UTF-8 as a rule: `value.bytes`. Any bytes are taken and shown without loss.
pub const ALOG_FIELD_STR: i32 = 5;
/// `alog_field.type`: bytes: `value.bytes`.
pub const ALOG_FIELD_BYTES: i32 = 6;
/// `alog_field.type`: begins a group: the fields up to its `ALOG_FIELD_END` belong to it. At most 32 deep.
pub const ALOG_FIELD_GROUP: i32 = 7;
/// `alog_field.type`: ends the group that was begun last; it has no key and no value.
pub const ALOG_FIELD_END: i32 = 8;

/// Bytes: where they begin, and how many. `ptr` may be NULL only if `len` is 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_bytes {
    /// Where they begin.
    pub ptr: *const c_char,
    /// How many there are.
    pub len: usize,
}

/// The value of a field; its type says which member holds it.
#[repr(C)]
#[derive(Clone, Copy)]
pub union alog_value {
    /// Of `ALOG_FIELD_I64`.
    pub i64: i64,
    /// Of `ALOG_FIELD_U64`, and of `ALOG_FIELD_BOOL`: 0 or not.
    pub u64: u64,
    /// Of `ALOG_FIELD_F64`.
    pub f64: f64,
    /// Of `ALOG_FIELD_STR` and `ALOG_FIELD_BYTES`.
    pub bytes: alog_bytes,
}

/// A field: a key and a typed value. Frozen layout. alog_log.h makes them of C values by type.
///
/// Of several fields with one key the last one counts, and stands at its own place.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_field {
    /// The key: any bytes, UTF-8 as a rule. May be NULL only if `key_len` is 0.
    pub key: *const c_char,
    /// How many bytes the key has: at most 65535.
    pub key_len: usize,
    /// `ALOG_FIELD_*`.
    pub r#type: i32,
    /// 0; alog_log.h notes here whether the key is a literal.
    pub reserved: u32,
    /// The value.
    pub value: alog_value,
}

impl alog_field {
    /// How many bytes its value takes; `Err` for a type that is none, and for NULL with a length.
    #[inline(always)]
    pub(super) fn value_len(&self) -> Result<usize, Code> {
        match self.r#type {
            ALOG_FIELD_NULL | ALOG_FIELD_GROUP | ALOG_FIELD_END => Ok(0),
            ALOG_FIELD_BOOL => Ok(1),
            ALOG_FIELD_I64 | ALOG_FIELD_U64 | ALOG_FIELD_F64 => Ok(8),
            ALOG_FIELD_STR | ALOG_FIELD_BYTES => {
                // SAFETY: these types say that `bytes` is the member that was set; any bits are one.
                let alog_bytes { ptr, len } = unsafe { self.value.bytes };
                let is_some = len == 0 || !ptr.is_null();
                if is_some && u32::try_from(len).is_ok() { Ok(len) } else { Err(Code::Field) }
            }
            _ => Err(Code::Field),
        }
    }

    /// The number in it, whatever its type makes of that.
    #[inline(always)]
    pub(super) fn number(&self) -> u64 {
        // SAFETY: every bit pattern is a number, and all members begin at the same place.
        unsafe { self.value.u64 }
    }

    /// The bytes of its value, if it has bytes.
    ///
    /// # Safety
    /// They are so many readable bytes, not changed as long as the result lives, or `value_len` refused it before.
    #[inline(always)]
    pub(super) unsafe fn borrow_value<'a>(&self) -> &'a [u8] {
        if !matches!(self.r#type, ALOG_FIELD_STR | ALOG_FIELD_BYTES) {
            return &[];
        }
        // SAFETY: these types say that `bytes` is the member that was set.
        let bytes = unsafe { self.value.bytes };
        // SAFETY: the caller promises so many readable bytes.
        unsafe { borrow_bytes(bytes.ptr, bytes.len) }.unwrap_or_default()
    }

    /// The field, if it is one by itself.
    ///
    /// # Safety
    /// Key and value point to so many readable bytes, not changed as long as the result lives.
    pub(super) unsafe fn scalar<'a>(&self) -> Result<(&'a [u8], Value<'a>), Code> {
        self.value_len()?;
        // SAFETY: the same promise.
        let key = unsafe { borrow_bytes(self.key, self.key_len) }.unwrap_or_default();
        // SAFETY: the same promise.
        let bytes = unsafe { self.borrow_value() };
        let value = match self.r#type {
            ALOG_FIELD_NULL => Value::Null,
            ALOG_FIELD_BOOL => Value::Bool(self.number() != 0),
            ALOG_FIELD_I64 => Value::I64(self.number() as i64),
            ALOG_FIELD_U64 => Value::U64(self.number()),
            ALOG_FIELD_F64 => Value::F64(f64::from_bits(self.number())),
            ALOG_FIELD_STR => Value::Str(bytes),
            ALOG_FIELD_BYTES => Value::Bytes(bytes),
            _ => return Err(Code::Field),
        };
        Ok((key, value))
    }

    /// A value that was found under `key`.
    pub(super) fn found(key: &[u8], value: Value<'_>) -> Self {
        let bytes =
            |bytes: &[u8]| alog_value { bytes: alog_bytes { ptr: start(bytes), len: bytes.len() } };
        let (r#type, value) = match value {
            Value::Null => (ALOG_FIELD_NULL, alog_value { u64: 0 }),
            Value::Bool(value) => (ALOG_FIELD_BOOL, alog_value { u64: value.into() }),
            Value::I64(i64) => (ALOG_FIELD_I64, alog_value { i64 }),
            Value::U64(u64) => (ALOG_FIELD_U64, alog_value { u64 }),
            Value::F64(f64) => (ALOG_FIELD_F64, alog_value { f64 }),
            Value::Str(text) => (ALOG_FIELD_STR, bytes(text)),
            Value::Bytes(value) => (ALOG_FIELD_BYTES, bytes(value)),
            Value::Group(fields) => (ALOG_FIELD_GROUP, bytes(fields.as_bytes())),
        };
        Self { key: start(key), key_len: key.len(), r#type, reserved: 0, value }
    }
}

/// Borrows a run of fields.
///
/// # Safety
/// `fields` points to `count` fields, or `count` is 0.
#[inline(always)]
pub(super) unsafe fn borrow_fields<'a>(
    fields: *const alog_field,
    count: usize,
) -> Result<&'a [alog_field], Code> {
    const MOST: usize = isize::MAX as usize / size_of::<alog_field>();
    match (fields.is_null(), count) {
        (_, 0) => Ok(&[]),
        // SAFETY: not NULL and not too many; the caller promises the rest.
        (false, 1..=MOST) => Ok(unsafe { std::slice::from_raw_parts(fields, count) }),
        _ => Err(Code::Argument),
    }
}

/// Adds base fields: every record of a logger made from this configuration has them.
///
/// They are copied once and cost nothing per record. Fields of hooks and of the call override them.
///
/// - `fields`, `field_count`: the fields; `fields` may be NULL only if `field_count` is 0.
///
/// # Returns
/// - `ALOG_OK`: they are part of the configuration, behind those that were added before.
/// - `ALOG_ERR_FIELD`: a field is malformed: its type, its key, or groups that do not end.
/// - `ALOG_ERR_ARGUMENT`: `config` is NULL, or `fields` is NULL and `field_count` is not 0.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// On every error the configuration is unchanged.
///
/// # Ownership
/// Borrows everything for the call.
///
/// # Threads
/// One thread at a time for one configuration. Never blocks.
///
/// # Example
/// ```c
/// alog_field field = {"app", 3, ALOG_FIELD_STR, 0, {0}};
/// field.value.bytes.ptr = "shop";
/// field.value.bytes.len = 4;
/// alog_config_add_fields(config, &field, 1, NULL);
/// ```
///
/// # Safety
/// As for `alog_config_set()`; the fields, their keys and their values are readable.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_config_add_fields(
    config: *mut alog_config,
    fields: *const alog_field,
    field_count: usize,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises that a non-NULL `config` is alive and used by this thread alone.
        let config = unsafe { config_mut(config) };
        // SAFETY: the caller promises `field_count` fields.
        let fields = unsafe { borrow_fields(fields, field_count) };
        let outcome = (|| {
            let config = config?;
            let fields = fields.map_err(|_| Error::null("fields"))?;
            // SAFETY: the caller promises readable keys and values.
            let record = unsafe { Record::new(&[], fields, false, 0) };
            let mut encoded = Vec::new();
            if !record.encode(&mut encoded) {
                return Err(malformed(Code::Field, "a base field is malformed"));
            }
            config.add_fields(&encoded)
        })();
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// The same with fields in one piece, for languages that have no C structs.
///
/// - `fields`, `fields_len`: items without space between them, each: type (1 byte, `ALOG_FIELD_*`), 0
///   (1 byte), length of the key (2 bytes), length of the value (4 bytes), the key, the value; lengths and
///   numbers in the byte order of the machine. A boolean is one byte, a number 8.
///
/// # Returns
/// As for `alog_config_add_fields()`.
///
/// # Ownership
/// Borrows everything for the call.
///
/// # Threads
/// One thread at a time for one configuration. Never blocks.
///
/// # Example
/// ```c
/// const uint8_t item[] = {ALOG_FIELD_BOOL, 0, 2, 0, 1, 0, 0, 0, 'o', 'k', 1};
/// alog_config_add_encoded_fields(config, item, sizeof item, NULL);
/// ```
///
/// # Safety
/// As for `alog_config_set()`; `fields` points to `fields_len` readable bytes, or `fields_len` is 0.
///
/// Since 0.2.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_config_add_encoded_fields(
    config: *mut alog_config,
    fields: *const u8,
    fields_len: usize,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises that a non-NULL `config` is alive and used by this thread alone.
        let config = unsafe { config_mut(config) };
        // SAFETY: the caller promises so many readable bytes.
        let fields = unsafe { borrow_bytes(fields.cast(), fields_len) };
        let outcome = (|| config?.add_fields(fields.map_err(|_| Error::null("fields"))?))();
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// An error about fields.
pub(super) fn malformed(code: Code, what: &str) -> Error {
    Error::new(code, "field", format_args!("{what}"))
}
