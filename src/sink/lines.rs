//! The last lines, in memory: bounded by their number and their bytes, older ones fall out.

use std::collections::VecDeque;

/// Lines, the oldest first.
pub struct Lines {
    bytes: VecDeque<u8>,
    lens: VecDeque<usize>,
    max_lines: usize,
    max_bytes: usize,
}

impl Lines {
    /// None yet, and no memory for them either.
    pub fn new(max_lines: usize, max_bytes: usize) -> Self {
        Self { bytes: VecDeque::new(), lens: VecDeque::new(), max_lines, max_bytes }
    }

    /// Adds a line; older ones fall out as they must, and a line that is too long for all of the room falls out
    /// with them. False without memory: then nothing was added.
    pub fn push(&mut self, line: &[u8]) -> bool {
        if line.len() > self.max_bytes || self.max_lines == 0 {
            self.clear();
            return true;
        }
        while self.lens.len() >= self.max_lines || self.bytes.len() + line.len() > self.max_bytes {
            self.pop();
        }
        let fits = self.lens.try_reserve(1).is_ok() && self.bytes.try_reserve(line.len()).is_ok();
        if fits {
            self.lens.push_back(line.len());
            self.bytes.extend(line);
        }
        fits
    }

    /// Keeps so much from now on.
    pub fn keep(&mut self, max_lines: usize, max_bytes: usize) {
        (self.max_lines, self.max_bytes) = (max_lines, max_bytes);
        while self.lens.len() > max_lines || self.bytes.len() > max_bytes {
            self.pop();
        }
    }

    /// Takes over what another one has.
    pub fn take(&mut self, mut other: Self) {
        let (mut rest, lens) = other.parts();
        for len in lens {
            let (line, behind) = rest.split_at(len);
            self.push(line);
            rest = behind;
        }
    }

    fn pop(&mut self) {
        let len = self.lens.pop_front().unwrap_or(0);
        self.bytes.drain(..len);
    }

    /// Throws them away.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.lens.clear();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lens.len()
    }

    /// How many bytes they have.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// All of them behind each other: their bytes in one piece, and the length of each.
    pub fn parts(&mut self) -> (&[u8], impl Iterator<Item = usize> + '_) {
        (self.bytes.make_contiguous(), self.lens.iter().copied())
    }

    /// How many of the newest lines fit into so many bytes, and how many bytes those have.
    pub fn newest(&self, room: usize) -> (usize, usize) {
        let mut bytes = 0;
        let fitting = self.lens.iter().rev().take_while(|&&len| {
            bytes += len;
            bytes <= room
        });
        let lines = fitting.count();
        (lines, self.lens.iter().rev().take(lines).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &mut Lines) -> String {
        String::from_utf8(lines.parts().0.to_vec()).unwrap()
    }

    #[test]
    fn older_lines_fall_out_by_number_and_by_bytes() {
        let mut lines = Lines::new(3, 10);
        for line in ["a\n", "b\n", "c\n", "d\n"] {
            assert!(lines.push(line.as_bytes()));
        }
        assert_eq!(text(&mut lines), "b\nc\nd\n");
        lines.push(b"12345\n");
        assert_eq!(text(&mut lines), "c\nd\n12345\n");
        lines.push(b"123456789\n");
        assert_eq!((text(&mut lines), lines.len()), ("123456789\n".into(), 1));
        lines.push(b"1234567890\n");
        assert_eq!((lines.len(), lines.byte_len()), (0, 0));
    }

    #[test]
    fn the_newest_lines_that_fit_are_whole() {
        let mut lines = Lines::new(10, 100);
        for line in ["1\n", "22\n", "333\n"] {
            assert!(lines.push(line.as_bytes()));
        }
        let fits = [0, 3, 4, 6, 7, 9, 99].map(|room| lines.newest(room));
        assert_eq!(fits, [(0, 0), (0, 0), (1, 4), (1, 4), (2, 7), (3, 9), (3, 9)]);
    }
}
