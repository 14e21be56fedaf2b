//! Files at times of the test's own.

mod clock;

use super::*;
use crate::account::SinkAccount;
use crate::config::{Config, Target};
use crate::error::Text;
use crate::fault::Faults;
use crate::sink::outlet::Source;
use std::fs::{self, File, FileTimes};
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::time::SystemTime;

const HOUR: i64 = 3600 * 1_000_000_000;
const DAY: i64 = 24 * HOUR;
/// 2026-01-01T00:00:00Z.
pub const NEW_YEAR: i64 = 1_767_225_600 * 1_000_000_000;

/// A directory of one test's own, removed at the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("alog-file-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Puts a file there that was last written to at that time.
    pub fn put(&self, name: &str, text: &str, unix_ns: i64) {
        fs::write(self.0.join(name), text).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_nanos(unix_ns as u64);
        let file = File::options().write(true).open(self.0.join(name)).unwrap();
        file.set_times(FileTimes::new().set_modified(time)).unwrap();
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_else(|error| error.to_string())
    }

    /// The names of the files, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of it does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A sink to the file `log` in a folder, and what it has of its surroundings.
pub struct Bench {
    pub outlet: Box<dyn Outlet>,
    account: SinkAccount,
    pub faults: Faults,
}

impl Bench {
    pub fn new(folder: &Folder, parameters: &str) -> Self {
        Self::at(folder, &format!("log?{parameters}"))
    }

    /// At a path in the folder, with parameters.
    pub fn at(folder: &Folder, spec: &str) -> Self {
        crate::fork::init().unwrap();
        let mut config = Config::new();
        config.add_sink(&format!("file:{}/{spec}", folder.0.display())).unwrap();
        let Target::File(file) = &config.sinks[0].target else { panic!("another kind") };
        let outlet = FileSource::open(file, false).unwrap().outlet();
        Self { outlet, account: SinkAccount::default(), faults: Faults::new(16) }
    }

    pub fn with<R>(
        &mut self,
        unix_ns: i64,
        act: impl FnOnce(&mut dyn Outlet, &Context<'_>) -> R,
    ) -> R {
        let (name, account, faults) = (&Text::new("file:log"), &self.account, &self.faults);
        let context = Context { name, account, faults, unix_ns, is_closing: false, slot: None };
        act(&mut *self.outlet, &context)
    }

    /// Writes one line at that time.
    pub fn line(&mut self, unix_ns: i64, line: &str) {
        let mut batch = Batch::new();
        assert!(batch.push_line(format!("{line}\n").as_bytes()));
        let sent = self.with(unix_ns, |outlet, context| outlet.write(&batch, 0, context));
        assert!(sent.error.is_none(), "{:?}", sent.error);
        assert_eq!(sent.bytes, batch.len());
    }

    pub fn errors(&self) -> Vec<String> {
        let errors = std::iter::from_fn(|| self.faults.poll());
        errors.map(|error| error.message.as_str().to_owned()).collect()
    }
}

#[test]
fn a_new_file_is_begun_once_for_each_period() {
    let folder = Folder::new();
    let mut bench = Bench::new(&folder, "rotate=daily&rotate_names=time");
    bench.line(NEW_YEAR + 23 * HOUR, "a");
    bench.line(NEW_YEAR + DAY - 1, "b");
    assert_eq!(folder.names(), ["log"]);
    bench.line(NEW_YEAR + DAY, "c");
    bench.line(NEW_YEAR + DAY + 23 * HOUR, "d");
    assert_eq!(folder.text("log.2026-01-02T00-00-00"), "a\nb\n");
    // Days without a line are no files.
    bench.line(NEW_YEAR + 9 * DAY + HOUR, "e");
    assert_eq!(folder.text("log.2026-01-10T01-00-00"), "c\nd\n");
    assert_eq!((folder.text("log"), folder.names().len()), ("e\n".into(), 3));
    assert_eq!(bench.errors(), [""; 0]);
}

#[test]
fn a_clock_that_jumps_makes_no_more_files_than_there_are_periods() {
    let folder = Folder::new();
    let mut bench = Bench::new(&folder, "rotate=hourly");
    bench.line(NEW_YEAR, "a");
    bench.line(NEW_YEAR + HOUR, "b");
    // A correction of a minute across the end of a period, forth and back.
    for _ in 0..10 {
        bench.line(NEW_YEAR + HOUR - HOUR / 60, "c");
        bench.line(NEW_YEAR + HOUR + HOUR / 60, "d");
    }
    assert_eq!(folder.names(), ["log", "log.1"]);
    // Set back by a day: what comes then are periods of their own.
    bench.line(NEW_YEAR - DAY, "e");
    assert_eq!(folder.names(), ["log", "log.1"]);
    bench.line(NEW_YEAR - DAY + HOUR, "f");
    assert_eq!((folder.text("log"), folder.names().len()), ("f\n".into(), 3));
    assert!(folder.text("log.1").ends_with("e\n"));
}

#[test]
fn a_file_that_was_there_belongs_to_the_period_in_which_it_was_written_to() {
    let folder = Folder::new();
    folder.put("log", "old\n", NEW_YEAR + HOUR);
    let mut bench = Bench::new(&folder, "rotate=daily@03:30");
    bench.line(NEW_YEAR + 3 * HOUR, "a");
    assert_eq!(folder.text("log"), "old\na\n");
    folder.put("log", "old\na\n", NEW_YEAR + 3 * HOUR);
    let mut bench = Bench::new(&folder, "rotate=daily@03:30");
    bench.line(NEW_YEAR + 4 * HOUR, "b");
    assert_eq!((folder.text("log"), folder.text("log.1")), ("b\n".into(), "old\na\n".into()));
}

#[test]
fn names_that_tell_the_time_count_within_a_second_and_the_zone_is_the_one_that_was_asked_for() {
    let folder = Folder::new();
    let parameters = "rotate_lines=1&rotate_names=time&rotate_zone=Europe/Berlin&keep=2";
    let mut bench = Bench::new(&folder, parameters);
    for line in ["a", "b", "c"] {
        bench.line(NEW_YEAR, line);
    }
    assert_eq!(folder.text("log.2026-01-01T01-00-00"), "a\n");
    assert_eq!(folder.text("log.2026-01-01T01-00-00-1"), "b\n");
    bench.line(NEW_YEAR, "d");
    let expected = ["log", "log.2026-01-01T01-00-00-1", "log.2026-01-01T01-00-00-2"];
    assert_eq!(folder.names(), expected);
    assert_eq!(bench.errors(), [""; 0]);
}

#[test]
fn rotated_files_go_when_they_are_too_old_or_too_large_together() {
    let folder = Folder::new();
    let (mut now, week) = (NEW_YEAR, 7 * DAY);
    for number in 1..=4 {
        folder.put(&format!("log.{number}"), "0123456789\n", now - number * 2 * DAY);
    }
    folder.put("log.1.gold", "not ours", now - 99 * DAY);
    folder.put("log", "x\n", now);
    let mut bench = Bench::new(&folder, "rotate_lines=1&keep_age=7d");
    bench.line(now, "y");
    assert_eq!(folder.names(), ["log", "log.1", "log.1.gold", "log.2", "log.3", "log.4"]);
    drop(bench);
    now += week;
    folder.put("log", "y\n", now);
    folder.put("log.1", "0123456789\n", now);
    let mut bench = Bench::new(&folder, "rotate_lines=1&keep_size=20B");
    bench.line(now, "z");
    assert_eq!(folder.names(), ["log", "log.1", "log.1.gold", "log.2"]);
    assert_eq!((folder.text("log.1"), folder.text("log.2")), ("y\n".into(), "0123456789\n".into()));
}

#[test]
fn a_rotated_file_that_somebody_still_writes_to_is_not_removed() {
    let folder = Folder::new();
    let mut bench = Bench::new(&folder, "rotate_lines=1&keep=0");
    let mut other = Bench::new(&folder, "");
    bench.line(NEW_YEAR, "a");
    bench.line(NEW_YEAR, "b");
    other.line(NEW_YEAR, "c");
    assert_eq!((folder.text("log"), folder.text("log.1")), ("b\n".into(), "a\nc\n".into()));
    drop(other);
    bench.line(NEW_YEAR, "d");
    assert_eq!(folder.names(), ["log"]);
    assert_eq!(bench.errors(), [""; 0]);
}

#[test]
fn of_two_processes_at_one_file_one_begins_the_new_period_and_the_other_follows() {
    let folder = Folder::new();
    let mut one = Bench::new(&folder, "rotate=daily");
    let mut two = Bench::new(&folder, "rotate=daily");
    for day in 0..3 {
        for round in 0..3 {
            one.line(NEW_YEAR + day * DAY + round * HOUR, &format!("one {day}"));
            two.line(NEW_YEAR + day * DAY + round * HOUR, &format!("two {day}"));
        }
    }
    assert_eq!(folder.names(), ["log", "log.1", "log.2"]);
    for (name, day) in [("log.2", 0), ("log.1", 1), ("log", 2)] {
        assert_eq!(folder.text(name), format!("one {day}\ntwo {day}\n").repeat(3));
    }
}

#[test]
fn a_lock_that_another_process_does_not_let_go_puts_a_rotation_off_and_costs_no_line() {
    let folder = Folder::new();
    let mut bench = Bench::new(&folder, "rotate_lines=1");
    let held = File::open(&folder.0).unwrap();
    assert!(os::file::lock(&held, os::file::Lock::Exclusive).unwrap());
    bench.line(NEW_YEAR, "a");
    bench.line(NEW_YEAR, "b");
    assert_eq!((folder.text("log"), folder.names().len()), ("a\nb\n".into(), 1));
    assert!(os::file::lock(&held, os::file::Lock::Free).unwrap());
    while folder.names().len() < 2 {
        bench.line(NEW_YEAR, "c");
    }
    assert!(folder.text("log.1").starts_with("a\nb\n"));
    assert_eq!((folder.text("log"), bench.errors().len()), ("c\n".into(), 0));
}

#[test]
fn a_rotation_that_was_asked_for_is_tried_again_though_nothing_is_logged() {
    let folder = Folder::new();
    let mut bench = Bench::new(&folder, "");
    bench.line(NEW_YEAR, "a");
    let held = File::open(&folder.0).unwrap();
    assert!(os::file::lock(&held, os::file::Lock::Exclusive).unwrap());
    bench.with(NEW_YEAR, |outlet, context| outlet.rotate(context)).unwrap();
    assert_eq!(folder.names(), ["log"]);
    assert!(os::file::lock(&held, os::file::Lock::Free).unwrap());
    while bench.outlet.due().is_some() {
        bench.with(NEW_YEAR, |outlet, context| outlet.tick(context));
    }
    assert_eq!(
        (folder.names(), folder.text("log.1")),
        (vec!["log".into(), "log.1".into()], "a\n".into())
    );
    assert_eq!(bench.errors(), [""; 0]);
}

#[test]
fn files_that_a_wrong_clock_dated_in_the_future_do_not_stay_for_newer_ones() {
    let folder = Folder::new();
    let century = NEW_YEAR + 100 * 365 * DAY;
    for name in ["log.2125-12-31T00-00-00", "log.2126-01-01T00-00-00"] {
        folder.put(name, "x\n", century);
    }
    let mut bench = Bench::new(&folder, "rotate_lines=1&rotate_names=time&keep=2");
    for (hour, line) in ["a", "b", "c"].into_iter().enumerate() {
        bench.line(NEW_YEAR + hour as i64 * HOUR, line);
    }
    let expected = ["log", "log.2026-01-01T01-00-00", "log.2026-01-01T02-00-00"];
    assert_eq!(folder.names(), expected);
    assert_eq!(bench.errors(), [""; 0]);
}

/// What a logger that was just made has there: the file of today, which no test writes to.
fn without_today(folder: &Folder) -> Vec<String> {
    let mut names = folder.names();
    names.retain(|name| fs::metadata(folder.0.join(name)).unwrap().len() > 0);
    names
}

#[test]
fn a_path_that_tells_the_time_leads_to_another_file_when_it_is_time() {
    let folder = Folder::new();
    let mut bench =
        Bench::at(&folder, "log-{time:%Y-%m-%d}?rotate_zone=Europe/Berlin&rotate_lines=2");
    for hour in [0, 1, 2, 22, 23, 24] {
        bench.line(NEW_YEAR + hour * HOUR, &hour.to_string());
    }
    assert_eq!(without_today(&folder), ["log-2026-01-01", "log-2026-01-01.1", "log-2026-01-02"]);
    assert_eq!(folder.text("log-2026-01-01.1"), "0\n1\n");
    assert_eq!(folder.text("log-2026-01-01"), "2\n22\n");
    // A clock that is set back leads back.
    bench.line(NEW_YEAR + 21 * HOUR, "back");
    assert_eq!(folder.text("log-2026-01-02"), "23\n24\n");
    assert_eq!(folder.text("log-2026-01-01.2"), "0\n1\n");
    assert_eq!(folder.text("log-2026-01-01.1"), "2\n22\n");
    assert_eq!((folder.text("log-2026-01-01"), bench.errors().len()), ("back\n".into(), 0));
}

#[test]
fn a_late_record_does_not_go_to_a_file_that_is_just_compressed() {
    let folder = Folder::new();
    let mut bench = Bench::at(&folder, "log-{time}");
    bench.line(NEW_YEAR + DAY, "b");
    folder.put("log-2026-01-01", "a\n", NEW_YEAR);
    let held = File::open(folder.0.join("log-2026-01-01")).unwrap();
    assert!(os::file::lock(&held, os::file::Lock::Exclusive).unwrap());
    bench.line(NEW_YEAR + DAY - 1, "late");
    bench.line(NEW_YEAR + DAY - 2 * HOUR, "later");
    assert_eq!(folder.text("log-2026-01-01"), "a\n");
    assert_eq!(folder.text("log-2026-01-02"), "b\nlate\nlater\n");
    let errors = bench.errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].ends_with("\"file:log\": somebody else has it locked"), "{errors:?}");
    drop(held);
    bench.line(NEW_YEAR + DAY - HOUR, "at last");
    assert_eq!(folder.text("log-2026-01-01"), "a\nat last\n");
}

#[test]
fn files_of_other_times_go_when_they_are_too_many() {
    let folder = Folder::new();
    folder.put("log-2025-12-31", "old\n", NEW_YEAR - DAY);
    folder.put("log-2025-12-31.gz", "older\n", NEW_YEAR - 2 * DAY);
    folder.put("log-2025-12-30.1", "oldest\n", NEW_YEAR - 3 * DAY);
    folder.put("log-2025", "not ours\n", NEW_YEAR - 9 * DAY);
    let mut bench = Bench::at(&folder, "log-{time}?keep_age=1d");
    bench.line(NEW_YEAR, "a");
    assert_eq!(without_today(&folder), ["log-2025", "log-2025-12-31", "log-2026-01-01"]);
    bench.line(NEW_YEAR + DAY, "b");
    assert_eq!(without_today(&folder), ["log-2025", "log-2026-01-01", "log-2026-01-02"]);
    assert_eq!(bench.errors(), [""; 0]);
}
