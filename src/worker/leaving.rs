//! Loggers that were given back, until their last record is written. In two groups: those whose last
//! records are known to be before a mark in the rings, and those that came since.

use std::collections::HashSet;

/// The numbers of such loggers.
#[derive(Default)]
pub struct Leaving {
    marked: HashSet<u32>,
    waiting: HashSet<u32>,
}

impl Leaving {
    /// These were given back; those that are known already are no news.
    pub fn add(&mut self, numbers: Vec<u32>) {
        for number in numbers {
            if !self.marked.contains(&number) {
                self.waiting.insert(number);
            }
        }
    }

    /// Whether there is any.
    pub fn is_some(&self) -> bool {
        !self.marked.is_empty() || !self.waiting.is_empty()
    }

    /// Whether a mark is to be set: there are some without one, and the last mark is passed.
    pub fn wants_mark(&self) -> bool {
        self.marked.is_empty() && !self.waiting.is_empty()
    }

    /// The mark is set.
    pub fn marked(&mut self) {
        self.marked.extend(self.waiting.drain());
    }

    /// Whether there is a mark to pass.
    pub fn is_marked(&self) -> bool {
        !self.marked.is_empty()
    }

    /// The mark is passed: those before it are gone.
    pub fn take(&mut self) -> HashSet<u32> {
        std::mem::take(&mut self.marked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_the_mark_waits_for_the_next_one() {
        let mut leaving = Leaving::default();
        leaving.add(vec![1, 2]);
        assert!(leaving.wants_mark() && !leaving.is_marked());
        leaving.marked();
        leaving.add(vec![2, 3]);
        assert!(!leaving.wants_mark() && leaving.is_some());
        assert_eq!(leaving.take(), HashSet::from([1, 2]));
        leaving.marked();
        assert_eq!(leaving.take(), HashSet::from([3]));
        assert!(!leaving.is_some());
    }
}
