//! What dead processes left in a crash directory, without making a logger.

use crate::config::Config;
use crate::crash;
use crate::error::{Code, Error};
use crate::field::Fields;
use crate::fork;
use crate::format::Formatter;
use crate::queue::{Estate, Left};
use std::io::{self, Write};
use std::path::Path;

/// So many bytes of lines are written at once.
const CHUNK: usize = 128 * 1024;

/// What [`recover`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Loggers whose process is no more and whose files are gone now.
    pub loggers: u64,
    /// Their records that were written.
    pub records: u64,
    /// Damaged places that were skipped.
    pub damaged: u64,
    /// Loggers that were left alone because their process lives, or another one is recovering from them.
    pub alive: u64,
    /// Loggers that were left for the next time: their files cannot be read.
    pub left: u64,
}

/// Writes what was accepted by loggers with this `crash_dir` whose processes are no more, and was not written yet: a line
/// for each record, as `config` says a line looks, the records of each logger in the order of their time. Its sinks
/// count for nothing.
///
/// Files are removed when all of their records are written, and not before: what a failing destination did not take is
/// there the next time, as is what a process that died in the middle of this may have written already.
///
/// ```
/// # use alog::Config;
/// # let dir = std::env::temp_dir().join(format!("alog-doc-recover-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir).unwrap();
/// let mut config = Config::new();
/// config.set("format", "json")?;
/// let found = alog::recover(&dir, &config, &mut std::io::stdout())?;
/// eprintln!("{} records of {} loggers", found.records, found.loggers);
/// # std::fs::remove_dir_all(&dir).unwrap();
/// # Ok::<(), alog::Error>(())
/// ```
///
/// # Errors
/// [`Code::Open`] if the directory is not there or not the user's own; [`Code::Io`] if `to` takes no more.
pub fn recover(
    directory: impl AsRef<Path>,
    config: &Config,
    to: &mut dyn Write,
) -> Result<Recovered, Error> {
    fork::init().map_err(|_| Code::Memory)?;
    let mut formatter = Formatter::new(&config.look(), false);
    let mut found = Recovered::default();
    loop {
        let scan = crash::scan(directory.as_ref())?;
        (found.alive, found.left) = (scan.alive, scan.left);
        let (mut is_any_gone, mut dead) = (false, scan.dead.into_iter());
        while let Some(next) = dead.next() {
            let Ok(mut estate) = Estate::open(next, &scan.settled) else {
                // Those that follow may have noted what is out of its records: with it, or not at all.
                found.left += 1 + dead.len() as u64;
                return Ok(found);
            };
            found.records += write(&mut estate, &mut formatter, to).map_err(|why| {
                let what = format_args!("cannot write what was recovered");
                Error::os(Code::Io, "recover", what, &why)
            })?;
            found.damaged += estate.damaged().0;
            found.loggers += 1;
            is_any_gone |= estate.finish();
        }
        if !(scan.has_more && is_any_gone) {
            return Ok(found);
        }
    }
}

/// Writes all that is left of a logger; gives how many records.
fn write(estate: &mut Estate, formatter: &mut Formatter, to: &mut dyn Write) -> io::Result<u64> {
    let (mut lines, mut count) = (Vec::new(), 0);
    loop {
        let next = estate.next();
        if lines.len() >= CHUNK || next.is_none() && !lines.is_empty() {
            to.write_all(&lines)?;
            to.flush()?;
            lines.clear();
            let _ = estate.release(); // the files go all the same; but for what stops that, it would come twice
        }
        let Some(ring) = next else { return Ok(count) };
        match estate.take(ring) {
            Some(left) => {
                put(&left, formatter, &mut lines)?;
                count += 1;
            }
            None => estate.count_damaged(),
        }
    }
}

fn put(left: &Left<'_>, formatter: &mut Formatter, lines: &mut Vec<u8>) -> io::Result<()> {
    let event = left.event(Fields::default());
    let longest = formatter.prepare(&event).ok_or(io::ErrorKind::OutOfMemory)?;
    lines.try_reserve(longest)?;
    formatter.line(&event, lines);
    Ok(())
}
