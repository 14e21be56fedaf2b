//! What a sink keeps back, by records' own times, against destinations that fail.

use crate::account::SinkAccount;
use crate::config::{Config, Destination};
use crate::fault::Faults;
use crate::level::Level;
use crate::record::{Event, Layers, Thread};
use crate::sink::{Desk, Offered, Opened, Sink};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

const SECOND: i64 = 1_000_000_000;

/// Takes lines as long as it is told to.
#[derive(Default)]
struct Fake {
    lines: Mutex<String>,
    broken: AtomicBool,
}

impl Destination for Fake {
    fn write(&self, lines: &[u8], count: u64) -> io::Result<()> {
        if self.broken.load(Relaxed) {
            return Err(io::Error::from_raw_os_error(libc::EIO));
        }
        let lines = std::str::from_utf8(lines).unwrap();
        assert_eq!(lines.lines().count() as u64, count);
        self.lines.lock().unwrap().push_str(lines);
        Ok(())
    }
}

struct Bench {
    fake: Arc<Fake>,
    sink: Arc<Sink>,
    account: Arc<SinkAccount>,
    faults: Faults,
    desk: Desk,
}

/// A sink with these parameters, whose lines are the messages.
fn bench(parameters: &str) -> Bench {
    let fake = Arc::new(Fake::default());
    let mut config = Config::new();
    config.add_destination(&format!("fake?format=raw&{parameters}"), fake.clone()).unwrap();
    let account = Arc::new(SinkAccount::default());
    let opened = Opened::all(&config).unwrap().remove(0);
    let sink = Arc::new(Sink::new(opened, Arc::clone(&account)));
    let desk = Desk::new(Arc::clone(&sink));
    Bench { fake, sink, account, faults: Faults::new(16), desk }
}

fn offer(desk: &mut Desk, unix_ns: i64, level: Level, message: &str) -> Offered {
    desk.offer(&Event {
        unix_ns,
        level,
        message: message.as_bytes(),
        is_template: false,
        fields: Layers::default(),
        logger: "",
        source: None,
        thread: &Thread::default(),
        seq: 0,
    })
}

impl Bench {
    /// Offers so many; gives how many of them were wanted.
    fn offer(&mut self, unix_ns: i64, messages: &[&str]) -> usize {
        let offer = |message| offer(&mut self.desk, unix_ns, Level::Info, message);
        messages.iter().copied().map(offer).filter(|offered| *offered == Offered::Wanted).count()
    }

    fn commit(&mut self) -> usize {
        self.desk.commit(0, &self.faults, &None::<()>, None).0.gap_lines
    }

    fn suppressed(&self) -> u64 {
        self.account.suppressed.load(Relaxed)
    }

    fn lines(&mut self) -> Vec<String> {
        self.commit();
        let lines = std::mem::take(&mut *self.fake.lines.lock().unwrap());
        lines.lines().map(str::to_owned).collect()
    }
}

#[test]
fn a_sink_that_keeps_nothing_back_takes_plain_records() {
    assert!(bench("").desk.is_plain());
    assert!(!bench("dedup=5s").desk.is_plain());
    assert!(!bench("rate_limit=1/s").desk.is_plain());
    assert!(!bench("backtrace=1").desk.is_plain());
}

#[test]
fn what_is_beyond_the_limit_is_told_as_soon_as_the_limit_lets_records_through() {
    let mut bench = bench("rate_limit=2/s");
    assert_eq!(bench.offer(0, &["a", "b", "c", "d", "e"]), 2);
    assert_eq!(bench.suppressed(), 3);
    assert_eq!(bench.offer(SECOND / 2, &["f", "g"]), 1);
    assert_eq!(bench.lines(), ["a", "b", "alog: 3 records suppressed: rate limit", "f"]);
    assert_eq!(bench.suppressed(), 4);
}

#[test]
fn lines_about_the_limit_are_a_second_apart() {
    let mut bench = bench("rate_limit=10/s&rate_burst=1");
    let lines: Vec<_> = (0..=2000).map(|ms| bench.offer(ms * 1_000_000, &["x"])).collect();
    let passed = lines.into_iter().sum::<usize>();
    assert_eq!((passed, bench.suppressed()), (21, 1980));
    let lines = bench.lines();
    let told: Vec<_> = lines.iter().filter(|line| line.starts_with("alog")).collect();
    let expected = [99, 990].map(|count| format!("alog: {count} records suppressed: rate limit"));
    assert_eq!(told, expected.iter().collect::<Vec<_>>());
    assert_eq!(bench.desk.next_due(), Some(2100 * 1_000_000));
}

#[test]
fn a_record_of_the_exempt_level_passes_and_costs_nothing() {
    let mut bench = bench("rate_limit=1/s&rate_exempt=warn");
    assert_eq!(bench.offer(0, &["a", "b"]), 1);
    for _ in 0..3 {
        assert_eq!(offer(&mut bench.desk, 0, Level::Warn, "w"), Offered::Wanted);
    }
    assert_eq!(bench.offer(SECOND, &["c"]), 1);
    assert_eq!(bench.lines(), ["a", "w", "w", "w", "alog: 1 record suppressed: rate limit", "c"]);
}

#[test]
fn the_limit_is_one_for_all_workers() {
    let mut bench = bench("rate_limit=3/s");
    let mut other = Desk::new(Arc::clone(&bench.sink));
    assert_eq!(bench.offer(0, &["a", "b"]), 2);
    let others = ["c", "d", "e"].map(|message| offer(&mut other, 0, Level::Info, message));
    assert_eq!(others, [Offered::Wanted, Offered::Suppressed, Offered::Suppressed]);
    assert_eq!(bench.suppressed(), 2);
}

#[test]
fn repetitions_are_told_in_front_of_what_is_different() {
    let mut bench = bench("dedup=5s");
    assert_eq!(bench.offer(0, &["a"; 4]), 1);
    assert_eq!(bench.offer(4 * SECOND, &["a", "b", "a", "a"]), 2);
    assert_eq!(offer(&mut bench.desk, 4 * SECOND, Level::Warn, "a"), Offered::Wanted);
    let repeated = |count| format!("alog: {count} suppressed: repeated");
    let expected = ["a", &repeated("4 records"), "b", "a", &repeated("1 record"), "a"];
    assert_eq!(bench.lines(), expected);
    assert_eq!(bench.suppressed(), 5);
}

#[test]
fn the_window_ends_by_the_time_of_a_record_or_of_a_tick() {
    let mut bench = bench("dedup=5s");
    assert_eq!(bench.offer(0, &["a", "a"]), 1);
    assert_eq!(bench.offer(5 * SECOND, &["a", "a", "a"]), 1);
    assert_eq!(bench.lines(), ["a", "alog: 1 record suppressed: repeated", "a"]);
    assert_eq!(bench.desk.next_due(), Some(10 * SECOND));
    bench.desk.tick(10 * SECOND - 1);
    assert!(!bench.desk.owes());
    bench.desk.tick(10 * SECOND);
    assert!(bench.desk.owes());
    assert_eq!(bench.commit(), 1);
    assert_eq!(bench.lines(), ["alog: 2 records suppressed: repeated"]);
    assert_eq!((bench.desk.next_due(), bench.desk.owes()), (None, false));
}

#[test]
fn a_message_longer_than_what_is_kept_is_never_a_repetition() {
    let mut bench = bench("dedup=5s");
    let longest = "x".repeat(64 * 1024);
    assert_eq!(bench.offer(0, &[longest.as_str(); 2]), 1);
    let longer = "x".repeat(64 * 1024 + 1);
    assert_eq!(bench.offer(0, &[longer.as_str(); 3]), 3);
}

#[test]
fn what_the_log_could_not_say_it_says_later() {
    let mut bench = bench("dedup=5s&rate_limit=2/s");
    assert_eq!(bench.offer(0, &["a", "a", "b", "c"]), 2);
    assert_eq!(bench.offer(SECOND, &["d"]), 1);
    bench.fake.broken.store(true, Relaxed);
    assert_eq!(bench.commit(), 0);
    bench.fake.broken.store(false, Relaxed);
    bench.sink.retry(None);
    let told = [
        "alog: 3 records lost: destination failed",
        "alog: 1 record suppressed: rate limit",
        "alog: 1 record suppressed: repeated",
    ];
    assert_eq!(bench.lines(), told);
    assert_eq!((bench.suppressed(), bench.account.failed.load(Relaxed)), (2, 3));
}

#[test]
fn nothing_repeats_a_record_that_was_lost() {
    let mut bench = bench("dedup=5s");
    bench.fake.broken.store(true, Relaxed);
    bench.offer(0, &["a"]);
    bench.commit();
    assert_eq!(bench.offer(0, &["a", "a"]), 2);
    bench.commit();
    bench.fake.broken.store(false, Relaxed);
    bench.sink.retry(None);
    assert_eq!(bench.offer(0, &["a", "a"]), 1);
    assert_eq!(bench.lines(), ["alog: 3 records lost: destination failed", "a"]);
}

#[test]
fn what_is_told_nowhere_is_told_at_the_end() {
    let mut bench = bench("dedup=5s&rate_limit=1/h");
    assert_eq!(bench.offer(0, &["a", "a", "a", "b", "c"]), 1);
    bench.commit();
    let gap_lines = bench.desk.close(0, &bench.faults, true);
    assert_eq!(gap_lines, 2);
    let told = ["alog: 2 records suppressed: rate limit", "alog: 2 records suppressed: repeated"];
    assert_eq!(bench.lines(), [&["a"], &told[..]].concat());
}

#[test]
fn a_backtrace_stands_in_front_of_the_error_and_begins_anew() {
    let mut bench = bench("level=info&backtrace=3");
    for message in ["1", "2", "3", "4"] {
        assert_eq!(offer(&mut bench.desk, 0, Level::Debug, message), Offered::Filtered);
    }
    bench.offer(0, &["info"]);
    assert_eq!(offer(&mut bench.desk, 0, Level::Error, "bad"), Offered::Wanted);
    assert_eq!(offer(&mut bench.desk, 0, Level::Error, "worse"), Offered::Wanted);
    let (begin, end) = ("alog: backtrace of 3 records begins", "alog: backtrace of 3 records ends");
    assert_eq!(bench.lines(), ["info", begin, "2", "3", "4", end, "bad", "worse"]);
    let account = &bench.account;
    assert_eq!((account.written.load(Relaxed), account.filtered.load(Relaxed)), (3, 4));
}

#[test]
fn a_record_that_is_not_even_tried_leaves_the_backtrace_for_the_next_one() {
    let mut bench = bench("level=info&backtrace=3");
    bench.fake.broken.store(true, Relaxed);
    bench.offer(0, &["lost"]);
    bench.commit();
    assert_eq!(offer(&mut bench.desk, 0, Level::Debug, "remembered"), Offered::Filtered);
    assert_eq!(offer(&mut bench.desk, 0, Level::Error, "lost as well"), Offered::Wanted);
    bench.commit();
    bench.fake.broken.store(false, Relaxed);
    bench.sink.retry(None);
    assert_eq!(offer(&mut bench.desk, 0, Level::Error, "kept"), Offered::Wanted);
    let (begin, end) = ("alog: backtrace of 1 record begins", "alog: backtrace of 1 record ends");
    let lost = "alog: 2 records lost: destination failed";
    assert_eq!(bench.lines(), [lost, begin, "remembered", end, "kept"]);
}
