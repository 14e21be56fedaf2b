//! What a record carries behind its header: a message alone, or a message with fields.
//!
//! A rich record begins with a prelude of 16 bytes: length of the message, number of the source, flags
//! (32 bits each), 32 bits of 0. Then come the message and the encoded fields.

use crate::field::{Fields, Out};
use crate::record::Extra;

/// The bytes in front of the message of a rich record.
pub const PRELUDE: usize = 16;
/// The flag of a message that is a template.
const TEMPLATE: u32 = 1;

/// What is copied into the queue.
pub trait Payload {
    /// Whether there is more than a message.
    fn is_rich(&self) -> bool;
    /// How many bytes [`write_to`](Self::write_to) puts, all in all.
    fn len(&self) -> usize;
    /// Puts the bytes.
    fn write_to(&self, out: &mut Cursor<'_>);
    /// The message alone.
    fn message(&self) -> &[u8];
    /// What stands beside it; fields are encoded into `scratch` if they are not yet.
    fn extra<'a>(&'a self, scratch: &'a mut Vec<u8>) -> Extra<'a>;

    /// How many bytes the caller gave: what `max_message_bytes` bounds.
    #[inline(always)]
    fn size(&self) -> usize {
        self.len() - if self.is_rich() { PRELUDE } else { 0 }
    }
}

/// A message and nothing else.
pub struct Plain<'a>(pub &'a [u8]);

impl Payload for Plain<'_> {
    #[inline(always)]
    fn is_rich(&self) -> bool {
        false
    }

    #[inline(always)]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn write_to(&self, out: &mut Cursor<'_>) {
        out.put(self.0);
    }

    fn message(&self) -> &[u8] {
        self.0
    }

    fn extra<'a>(&'a self, _: &'a mut Vec<u8>) -> Extra<'a> {
        Extra::default()
    }
}

/// A message with encoded fields: two runs of them, pre-hook fields and those of the call.
pub struct Rich<'a> {
    /// The message.
    pub message: &'a [u8],
    /// What pre-hooks added.
    pub hooked: &'a [u8],
    /// What the caller gave.
    pub fields: &'a [u8],
    /// Whether the message is a template.
    pub is_template: bool,
    /// The number of the source, or 0.
    pub source: u32,
}

impl Payload for Rich<'_> {
    #[inline(always)]
    fn is_rich(&self) -> bool {
        true
    }

    #[inline(always)]
    fn len(&self) -> usize {
        let fields = self.hooked.len().saturating_add(self.fields.len());
        PRELUDE.saturating_add(self.message.len()).saturating_add(fields)
    }

    #[inline(always)]
    fn write_to(&self, out: &mut Cursor<'_>) {
        put_prelude(out, self.message.len(), self.source, self.is_template);
        out.put(self.message);
        out.put(self.hooked);
        out.put(self.fields);
    }

    fn message(&self) -> &[u8] {
        self.message
    }

    fn extra<'a>(&'a self, _: &'a mut Vec<u8>) -> Extra<'a> {
        let (is_template, source) = (self.is_template, self.source);
        Extra { fields: Fields::new(self.fields), is_template, source }
    }
}

/// Puts the prelude of a rich record.
#[inline(always)]
pub fn put_prelude(out: &mut Cursor<'_>, message: usize, source: u32, is_template: bool) {
    let flags = if is_template { TEMPLATE } else { 0 };
    let words = [message as u64 | (source as u64) << 32, flags as u64].map(u64::to_le_bytes);
    out.put_array(&words[0]);
    out.put_array(&words[1]);
}

/// Takes a payload apart again: message and the rest.
#[inline]
pub fn read(is_rich: bool, payload: &[u8]) -> (&[u8], Extra<'_>) {
    let word = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| payload[at + byte]));
    if !is_rich || payload.len() < PRELUDE {
        return (payload, Extra::default());
    }
    let (message, fields) =
        payload[PRELUDE..].split_at_checked(word(0) as usize).unwrap_or_default();
    let is_template = word(8) & TEMPLATE != 0;
    (message, Extra { fields: Fields::new(fields), is_template, source: word(4) })
}

/// The free bytes of a record that is being written. What does not fit is left out; a payload says its
/// length before.
pub struct Cursor<'a>(&'a mut [u8]);

impl<'a> Cursor<'a> {
    /// Writes to `free`, from its beginning.
    #[inline(always)]
    pub fn new(free: &'a mut [u8]) -> Self {
        Self(free)
    }
}

impl Out for Cursor<'_> {
    #[inline(always)]
    fn put(&mut self, bytes: &[u8]) {
        let len = bytes.len().min(self.0.len());
        let (here, rest) = std::mem::take(&mut self.0).split_at_mut(len);
        copy(here, &bytes[..len]);
        self.0 = rest;
    }

    #[inline(always)]
    fn put_array<const N: usize>(&mut self, bytes: &[u8; N]) {
        if let Some((here, rest)) = std::mem::take(&mut self.0).split_first_chunk_mut() {
            *here = *bytes;
            self.0 = rest;
        }
    }
}

/// Copies bytes, as many as there are of both. A record has many short runs, for which a call of `memcpy`
/// costs more than the copy: two moves that overlap take any run of up to 16 bytes.
#[inline(always)]
fn copy(to: &mut [u8], from: &[u8]) {
    fn ends<const N: usize>(to: &mut [u8], from: &[u8]) -> Option<()> {
        let (first, last) = (*from.first_chunk::<N>()?, *from.last_chunk::<N>()?);
        *to.first_chunk_mut::<N>()? = first;
        *to.last_chunk_mut::<N>()? = last;
        Some(())
    }
    let done = match from.len() {
        17.. => {
            to.copy_from_slice(from);
            Some(())
        }
        8.. => ends::<8>(to, from),
        4.. => ends::<4>(to, from),
        2.. => ends::<2>(to, from),
        _ => ends::<1>(to, from),
    };
    debug_assert!(done.is_some() || from.is_empty());
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_rich_payload_comes_back_as_it_was() {
        let mut fields = Vec::new();
        crate::field::encode(&mut fields, b"id", crate::field::Value::I64(5));
        let rich =
            Rich { message: b"m {id}", hooked: &[], fields: &fields, is_template: true, source: 9 };
        let mut bytes = vec![0; rich.len()];
        rich.write_to(&mut Cursor::new(&mut bytes));
        let (message, extra) = read(true, &bytes);
        assert_eq!((message, extra.is_template, extra.source), (&b"m {id}"[..], true, 9));
        assert_eq!(extra.fields.as_bytes(), fields);
    }

    #[test]
    fn runs_of_every_length_are_copied() {
        let from: Vec<u8> = (1..=40).collect();
        for len in 0..from.len() {
            let mut to = vec![0; 40];
            let mut cursor = Cursor::new(&mut to);
            cursor.put(&from[..len]);
            cursor.put(&[0xee]);
            assert_eq!((&to[..len], to[len]), (&from[..len], 0xee));
            assert!(to[len + 1..].iter().all(|&byte| byte == 0));
        }
    }

    #[test]
    fn any_bytes_can_be_read() {
        for len in 0..40 {
            let bytes = vec![0xff; len];
            let (message, _) = read(true, &bytes);
            assert!(message.len() <= len);
        }
    }
}
