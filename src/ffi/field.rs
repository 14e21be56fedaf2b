//! Fields: keys with typed values, as C has them and as they cross in one piece.

use super::config::{alog_config, config_mut};
use super::error::alog_error;
use super::status::*;
use super::{borrow_bytes, fail, guard_status, start};
use crate::error::{Code, Error};
use crate::field::{self, Fields, Out, Value};
use crate::queue::{Cursor, PRELUDE, Payload, Put, put_form_prelude, put_prelude};
use crate::record::Extra;
use crate::source;
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
    fn value_len(&self) -> Result<usize, Code> {
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
    fn number(&self) -> u64 {
        // SAFETY: every bit pattern is a number, and all members begin at the same place.
        unsafe { self.value.u64 }
    }

    /// The bytes of its value, if it has bytes.
    ///
    /// # Safety
    /// They are so many readable bytes, not changed as long as the result lives, or `value_len` refused it before.
    #[inline(always)]
    unsafe fn borrow_value<'a>(&self) -> &'a [u8] {
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

/// A message with fields in C's memory, encoded straight into the queue. Keys and values point to so many
/// readable bytes, not changed as long as it lives: that is what `new` was promised.
///
/// Of a `FORM`, message and keys are those of its source, and the keys in the fields are not looked at.
pub(super) struct Record<'a, const FORM: bool = false> {
    message: &'a [u8],
    fields: &'a [alog_field],
    is_template: bool,
    source: u32,
}

impl<'a> Record<'a> {
    /// Takes the fields as they are.
    ///
    /// # Safety
    /// Keys and values point to so many readable bytes, not changed as long as the result lives.
    #[inline(always)]
    pub unsafe fn new(
        message: &'a [u8],
        fields: &'a [alog_field],
        is_template: bool,
        source: u32,
    ) -> Self {
        Self { message, fields, is_template, source }
    }
}

impl<'a> Record<'a, true> {
    /// Takes the fields as values for the keys of `source`.
    ///
    /// # Safety
    /// Values point to so many readable bytes, not changed as long as the result lives.
    #[inline(always)]
    pub unsafe fn of_form(source: u32, fields: &'a [alog_field]) -> Self {
        Self { message: &[], fields, is_template: false, source }
    }
}

impl<'a, const FORM: bool> Record<'a, FORM> {
    /// Whether the fields are well-formed.
    pub fn check(self) -> Result<Checked<'a, FORM>, Code> {
        let (mut len, mut depth) = (0usize, 0usize);
        for field in self.fields {
            let value = field.value_len()?;
            // SAFETY: `new` was promised that keys stay readable.
            let key = unsafe { Self::key_of(field) }.ok_or(Code::Field)?;
            match field.r#type {
                ALOG_FIELD_GROUP if depth == field::MAX_DEPTH => return Err(Code::Field),
                ALOG_FIELD_GROUP => depth += 1,
                ALOG_FIELD_END if depth == 0 || !key.is_empty() => return Err(Code::Field),
                ALOG_FIELD_END => depth -= 1,
                _ => {}
            }
            len = len.saturating_add(field::item_len(key.len(), value));
        }
        if depth > 0 {
            return Err(Code::Field);
        }
        Ok(Checked { record: self, fields_len: len })
    }

    /// The key to encode, if it is one.
    ///
    /// # Safety
    /// It points to so many readable bytes, not changed as long as the result lives.
    #[inline(always)]
    unsafe fn key_of(field: &alog_field) -> Option<&'a [u8]> {
        if FORM {
            return Some(&[]);
        }
        if field.key_len > field::MAX_KEY {
            return None;
        }
        // SAFETY: the caller promises so many readable bytes.
        unsafe { borrow_bytes(field.key, field.key_len) }.ok()
    }

    /// Encodes the fields. True if they are well-formed.
    #[inline(always)]
    fn encode(&self, out: &mut impl Out) -> bool {
        let mut depth = 0usize;
        for field in self.fields {
            let kind = field.r#type as u8;
            // SAFETY: `new` was promised that keys stay readable.
            let Some(key) = (unsafe { Self::key_of(field) }) else { return false };
            match field.r#type {
                ALOG_FIELD_I64 | ALOG_FIELD_U64 | ALOG_FIELD_F64 => {
                    field::put_number(out, kind, key, field.number());
                    continue;
                }
                ALOG_FIELD_GROUP if depth == field::MAX_DEPTH => return false,
                ALOG_FIELD_GROUP => depth += 1,
                ALOG_FIELD_END if depth == 0 || !key.is_empty() => return false,
                ALOG_FIELD_END => depth -= 1,
                ALOG_FIELD_BOOL => {
                    field::begin_item(out, kind, key, 1);
                    out.put_array(&[u8::from(field.number() != 0)]);
                    continue;
                }
                _ => {}
            }
            if field.value_len().is_err() {
                return false;
            }
            // SAFETY: `new` was promised that values stay readable, and this one is well-formed.
            let value = unsafe { field.borrow_value() };
            field::begin_item(out, kind, key, value.len());
            out.put(value);
        }
        depth == 0
    }
}

impl<const FORM: bool> Put for Record<'_, FORM> {
    #[inline(always)]
    fn is_rich(&self) -> bool {
        true
    }

    #[inline(always)]
    fn put(&self, out: &mut Cursor<'_>) {
        if FORM {
            put_form_prelude(out, self.source);
        } else {
            put_prelude(out, self.message.len(), self.source, self.is_template);
            out.put(self.message);
        }
        if !self.encode(out) {
            out.spoil();
        }
    }
}

/// A record whose fields are well-formed.
pub(super) struct Checked<'a, const FORM: bool> {
    record: Record<'a, FORM>,
    /// How many bytes the fields take.
    fields_len: usize,
}

impl<const FORM: bool> Put for Checked<'_, FORM> {
    fn is_rich(&self) -> bool {
        true
    }

    fn put(&self, out: &mut Cursor<'_>) {
        self.record.put(out);
    }
}

impl<const FORM: bool> Payload for Checked<'_, FORM> {
    fn len(&self) -> usize {
        PRELUDE.saturating_add(self.record.message.len()).saturating_add(self.fields_len)
    }

    fn message(&self) -> &[u8] {
        match source::form(self.record.source) {
            Some(form) if FORM => &form.message,
            _ => self.record.message,
        }
    }

    fn extra<'a>(&'a self, scratch: &'a mut Vec<u8>) -> Extra<'a> {
        let (source, mut is_template) = (self.record.source, self.record.is_template);
        match source::form(source) {
            Some(form) if FORM => {
                let mut values = Vec::new();
                self.record.encode(&mut values);
                form.fill(&values, scratch);
                if scratch.is_empty() {
                    *scratch = values; // without memory, as there
                }
                is_template = !form.keys.is_empty();
            }
            _ => _ = self.record.encode(scratch), // it was checked
        }
        Extra { fields: Fields::new(scratch), is_template, source }
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
