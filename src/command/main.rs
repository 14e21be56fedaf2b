//! The program `alog`: reads what the library writes.
//!
//! | module | what |
//! |---|---|
//! | `cat`, `verify`, `recover`, `check`, `completions` | the subcommands |
//! | `record` | a line, taken apart |
//! | `input` | files as lines |
//! | `progress` | how far it got, on a terminal |
//! | `merge`, `filter`, `tree`, `render`, `outlet` | which lines, in which order, how they look, out |

mod cat;
mod check;
mod completions;
mod filter;
mod input;
mod merge;
mod outlet;
mod progress;
mod record;
mod recover;
mod render;
mod tree;
mod verify;

use clap::error::{ContextKind, ContextValue};
use clap::{ArgMatches, Args, Command};
use std::fmt;
use std::io;
use std::process::ExitCode;

/// The exit status if an argument is wrong, or something cannot be read.
const FAILED: u8 = 2;

/// The exit status, or why there is none.
type Outcome = Result<u8, Failure>;

/// What each subcommand is.
trait Subcommand: Args {
    /// Does it.
    fn run(self) -> Outcome;
}

/// One line of the table of subcommands.
struct Entry {
    name: &'static str,
    define: fn(Command) -> Command,
    run: fn(&ArgMatches) -> Outcome,
}

const fn entry<T: Subcommand>(name: &'static str) -> Entry {
    Entry {
        name,
        define: T::augment_args,
        run: |matches| T::from_arg_matches(matches).map_err(Failure::Usage)?.run(),
    }
}

/// The subcommands, as `alog help` lists them.
const TABLE: [Entry; 5] = [
    entry::<cat::Arguments>("cat"),
    entry::<verify::Arguments>("verify"),
    entry::<recover::Arguments>("recover"),
    entry::<check::Arguments>("check"),
    entry::<completions::Arguments>("completions"),
];

/// Why a subcommand did not do what it should.
enum Failure {
    /// Nobody reads what it writes: no reason to say anything.
    Unread,
    /// An argument is wrong.
    Usage(clap::Error),
    /// In words.
    Other(String),
}

impl Failure {
    fn reading(name: &str, error: &dyn fmt::Display) -> Self {
        Self::Other(format!("cannot read \"{name}\": {error}"))
    }

    fn writing(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Other(format!("cannot write: {error}")),
        }
    }

    /// Says it on standard error; gives the exit status.
    fn show(self, command: &str) -> u8 {
        match self {
            Self::Unread => return 0,
            // Nothing can be done if nobody reads that either.
            Self::Usage(error) => drop(error.print()),
            Self::Other(why) => say(format_args!("alog {command}: {why}")),
        }
        FAILED
    }
}

/// Says something on standard error, if anybody listens there.
fn say(what: fmt::Arguments<'_>) {
    let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("{what}\n"));
}

/// All arguments.
fn command() -> Command {
    let base = Command::new("alog")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Reads, verifies and prepares logs of the library alog")
        .after_help("`alog help COMMAND` tells more of each. Exit status: 0 it is so, 1 it is not, 2 it could not be found out.")
        .subcommand_required(true)
        .arg_required_else_help(true);
    TABLE.iter().fold(base, |all, entry| all.subcommand((entry.define)(Command::new(entry.name))))
}

/// The error for a subcommand that is none, with the one that has its letters in another order: clap's own measure finds
/// none so short.
fn with_the_nearest(mut error: clap::Error) -> clap::Error {
    let given = error.get(ContextKind::InvalidSubcommand);
    let Some(ContextValue::String(given)) = given else { return error };
    let names = TABLE.map(|entry| entry.name.to_owned());
    let found = filter::nearest(&names, given).filter(|it| it.as_bytes()[0] == given.as_bytes()[0]);
    if let (Some(name), None) = (found, error.get(ContextKind::SuggestedSubcommand)) {
        let name = ContextValue::Strings(vec![name.to_owned()]);
        error.insert(ContextKind::SuggestedSubcommand, name);
    }
    error
}

fn main() -> ExitCode {
    // A file that may not become longer is an error to tell of, as a reader that left is, and not the end.
    #[expect(unsafe_code, reason = "std ignores SIGPIPE and has no word for this one")]
    // SAFETY: no other thread is there, and no handler is set.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN)
    };
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            let error = with_the_nearest(error);
            // Help goes to standard output, which may be shut as well.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { FAILED } else { 0 });
        }
    };
    let (name, matches) = matches.subcommand().unwrap_or(("help", &matches));
    let run = TABLE.iter().find(|entry| entry.name == name).map(|entry| entry.run);
    let outcome = run.map_or(Ok(0), |run| run(matches));
    ExitCode::from(outcome.unwrap_or_else(|failure| failure.show(name)))
}
