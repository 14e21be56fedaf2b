//! A sink against destinations that fail in every way.

use super::*;
use crate::config::Destination;
use std::io;
use std::sync::Mutex;

/// Takes lines as long as it is told to.
#[derive(Default)]
struct Fake {
    lines: Mutex<Vec<u8>>,
    broken: Mutex<bool>,
}

impl Destination for Fake {
    fn write(&self, lines: &[u8], _: u64) -> io::Result<()> {
        if *self.broken.lock().unwrap() {
            return Err(io::Error::from_raw_os_error(libc::ENOSPC));
        }
        self.lines.lock().unwrap().extend_from_slice(lines);
        Ok(())
    }
}

struct Bench {
    fake: Arc<Fake>,
    sink: Sink,
    account: Arc<SinkAccount>,
    faults: Faults,
    time: TimeText,
}

fn bench() -> Bench {
    let fake = Arc::new(Fake::default());
    let mut config = Config::new();
    config.set("format", "raw").unwrap();
    config.add_destination("fake?level=info", fake.clone()).unwrap();
    let account = Arc::new(SinkAccount::default());
    let opened = Opened::all(&config).unwrap().remove(0);
    Bench {
        fake,
        sink: Sink::new(opened, Arc::clone(&account)),
        account,
        faults: Faults::new(16),
        time: TimeText::new(),
    }
}

impl Bench {
    fn offer(&mut self, message: &str) -> bool {
        self.offer_at(Level::Info, message)
    }

    fn offer_at(&mut self, level: Level, message: &str) -> bool {
        self.sink.offer(&self.time, &Record { stamp: 0, level, message: message.as_bytes() })
    }

    fn commit(&mut self) -> Committed {
        self.sink.commit(&self.time, &self.faults)
    }

    fn break_it(&self, broken: bool) {
        *self.fake.broken.lock().unwrap() = broken;
    }

    fn lines(&self) -> String {
        String::from_utf8(self.fake.lines.lock().unwrap().clone()).unwrap()
    }

    fn errors(&self) -> Vec<(String, u64)> {
        std::iter::from_fn(|| self.faults.poll())
            .map(|error| (error.message.as_str().to_owned(), error.count))
            .collect()
    }
}

const FULL: &str = "cannot write \"callback:fake\": no space left on device (os error 28)";

#[test]
fn lines_reach_the_destination_in_order() {
    let mut bench = bench();
    assert!(bench.offer("a"));
    assert!(bench.offer("b"));
    assert!(!bench.offer_at(Level::Debug, "not taken"));
    assert_eq!(bench.commit(), Committed { offered: 2, taken: 2, gap_lines: 0 });
    assert_eq!(bench.lines(), "a\nb\n");
    let stats = bench.account.read(&Text::new(""));
    assert_eq!((stats.written, stats.failed, stats.filtered, stats.bytes), (2, 0, 1, 4));
}

#[test]
fn a_destination_that_recovers_is_told_how_many_are_missing() {
    let mut bench = bench();
    bench.break_it(true);
    bench.offer("lost 1");
    assert_eq!(bench.commit().taken, 0);
    bench.offer("lost 2"); // the breaker is shut: not even tried
    assert_eq!(bench.commit(), Committed { offered: 1, taken: 0, gap_lines: 0 });
    bench.break_it(false);
    bench.sink.retry(None);
    bench.offer("kept");
    assert_eq!(bench.commit(), Committed { offered: 1, taken: 1, gap_lines: 1 });
    assert_eq!(bench.lines(), "alog: 2 records lost: destination failed\nkept\n");
    assert_eq!(bench.errors(), [(FULL.to_owned(), 2)]);
    assert_eq!(bench.account.read(&Text::new("")).failed, 2);
}

#[test]
fn losses_at_the_queue_are_told_once() {
    let mut bench = bench();
    bench.sink.note_loss(Loss::Rejected(RejectReason::Full), 136);
    bench.sink.note_loss(Loss::Rejected(RejectReason::Full), 1);
    assert_eq!(bench.commit().gap_lines, 1);
    assert_eq!(bench.commit().gap_lines, 0);
    assert_eq!(bench.lines(), "alog: 137 records lost: queue full\n");
}

#[test]
fn a_loss_that_could_not_be_told_is_told_later() {
    let mut bench = bench();
    bench.break_it(true);
    bench.sink.note_loss(Loss::Rejected(RejectReason::TooLarge), 1);
    assert_eq!(bench.commit().gap_lines, 0);
    bench.break_it(false);
    let (committed, torn) = bench.sink.close(&bench.time, &bench.faults);
    assert_eq!((committed.gap_lines, torn), (1, false));
    assert_eq!(bench.lines(), "alog: 1 record lost: longer than max_message_bytes\n");
}

#[test]
fn every_lost_record_is_in_the_count_of_an_error() {
    let mut bench = bench();
    bench.break_it(true);
    for _ in 0..10 {
        bench.offer("lost");
        bench.commit();
    }
    bench.sink.close(&bench.time, &bench.faults);
    assert_eq!(bench.errors(), [(FULL.to_owned(), 10)]);
}

mod batch {
    use super::super::batch::Batch;
    use super::*;

    /// What is out, and what the next batch begins with, when a write stops after `out` bytes.
    fn cut(out: usize) -> (usize, usize, String) {
        let time = TimeText::new();
        let mut batch = Batch::new();
        for message in ["aaa", "bbb", "ccc"] {
            assert!(batch.push(Format::Raw, &time, Level::Info, message.as_bytes()));
        }
        let torn = batch.torn(out);
        let taken = batch.settle(out, |_| panic!("there is no gap line"));
        batch.finish();
        batch.begin();
        (torn, taken, String::from_utf8(batch.bytes().to_vec()).unwrap())
    }

    #[test]
    fn what_a_short_write_tore_is_known_and_goes_on_first() {
        assert_eq!(cut(0), (0, 0, String::new()));
        assert_eq!(cut(4), (0, 1, String::new()));
        assert_eq!(cut(5), (1, 2, "bb\n".to_owned()));
        assert_eq!(cut(7), (3, 2, "\n".to_owned()));
        assert_eq!(cut(12), (0, 3, String::new()));
    }

    #[test]
    fn the_rest_of_a_line_survives_several_short_writes() {
        let time = TimeText::new();
        let mut batch = Batch::new();
        batch.push(Format::Raw, &time, Level::Info, b"0123456789");
        assert_eq!(batch.settle(4, |_| ()), 1);
        batch.finish();
        for (out, rest) in [(0, "456789\n"), (2, "6789\n"), (5, "")] {
            batch.begin();
            batch.push(Format::Raw, &time, Level::Info, b"next");
            assert_eq!((batch.torn(out), batch.settle(out, |_| ())), (0, 0));
            batch.finish();
            let mut look = Batch::new();
            std::mem::swap(&mut look, &mut batch);
            look.begin();
            assert_eq!(look.bytes(), rest.as_bytes());
            let keep = look.len();
            look.settle(0, |_| ());
            assert_eq!(look.has_rest(), keep > 0);
            look.finish();
            batch = look;
        }
    }
}
