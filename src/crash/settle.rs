//! What a dead worker was writing: which records of its last round are out, by what stands in the files.

use super::checksum;
use super::dead::Dead;
use super::files::{Files, Listing, numbers};
use super::round::*;
use super::written::count_out;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

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
pub fn settle(
    dead: &mut Vec<Dead>,
    others: &[Files],
    listing: &Listing,
) -> io::Result<(Settled, Vec<io::Error>)> {
    let mut settling = Settling {
        dead,
        settled: Settled::default(),
        waiting: HashSet::new(),
        reasons: Vec::new(),
    };
    for one in dead.iter() {
        for number in one.rounds() {
            settling.hear(one, number, others)?;
        }
    }
    for one in others {
        for number in numbers(listing.of(&one.stem), "round") {
            settling.overhear(one, number)?;
        }
    }
    let Settling { settled, waiting, reasons, .. } = settling;
    dead.retain(|dead| !waiting.contains(&dead.nonce()));
    Ok((settled, reasons))
}

/// What was found out so far.
struct Settling<'a> {
    dead: &'a [Dead],
    settled: Settled,
    /// The nonces of those that must wait, and why.
    waiting: HashSet<u64>,
    reasons: Vec<io::Error>,
}

impl Settling<'_> {
    /// Looks at a note of one of the dead.
    fn hear(&mut self, one: &Dead, number: u64, others: &[Files]) -> io::Result<()> {
        let words = one.files().read_round(number)?;
        if !is_under_way(&words) {
            return Ok(());
        }
        let owners: HashSet<u64> = owners(one.nonce(), &words).chain([one.nonce()]).collect();
        let outs = match others.iter().any(|other| owners.contains(&other.nonce())) {
            true => Err(io::Error::other("it was recovering from one that was not taken")),
            false => read_note(one.nonce(), &words),
        };
        match outs {
            Ok(outs) => {
                if mark(self.dead, outs, &mut self.settled)? {
                    let _ = one.clear_round(number); // it says the same again, then
                }
            }
            Err(why) => self.wait(owners, why),
        }
        Ok(())
    }

    /// Looks at a note of one that was not taken: for the records of the dead only. Its own are looked at when it is taken; it
    /// may live, and be writing them.
    fn overhear(&mut self, one: &Files, number: u64) -> io::Result<()> {
        let is_theirs = |nonce: u64| self.dead.iter().any(|dead| dead.nonce() == nonce);
        let read = || match one.read_owners(number)?.into_iter().any(is_theirs) {
            true => one.read_round(number),
            false => Ok(Vec::new()),
        };
        let words = match read() {
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()), // it lived
            words => words?,
        };
        if !is_under_way(&words) || !owners(one.nonce(), &words).any(is_theirs) {
            return Ok(());
        }
        match read_note(one.nonce(), &words) {
            Ok(mut outs) => {
                outs.retain(|((nonce, _), ..)| is_theirs(*nonce));
                mark(self.dead, outs, &mut self.settled)?;
            }
            Err(why) => self.wait(owners(one.nonce(), &words), why),
        }
        Ok(())
    }

    fn wait(&mut self, nonces: impl IntoIterator<Item = u64>, why: io::Error) {
        self.waiting.extend(nonces);
        self.reasons.push(why);
    }
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
