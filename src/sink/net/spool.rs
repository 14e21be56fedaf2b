//! Lines on the disk that a peer could not take yet: in order, also for the next process.
//!
//! A directory of segments, named by number. Lines are appended to the newest; a segment goes when all of it is
//! sent. How far the oldest is sent is written down behind each sending, so after a crash between the two at most
//! one chunk is sent twice; what was handed to the system before is never lost with the process, but may be with
//! the machine. A directory has one owner: a second logger is refused.

use super::owner::Owner;
use super::segment::{Chunk, Read, Segment};
use super::wire::Lines;
use crate::os::file::not_own;
use std::collections::VecDeque;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// How many segments a full spool has, about: so much of the disk is given back at once.
const SEGMENTS: u64 = 16;
/// A larger segment would only be given back later.
const MAX_SEGMENT: u64 = 16 * 1024 * 1024;
const PREFIX: &str = "alog-spool-";

/// A directory of lines.
pub struct Spool {
    directory: PathBuf,
    limit: u64,
    /// In order, with their numbers.
    segments: VecDeque<(u64, Segment)>,
    /// The newest one is this logger's own: it may be appended to.
    is_open: bool,
    next: u64,
    /// What all segments take.
    len: u64,
    /// The first chunk that is not sent, if it was read.
    chunk: Option<Chunk>,
    owner: Owner,
}

impl Spool {
    /// Opens a directory, and makes it if it is missing.
    pub fn open(directory: &Path, limit: usize) -> io::Result<Self> {
        let mut new = Self {
            directory: directory.into(),
            limit: limit as u64,
            segments: VecDeque::new(),
            is_open: false,
            next: 0,
            len: 0,
            chunk: None,
            owner: take(directory)?,
        };
        new.find()?;
        Ok(new)
    }

    /// Has another limit from now on.
    pub fn limit_to(&mut self, limit: usize) {
        self.limit = limit as u64;
    }

    /// Finds what is there.
    fn find(&mut self) -> io::Result<()> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
            numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        for number in numbers {
            self.next = number.saturating_add(1);
            // What is none of ours is left alone.
            if let Some(segment) = Segment::open(&self.path(number))? {
                self.len += segment.len();
                self.segments.push_back((number, segment));
            }
        }
        self.drop_done();
        Ok(())
    }

    fn path(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{PREFIX}{number:016}"))
    }

    /// Whether nothing waits here.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// How many bytes that wait here are in files that somebody has removed: they last as long as this does. Said once.
    pub fn removed(&mut self) -> u64 {
        self.segments.iter_mut().map(|(_, segment)| segment.removed()).sum()
    }

    /// Goes on in a new segment if somebody has removed the newest one, and in a new directory if that is gone.
    fn mend(&mut self) -> io::Result<()> {
        self.is_open &= self.segments.back().is_some_and(|(_, segment)| !segment.is_removed());
        if self.owner.is_gone() {
            self.owner = take(&self.directory)?;
        }
        Ok(())
    }

    /// Appends lines, as many as there is room for. Gives how many bytes of them it took, and why not all.
    pub fn append(&mut self, lines: Lines<'_>) -> (usize, Option<io::Error>) {
        let full = || io::Error::new(ErrorKind::StorageFull, "the spool is full");
        let fitting = lines.first(self.fitting(lines));
        if fitting.ends.is_empty() {
            return (0, (!lines.ends.is_empty()).then(full));
        }
        match self.append_all(fitting) {
            Ok(()) if fitting.ends.len() < lines.ends.len() => (fitting.bytes.len(), Some(full())),
            Ok(()) => (fitting.bytes.len(), None),
            Err(error) => (0, Some(error)),
        }
    }

    /// How many of these lines there is room for, whatever is to be begun for them.
    fn fitting(&self, lines: Lines<'_>) -> usize {
        let room = self.limit.saturating_sub(self.len + Segment::EMPTY);
        let fits = |(before, end): &(usize, usize)| Segment::chunk_len(*end, before + 1) <= room;
        match lines.ends().next_back().map(|end| (lines.ends.len() - 1, end)) {
            Some(last) if fits(&last) => lines.ends.len(),
            _ => lines.ends().enumerate().take_while(fits).count(),
        }
    }

    /// Appends lines: all of them, or none.
    fn append_all(&mut self, lines: Lines<'_>) -> io::Result<()> {
        self.mend()?;
        let needed = Segment::chunk_len(lines.bytes.len(), lines.ends.len());
        let largest = (self.limit / SEGMENTS).min(MAX_SEGMENT);
        let has_room = |segment: &Segment| segment.len() + needed <= largest;
        let newest = self.segments.back().filter(|_| self.is_open);
        if !newest.is_some_and(|(_, segment)| has_room(segment)) {
            self.begin()?;
        }
        let Some((_, segment)) = self.segments.back_mut() else {
            return Err(ErrorKind::NotFound.into());
        };
        let before = segment.len();
        let base = lines.base;
        let appended = segment.append(lines.bytes, lines.ends.iter().map(|end| end - base));
        self.len += segment.len() - before;
        self.drop_done();
        appended
    }

    /// Begins a new segment.
    fn begin(&mut self) -> io::Result<()> {
        let number = self.next;
        self.next += 1; // also if this one cannot be begun
        let segment = Segment::create(&self.path(number))?;
        self.len += segment.len();
        self.segments.push_back((number, segment));
        self.is_open = true;
        Ok(())
    }

    /// The lines that are to be sent first; `None` if there are none. `lost` is told how many bytes turned out to
    /// be damaged.
    pub fn first(&mut self, mut lost: impl FnMut(u64)) -> io::Result<Option<Lines<'_>>> {
        while self.chunk.is_none() {
            let Some((_, segment)) = self.segments.front_mut() else { return Ok(None) };
            let mut chunk = Chunk::default();
            match segment.read(&mut chunk)? {
                Read::Chunk => self.chunk = Some(chunk),
                Read::End => self.drop_first(),
                Read::Damaged(bytes) => {
                    lost(bytes);
                    self.drop_first();
                }
            }
        }
        Ok(self.chunk.as_ref().map(|chunk| {
            let lines = Lines { bytes: &chunk.lines, ends: &chunk.ends, base: 0 };
            lines.behind(chunk.sent)
        }))
    }

    /// The first `bytes` bytes of those lines are out.
    pub fn sent(&mut self, bytes: usize) -> io::Result<()> {
        let (Some(mut chunk), Some((_, segment))) = (self.chunk.take(), self.segments.front_mut())
        else {
            return Ok(());
        };
        chunk.sent += bytes;
        let saved = segment.sent(&chunk);
        if chunk.sent < chunk.lines.len() {
            self.chunk = Some(chunk);
        }
        self.drop_done();
        saved
    }

    /// Drops segments of which nothing is left to send.
    fn drop_done(&mut self) {
        while self.chunk.is_none() && self.segments.front().is_some_and(|(_, it)| it.is_done()) {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        if let Some((number, segment)) = self.segments.pop_front() {
            self.len -= segment.len();
            // A file that stays is known to be sent by what it says itself.
            drop(fs::remove_file(self.path(number)));
        }
        self.is_open &= !self.segments.is_empty();
    }
}

/// Takes a directory, and makes it if it is missing.
fn take(directory: &Path) -> io::Result<Owner> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    if let Some(why) = not_own(&fs::symlink_metadata(directory)?) {
        return Err(io::Error::other(format!("cannot use \"{}\": {why}", directory.display())));
    }
    Owner::take(directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    struct Place(PathBuf);

    impl Place {
        fn new() -> Self {
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let name = format!("alog-spool-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
            let place = Self(std::env::temp_dir().join(name));
            let _ = fs::remove_dir_all(&place.0); // of an earlier process of that number
            place
        }

        fn open(&self) -> Spool {
            Spool::open(&self.0, 1024 * 1024).unwrap()
        }

        fn segments(&self) -> Vec<PathBuf> {
            let entries = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path());
            let mut paths: Vec<PathBuf> = entries.filter(|path| !path.ends_with("lock")).collect();
            paths.sort();
            paths
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn append(spool: &mut Spool, lines: &[&str]) -> io::Result<()> {
        let text = lines.concat();
        let mut end = 0;
        let ends = lines.iter().map(|line| {
            end += line.len();
            end
        });
        let ends: Vec<usize> = ends.collect();
        let (taken, error) = spool.append(Lines { bytes: text.as_bytes(), ends: &ends, base: 0 });
        assert_eq!(taken == text.len(), error.is_none());
        error.map_or(Ok(()), Err)
    }

    /// Sends everything, line by line.
    fn drain(spool: &mut Spool) -> (Vec<String>, u64) {
        let (mut sent, mut damaged) = (Vec::new(), 0);
        while let Some(lines) = spool.first(|bytes| damaged += bytes).unwrap() {
            let line = lines.iter().next().unwrap();
            sent.push(String::from_utf8(line.to_vec()).unwrap());
            let len = line.len();
            spool.sent(len).unwrap();
        }
        (sent, damaged)
    }

    #[test]
    fn lines_come_out_in_order_and_leave_no_file() {
        let place = Place::new();
        let mut spool = place.open();
        assert!(spool.is_empty());
        append(&mut spool, &["a\n", "b\nc\n"]).unwrap();
        append(&mut spool, &["d\n"]).unwrap();
        let mode = fs::metadata(&place.segments()[0]).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(drain(&mut spool), (vec!["a\n".into(), "b\nc\n".into(), "d\n".into()], 0));
        assert!(spool.is_empty() && place.segments().is_empty());
        append(&mut spool, &["e\n"]).unwrap();
        assert_eq!(drain(&mut spool).0, ["e\n"]);
        assert_eq!(spool.len, 0);
    }

    #[test]
    fn another_process_goes_on_behind_what_was_sent() {
        let place = Place::new();
        let mut spool = place.open();
        append(&mut spool, &["a\n", "b\n", "c\n"]).unwrap();
        append(&mut spool, &["d\n"]).unwrap();
        spool.first(|_| panic!()).unwrap();
        spool.sent(2).unwrap();
        drop(spool);
        let mut spool = place.open();
        append(&mut spool, &["e\n"]).unwrap();
        assert_eq!(drain(&mut spool).0, ["b\n", "c\n", "d\n", "e\n"]);
    }

    #[test]
    fn a_torn_tail_is_given_up_and_nothing_else() {
        let place = Place::new();
        let mut spool = place.open();
        append(&mut spool, &["first\n"]).unwrap();
        let whole = spool.len;
        append(&mut spool, &["second\n"]).unwrap();
        let all = spool.len;
        drop(spool);
        for len in whole + 1..all {
            let path = &place.segments()[0];
            let before = fs::read(path).unwrap();
            fs::write(path, &before[..len as usize]).unwrap();
            let mut spool = place.open();
            append(&mut spool, &["third\n"]).unwrap();
            assert_eq!(drain(&mut spool), (vec!["first\n".into(), "third\n".into()], len - whole));
            drop(spool);
            fs::write(path, before).unwrap();
        }
    }

    #[test]
    fn a_full_spool_takes_no_more_and_gives_room_back() {
        let place = Place::new();
        let mut spool = place.open();
        let line = format!("{}\n", "x".repeat(9_999));
        let mut taken = 0;
        while append(&mut spool, &[&line]).is_ok() {
            taken += 1;
        }
        assert!((90..=104).contains(&taken), "{taken}");
        let error = append(&mut spool, &[&line]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert!(spool.len <= spool.limit);
        for _ in 0..taken / 2 {
            spool.first(|_| panic!()).unwrap();
            spool.sent(line.len()).unwrap();
        }
        append(&mut spool, &[&line]).unwrap();
        assert_eq!(drain(&mut spool).0.len(), taken - taken / 2 + 1);
    }

    #[test]
    fn a_directory_that_was_removed_is_made_again_and_what_it_had_is_known_to_be_gone() {
        let place = Place::new();
        let mut spool = place.open();
        append(&mut spool, &["a\n"]).unwrap();
        append(&mut spool, &["b\n"]).unwrap();
        spool.first(|_| panic!()).unwrap();
        spool.sent(2).unwrap();
        assert_eq!(spool.removed(), 0);
        fs::remove_dir_all(&place.0).unwrap();
        assert_eq!((spool.removed(), spool.removed()), (Segment::chunk_len(2, 1), 0));
        append(&mut spool, &["c\n"]).unwrap();
        assert_eq!(place.segments().len(), 1);
        let refused = Spool::open(&place.0, 1024 * 1024).err().unwrap();
        assert_eq!(refused.to_string(), "the spool belongs to another logger");
        assert_eq!(drain(&mut spool).0, ["b\n", "c\n"], "as long as it lives it has all");
        fs::remove_dir_all(&place.0).unwrap();
        append(&mut spool, &["d\n"]).unwrap();
        fs::remove_file(&place.segments()[0]).unwrap();
        append(&mut spool, &["e\n"]).unwrap();
        assert_eq!(spool.removed(), Segment::chunk_len(2, 1));
        drop(spool);
        assert_eq!(drain(&mut place.open()).0, ["e\n"]);
    }

    #[test]
    fn of_lines_that_are_more_than_there_is_room_for_the_first_are_taken() {
        let place = Place::new();
        let mut spool = place.open();
        let lines: Vec<String> = (0..2500).map(|number| format!("{number:0499}\n")).collect();
        let text = lines.concat();
        let ends: Vec<usize> = (1..=lines.len()).map(|count| count * 500 + 7).collect();
        let lines_at = |from: usize| Lines {
            bytes: &text.as_bytes()[from..],
            ends: &ends[from / 500..],
            base: 7 + from,
        };
        let (taken, error) = spool.append(lines_at(0));
        assert_eq!((taken % 500, error.unwrap().kind()), (0, ErrorKind::StorageFull));
        assert!(taken > 1_000_000 && spool.len <= spool.limit, "{taken}");
        assert_eq!(spool.append(lines_at(taken)).0, 0, "there is no room for one more");
        assert_eq!(drain(&mut spool).0, lines[..taken / 500]);
        let (rest, error) = spool.append(lines_at(taken));
        assert_eq!((taken + rest, error.is_none()), (text.len(), true));
    }

    #[test]
    fn a_segment_that_could_not_be_begun_keeps_no_other_from_it() {
        let place = Place::new();
        let mut spool = place.open();
        fs::write(spool.path(0), "in the way").unwrap();
        assert_eq!(append(&mut spool, &["a\n"]).unwrap_err().kind(), ErrorKind::AlreadyExists);
        append(&mut spool, &["b\n"]).unwrap();
        assert_eq!(drain(&mut spool).0, ["b\n"]);
    }

    #[test]
    fn a_spool_has_one_logger_and_is_no_symbolic_link() {
        let place = Place::new();
        let _spool = place.open();
        let refused = Spool::open(&place.0, 1024 * 1024).err().unwrap();
        assert_eq!(refused.to_string(), "the spool belongs to another logger");
        let link = place.0.join("link");
        std::os::unix::fs::symlink(&place.0, &link).unwrap();
        let refused = |path: &Path| Spool::open(path, 1024 * 1024).err().unwrap().to_string();
        assert!(refused(&link).ends_with("it is a symbolic link"));
        // As /tmp is: whoever can put segments there could have them sent.
        let open = place.0.join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o1777)).unwrap();
        assert!(refused(&open).ends_with("others can write to it"));
    }
}
