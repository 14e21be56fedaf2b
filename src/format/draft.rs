//! Where a line is put together: grows as it needs to, and without memory, or beyond its limit, takes nothing
//! more instead of ending the program.

use crate::field;

/// What a large line needed beyond this is given back.
const KEPT_BYTES: usize = 256 * 1024;
/// The first growth: most lines are shorter.
const FIRST_BYTES: usize = 512;

/// Bytes that only grow, up to a limit.
#[derive(Default)]
pub struct Draft {
    bytes: Vec<u8>,
    limit: usize,
    is_whole: bool,
}

impl Draft {
    /// Begins anew: empty, whole, with room for `limit` bytes.
    pub fn begin(&mut self, limit: usize) {
        self.bytes.clear();
        if self.bytes.capacity() > KEPT_BYTES {
            self.bytes.shrink_to(KEPT_BYTES);
        }
        self.limit = limit;
        self.is_whole = true;
    }

    /// Puts `bytes` behind what is there: all of them or, from the first that do not fit, nothing more.
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) {
        if self.has_room(bytes.len()) {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Puts `count` blanks.
    pub fn blanks(&mut self, count: usize) {
        if self.has_room(count) {
            self.bytes.resize(self.bytes.len() + count, b' ');
        }
    }

    /// Whether `len` more bytes fit; if they do not, it is whole no longer.
    #[inline]
    pub fn has_room(&mut self, len: usize) -> bool {
        let free = self.bytes.capacity() - self.bytes.len();
        (len <= free && len <= self.limit - self.bytes.len()) || self.grow(len)
    }

    #[cold]
    fn grow(&mut self, len: usize) -> bool {
        let fits = len <= self.limit - self.bytes.len()
            && self.bytes.try_reserve(len.max(FIRST_BYTES)).is_ok();
        if !fits {
            // Nothing more fits: also not what would be shorter.
            self.limit = self.bytes.len();
            self.is_whole = false;
        }
        fits
    }

    /// Whether everything that was put is here.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// From here on, room for `len` bytes.
    pub fn limit_to(&mut self, len: usize) {
        self.limit = self.bytes.len().saturating_add(len);
    }

    /// Takes back what was put behind the first `len` bytes, and with it that something did not fit.
    pub fn take_back(&mut self, len: usize) {
        self.bytes.truncate(len);
        self.limit = usize::MAX;
        self.is_whole = true;
    }

    /// Moves what was put behind the first `start` bytes back by `count`, with blanks in front.
    pub fn indent(&mut self, start: usize, count: usize) {
        let end = self.bytes.len();
        self.blanks(count);
        if self.is_whole {
            self.bytes.copy_within(start..end, start + count);
            self.bytes[start..start + count].fill(b' ');
        }
    }

    /// Puts `byte` in the place of the one at `at`, if there is one.
    pub fn replace(&mut self, at: usize, byte: u8) {
        if let Some(old) = self.bytes.get_mut(at) {
            *old = byte;
        }
    }

    /// Takes the byte at `at` out, if there is one.
    pub fn remove(&mut self, at: usize) {
        if at < self.bytes.len() {
            self.bytes.remove(at);
        }
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// What is there.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same, to be changed.
    pub fn as_mut_bytes(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl field::Out for Draft {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        Draft::put(self, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_first_bytes_that_do_not_fit_nothing_is_taken() {
        let mut out = Draft::default();
        out.begin(5);
        out.put(b"abc");
        assert!(out.is_whole());
        out.put(b"def");
        out.put(b"g");
        assert!(!out.is_whole());
        assert_eq!(out.as_bytes(), b"abc");
        out.take_back(1);
        out.limit_to(3);
        out.put(b"xyz");
        assert!(out.is_whole());
        out.put(b".");
        assert!(!out.is_whole());
        assert_eq!(out.as_bytes(), b"axyz");
    }

    #[test]
    fn indented_text_has_blanks_in_front() {
        let mut out = Draft::default();
        out.begin(100);
        out.put(b"abcd");
        out.indent(1, 5);
        assert_eq!(out.as_bytes(), b"a     bcd");
    }

    #[test]
    fn what_a_large_line_needed_is_given_back() {
        let mut out = Draft::default();
        out.begin(usize::MAX);
        out.put(&vec![b'x'; 4 * KEPT_BYTES]);
        out.begin(usize::MAX);
        assert!(out.bytes.capacity() <= KEPT_BYTES);
    }
}
