//! Bytes become lines.

use std::io::{self, Read};
use std::ops::Range;

/// How much is read at once.
const READ_BYTES: usize = 256 * 1024;
/// The longest line; what is longer is taken for several. A message of the library's has at most a gibibyte, and by
/// default a mebibyte; what is escaped in it makes a longer line.
pub const MAX_LINE: usize = 1 << 30;

/// The lines of what is read.
pub struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// The line gone to.
    line: Range<usize>,
    /// Where the next line begins.
    next: usize,
    /// Up to where there is no newline behind `next`.
    searched: usize,
    /// Where the bytes end that were read.
    end: usize,
    /// The line gone to has a newline.
    is_whole: bool,
    /// What is longer is taken for several.
    longest: usize,
}

impl<R: Read> Lines<R> {
    /// Before the first line.
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            line: 0..0,
            next: 0,
            searched: 0,
            end: 0,
            is_whole: true,
            longest: MAX_LINE,
        }
    }

    /// Goes to the next line. False if there is none. `is_last`: what has no newline at the end is one.
    pub fn advance(&mut self, is_last: bool) -> io::Result<bool> {
        loop {
            if let Some(len) = memchr::memchr(b'\n', &self.buffer[self.searched..self.end]) {
                let end = self.searched + len;
                self.go_to(end, end + 1);
                return Ok(true);
            }
            self.searched = self.end;
            if self.end - self.next >= self.longest {
                self.go_to(self.end, self.end);
                return Ok(true);
            }
            if self.fill()? == 0 {
                let is_some = is_last && self.end > self.next;
                if is_some {
                    self.go_to(self.end, self.end);
                }
                return Ok(is_some);
            }
        }
    }

    fn go_to(&mut self, end: usize, next: usize) {
        self.is_whole = next > end;
        self.line = self.next..end;
        (self.next, self.searched) = (next, next);
    }

    /// Reads more behind what is there, of which the lines before the next one are thrown away.
    fn fill(&mut self) -> io::Result<usize> {
        if self.next > 0 {
            self.buffer.copy_within(self.next..self.end, 0);
            self.end -= self.next;
            (self.next, self.searched, self.line) = (0, self.end, 0..0);
        }
        if self.buffer.len() - self.end < READ_BYTES {
            // Twice as much, but not for a line that becomes none.
            let len = (2 * self.end).min(self.longest).max(self.end) + READ_BYTES;
            self.buffer.resize(len, 0);
        }
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(len) => {
                    self.end += len;
                    return Ok(len);
                }
            }
        }
    }

    /// The line gone to, without its newline.
    pub fn line(&self) -> &[u8] {
        &self.buffer[self.line.clone()]
    }

    /// Whether that line has a newline.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether that line is a part of one that is too long.
    pub fn is_part(&self) -> bool {
        !self.is_whole && self.line.len() >= self.longest
    }

    /// Whether nothing is left that was read.
    pub fn is_drained(&self) -> bool {
        self.next == self.end
    }

    /// Goes on with another reader; what was begun of a line becomes one.
    pub fn go_on_with(&mut self, reader: R) -> R {
        if self.next < self.end {
            if self.end == self.buffer.len() {
                self.buffer.push(0);
            }
            self.buffer[self.end] = b'\n';
            self.end += 1;
        }
        std::mem::replace(&mut self.reader, reader)
    }

    /// What is read from.
    pub fn reader(&self) -> &R {
        &self.reader
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time.
    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let len = self.1.min(self.0.len()).min(buffer.len());
            buffer[..len].copy_from_slice(&self.0[..len]);
            self.0 = &self.0[len..];
            Ok(len)
        }
    }

    fn all(text: &[u8], step: usize) -> Vec<(Vec<u8>, bool)> {
        let mut lines = Lines::new(Dribble(text, step));
        let mut all = Vec::new();
        while lines.advance(true).unwrap() {
            all.push((lines.line().to_vec(), lines.is_whole()));
        }
        all
    }

    #[test]
    fn lines_come_out_whole_however_they_are_read() {
        let text = b"one\n\nthree and more\n\xff\x00\nlast";
        let expected: Vec<_> = [&b"one"[..], b"", b"three and more", b"\xff\x00"]
            .map(|line| (line.to_vec(), true))
            .into_iter()
            .chain([(b"last".to_vec(), false)])
            .collect();
        for step in 1..30 {
            assert_eq!(all(text, step), expected, "{step} bytes at a time");
        }
    }

    #[test]
    fn memory_is_that_of_the_longest_line() {
        let line = vec![b'x'; 100];
        let text = [&line[..], b"\n"].concat().repeat(100_000);
        let mut lines = Lines::new(&text[..]);
        let mut count = 0;
        while lines.advance(true).unwrap() {
            count += usize::from(lines.line() == line);
        }
        assert_eq!(count, 100_000);
        assert!(lines.buffer.len() <= 3 * READ_BYTES, "{}", lines.buffer.len());
    }

    #[test]
    fn a_line_that_is_too_long_comes_in_parts_that_say_so_in_bounded_memory() {
        let text = [&vec![b'x'; 10 * READ_BYTES], &b"\nnext\n"[..]].concat();
        let mut lines = Lines::new(&text[..]);
        lines.longest = 3 * READ_BYTES;
        let (mut parts, mut bytes) = (0, 0);
        while lines.advance(true).unwrap() && lines.line() != b"next" {
            parts += usize::from(lines.is_part());
            bytes += lines.line().len();
        }
        assert_eq!((bytes, lines.is_part()), (10 * READ_BYTES, false));
        assert!(parts >= 2, "{parts}");
        assert!(lines.buffer.len() <= 5 * READ_BYTES, "{}", lines.buffer.len());
    }

    #[test]
    fn what_has_no_newline_yet_is_waited_for() {
        let mut lines = Lines::new(&b"whole\nhal"[..]);
        assert!(lines.advance(false).unwrap());
        assert!(!lines.advance(false).unwrap());
        lines.go_on_with(&b"next\n"[..]);
        assert!(lines.advance(false).unwrap());
        assert_eq!(lines.line(), b"hal");
        assert!(lines.advance(false).unwrap());
        assert_eq!(lines.line(), b"next");
    }
}
