//! The members of a message, read. Reading never fails: it ends at what is malformed.

use super::{BYTES, FIXED32, FIXED64, MAX_VARINT, VARINT};

/// The value of a member that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number, whichever way it was written.
    Number(u64),
    /// A text, bytes or a message.
    Bytes(&'a [u8]),
}

/// The members of a message, in order: an iterator over their numbers and values.
pub struct Members<'a>(pub &'a [u8]);

impl<'a> Members<'a> {
    fn varint(&mut self) -> Option<u64> {
        let len = self.0.iter().position(|byte| byte & 0x80 == 0)? + 1;
        let (groups, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        // The tenth group has one bit; what is longer is malformed.
        let fits = len < MAX_VARINT || len == MAX_VARINT && groups[MAX_VARINT - 1] <= 1;
        fits.then(|| groups.iter().rev().fold(0, |sum, group| sum << 7 | u64::from(group & 0x7f)))
    }

    fn take(&mut self, len: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(len).ok()?)?;
        self.0 = rest;
        Some(taken)
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (u64, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            VARINT => Value::Number(self.varint()?),
            FIXED64 => Value::Number(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            FIXED32 => Value::Number(u64::from(u32::from_le_bytes(self.take(4)?.try_into().ok()?))),
            BYTES => {
                let len = self.varint()?;
                Value::Bytes(self.take(len)?)
            }
            _ => return None,
        };
        Some((tag >> 3, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::protobuf::{bytes, fixed32, fixed64, number, varint};

    #[test]
    fn numbers_are_written_and_read_as_the_specification_shows() {
        let written = |value| {
            let (groups, count) = varint(value);
            assert_eq!(Members(&groups[..count]).varint(), Some(value));
            groups[..count].to_vec()
        };
        assert_eq!(written(0), [0]);
        assert_eq!(written(1), [1]);
        assert_eq!(written(150), [0x96, 1]);
        assert_eq!(written(u64::MAX).len(), 10);
        (0..64).for_each(|bit| drop(written(1 << bit)));
        (0..64).for_each(|bit| drop(written((1 << bit) - 1)));
    }

    #[test]
    fn a_number_of_too_many_bits_or_without_an_end_is_none() {
        for bad in [&[0x80; 9][..], &[0xff; 10], &[0x80, 0x80], &[]] {
            assert_eq!(Members(bad).varint(), None, "{bad:?}");
        }
        let mut long = vec![0x80; 11];
        long.push(1);
        assert_eq!(Members(&long).varint(), None);
        long.splice(.., [0xff; 9]);
        long.push(2); // a bit too many
        assert_eq!(Members(&long).varint(), None);
    }

    #[test]
    fn members_are_read_back_in_their_order_up_to_where_they_are_cut() {
        let mut out = Vec::new();
        number(1, 150, &mut out);
        bytes(2, b"text", &mut out);
        fixed64(3, 7, &mut out);
        fixed32(1000, 8, &mut out);
        let all = [
            (1, Value::Number(150)),
            (2, Value::Bytes(b"text")),
            (3, Value::Number(7)),
            (1000, Value::Number(8)),
        ];
        assert_eq!(Members(&out).collect::<Vec<_>>(), all);
        for len in 0..out.len() {
            let read: Vec<_> = Members(&out[..len]).collect();
            assert!(all.starts_with(&read) && read.len() < all.len(), "{len}");
        }
    }
}
