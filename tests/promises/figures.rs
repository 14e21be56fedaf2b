//! Lines that show whether they are whole, and what a test of faults says it found: `--nocapture` shows it.

use crate::setup::{PATIENCE, gap};
use alog::{DropReason, Level, Logger, RejectReason, SinkStats, Stats};
use std::collections::HashMap;
use std::str;

/// How many bytes a line of [`record`] has.
pub const SIZE: usize = 100;
/// What a line of figures begins with.
const MARK: &str = "figures: ";
/// What [`find`] has made sure of.
const NEVER: &str = "duplicated 0, torn 0, out of order 0";

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
}

/// Reads a log, in which every line must be whole, none may be there twice, and those of a thread must be in order.
pub fn find(text: &[u8]) -> Found {
    let text = str::from_utf8(text).expect("a log of ASCII");
    assert!(text.is_empty() || text.ends_with('\n'), "its last line is torn");
    let (mut found, mut last) = (Found::default(), HashMap::new());
    for line in text.lines() {
        if let Some(count) = gap(line).filter(|_| line.starts_with("alog: ")) {
            found.gap_lines += 1;
            found.missing += count;
            continue;
        }
        let (thread, rest) = line.split_once(':').expect("a torn line");
        let number = rest.strip_suffix('.').filter(|_| line.len() == SIZE - 1);
        let number: u64 = number.expect("a torn line").parse().expect("a torn line");
        let before = last.insert(thread.to_owned(), number);
        assert!(before.is_none_or(|before| before < number), "twice, or out of order: {line}");
        found.records += 1;
    }
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
    say(what, faults, stats, found.missing);
    found
}

/// The same for one of several sinks.
pub fn settle_sink(what: &str, sink: &SinkStats, stats: &Stats, text: &[u8]) -> Found {
    let found = find(text);
    assert_eq!(found.records, sink.written, "{what}: {sink:?}");
    assert_eq!(sink.written + sink.failed, stats.accepted, "{what}: {sink:?}");
    let (written, failed, told) = (sink.written, sink.failed, found.missing);
    let accepted = stats.accepted;
    println!(
        "{MARK}{what}: accepted {accepted}, written {written}, failed {failed}, told {told}, lost 0, {NEVER}"
    );
    found
}

/// Says what became of the records of a logger that is stopped.
pub fn say(what: &str, faults: u64, stats: &Stats, told: u64) {
    let Stats { accepted, written, failed, .. } = stats;
    let refused = refused(stats);
    let oldest = stats.dropped[DropReason::Oldest as usize];
    let open = accepted - written - failed - stats.dropped.iter().sum::<u64>();
    assert_eq!(open, 0, "{what}: {stats:?}");
    println!(
        "{MARK}{what}: faults {faults}, accepted {accepted}, written {written}, failed {failed}, \
         refused {refused}, dropped {oldest}, told {told}, lost {open}, {NEVER}"
    );
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
