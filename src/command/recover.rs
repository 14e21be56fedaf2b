//! `alog recover`: the records that killed programs had accepted and not written.

use super::{Failure, Outcome, Subcommand, say};
use alog::{Code, Config, recover};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// The exit status if not everything could be recovered.
const NOT_ALL: u8 = 1;

/// Writes what programs with `crash_dir` had accepted when they were killed
///
/// Each record is written once, as a line, those of each logger in the order of their time, and its file is removed then.
/// What belongs to a program that lives is left alone. The next logger with the same `crash_dir` does the same by itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  alog recover /var/lib/shop/crash                       to standard output
  alog recover -o shop.log /var/lib/shop/crash           behind what is in that file
  alog recover --format json /var/lib/shop/crash | alog cat -

Exit status: 0 everything that was there is written, 1 something is damaged or was left for the next time, 2 it could
not be read or written.")]
pub struct Arguments {
    /// The `crash_dir` of the loggers
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// A file to append to, instead of standard output
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
        let mut to: Box<dyn Write> =
            match &self.output {
                None => Box::new(io::stdout()),
                Some(path) => {
                    let file = OpenOptions::new().append(true).create(true).mode(0o640).open(path);
                    let name = path.display();
                    Box::new(file.map_err(|error| {
                        Failure::Other(format!("cannot open \"{name}\": {error}"))
                    })?)
                }
            };
        let found = recover(&self.directory, &config, &mut to).map_err(|error| match error {
            it if it.code == Code::Io => {
                Failure::writing(io::Error::from_raw_os_error(it.os_error))
            }
            it => Failure::Other(it.message.to_string()),
        })?;
        to.flush().map_err(Failure::writing)?;
        say(format_args!(
            "recovered {} records of {} loggers; damaged {}, of living programs {}, left for the next time {}",
            found.records, found.loggers, found.damaged, found.alive, found.left
        ));
        Ok(if found.damaged + found.left > 0 { NOT_ALL } else { 0 })
    }
}
