//! `alog verify`: whether a log is complete.
//!
//! | module | what |
//! |---|---|
//! | `told` | the lines in which a logger tells what it lost |
//! | `sequence` | the numbers of one sink: what is there, twice, late, or missing |
//! | `order` | rotated files in the order in which they were written |
//! | `report` | what is found, in words |

mod order;
mod report;
mod sequence;
mod told;

use super::cat::NameOptions;
use super::input::{self, Source};
use super::outlet::Outlet;
use super::progress::Progress;
use super::record::{Element, Names, Notation, Record, Value};
use super::render::harmless;
use super::{FAILED, Failure, Outcome, Subcommand};
use report::Running;
use sequence::Line;
use told::Told;

/// The exit status if something is missing.
const MISSING: u8 = 1;

/// Proves that a log is complete, or says what is missing
///
/// A logger with `seq_key = "seq"`, or `{seq}` in its pattern, numbers the records of each sink, also those that get lost;
/// lines of its own tell how many were lost and why. Both together account for every record: a line that was taken out,
/// put in twice, moved or torn shows. What was cut off behind the last line does not. Give all files of a log, rotated and
/// compressed ones too, in any order.
///
/// Without numbers only what the log itself tells is checked, and a message that reads "alog: 137 records lost: queue full"
/// cannot be told from the logger's own line. A log of several loggers, one after the other or several at once, needs
/// `pid_key = "pid"` besides: without it the second one of which the beginning was taken out looks like the first one
/// going on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  alog verify app.log*
  alog verify --tail app.log           older files were removed
  alog verify --seq-after '#' app.log  of the pattern '{time} #{seq} {message}'

Exit status: 0 nothing is missing, 1 something is, 2 it could not be found out: a file cannot be read, has a line of more
than 1 GiB, or no line at all; or no record has the number that --seq-key or --seq-after asks for.")]
pub struct Arguments {
    /// Files of one log; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// The key of the number [default: seq]; given, records must have it
    #[arg(long, value_name = "KEY")]
    seq_key: Option<String>,
    /// In lines of a pattern: the number stands behind the first TEXT
    #[arg(long, value_name = "TEXT")]
    seq_after: Option<String>,
    /// The key of the process: each has numbers of its own
    #[arg(long, value_name = "KEY", default_value = "pid")]
    pid_key: String,
    /// What was before the first line is not asked for
    #[arg(long)]
    tail: bool,
    /// Lines may be in any order: that of several workers
    #[arg(long)]
    any_order: bool,
    #[command(flatten)]
    names: NameOptions,
}

impl Subcommand for Arguments {
    fn run(self) -> Outcome {
        let asked = match (&self.seq_after, &self.seq_key) {
            (Some(text), _) => Some(format!("a number behind \"{text}\"")),
            (None, Some(key)) => Some(format!("a number \"{key}\"")),
            (None, None) => None,
        };
        let look = Look {
            names: self.names.names(),
            seq_key: self.seq_key.unwrap_or("seq".into()),
            seq_after: self.seq_after,
            pid_key: self.pid_key,
        };
        let sources = order::sorted(&self.files, &look)
            .map_err(|(name, error)| Failure::reading(&name, &error))?;
        let files: Vec<String> = sources.iter().map(|source| source.name().into()).collect();
        let progress = Progress::new(&files, true);
        let running = read(sources, &look, self.any_order, &progress);
        drop(progress);
        let report = running?.finish(files);
        let is_complete = report.is_complete(self.tail, self.any_order);
        let verdict = match (is_complete, report.has_numbers()) {
            _ if report.is_empty() => "no lines: what there was cannot be known",
            (false, _) => "not complete",
            (true, true) => "complete",
            (true, false) => "the log tells of no loss",
        };
        show(&format!("{report}{verdict}\n"))?;
        match asked.filter(|_| !report.has_numbers()) {
            Some(number) => Err(Failure::Other(format!("no record has {number}"))),
            None if report.is_empty() => Ok(FAILED),
            None => Ok(if is_complete { 0 } else { MISSING }),
        }
    }
}

/// Reads all lines of all files.
fn read(
    sources: Vec<Source>,
    look: &Look,
    any_order: bool,
    progress: &Progress,
) -> Result<Running, Failure> {
    let mut running = Running::new(any_order);
    for source in sources {
        let name = source.name().to_owned();
        let unreadable = |error| Failure::reading(&name, &error);
        let read = progress.clone();
        let mut lines = input::counted(source, move |bytes| read.add(bytes)).map_err(unreadable)?;
        running.begin(&name);
        while lines.advance(true).map_err(unreadable)? {
            running.line(look, lines.line(), lines.is_whole());
            if lines.is_part() {
                let longest = input::MAX_LINE >> 30;
                let why = format!("line {} is longer than {longest} GiB", running.line_number());
                return Err(Failure::reading(&name, &why));
            }
        }
    }
    Ok(running)
}

/// Prints the report; what it has from the log may be anything. If nobody reads it, the exit status still tells.
fn show(report: &str) -> Result<(), Failure> {
    let mut out = Outlet::new();
    let put = |out: &mut Vec<u8>| {
        for line in report.lines() {
            harmless(line.as_bytes(), out);
            out.push(b'\n');
        }
    };
    match out.put(put).and_then(|()| out.flush()) {
        Err(Failure::Unread) => Ok(()),
        other => other,
    }
}

/// Where in a line the number stands, and what else is looked for.
pub struct Look {
    names: Names,
    seq_key: String,
    seq_after: Option<String>,
    pid_key: String,
}

impl Look {
    /// The number of a record, if it has one.
    fn seq(&self, record: &Record<'_>) -> Option<u64> {
        match &self.seq_after {
            Some(text) => {
                let line = std::str::from_utf8(record.line).ok()?;
                let rest = line[line.find(text.as_str())? + text.len()..].trim_start_matches(' ');
                let end = rest.find(|ch: char| !ch.is_ascii_digit()).unwrap_or(rest.len());
                rest[..end].parse().ok()
            }
            None => match record.value(&self.seq_key)? {
                Value::Bare(number) => number.parse().ok(),
                Value::Text(_) => None,
            },
        }
        .filter(|seq| *seq > 0)
    }

    /// The process of a record, if it tells that.
    fn pid(&self, record: &Record<'_>) -> Option<u32> {
        record.value(&self.pid_key)?.as_str().parse().ok()
    }

    /// What a line tells of losses: one that has no number.
    fn told(&self, record: &Record<'_>) -> Option<Told> {
        match record.notation {
            Notation::Other => Told::at_end_of(std::str::from_utf8(record.line).ok()?),
            _ => Told::parse(record.get(Element::Message)?.as_str()),
        }
    }
}

/// The time of a record as it stands there.
fn time_text<'a>(record: &'a Record<'_>) -> Option<&'a str> {
    record.get(Element::Time).map(Value::as_str)
}

/// A numbered line, as a sequence wants it.
fn line<'a>(seq: u64, record: &'a Record<'_>) -> Line<'a> {
    Line { seq, time: time_text(record), bytes: record.line }
}
