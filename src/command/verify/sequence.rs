//! The numbers of one sink, in the order of the lines: what is there, twice, late, or missing.
//!
//! A logger gives a number to every record for a sink, also to those that are lost. So a hole in the numbers is either
//! told of by a line of the logger's own, or somebody took lines out. Numbers begin at 1 with each logger: a smaller
//! number at a later time is another run. Memory grows with the holes, not with the lines.

use super::super::record::time;
use std::collections::BTreeMap;

/// A numbered line.
pub struct Line<'a> {
    /// Its number.
    pub seq: u64,
    /// Its time as it stands there.
    pub time: Option<&'a str>,
    /// All of it.
    pub bytes: &'a [u8],
}

/// Numbers that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The first of them.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// So many of them the log tells of.
    told: u64,
}

impl Hole {
    fn len(&self) -> u64 {
        self.last - self.first + 1
    }

    /// So many are missing without a word.
    pub fn untold(&self) -> u64 {
        self.len().saturating_sub(self.told)
    }
}

/// What is found in one run of numbers.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The first number.
    pub first: u64,
    /// The highest.
    pub highest: u64,
    /// How many before the first are missing without a word.
    pub before: u64,
    /// Holes of which the log does not tell, or not of all.
    pub holes: Vec<Hole>,
    /// Numbers that are there twice: the first few.
    pub doubles: Vec<u64>,
    /// How many lines have a number that was there before.
    pub duplicated: u64,
    /// How many lines came later than one with a higher number.
    pub reordered: u64,
}

impl Run {
    /// So many records are missing without a word, between the first number and the highest.
    pub fn missing(&self) -> u64 {
        self.holes.iter().map(Hole::untold).sum()
    }
}

/// How many numbers are kept as examples.
pub const EXAMPLES: usize = 8;

/// The numbers of one sink, so far.
#[derive(Default)]
pub struct Sequence {
    /// Late lines are nothing special: of several workers.
    any_order: bool,
    past: Vec<Run>,
    run: Run,
    /// By the first number of each.
    holes: BTreeMap<u64, Hole>,
    /// Lost, as was told since the last numbered line: the numbers in front of the next one.
    lost: u64,
    /// Lost, as was told where nothing was missing: by another worker, or behind the last line.
    misplaced: u64,
    /// Suppressed, as was told: now and then, so the numbers may be anywhere before.
    suppressed: u64,
    /// The time of the line with the highest number.
    time: String,
    /// The hash of the run's first line: a copy of it begins no run.
    first_line: u64,
}

impl Sequence {
    /// No line yet. `any_order`: that of several workers.
    pub fn new(any_order: bool) -> Self {
        Self { any_order, ..Self::default() }
    }

    /// The log tells that so many were lost.
    pub fn lost(&mut self, count: u64) {
        self.lost = self.lost.saturating_add(count);
    }

    /// The log tells that so many were suppressed.
    pub fn suppressed(&mut self, count: u64) {
        self.suppressed = self.suppressed.saturating_add(count);
    }

    /// The next numbered line.
    pub fn line(&mut self, line: &Line<'_>) {
        let seq = line.seq;
        if self.run.highest == 0 {
            self.begin(line);
        } else if seq > self.run.highest {
            let first = self.run.highest + 1;
            if seq > first {
                let told = self.lost.min(seq - first);
                self.lost -= told;
                self.holes.insert(first, Hole { first, last: seq - 1, told });
            }
            self.go_to(line);
        } else if self.is_another_run(line) {
            self.end_run();
            self.begin(line);
        } else if self.fill(seq) {
            self.run.reordered += 1;
        } else {
            self.run.duplicated += 1;
            if self.run.doubles.len() < EXAMPLES {
                self.run.doubles.push(seq);
            }
        }
        self.misplaced = self.misplaced.saturating_add(std::mem::take(&mut self.lost));
        explain(self.holes.values_mut().rev().take(EXAMPLES), &mut self.suppressed);
    }

    fn begin(&mut self, line: &Line<'_>) {
        self.run.first = line.seq;
        if line.seq > 1 {
            let told = self.lost.min(line.seq - 1);
            self.lost -= told;
            self.holes.insert(1, Hole { first: 1, last: line.seq - 1, told });
        }
        self.first_line = hash(line.bytes);
        self.go_to(line);
    }

    fn go_to(&mut self, line: &Line<'_>) {
        self.run.highest = line.seq;
        self.time.clear();
        self.time.push_str(line.time.unwrap_or_default());
    }

    /// Whether a number that is not the highest belongs to a logger that began anew.
    fn is_another_run(&self, line: &Line<'_>) -> bool {
        if line.seq == 1 && self.run.first == 1 {
            return hash(line.bytes) != self.first_line;
        }
        let (now, before) = (line.time.and_then(time), time(&self.time));
        now.zip(before).is_some_and(|(now, before)| now > before)
            && !(self.any_order && self.is_missing(line.seq))
    }

    fn hole_of(&self, seq: u64) -> Option<Hole> {
        let (_, hole) = self.holes.range(..=seq).next_back()?;
        (seq <= hole.last).then_some(*hole)
    }

    fn is_missing(&self, seq: u64) -> bool {
        self.hole_of(seq).is_some()
    }

    /// A line that was missing is there after all. False if it was not missing.
    fn fill(&mut self, seq: u64) -> bool {
        let Some(hole) = self.hole_of(seq) else { return false };
        self.run.first = self.run.first.min(seq);
        self.holes.remove(&hole.first);
        let mut told = hole.told;
        for (first, last) in [(hole.first, seq - 1), (seq + 1, hole.last)] {
            if first <= last {
                let part = told.min(last - first + 1);
                told -= part;
                self.holes.insert(first, Hole { first, last, told: part });
            }
        }
        self.misplaced = self.misplaced.saturating_add(told);
        true
    }

    fn end_run(&mut self) {
        explain(self.holes.values_mut().rev(), &mut self.suppressed);
        // Of one worker, what is told behind the last line was lost there.
        if self.run.reordered > 0 {
            self.misplaced = self.misplaced.saturating_add(self.lost);
            explain(self.holes.values_mut().rev(), &mut self.misplaced);
        }
        (self.lost, self.misplaced, self.suppressed) = (0, 0, 0);
        // What was before the first line.
        if let Some(hole) = self.holes.remove(&1) {
            self.run.before = hole.untold();
        }
        self.run.holes = std::mem::take(&mut self.holes)
            .into_values()
            .filter(|hole| hole.untold() > 0)
            .collect();
        if self.run.highest > 0 {
            self.past.push(std::mem::take(&mut self.run));
        }
    }

    /// Nothing follows.
    pub fn finish(mut self) -> Vec<Run> {
        self.end_run();
        self.past
    }
}

/// What was told is what is missing, in the order of the holes.
fn explain<'a>(holes: impl Iterator<Item = &'a mut Hole>, told: &mut u64) {
    for hole in holes {
        if *told == 0 {
            break;
        }
        let here = hole.untold().min(*told);
        hole.told += here;
        *told -= here;
    }
}

/// Tells one line from another (FNV-1a).
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers, and what is told between them: below 0 lost, below -1000 suppressed.
    fn runs(steps: &[i64]) -> Vec<Run> {
        let mut sequence = Sequence::default();
        for (place, step) in steps.iter().enumerate() {
            match u64::try_from(*step) {
                Ok(seq) => sequence.line(&Line { seq, time: None, bytes: &place.to_le_bytes() }),
                Err(_) if *step < -1000 => sequence.suppressed(step.unsigned_abs() - 1000),
                Err(_) => sequence.lost(step.unsigned_abs()),
            }
        }
        sequence.finish()
    }

    /// Missing, duplicated, reordered, of the only run.
    fn found(steps: &[i64]) -> (u64, u64, u64) {
        let runs = runs(steps);
        assert_eq!(runs.len(), 1, "{steps:?}");
        (runs[0].missing(), runs[0].duplicated, runs[0].reordered)
    }

    #[test]
    fn what_is_told_is_not_missing_wherever_it_is_told() {
        for steps in [
            &[1, 2, 3][..],
            &[1, -3, 5, 6],
            &[1, 3, 5, -1002, 6],
            &[1, -1003, 5, 6],
            &[1, 3, 5, -1002],
            &[1, 5, 4, 2, -1, 6],
            &[-2, 3, 4],
            &[1, 2, -5],
            &[1, -1, -2, 5],
            &[1, -1, 4, -1001],
        ] {
            assert_eq!(found(steps).0, 0, "{steps:?}");
        }
    }

    #[test]
    fn what_nothing_tells_of_is_missing() {
        assert_eq!(found(&[1, 3]), (1, 0, 0));
        assert_eq!(found(&[1, -3, 6, 8]), (2, 0, 0));
        assert_eq!(found(&[1, 5, -3]).0, 3, "that was lost behind the last line");
        assert_eq!(found(&[1, 5, -3, 6]).0, 3, "and that behind the hole");
        assert_eq!(runs(&[1, -1, 10, 12])[0].holes.len(), 2);
        assert_eq!(found(&[1, i64::MAX]).0, i64::MAX as u64 - 2);
    }

    #[test]
    fn doubles_and_late_lines_are_told_apart() {
        assert_eq!(found(&[1, 2, 2, 3]), (0, 1, 0));
        assert_eq!(found(&[1, 3, 2, 4]), (0, 0, 1));
        assert_eq!(found(&[1, 5, 3, 3, 6]), (2, 1, 1));
        assert_eq!(found(&[3, 4, 2]), (0, 0, 1));
    }

    #[test]
    fn a_number_of_one_at_a_later_time_is_another_run() {
        assert_eq!(runs(&[1, 2, 3, 1, 2, 4]).iter().map(Run::missing).collect::<Vec<_>>(), [0, 1]);
        let mut sequence = Sequence::default();
        for (seq, time) in [
            (1, "2026-01-01T00:00:00Z"),
            (2, "2026-01-01T00:00:01Z"),
            (1, "2026-01-01T00:00:00Z"),
            (2, "2026-01-01T00:00:09Z"),
        ] {
            sequence.line(&Line { seq, time: Some(time), bytes: b"" });
        }
        let runs = sequence.finish();
        let found: Vec<_> =
            runs.iter().map(|run| (run.first, run.highest, run.duplicated)).collect();
        assert_eq!(found, [(1, 2, 1), (2, 2, 0)], "a copy, and a run whose beginning is missing");
    }

    #[test]
    fn of_several_workers_the_first_number_may_come_late() {
        let mut sequence = Sequence::new(true);
        let time = |second: u64| format!("2026-01-01T00:00:{second:02}Z");
        for (place, seq) in [3, 4, 1, 6, 2].into_iter().enumerate() {
            let time = time(place as u64);
            sequence.line(&Line { seq, time: Some(&time), bytes: time.as_bytes() });
        }
        let runs = sequence.finish();
        let found: Vec<_> = runs.iter().map(|it| (it.first, it.highest, it.before)).collect();
        assert_eq!((found, runs[0].missing()), (vec![(1, 6, 0)], 1));
    }
}
