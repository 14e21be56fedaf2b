//! What is found, in words.

use super::super::record::{Notation, Record};
use super::sequence::{EXAMPLES, Run, Sequence};
use super::{Look, line, time_text};
use std::collections::BTreeMap;
use std::fmt;

/// What is found so far.
#[derive(Default)]
pub struct Running {
    report: Report,
    /// By process.
    sequences: BTreeMap<Option<u32>, Sequence>,
    any_order: bool,
    /// The format of the log: that of its first record.
    notation: Option<Notation>,
    file: String,
    line: u64,
}

/// What is found.
#[derive(Default)]
pub struct Report {
    files: Vec<String>,
    lines: u64,
    first: Option<String>,
    last: String,
    /// By reason.
    lost: BTreeMap<String, u64>,
    suppressed: BTreeMap<String, u64>,
    runs: Vec<(Option<u32>, Run)>,
    torn: u64,
    /// Where: the first few.
    tears: Vec<String>,
}

/// The numbers of a process.
fn of(
    all: &mut BTreeMap<Option<u32>, Sequence>,
    pid: Option<u32>,
    any_order: bool,
) -> &mut Sequence {
    all.entry(pid).or_insert_with(|| Sequence::new(any_order))
}

impl Running {
    /// Nothing yet. `any_order`: lines are those of several workers.
    pub fn new(any_order: bool) -> Self {
        Self { any_order, ..Self::default() }
    }

    /// Another file begins.
    pub fn begin(&mut self, name: &str) {
        (self.file, self.line) = (name.into(), 0);
    }

    /// The next line. `is_whole`: it has an end.
    pub fn line(&mut self, look: &Look, bytes: &[u8], is_whole: bool) {
        self.line += 1;
        self.report.lines += 1;
        let record = Record::parse(bytes, &look.names);
        let is_other = record.notation == Notation::Other;
        if !is_other && self.notation.is_none() {
            self.notation = Some(record.notation);
        }
        let seq = look.seq(&record);
        // In a log of records a line that is none is a torn one, or somebody else's.
        let is_foreign = is_other && self.notation.is_some() && seq.is_none();
        if let Some(time) = time_text(&record) {
            self.report.first.get_or_insert_with(|| time.into());
            self.report.last.clear();
            self.report.last.push_str(time);
        }
        if !is_whole || is_foreign {
            self.report.torn += 1;
            if self.report.tears.len() < EXAMPLES {
                self.report.tears.push(format!("{}:{}", self.file, self.line));
            }
            if is_foreign {
                return;
            }
        }
        if let Some(seq) = seq {
            let sequence = of(&mut self.sequences, look.pid(&record), self.any_order);
            sequence.line(&line(seq, &record));
        } else if let Some(told) = look.told(&record) {
            let sequence = of(&mut self.sequences, look.pid(&record), self.any_order);
            let counts = if told.is_suppressed {
                sequence.suppressed(told.count);
                &mut self.report.suppressed
            } else {
                sequence.lost(told.count);
                &mut self.report.lost
            };
            *counts.entry(told.why).or_default() += told.count;
        }
    }

    /// The number of the line in its file.
    pub fn line_number(&self) -> u64 {
        self.line
    }

    /// Nothing follows.
    pub fn finish(self, files: Vec<String>) -> Report {
        let mut report = Report { files, ..self.report };
        for (pid, sequence) in self.sequences {
            report.runs.extend(sequence.finish().into_iter().map(|run| (pid, run)));
        }
        report
    }
}

impl Report {
    fn sum(&self, of: impl Fn(&Run) -> u64) -> u64 {
        self.runs.iter().map(|(_, run)| of(run)).sum()
    }

    /// Whether nothing is missing. `tail`: what was before the first line is not asked for; `any_order`: nor the order.
    pub fn is_complete(&self, tail: bool, any_order: bool) -> bool {
        self.lost.is_empty()
            && self.torn == 0
            && self.sum(Run::missing) == 0
            && self.sum(|run| run.duplicated) == 0
            && (any_order || self.sum(|run| run.reordered) == 0)
            && (tail || self.before() == 0)
    }

    /// Whether records have numbers.
    pub fn has_numbers(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Whether there was no line at all.
    pub fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// Whether numbers begin again and nothing tells whose they are.
    fn is_ambiguous(&self) -> bool {
        self.runs.iter().filter(|(pid, _)| pid.is_none()).count() > 1
    }

    /// How many numbers are missing before the first line.
    fn before(&self) -> u64 {
        self.sum(|run| run.before)
    }
}

/// A few examples, and whether there are more.
fn list(f: &mut fmt::Formatter<'_>, examples: &[String], is_all: bool) -> fmt::Result {
    writeln!(f, "{}{}", examples.join(", "), if is_all { "" } else { ", ..." })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "files       {}", self.files.join(" "))?;
        writeln!(f, "lines       {}", self.lines)?;
        if let Some(first) = &self.first {
            writeln!(f, "first       {first}\nlast        {}", self.last)?;
        }
        if self.runs.is_empty() {
            writeln!(f, "numbers     none: a line that was taken out does not show")?;
        }
        for (pid, run) in &self.runs {
            let process = pid.map(|pid| format!(" of process {pid}")).unwrap_or_default();
            writeln!(f, "numbers     {} to {}{process}", run.first, run.highest)?;
        }
        if self.is_ambiguous() {
            let note = "numbers begin again, and no record tells its process (pid_key)";
            writeln!(f, "note        {note}: one more beginning may be gone and not show")?;
        }
        for (why, count) in &self.lost {
            writeln!(f, "lost        {count}: {why}")?;
        }
        for (why, count) in &self.suppressed {
            writeln!(f, "suppressed  {count}: {why}")?;
        }
        if self.before() > 0 {
            writeln!(f, "before      {} before the first line", self.before())?;
        }
        let missing = self.sum(Run::missing);
        if missing > 0 {
            let all: Vec<_> = self.runs.iter().flat_map(|(_, run)| &run.holes).collect();
            let shown = all.iter().take(EXAMPLES).map(|hole| match hole.untold() {
                1 if hole.first == hole.last => hole.first.to_string(),
                untold if untold == hole.last - hole.first + 1 => {
                    format!("{} to {}", hole.first, hole.last)
                }
                untold => format!("{untold} of {} to {}", hole.first, hole.last),
            });
            write!(f, "missing     {missing}: numbers ")?;
            list(f, &shown.collect::<Vec<_>>(), all.len() <= EXAMPLES)?;
        }
        let duplicated = self.sum(|run| run.duplicated);
        if duplicated > 0 {
            let all = self.runs.iter().flat_map(|(_, run)| &run.doubles);
            let shown: Vec<_> = all.take(EXAMPLES).map(u64::to_string).collect();
            write!(f, "duplicated  {duplicated}: numbers ")?;
            list(f, &shown, shown.len() as u64 == duplicated)?;
        }
        let reordered = self.sum(|run| run.reordered);
        if reordered > 0 {
            writeln!(f, "reordered   {reordered}")?;
        }
        if self.torn > 0 {
            write!(f, "torn        {}: ", self.torn)?;
            list(f, &self.tears, self.tears.len() as u64 == self.torn)?;
        }
        Ok(())
    }
}
