//! `alog cat`: logs to read.

use super::filter::{self, Condition, Filter};
use super::input::{Input, Until};
use super::merge::Merge;
use super::outlet::Outlet;
use super::progress::Progress;
use super::record::{Names, Notation, Record};
use super::render::{Output, Style};
use super::tree::{Keys, Tree};
use super::{FAILED, Failure, Outcome, Subcommand};
use alog::LevelSet;
use jiff::Timestamp;
use std::io;
use std::time::Duration;

/// How long it is between two looks at files that are followed.
const LOOK: Duration = Duration::from_millis(250);

/// When lines are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Shows logs: of one file, or of several by time
///
/// Each line is taken for what it is: JSON, logfmt or the default text. Any other line passes as it is, and belongs to
/// the record in front of it: both are shown, or neither. Files that gzip or zstd compressed are read as they are. On a
/// terminal control characters are shown as escapes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  alog cat app.log                           with colours on a terminal
  alog cat -f -l 'warn|error' app.log        what goes wrong, as it happens
  alog cat --since 10m web.log db.log        two logs by time
  alog cat -w 'req.ms~8' -g timeout app.log  fields and text
  alog cat --tree span,parent app.log        each record below its parent
  zcat old.gz | alog cat -o json -           standard input, as JSON

Exit status: 0 all was shown, 2 an argument is wrong or a file cannot be read.")]
pub struct Arguments {
    /// Files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Goes on when the files grow, are renamed, replaced or emptied; what is compressed, and a pipe, is read to its end
    #[arg(short, long)]
    follow: bool,
    /// Which levels: `warn` and what is more severe, or a set: `warn|error`, `debug|error+`, `info-`
    #[arg(short, long, value_name = "LEVELS", value_parser = filter::levels)]
    level: Option<LevelSet>,
    /// From this time on: RFC 3339, the same without a zone for local time, a day of UTC, or so long ago: `10m`, `2h`
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,
    /// Up to this time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
    /// A field: `key=value`, `key!=value`, or `key~text` if it has that text; of several all must hold. Levels are
    /// compared in any case
    #[arg(short = 'w', long = "where", value_name = "CONDITION", value_parser = Condition::parse)]
    conditions: Vec<Condition>,
    /// Lines that have this text
    #[arg(short = 'g', long, value_name = "TEXT")]
    grep: Option<String>,
    /// In which format lines are shown
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "text")]
    output: Output,
    /// When lines are coloured
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    color: Color,
    /// Each record below the one whose ID_KEY its PARENT_KEY has; all records are kept in memory
    #[arg(long, value_name = "ID_KEY,PARENT_KEY", value_parser = Keys::parse, conflicts_with = "follow")]
    tree: Option<Keys>,
    #[command(flatten)]
    names: NameOptions,
}

/// The names of elements, where `time_key`, `level_key` and `message_key` say otherwise.
#[derive(Debug, clap::Args)]
pub struct NameOptions {
    /// The key of the time, instead of the usual ones
    #[arg(long, value_name = "KEY")]
    time_key: Option<String>,
    /// The key of the level
    #[arg(long, value_name = "KEY")]
    level_key: Option<String>,
    /// The key of the message
    #[arg(long, value_name = "KEY")]
    message_key: Option<String>,
}

impl NameOptions {
    /// As whoever takes lines apart wants them.
    pub fn names(&self) -> Names {
        let Self { time_key, level_key, message_key } = self;
        Names { time: time_key.clone(), level: level_key.clone(), message: message_key.clone() }
    }
}

fn moment(text: &str) -> Result<Timestamp, String> {
    filter::moment(text, Timestamp::now())
}

impl Subcommand for Arguments {
    fn run(self) -> Outcome {
        let mut out = Outlet::new();
        let colored = self.output == Output::Text
            && match self.color {
                Color::Auto => out.wants_color(),
                Color::Always => true,
                Color::Never => false,
            };
        let mut status = 0;
        // What a terminal shows itself, or whoever reads a pipe, would be in its way.
        let progress = Progress::new(&self.files, out.is_file() && !self.follow);
        let mut failed = |name: &str, error: io::Error| {
            progress.clear();
            Failure::reading(name, &error).show("cat");
            status = FAILED;
        };
        let inputs = open(&self.files, self.follow, &progress, &mut failed);
        let names = self.names.names();
        let mut merge = Merge::new(inputs, names.clone());
        let filter = Filter {
            levels: self.level,
            since: self.since,
            until: self.until,
            fields: self.conditions,
            text: self.grep,
        };
        let style = Style { output: self.output, colored, escaped: out.is_terminal() };
        let mut show =
            Show { filter, names, style, tree: self.tree.map(|keys| (keys, Tree::default())) };
        loop {
            if let Some(place) = merge.advance(&mut failed) {
                let (line, shown) = merge.line(place);
                show.line(line, shown, &mut out)?;
                if merge.is_drained(place) {
                    out.flush()?;
                }
                continue;
            }
            out.flush()?;
            if merge.is_over() {
                break;
            }
            std::thread::sleep(LOOK);
            merge.look(&mut failed);
        }
        show.finish(&mut out)?;
        out.flush()?;
        Ok(status)
    }
}

/// Opens what can be opened.
fn open(
    files: &[String],
    follow: bool,
    progress: &Progress,
    failed: &mut impl FnMut(&str, io::Error),
) -> Vec<(String, Input)> {
    let mut inputs = Vec::new();
    let until = match (follow, files.len()) {
        (false, _) => Until::End,
        (true, 1) => Until::Never,
        (true, _) => Until::NeverAmongOthers,
    };
    for name in files {
        let read = progress.clone();
        match Input::open(name, until, move |bytes| read.add(bytes)) {
            Ok(input) => {
                if matches!(&input, Input::Followed(file) if !file.is_there()) {
                    super::say(format_args!("alog cat: there is no \"{name}\" yet"));
                }
                inputs.push((name.clone(), input));
            }
            Err(error) => failed(name, error),
        }
    }
    inputs
}

/// What becomes of each line.
struct Show {
    filter: Filter,
    names: Names,
    style: Style,
    tree: Option<(Keys, Tree)>,
}

impl Show {
    /// Shows a line, if it is to be shown. `shown`: whether the record in front of it was.
    fn line(
        &mut self,
        line: &[u8],
        shown: &mut Option<bool>,
        out: &mut Outlet,
    ) -> Result<(), Failure> {
        let record = Record::parse(line, &self.names);
        let is_taken = self.filter.is_empty() || self.filter.takes(&record, *shown);
        let belongs = record.notation == Notation::Other && *shown == Some(true);
        if record.notation != Notation::Other {
            *shown = Some(is_taken);
        }
        match &mut self.tree {
            _ if !is_taken => {}
            Some((_, tree)) => tree.add(line, belongs),
            None => out.put(|out| self.style.put(&record, out))?,
        }
        Ok(())
    }

    /// Shows what was kept until the end.
    fn finish(self, out: &mut Outlet) -> Result<(), Failure> {
        let Some((keys, tree)) = self.tree else { return Ok(()) };
        tree.put(&keys, &self.names, self.style, |line| out.put(|out| out.extend_from_slice(line)))
    }
}
