//! Rotated files in the order in which they were written.

use super::super::input::Input;
use super::super::record::Record;
use super::Look;
use jiff::Timestamp;
use std::io;

/// How many lines of a file are looked at for the first that tells a time or a number.
const LINES: usize = 1000;

/// Files by the time of their first record, and by its number; those without stay where they are, in front. An error comes with
/// the name of the file.
pub fn sorted(files: &[String], look: &Look) -> Result<Vec<String>, (String, io::Error)> {
    if files.len() < 2 {
        return Ok(files.to_vec());
    }
    let mut keys = Vec::new();
    for name in files {
        let key = if name == "-" { Ok((None, None)) } else { key(name, look) };
        keys.push((key.map_err(|error| (name.clone(), error))?, name.clone()));
    }
    keys.sort_by_key(|(key, _)| *key);
    Ok(keys.into_iter().map(|(_, name)| name).collect())
}

fn key(name: &str, look: &Look) -> io::Result<(Option<Timestamp>, Option<u64>)> {
    let mut input = Input::open(name, false)?;
    for _ in 0..LINES {
        if !input.advance()? {
            break;
        }
        let record = Record::parse(input.line(), &look.names);
        // What a logger tells in front of a batch may be younger than the batch.
        let seq = look.seq(&record);
        if seq.is_some() || record.time().is_some() && look.told(&record).is_none() {
            return Ok((record.time(), seq));
        }
    }
    Ok((None, None))
}
