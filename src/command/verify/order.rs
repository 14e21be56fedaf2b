//! Rotated files in the order in which they were written.

use super::super::input::{self, Lines, Source};
use super::super::record::Record;
use super::Look;
use jiff::Timestamp;
use std::io;

/// How many lines of a file are looked at for the first that tells a time or a number.
const LINES: usize = 1000;

/// What tells the place of a file among others.
type Key = (Option<Timestamp>, Option<u64>);

/// Files by the time of their first record, and by its number; those without stay where they are, in front. What was looked
/// at is there to be read from its beginning. An error comes with the name of the file.
pub fn sorted(files: &[String], look: &Look) -> Result<Vec<Source>, (String, io::Error)> {
    let mut all = Vec::new();
    for name in files {
        let mut source = Source::new(name);
        let key = if files.len() < 2 { Ok((None, None)) } else { key(&mut source, look) };
        all.push((key.map_err(|error| (name.clone(), error))?, source));
    }
    all.sort_by_key(|(key, _)| *key);
    Ok(all.into_iter().map(|(_, source)| source).collect())
}

fn key(source: &mut Source, look: &Look) -> io::Result<Key> {
    source.look_at(|reader| first(Lines::new(input::unpacked(reader)?), look))
}

fn first(mut lines: Lines<Box<dyn io::Read>>, look: &Look) -> io::Result<Key> {
    for _ in 0..LINES {
        if !lines.advance(true)? {
            break;
        }
        let record = Record::parse(lines.line(), &look.names);
        // What a logger tells in front of a batch may be younger than the batch.
        let seq = look.seq(&record);
        if seq.is_some() || record.time().is_some() && look.told(&record).is_none() {
            return Ok((record.time(), seq));
        }
    }
    Ok((None, None))
}
