//! `alog recover`: the records that killed programs had accepted and not written.
//!
//! | module | what |
//! |---|---|
//! | `whole` | where they go: chunks that are written whole or not at all |

mod whole;

use super::{Failure, Outcome, Subcommand, say};
use alog::{Config, recover};
use std::path::PathBuf;
use whole::Whole;

/// The exit status if not everything could be recovered.
const NOT_ALL: u8 = 1;

/// Writes what programs with `crash_dir` had accepted when they were killed
///
/// Each record is written once, as a line, those of each logger in the order of their time, and its file is removed then.
/// What belongs to a program that lives is left alone. The next logger with the same `crash_dir` does the same by itself.
///
/// What could not be written is there the next time. A file, with -o or as standard output, then has each record once: a
/// chunk that a full disk took a part of is cut off again. What went into a pipe counts as written, whether it was read or
/// not. If this program is killed itself, the chunk that it was about to write (128 KiB) may come twice, once torn.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  alog recover /var/lib/shop/crash                       to standard output
  alog recover -o shop.log /var/lib/shop/crash           behind what is in that file
  alog recover --format json /var/lib/shop/crash | alog cat -

Exit status: 0 everything that was there is written, 1 something is damaged or was left for the next time, 2 it could
not be read, or nobody took all of it.")]
pub struct Arguments {
    /// The `crash_dir` of the loggers
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// A regular file to append to, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How a record becomes a line
    #[arg(long, default_value = "text", value_name = "FORMAT", value_parser = ["text", "raw", "json", "logfmt"])]
    format: String,
    /// A layout of your own, as the key `pattern` takes it
    #[arg(long, conflicts_with = "format", value_name = "PATTERN")]
    pattern: Option<String>,
}

impl Subcommand for Arguments {
    fn run(self) -> Outcome {
        let mut config = Config::new();
        let (key, value) = match &self.pattern {
            Some(pattern) => ("pattern", pattern),
            None => ("format", &self.format),
        };
        config.set(key, value).map_err(|error| Failure::Other(error.message.to_string()))?;
        let (name, to) = match &self.output {
            Some(path) => (format!("\"{}\"", path.display()), Whole::open(path)),
            None => ("standard output".to_owned(), Whole::stdout()),
        };
        let mut to =
            to.map_err(|error| Failure::Other(format!("cannot write to {name}: {error}")))?;
        // Also if nobody reads it: not everything is out.
        let found = recover(&self.directory, &config, &mut to)
            .map_err(|error| Failure::Other(error.message.to_string()))?;
        say(format_args!(
            "recovered {} records of {} loggers; damaged {}, of living programs {}, left for the next time {}",
            found.records, found.loggers, found.damaged, found.alive, found.left
        ));
        Ok(if found.damaged + found.left > 0 { NOT_ALL } else { 0 })
    }
}
