//! Lines that show whether they are whole, and what a test of faults says it found: `--nocapture` shows it.

use crate::setup::{PATIENCE, gap};
use alog::{DropReason, Level, Logger, RejectReason, SinkStats, Stats};
use std::collections::HashMap;
use std::{fmt, str};

/// Why a message may be refused, as in [`RejectReason`].
const REFUSED: [&str; 7] =
    ["full", "timeout", "too large", "stopped", "would deadlock", "memory", "argument"];
/// Why a record may be dropped, as in [`DropReason`].
const DROPPED: [&str; 3] = ["filtered", "oldest", "suppressed"];
/// How many bytes a line of [`record`] has.
pub const SIZE: usize = 100;
/// What a line of figures begins with.
const MARK: &str = "figures: ";

/// The message of a thread's record with that number; its line in format `raw` has [`SIZE`] bytes.
pub fn record(thread: u64, number: u64) -> String {
    let thread = format!("{thread:03}");
    format!("{thread}:{number:0width$}.", width = SIZE - 3 - thread.len())
}

/// Logs the records of a thread with those numbers, each of which is accepted.
pub fn log_records(log: &Logger, thread: u64, numbers: std::ops::Range<u64>) {
    for number in numbers {
        log.write(Level::Info, record(thread, number)).expect("accepted");
    }
}

/// What stands in a log.
#[derive(Debug, Default)]
pub struct Found {
    /// How many records.
    pub records: u64,
    /// How many lines that say how many are missing.
    pub gap_lines: u64,
    /// How many they say are missing.
    pub missing: u64,
    /// How many records are there once more.
    pub duplicated: u64,
    /// How many lines are not whole.
    pub torn: u64,
    /// How many records stand behind a later one of their thread.
    pub out_of_order: u64,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { duplicated, torn, out_of_order, .. } = self;
        write!(f, "duplicated {duplicated}, torn {torn}, out of order {out_of_order}")
    }
}

/// The thread and the number of a record; `None` if its line is not whole.
pub fn numbers(line: &str) -> Option<(&str, u64)> {
    let (thread, rest) = line.split_once(':').filter(|_| line.len() == SIZE - 1)?;
    Some((thread, rest.strip_suffix('.')?.parse().ok()?))
}

/// Reads a log, in which every line must be whole, none may be there twice, and those of a thread must be in order.
pub fn find(text: &[u8]) -> Found {
    let text = str::from_utf8(text).expect("a log of ASCII");
    let (mut found, mut last) = (Found::default(), HashMap::new());
    found.torn += u64::from(!text.is_empty() && !text.ends_with('\n'));
    for line in text.lines() {
        if let Some(count) = gap(line).filter(|_| line.starts_with("alog: ")) {
            found.gap_lines += 1;
            found.missing += count;
            continue;
        }
        let Some((thread, number)) = numbers(line) else {
            found.torn += 1;
            continue;
        };
        found.records += 1;
        let last = last.entry(thread).or_insert(None);
        if last.is_some_and(|last| number <= last) {
            let is_twice = text.lines().filter(|other| *other == line).count() > 1;
            *if is_twice { &mut found.duplicated } else { &mut found.out_of_order } += 1;
        }
        *last = (*last).max(Some(number));
    }
    assert_eq!((found.duplicated, found.torn, found.out_of_order), (0, 0, 0), "{found:?}");
    found
}

/// How many records were lost, for whatever reason a log tells.
pub fn lost(stats: &Stats) -> u64 {
    stats.failed + refused(stats) + stats.dropped[DropReason::Oldest as usize]
}

/// How many a full queue refused, at once or after a while.
pub fn refused(stats: &Stats) -> u64 {
    stats.rejected[RejectReason::Full as usize] + stats.rejected[RejectReason::Timeout as usize]
}

/// Checks the account of a logger that is stopped, whose only sink left this behind. Says what was found.
pub fn settle(what: &str, faults: u64, stats: &Stats, text: &[u8]) -> Found {
    let found = find(text);
    assert_eq!((found.records, found.gap_lines), (stats.written, stats.gap_lines), "{what}");
    assert!(found.missing <= lost(stats), "{what}: {found:?} {stats:?}");
    say(what, faults, stats, &found);
    found
}

/// The same for one of several sinks.
pub fn settle_sink(what: &str, sink: &SinkStats, stats: &Stats, text: &[u8]) -> Found {
    let found = find(text);
    assert_eq!(found.records, sink.written, "{what}: {sink:?}");
    assert_eq!(sink.written + sink.failed, stats.accepted, "{what}: {sink:?}");
    let (written, failed, told) = (sink.written, sink.failed, found.missing);
    let accepted = stats.accepted;
    let lost = accepted - found.records - failed;
    println!(
        "{MARK}{what}: accepted {accepted}, written {written}, failed {failed}, told {told}, lost {lost}, {found}"
    );
    found
}

/// Says what became of the records of a logger that is stopped, and what was found of them.
pub fn say(what: &str, faults: u64, stats: &Stats, found: &Found) {
    let Stats { accepted, written, failed, .. } = stats;
    let open = accepted - written - failed - stats.dropped.iter().sum::<u64>();
    assert_eq!(open, 0, "{what}: {stats:?}");
    let refused = by_reason(&stats.rejected, &REFUSED);
    let dropped = by_reason(&stats.dropped, &DROPPED);
    println!(
        "{MARK}{what}: faults {faults}, accepted {accepted}, written {written}, failed {failed}, \
         refused {refused}, dropped {dropped}, told {}, lost {open}, {found}",
        found.missing
    );
}

/// The sum of these counts, and each that is not 0 with the name of its reason.
fn by_reason(counts: &[u64], names: &[&str]) -> String {
    let all: u64 = counts.iter().sum();
    let named = (0..).zip(counts).filter(|(_, count)| **count > 0).map(|(reason, count)| {
        let name = names.get(reason).copied().unwrap_or("another reason");
        format!("{name} {count}")
    });
    let reasons: Vec<String> = named.collect();
    if reasons.is_empty() { all.to_string() } else { format!("{all} ({})", reasons.join(", ")) }
}

/// Says what was found in the files of loggers that accepted so many records, none of which may be missing.
pub fn say_all_there(what: &str, accepted: u64, found: &Found) {
    let written = found.records;
    assert_eq!((written, found.missing), (accepted, 0), "{what}: {found:?}");
    let lost = accepted - written;
    println!("{MARK}{what}: accepted {accepted}, written {written}, lost {lost}, {found}");
}

/// Says something else.
pub fn note(what: std::fmt::Arguments<'_>) {
    println!("{MARK}{what}");
}

/// Says what a child said.
pub fn pass_on(output: &[u8]) {
    let text = String::from_utf8_lossy(output);
    text.lines().filter(|line| line.contains(MARK)).for_each(|line| println!("{line}"));
}

/// Logs until a record is written by the call itself, and the log has told what is missing.
pub fn log_until_written(log: &Logger, thread: u64, first: u64) {
    let mut numbers = first..first + 100;
    let is_written =
        |number| log.write_sync(Level::Info, record(thread, number), Some(PATIENCE)).is_ok();
    assert!(numbers.any(is_written), "it never writes again");
}
