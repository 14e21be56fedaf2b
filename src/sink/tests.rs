//! Sinks against destinations that fail in every way, with one worker and with two.

use super::*;
use crate::config::{Destination, Format};
use crate::level::Level;
use crate::queue::Committed;
use crate::record::{Event, Layers, Thread};
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::thread;

/// Takes lines as long as it is told to.
#[derive(Default)]
struct Fake {
    lines: Mutex<Vec<u8>>,
    broken: AtomicBool,
}

impl Destination for Fake {
    fn write(&self, lines: &[u8], count: u64) -> io::Result<()> {
        if self.broken.load(Relaxed) {
            return Err(io::Error::from_raw_os_error(libc::ENOSPC));
        }
        assert_eq!(lines.last(), Some(&b'\n'), "the last line of a batch is whole");
        assert_eq!(lines.iter().filter(|&&byte| byte == b'\n').count() as u64, count);
        self.lines.lock().unwrap().extend_from_slice(lines);
        Ok(())
    }
}

struct Bench {
    fake: Arc<Fake>,
    desk: Desk,
    account: Arc<SinkAccount>,
    faults: Faults,
}

/// The places in `Loss::ALL` of records that were refused.
const FULL_QUEUE: Loss = Loss::Queue(0);
const TOO_LARGE: Loss = Loss::Queue(2);

/// An event of a sink's test.
fn event(
    level: Level,
    message: &str,
    thread: &Thread,
    with: impl FnOnce(&Event<'_>) -> bool,
) -> bool {
    with(&Event {
        unix_ns: 0,
        level,
        message: message.as_bytes(),
        is_template: false,
        fields: Layers::default(),
        logger: "",
        source: None,
        thread,
        seq: 0,
    })
}

fn offer(desk: &mut Desk, message: &str) -> bool {
    event(Level::Info, message, &Thread::default(), |event| desk.offer(event) == Offered::Wanted)
}

/// A sink that was opened as `config` says, with its account.
fn sink(mut config: Config) -> (Arc<Sink>, Arc<SinkAccount>) {
    config.set("format", "raw").unwrap();
    let account = Arc::new(SinkAccount::default());
    let opened = Opened::all(&config).unwrap().remove(0);
    (Arc::new(Sink::new(opened, Arc::clone(&account))), account)
}

fn commit(desk: &mut Desk, faults: &Faults) -> Committed {
    desk.commit(0, faults, &None::<()>, None).0
}

fn bench() -> Bench {
    let fake = Arc::new(Fake::default());
    let mut config = Config::new();
    config.add_destination("fake?level=info", fake.clone()).unwrap();
    let (sink, account) = sink(config);
    Bench { fake, desk: Desk::new(sink), account, faults: Faults::new(16) }
}

impl Bench {
    fn offer(&mut self, message: &str) -> bool {
        offer(&mut self.desk, message)
    }

    fn commit(&mut self) -> Committed {
        commit(&mut self.desk, &self.faults)
    }

    /// Another worker's place at the same sink.
    fn other_desk(&self) -> Desk {
        Desk::new(Arc::clone(&self.desk.sink))
    }

    fn break_it(&self, broken: bool) {
        self.fake.broken.store(broken, Relaxed);
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

/// The sum of what the gap lines in a text say is missing.
fn told_missing(text: &str) -> u64 {
    let told = text.lines().filter_map(|line| line.strip_prefix("alog: "));
    told.map(|told| told.split(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

const FULL: &str = "cannot write \"callback:fake\": no space left on device (os error 28)";

#[test]
fn lines_reach_the_destination_in_order() {
    let mut bench = bench();
    assert!(bench.offer("a"));
    assert!(bench.offer("b"));
    let desk = &mut bench.desk;
    let filtered = |event: &Event<'_>| desk.offer(event) == Offered::Filtered;
    assert!(event(Level::Debug, "not taken", &Thread::default(), filtered));
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
    bench.desk.sink.retry(None);
    bench.offer("kept");
    assert_eq!(bench.commit(), Committed { offered: 1, taken: 1, gap_lines: 1 });
    assert_eq!(bench.lines(), "alog: 2 records lost: destination failed\nkept\n");
    assert_eq!(bench.errors(), [(FULL.to_owned(), 2)]);
    assert_eq!(bench.account.read(&Text::new("")).failed, 2);
}

#[test]
fn losses_at_the_queue_are_told_once() {
    let mut bench = bench();
    bench.desk.sink.note_loss(FULL_QUEUE, 136);
    bench.desk.sink.note_loss(FULL_QUEUE, 1);
    assert_eq!(bench.commit().gap_lines, 1);
    assert_eq!(bench.commit().gap_lines, 0);
    assert_eq!(bench.lines(), "alog: 137 records lost: queue full\n");
}

#[test]
fn a_loss_that_could_not_be_told_is_told_later() {
    let mut bench = bench();
    bench.break_it(true);
    bench.desk.sink.note_loss(TOO_LARGE, 1);
    assert_eq!(bench.commit().gap_lines, 0);
    bench.break_it(false);
    let closed = bench.desk.close(0, &bench.faults, true);
    assert_eq!(closed, 1);
    assert_eq!(bench.lines(), "alog: 1 record lost: longer than max_message_bytes\n");
}

#[test]
fn what_was_kept_back_is_not_due_again_and_again_while_the_destination_fails() {
    let fake = Arc::new(Fake::default());
    let mut config = Config::new();
    config.add_destination("fake?rate_limit=1/s", fake.clone()).unwrap();
    let (mut desk, faults) = (Desk::new(sink(config).0), Faults::new(16));
    assert!(offer(&mut desk, "one") && !offer(&mut desk, "two"));
    fake.broken.store(true, Relaxed);
    commit(&mut desk, &faults);
    let due = desk.next_due().unwrap();
    desk.tick(due);
    assert_eq!(desk.next_due(), None);
    fake.broken.store(false, Relaxed);
    desk.sink.retry(None);
    commit(&mut desk, &faults);
    let lines = String::from_utf8(fake.lines.lock().unwrap().clone()).unwrap();
    assert_eq!(
        lines,
        "alog: 1 record lost: destination failed\nalog: 1 record suppressed: rate limit\n"
    );
}

#[test]
fn every_lost_record_is_in_the_count_of_an_error() {
    let mut bench = bench();
    bench.break_it(true);
    for _ in 0..10 {
        bench.offer("lost");
        bench.commit();
    }
    bench.desk.close(0, &bench.faults, true);
    assert_eq!(bench.errors(), [(FULL.to_owned(), 10)]);
}

mod two_desks {
    use super::*;

    #[test]
    fn what_one_lost_and_what_the_other_lost_is_told_in_one_line_and_once() {
        let mut bench = bench();
        let mut other = bench.other_desk();
        bench.break_it(true);
        bench.offer("lost 1");
        offer(&mut other, "lost 2"); // formatted before the first one finds out
        bench.commit();
        assert_eq!(commit(&mut other, &bench.faults).taken, 0);
        offer(&mut other, "lost 3");
        commit(&mut other, &bench.faults);
        bench.break_it(false);
        bench.desk.sink.retry(None);
        offer(&mut other, "kept 1");
        bench.offer("kept 2");
        assert_eq!(commit(&mut other, &bench.faults).gap_lines, 1);
        assert_eq!(bench.commit().gap_lines, 0);
        assert_eq!(bench.lines(), "alog: 3 records lost: destination failed\nkept 1\nkept 2\n");
        assert_eq!(bench.errors(), [(FULL.to_owned(), 3)]);
    }

    #[test]
    fn a_line_that_one_tore_goes_on_before_any_line_of_the_other() {
        const LINE: usize = 1009; // no buffer of a socket is a multiple of it
        const LINES: usize = 2000; // more than such a buffer holds
        let (mut reader, writer) = UnixStream::pair().unwrap();
        writer.set_nonblocking(true).unwrap();
        let mut config = Config::new();
        config.add_sink(&format!("fd:{}", writer.as_raw_fd())).unwrap();
        let (sink, account) = sink(config);
        drop(writer);
        let (mut one, mut two) = (Desk::new(Arc::clone(&sink)), Desk::new(Arc::clone(&sink)));
        let faults = Faults::new(16);
        let line = |name: &str| name.repeat(LINE - 1);
        (0..LINES).for_each(|_| assert!(offer(&mut one, &line("1"))));
        let taken = commit(&mut one, &faults).taken;
        assert!(sink.lock().rest.is_some() && (1..LINES).contains(&taken));

        let reading = thread::spawn(move || {
            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            text
        });
        sink.retry(None);
        for desk in [&mut two, &mut one] {
            offer(desk, &line("2"));
            assert_eq!(commit(desk, &faults).taken, 1);
        }
        assert!(!sink.lock().rest.is_some());
        drop((one, two, sink)); // the end of the text
        let gap = format!("alog: {} records lost: destination failed", LINES - taken);
        let mut expected = vec![line("1"); taken];
        expected.extend([gap, line("2"), line("2")]);
        assert_eq!(reading.join().unwrap().lines().collect::<Vec<_>>(), expected);
        assert_eq!(account.read(&Text::new("")).written as usize, taken + 2);
    }

    #[test]
    fn while_the_destination_comes_and_goes_each_loss_is_told_once_and_lines_stay_whole() {
        const ROUNDS: u64 = 3000;
        let bench = bench();
        let (sink, faults) = (&bench.desk.sink, &bench.faults);
        thread::scope(|scope| {
            for name in ["one", "two"] {
                let mut desk = bench.other_desk();
                let fake = &bench.fake;
                scope.spawn(move || {
                    for round in 0..ROUNDS {
                        fake.broken.store(round % 5 == 0, Relaxed);
                        sink.retry(None);
                        assert!(offer(&mut desk, name));
                        commit(&mut desk, faults);
                    }
                });
            }
        });
        bench.break_it(false);
        bench.other_desk().close(0, faults, true);
        let text = bench.lines();
        let stats = bench.account.read(&Text::new(""));
        assert_eq!(stats.written + stats.failed, 2 * ROUNDS);
        assert_eq!(told_missing(&text), stats.failed);
        let records = text.lines().filter(|line| ["one", "two"].contains(line)).count();
        assert_eq!(records as u64, stats.written);
        assert_eq!(bench.errors().iter().map(|error| error.1).sum::<u64>(), stats.failed);
    }
}

mod batch {
    use super::super::batch::Batch;
    use super::*;

    fn formatter() -> Formatter {
        Formatter::new(&Look { format: Format::Raw, ..Look::default() }, false)
    }

    fn push(batch: &mut Batch, message: &str) {
        let formatter = &mut formatter();
        let pushed =
            event(Level::Info, message, &Thread::default(), |event| batch.push(formatter, event));
        assert!(pushed);
    }

    /// A batch that begins with `rest`.
    fn after(rest: &Rest) -> Batch {
        let mut batch = Batch::new();
        assert!(batch.lead_in(rest, |_| ()));
        batch
    }

    /// What is out, and what the next batch begins with, when a write stops after `out` bytes.
    fn cut(out: usize) -> (usize, usize, String) {
        let (mut batch, mut rest) = (Batch::new(), Rest::default());
        ["aaa", "bbb", "ccc"].iter().for_each(|message| push(&mut batch, message));
        let torn = batch.torn(out);
        let (taken, gaps) = batch.settle(out, &mut rest, |_| panic!("there is no gap line"));
        assert_eq!(gaps, 0);
        (torn, taken, String::from_utf8(after(&rest).bytes().to_vec()).unwrap())
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
        let (mut batch, mut rest) = (Batch::new(), Rest::default());
        push(&mut batch, "0123456789");
        assert_eq!(batch.settle(4, &mut rest, |_| ()), (1, 0));
        for (out, left) in [(0, "456789\n"), (2, "6789\n"), (5, "")] {
            let mut batch = after(&rest);
            push(&mut batch, "next");
            assert_eq!((batch.torn(out), batch.settle(out, &mut rest, |_| ())), (0, (0, 0)));
            assert_eq!(after(&rest).bytes(), left.as_bytes());
            assert_eq!(rest.is_some(), !left.is_empty());
        }
    }

    #[test]
    fn the_loggers_own_lines_between_records_are_settled_wherever_a_write_stops() {
        for out in 0..=12 {
            let (mut batch, mut rest) = (Batch::empty(), Rest::default());
            push(&mut batch, "a");
            assert!(batch.push_line(b"own\n"));
            push(&mut batch, "b");
            assert!(batch.push_told(&mut formatter(), 0, Loss::Repeated, 7));
            let mut joined = Batch::empty();
            assert!(joined.append(&batch) && joined.append(&batch));
            assert_eq!(joined.lines(), 4);
            let len = batch.len();
            let (taken, own) = joined.settle(len + out.min(len), &mut rest, |_| ());
            let ends = [0, 2, 6, 8].iter().filter(|&&end| out > end).count();
            assert_eq!((taken, own), (2 + ends.div_ceil(2), 2 + ends / 2), "{out}");
            let untold: Vec<_> = joined.untold().collect();
            assert_eq!(untold, if ends == 4 { vec![] } else { vec![(Loss::Repeated, 7)] });
            let (is_whole, is_record) = (!rest.is_some(), ends % 2 == 1);
            assert_eq!(rest.give_up(), !is_whole && is_record);
        }
    }
}
