//! Protocol Buffers on the wire: the few kinds of member that OpenTelemetry's messages have, written here and read
//! in `members`. A member is a tag (its number and how its value is written) and the value.

#[cfg(any(feature = "otlp", test))]
mod members;

#[cfg(any(feature = "otlp", test))]
pub use members::{Members, Value};

use crate::field::Out;

/// How a value is written, in the lowest bits of its tag.
const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const BYTES: u64 = 2;
const FIXED32: u64 = 5;

/// The most bytes that a number takes.
const MAX_VARINT: usize = 10;

/// A number in groups of seven bits, the lowest first, and how many there are.
pub fn varint(mut value: u64) -> ([u8; MAX_VARINT], usize) {
    let mut groups = [0; MAX_VARINT];
    let mut count = 0;
    loop {
        groups[count] = value as u8 & 0x7f;
        count += 1;
        value >>= 7;
        if value == 0 {
            return (groups, count);
        }
        groups[count - 1] |= 0x80;
    }
}

fn put_varint(value: u64, out: &mut impl Out) {
    let (groups, count) = varint(value);
    out.put(&groups[..count]);
}

fn tag(number: u32, way: u64, out: &mut impl Out) {
    put_varint(u64::from(number) << 3 | way, out);
}

/// Puts a number that is small as a rule; a negative one as its complement of two.
pub fn number(member: u32, value: u64, out: &mut impl Out) {
    tag(member, VARINT, out);
    put_varint(value, out);
}

/// Puts 64 bits.
pub fn fixed64(member: u32, value: u64, out: &mut impl Out) {
    tag(member, FIXED64, out);
    out.put(&value.to_le_bytes());
}

/// Puts 32 bits.
pub fn fixed32(member: u32, value: u32, out: &mut impl Out) {
    tag(member, FIXED32, out);
    out.put(&value.to_le_bytes());
}

/// Puts a text, bytes, or a message that is there already.
pub fn bytes(member: u32, value: &[u8], out: &mut impl Out) {
    begin(member, value.len(), out);
    out.put(value);
}

/// Puts what stands in front of `len` bytes of a text or a message.
pub fn begin(member: u32, len: usize, out: &mut impl Out) {
    tag(member, BYTES, out);
    put_varint(len as u64, out);
}
