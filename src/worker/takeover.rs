//! Takes over what dead processes left: their records go first, through the sinks of the root logger, and what was
//! written is marked as done in their files, which then go.

use super::Worker;
use super::pass::ROUND_BYTES;
use crate::crash::{self, Dead, Scan};
use crate::error::{Code, Error};
use crate::queue::Estate;
use crate::sink::Desk;
use std::collections::VecDeque;
use std::io;

/// The number of the root logger: it was the first.
const ROOT: u32 = 0;

impl Worker {
    /// Whether there is something to take over.
    pub(super) fn has_estate(&self) -> bool {
        self.estate.is_some()
            || !self.dead.is_empty()
            || self.has_more_dead && self.is_any_gone
            || self.takes_over() && self.pipeline.has_bequest()
    }

    /// Whether that is this worker's business.
    fn takes_over(&self) -> bool {
        self.number == 0
    }

    /// Takes over at most `max` records. Gives how many there are left of that: none if no sink has room.
    pub(super) fn take_over(&mut self, max: usize) -> usize {
        let mut left = max;
        while left > 0 && (self.estate.is_some() || self.begin_estate()) {
            self.is_blocked = self.scene.begin_round();
            while left > 0 && !self.is_blocked && self.take_left() {
                left -= 1;
                if self.scene.pending_bytes() >= ROUND_BYTES || self.round.is_full() {
                    self.commit();
                }
            }
            if self.is_blocked {
                return 0;
            }
            self.commit(); // also without records: a line may say what could not be recovered
            if left > 0 {
                self.end_estate();
            }
        }
        left
    }

    /// Begins with the next dead process. False if there is none.
    fn begin_estate(&mut self) -> bool {
        if self.takes_over() && self.pipeline.has_bequest() && self.scene.knows(ROOT) {
            self.pipeline.take_bequest().into_iter().for_each(|scan| self.take_on(scan));
        }
        while let Some(dead) = self.next_dead() {
            let nonce = dead.nonce();
            let estate = match Estate::open(dead, &self.settled) {
                Ok(estate) => estate,
                Err(why) => {
                    // Those that follow may have noted what is out of its records: with it, or not at all.
                    self.report_left(1 + self.dead.len() as u64, Some(&why));
                    (self.dead, self.has_more_dead) = (VecDeque::new(), false);
                    return false;
                }
            };
            let (count, pid) = (estate.left(), estate.dead().pid());
            if count > 0 {
                let now = crate::clock::unix_ns();
                self.scene.each(self.scene.sinks_of(ROOT), |desk| {
                    desk.say(now, format_args!("{count} records recovered from process {pid}"));
                });
            }
            if count > 0 || estate.damaged().0 > 0 {
                // Each has a place of its own in the note, as many as are taken at once.
                self.owner = self.note().map_or(0, |note| note.set_owner(self.dead.len(), nonce));
                self.estate = Some(estate);
                return true;
            }
            self.is_any_gone |= estate.finish();
        }
        false
    }

    fn take_on(&mut self, scan: Scan) {
        self.report_left(scan.left, scan.why.as_ref());
        (self.dead, self.settled) = (scan.dead.into(), scan.settled);
        (self.has_more_dead, self.is_any_gone) = (scan.has_more, false);
    }

    /// The next dead process. Looks for more when those that were found are done with.
    fn next_dead(&mut self) -> Option<Dead> {
        if self.dead.is_empty() && self.has_more_dead && self.is_any_gone {
            self.has_more_dead = false;
            let home = self.pipeline.home.clone();
            match home.map(|home| crash::scan(home.directory())).transpose() {
                Ok(scan) => scan.into_iter().for_each(|scan| self.take_on(scan)),
                Err(error) => self.pipeline.faults.raise(error),
            }
        }
        self.dead.pop_front()
    }

    /// Takes the next record. False if there is none.
    fn take_left(&mut self) -> bool {
        let sinks = self.scene.sinks_of(ROOT);
        let Some(estate) = &mut self.estate else { return false };
        let Some(ring) = estate.next() else { return false };
        let (owner, (file, end)) = (self.owner, estate.place_of_next(ring));
        let Some(left) = estate.take(ring) else {
            estate.count_damaged();
            return true;
        };
        let has = self.scene.files(left.has) & sinks;
        let lacks = sinks & !has;
        if lacks == 0 {
            return true; // every sink that there is now has it
        }
        self.round_ns.get_or_insert(left.unix_ns);
        if let Some(note) = self.pipeline.home.as_ref().and_then(|home| home.round(self.number)) {
            note.record(self.round.records.len(), owner, file, end);
        }
        self.pipeline.account.recover();
        self.round.records.open();
        self.offering = Some((left.record.level, lacks));
        self.offered_to = 0;
        let report = |error| self.pipeline.faults.raise(error);
        let (wanted, is_suppressed) =
            self.scene.offer_left(ROOT, lacks, &left, report, &mut self.offered_to);
        self.offering = None;
        self.scene.each(has, Desk::has_already);
        self.round.records.wanted(wanted);
        if is_suppressed && wanted == 0 {
            self.round.records.suppressed();
        }
        true
    }

    /// What was taken over is written, or counts as failed: nobody is to take it again.
    pub(super) fn release_estate(&mut self) {
        let Some(estate) = &mut self.estate else { return };
        if let Err(why) = estate.release() {
            let name = estate.dead().name();
            self.pipeline.faults.raise(Error::os(
                Code::Io,
                "crash_dir",
                format_args!("cannot mark what was recovered as such: \"{name}\""),
                &why,
            ));
        }
    }

    /// Says what could not be recovered, and removes the files.
    fn end_estate(&mut self) {
        let Some(estate) = self.estate.take() else { return };
        let (pid, (damaged, why)) = (estate.dead().pid(), estate.damaged());
        if damaged > 0 {
            let error = match why {
                Some(why) => Error::os(
                    Code::Io,
                    "crash_dir",
                    format_args!("damaged places in the queues of process {pid} were skipped"),
                    why,
                ),
                None => Error::new(
                    Code::Io,
                    "crash_dir",
                    format_args!("damaged places in the queues of process {pid} were skipped"),
                ),
            };
            self.pipeline.faults.raise(error.times(damaged));
            let now = crate::clock::unix_ns();
            self.scene.each(self.scene.sinks_of(ROOT), |desk| {
                desk.say(
                    now,
                    format_args!("{damaged} damaged places in the queues of process {pid} skipped"),
                );
            });
            self.commit();
        }
        self.is_any_gone |= estate.finish();
    }

    fn report_left(&self, left: u64, why: Option<&io::Error>) {
        if left > 0 {
            let what = format_args!("files of a dead process cannot be read, and were left");
            let error = match why {
                Some(why) => Error::os(Code::Io, "crash_dir", what, why),
                None => Error::new(Code::Io, "crash_dir", what),
            };
            self.pipeline.faults.raise(error.times(left));
        }
    }
}
