//! Records with fields as C gives them: a payload that is encoded straight into the queue.

use super::borrow_bytes;
use super::field::*;
use crate::error::Code;
use crate::field::{self, Fields, Out};
use crate::queue::{Cursor, PRELUDE, Payload, Plain, Put, put_form_prelude, put_prelude};
use crate::record::Extra;
use crate::source;

/// A message with fields in C's memory, encoded straight into the queue. Keys and values point to so many
/// readable bytes, not changed as long as it lives: that is what `new` was promised.
///
/// Of a `FORM`, message and keys are those of its source, and the keys in the fields are not looked at.
pub struct Record<'a, const FORM: bool = false> {
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

    /// The message, if that is all.
    #[inline(always)]
    pub fn plain(&self) -> Option<Plain<'a>> {
        let is_all = self.fields.is_empty() && self.source == 0 && !self.is_template;
        is_all.then_some(Plain(self.message))
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
    pub fn encode(&self, out: &mut impl Out) -> bool {
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
pub struct Checked<'a, const FORM: bool> {
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
