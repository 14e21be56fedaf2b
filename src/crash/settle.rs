//! What a dead worker was writing: which records of its last round are out, by what stands in the files.
//!
//! A line counts as out if it stands where it was to go: behind the place that was noted, or, if other processes wrote
//! there as well, behind a line of theirs. A rest without an end is cut off: its record is written anew.

use super::dead::Dead;
use super::files::Files;
use super::round::*;
use super::{checksum, sample};
use crate::os::file::{LOOK_FLAGS, Lock, lock};
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// How far behind the noted place lines are looked for among those of others.
const REACH: usize = 4 * 1024 * 1024;

/// Records that are out, wholly or in part: by the nonce of their logger, the number of their ring, and where they end.
#[derive(Default)]
pub struct Settled(HashMap<(u64, u64), HashMap<u64, Out>>);

/// Where a record is out.
#[derive(Clone, Debug, PartialEq)]
pub enum Out {
    /// In every sink that wanted it.
    Everywhere,
    /// In the files with these paths, by their checksums.
    Files(Vec<u64>),
}

impl Settled {
    /// What is known of a ring.
    pub fn of(&self, nonce: u64, ring: u64) -> Option<&HashMap<u64, Out>> {
        self.0.get(&(nonce, ring))
    }

    fn add(&mut self, key: (u64, u64), end: u64, out: Out) {
        let known = self.0.entry(key).or_default();
        let out = match (known.remove(&end), out) {
            (Some(Out::Files(mut one)), Out::Files(two)) => {
                one.extend(two);
                Out::Files(one)
            }
            (Some(Out::Everywhere), _) | (_, Out::Everywhere) => Out::Everywhere,
            (None, out) => out,
        };
        known.insert(end, out);
    }
}

/// What a path is compared by.
pub fn path_sum(path: &Path) -> u64 {
    checksum(path.as_os_str().as_encoded_bytes())
}

/// Settles the last rounds of dead loggers: marks what is out as done with in their rings as far as that can be, and gives
/// the rest. Whoever dies in the middle of this leaves it to be done again. Of `others`, which are there as well, only what
/// they have noted of the records of these: one may live, or be for later.
///
/// Takes out of `dead` those that must wait for the next time, and says why: a file that was written to cannot be read, or a
/// note is about the records of one of the others.
///
/// # Errors
/// The system: then it is not known what is out of any, and would be written again.
pub fn settle(dead: &mut Vec<Dead>, others: &[Files]) -> io::Result<(Settled, Vec<io::Error>)> {
    let mut settled = Settled::default();
    let (mut waiting, mut reasons) = (HashSet::new(), Vec::new());
    for one in dead.iter() {
        for number in one.files().rounds()? {
            let words = one.files().read_round(number)?;
            if !is_under_way(&words) {
                continue;
            }
            let owners: HashSet<u64> = owners(one.nonce(), &words).collect();
            if others.iter().any(|other| owners.contains(&other.nonce())) {
                waiting.insert(one.nonce());
                reasons.push(io::Error::other("it was recovering from one that was not taken"));
                continue;
            }
            match read_note(one.nonce(), &words) {
                Ok(outs) => {
                    if mark(dead, outs, &mut settled)? {
                        let _ = one.clear_round(number); // it says the same again, then
                    }
                }
                Err(why) => {
                    waiting.extend(owners);
                    waiting.insert(one.nonce());
                    reasons.push(why);
                }
            }
        }
    }
    for one in others {
        for number in one.rounds()? {
            // Its own records are looked at when it is taken: it may live, and be writing them.
            let is_theirs = |nonce: u64| dead.iter().any(|dead| dead.nonce() == nonce);
            let words = match one.read_owners(number) {
                Ok(owners) if owners.iter().any(|nonce| is_theirs(*nonce)) => {
                    one.read_round(number)
                }
                Ok(_) => continue,
                Err(why) => Err(why),
            };
            let words = match words {
                Err(why) if why.kind() == io::ErrorKind::NotFound => continue, // it lived
                words => words?,
            };
            if is_under_way(&words) && owners(one.nonce(), &words).any(is_theirs) {
                match read_note(one.nonce(), &words) {
                    Ok(mut outs) => {
                        outs.retain(|((nonce, _), ..)| is_theirs(*nonce));
                        mark(dead, outs, &mut settled)?;
                    }
                    Err(why) => {
                        waiting.extend(owners(one.nonce(), &words));
                        reasons.push(why);
                    }
                }
            }
        }
    }
    dead.retain(|dead| !waiting.contains(&dead.nonce()));
    Ok((settled, reasons))
}

type Key = (u64, u64);

/// Where a record of a ring is out, with the position where it ends.
type Noted = (Key, u64, Option<Out>);

/// Whether that is the note of a round which was not over.
fn is_under_way(words: &[u64]) -> bool {
    words.len() >= FIRST_SLOT && words[0] == ROUND && words[STATE] == 1
}

/// The records of a note: which ring each is in, the position where it ends, and the sinks that wanted it.
fn keys(own: u64, words: &[u64]) -> impl Iterator<Item = (Key, u64, u64)> {
    let count = (words[COUNT] as usize).min(MOST_RECORDS);
    let records = words[RECORDS..FIRST_SLOT].chunks_exact(RECORD).take(count);
    records.map(move |record| {
        let (end, wanted, ring) = (record[0], record[1], record[2]);
        let owner = (ring >> RING_BITS) as usize;
        let nonce = if owner == 0 { own } else { words[OWNERS + (owner - 1) % OWNERS] };
        ((nonce, ring & ((1 << RING_BITS) - 1)), end, wanted)
    })
}

/// The loggers whose records are in a note.
fn owners(own: u64, words: &[u64]) -> impl Iterator<Item = u64> {
    keys(own, words).map(|((nonce, _), ..)| nonce)
}

/// Where each record of a noted round is out.
fn read_note(own: u64, words: &[u64]) -> io::Result<Vec<Noted>> {
    let slots = words[FIRST_SLOT..].chunks_exact(SLOT).take(words[SLOTS] as usize);
    // By place: how many of the records that it wanted are out, and where.
    let mut files: HashMap<u64, (usize, u64)> = HashMap::new();
    for slot in slots.filter(|slot| (1..=64).contains(&slot[PLACE])) {
        if let Some((count, path)) = count_out(slot)? {
            files.insert(slot[PLACE] - 1, (count, path_sum(&path)));
        }
    }
    let outs = keys(own, words).map(|(key, end, wanted)| {
        let (mut paths, mut missing) = (Vec::new(), false);
        for place in (0..64).filter(|place| wanted >> place & 1 == 1) {
            match files.get_mut(&place) {
                Some((left, path)) if *left > 0 => {
                    *left -= 1;
                    paths.push(*path);
                }
                _ => missing = true,
            }
        }
        let out = match missing {
            false => Some(Out::Everywhere),
            true => (!paths.is_empty()).then_some(Out::Files(paths)),
        };
        (key, end, out)
    });
    Ok(outs.collect())
}

/// Marks in the rings what is out everywhere, up to the first record that is not. True if there is no more to be known.
fn mark(dead: &[Dead], outs: Vec<Noted>, settled: &mut Settled) -> io::Result<bool> {
    let mut heads: HashMap<Key, (u64, bool)> = HashMap::new();
    let mut is_all = true;
    for (key, end, out) in outs {
        let (head, is_open) = heads.entry(key).or_insert((0, true));
        match out {
            Some(Out::Everywhere) if *is_open => *head = end,
            Some(out) => {
                *is_open = false;
                is_all = false;
                settled.add(key, end, out);
            }
            None => *is_open = false,
        }
    }
    for ((nonce, ring), (head, _)) in heads.into_iter().filter(|(_, (head, _))| *head > 0) {
        // Without its files it is done with.
        if let Some(owner) = dead.iter().find(|dead| dead.nonce() == nonce) {
            owner.advance_to(ring, head)?;
        }
    }
    Ok(is_all)
}

/// A line that was to be written.
struct Line {
    end: usize,
    is_record: bool,
    sum: u64,
}

/// How many records' lines of a batch are out, and the path of the file. `None` if there was none.
fn count_out(slot: &[u64]) -> io::Result<Option<(usize, PathBuf)>> {
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
