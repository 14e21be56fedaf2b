//! How many lines of a batch that was being written are in its file.
//!
//! A line counts as out if it stands where it was to go: behind the place that was noted, or, if other processes wrote
//! there as well, behind a line of theirs. A rest without an end is cut off: its record is written anew.

use super::round::*;
use super::sample;
use crate::os::file::{LOOK_FLAGS, Lock, lock};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// How far behind the noted place lines are looked for among those of others.
const REACH: usize = 4 * 1024 * 1024;

/// A line that was to be written.
struct Line {
    end: usize,
    is_record: bool,
    sum: u64,
}

/// How many records' lines of a batch are out, and the path of the file. `None` if there was none.
pub fn count_out(slot: &[u64]) -> io::Result<Option<(usize, PathBuf)>> {
    let Some((lines, chunk)) = lines_of(slot) else { return Ok(None) };
    let &[base, dev, ino, offset, len, ..] = chunk else { return Ok(None) };
    let path = chunk[PATH..].iter().flat_map(|word| word.to_ne_bytes());
    let path = path.take((len as usize).min(MOST_PATH)).collect();
    let path = PathBuf::from(OsString::from_vec(path));
    let mut data = Vec::new();
    if let Some(file) = open(&path, (dev, ino))? {
        let wanted = lines.last().map_or(0, |line| line.end).saturating_sub(base as usize);
        data = read_from(&file, offset, wanted.saturating_add(REACH))?;
        let _ = cut_torn(&file, offset, &data); // then the line stays torn, and is followed by a whole one
    }
    Ok(Some((count(&lines, base as usize, &data), path)))
}

/// The lines of a batch, and the chunk of it that counts. `None`: it had not come to that, or it is damaged.
fn lines_of(slot: &[u64]) -> Option<(Vec<Line>, &[u64])> {
    let chunk = slot.get(*CHUNKS.get((slot[CHUNK] as usize).wrapping_sub(1))?..)?;
    let lines = slot[LINES..].chunks_exact(2).take(slot[LINE_COUNT] as usize);
    let lines: Vec<Line> = lines
        .map(|line| Line {
            end: (line[0] >> 1) as usize,
            is_record: line[0] & 1 == 1,
            sum: line[1],
        })
        .collect();
    lines.is_sorted_by(|one, two| one.end < two.end).then_some((lines, chunk))
}

/// Opens the file of that identity, which others may rename meanwhile. `None` if it is gone.
fn open(path: &Path, identity: (u64, u64)) -> io::Result<Option<File>> {
    const TRIES: u32 = 8;
    for _ in 0..TRIES {
        let Some(path) = find(path, identity)? else { return Ok(None) };
        match OpenOptions::new().read(true).append(true).custom_flags(LOOK_FLAGS).open(path) {
            Ok(file) => {
                let opened = file.metadata()?;
                if (opened.dev(), opened.ino()) == identity {
                    return Ok(Some(file));
                }
            }
            Err(why) if is_gone(&why) => {}
            Err(why) => return Err(why),
        }
    }
    Err(io::Error::other("it is renamed all the time"))
}

/// The path of the file of that identity: at its path, or under another name beside it. `None` if it is gone.
fn find(path: &Path, identity: (u64, u64)) -> io::Result<Option<PathBuf>> {
    let is_it = |path: &Path| match path.symlink_metadata() {
        Ok(found) => Ok(found.is_file() && (found.dev(), found.ino()) == identity),
        Err(why) if is_gone(&why) => Ok(false),
        Err(why) => Err(why),
    };
    if is_it(path)? {
        return Ok(Some(path.into()));
    }
    let Some(directory) = path.parent() else { return Ok(None) };
    let beside = match fs::read_dir(directory) {
        Err(why) if is_gone(&why) => return Ok(None),
        beside => beside?,
    };
    for file in beside {
        let path = file?.path();
        if is_it(&path)? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Whether an error says that there is no such file.
fn is_gone(why: &io::Error) -> bool {
    matches!(why.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn read_from(file: &File, offset: u64, most: usize) -> io::Result<Vec<u8>> {
    let left = file.metadata()?.len().saturating_sub(offset);
    let len = most.min(usize::try_from(left).unwrap_or(most));
    let mut data = Vec::new();
    data.try_reserve_exact(len)?;
    data.resize(len, 0);
    file.read_exact_at(&mut data, offset)?;
    Ok(data)
}

/// How many records' lines are in the first `base` bytes of the batch, or in `data`, where the rest of it was to go.
fn count(lines: &[Line], base: usize, data: &[u8]) -> usize {
    let done = lines.iter().take_while(|line| line.end <= base).count();
    let records = |lines: &[Line]| lines.iter().filter(|line| line.is_record).count();
    let rest = &lines[done..];
    let is_amid_line = base > done.checked_sub(1).map_or(0, |last| lines[last].end);
    // The lines from a place of `data` on that stand there.
    let found = |at: usize| {
        let mut start = base;
        let there = rest.iter().enumerate().take_while(|(index, line)| {
            let from = at + (start - base);
            let here = data.get(from..from + (line.end - start));
            start = line.end;
            here.is_some_and(|here| *index == 0 && is_amid_line || sample(here) == line.sum)
        });
        there.count()
    };
    let mut count = found(0);
    if count == 0 && !is_amid_line {
        let ends = data.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        count = ends.map(|(at, _)| found(at + 1)).find(|count| *count > 0).unwrap_or(0);
    }
    records(&lines[..done + count])
}

/// Cuts off what stands without an end at the end of a file, behind `offset`; where somebody else writes, it is ended.
fn cut_torn(mut file: &File, offset: u64, data: &[u8]) -> io::Result<()> {
    if data.is_empty() || data.ends_with(b"\n") {
        return Ok(());
    }
    let whole = data.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let end = offset + data.len() as u64;
    let is_alone = lock(file, Lock::Exclusive).unwrap_or(true);
    let outcome = match file.metadata()?.len() == end {
        true if is_alone => file.set_len(offset + whole as u64),
        true => file.write_all(b"\n"),
        false => Ok(()),
    };
    let _ = lock(file, Lock::Free); // a child that was forked meanwhile has it, too
    outcome
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<Line> {
        let mut end = 0;
        let line = |text: &&str| {
            end += text.len();
            Line { end, is_record: !text.starts_with('#'), sum: sample(text.as_bytes()) }
        };
        texts.iter().map(line).collect()
    }

    #[test]
    fn lines_are_counted_that_stand_where_they_were_to_go() {
        let texts = ["one\n", "#own\n", "two\n", "three\n"];
        let (all, whole) = (lines(&texts), texts.concat());
        for cut in 0..=whole.len() {
            let expected = [4, 13, 19].iter().filter(|end| **end <= cut).count();
            assert_eq!(count(&all, 0, &whole.as_bytes()[..cut]), expected);
            // The rest behind a line, and behind a part of one.
            assert_eq!(
                count(&all, 9, whole.as_bytes()[9..].get(..cut).unwrap_or(b"two\nthree\n")),
                { 1 + [4, 10].iter().filter(|end| **end <= cut).count() }
            );
            let rest = &whole.as_bytes()[11..];
            let expected = 1 + [2, 8].iter().filter(|end| **end <= cut).count();
            assert_eq!(count(&all, 11, rest.get(..cut).unwrap_or(rest)), expected);
        }
    }

    #[test]
    fn lines_of_others_are_none_of_them() {
        let all = lines(&["one\n", "two\n"]);
        assert_eq!(count(&all, 0, b"foreign\n"), 0);
        assert_eq!(count(&all, 0, b"foreign\none\ntwo\nmore\n"), 2);
        assert_eq!(count(&all, 0, b"foreign\none\nmore\ntwo\n"), 1);
        assert_eq!(count(&all, 0, b"six\nten\n"), 0);
    }
}
