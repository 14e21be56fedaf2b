//! A peer that is down, slow, flapping or gone without a word: the other sinks and the callers notice nothing, what
//! waits for it is bounded, and what it does not get is counted, but for what the system had taken for it.

use crate::child;
use crate::figures::{Found, find, log_records, log_until_written, note, settle_sink};
use crate::injection::{self, Injection};
use crate::net::{read_all, tcp};
use crate::setup::{Done, PATIENCE, Scratch, close, logger_at, wait_until};
use crate::sys;
use alog::{Code, Error, Level, Logger, Stats};
use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A logger to a peer, and to a file that gets everything. No caller waits for the network.
fn peer_and_file(scratch: &Scratch, peer: &str, parameters: &str) -> Logger {
    let peer = format!("{peer}?format=raw{parameters}");
    logger_at("format=raw overflow=block", &[&peer, &scratch.spec("file")])
}

/// Logs, and waits until the file has all of it.
fn log_to_file(log: &Logger, numbers: std::ops::Range<u64>) {
    let before = log.sink_stats()[1].written;
    let count = numbers.end - numbers.start;
    log_records(log, 0, numbers);
    wait_until("the file has all", || log.sink_stats()[1].written == before + count);
}

/// Stops a logger, whose file has all. Gives the account of it.
fn stop(scratch: &Scratch, log: &Logger) -> Stats {
    let stats = close(log);
    assert_eq!((stats.written, stats.failed), (stats.accepted, 0));
    let text = fs::read(scratch.file("file")).unwrap();
    settle_sink("the file beside", &log.sink_stats()[1], &stats, &text);
    stats
}

/// What stands in whole lines of what a connection brought: one that breaks does so anywhere.
fn whole(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1)]
}

/// The errors of the peer that say why it could not be reached, each with its count.
fn reasons(errors: &[Error]) -> Vec<(i32, u64)> {
    let io = errors.iter().filter(|error| error.code == Code::Io);
    io.map(|error| (error.os_error, error.count)).collect()
}

/// How many bytes the errors say were not acknowledged when connections broke.
fn unacknowledged(errors: &[Error]) -> u64 {
    let told = errors.iter().filter_map(|error| {
        let (count, _) = error.message.as_str().split_once(" bytes were not acknowledged ")?;
        Some(count.parse::<u64>().unwrap() * error.count)
    });
    told.sum()
}

#[test]
fn a_peer_that_is_down_costs_bounded_memory_no_time_and_one_error_and_gets_the_rest_later() {
    const RECORDS: u64 = 100_000;
    /// What waits in the outbox, what is on its way, and a round.
    const MOST_BYTES: u64 = (64 + 256 + 256) << 10;
    child::run_in(injection::writes, |directory| {
        let (scratch, calls) = (Scratch::new(), Injection::of(directory));
        let (listener, spec) = tcp("tcp");
        let address = listener.local_addr().unwrap();
        drop(listener);
        let log = peer_and_file(&scratch, &spec, "&queue_bytes=64KiB");
        log_to_file(&log, 0..RECORDS);
        let sink = log.sink_stats()[0];
        let held = RECORDS - sink.failed;
        assert!(sink.written == 0 && held * 100 <= MOST_BYTES, "{held} lines are held");

        let (before, used, begin) = (calls.connects(), sys::time_of_others(), Instant::now());
        wait_until("it is tried often enough", || {
            calls.connects() >= before + 6 && begin.elapsed() >= Duration::from_secs(1)
        });
        let (tried, passed) = (calls.connects() - before, begin.elapsed());
        let used = sys::time_of_others() - used;
        note(format_args!("a peer that is down: {tried} attempts, {used:?} of {passed:?}"));
        assert!(tried as f64 <= 8.0 + passed.as_secs_f64(), "{tried} attempts in {passed:?}");
        assert!(used < passed / 100, "{used:?} in {passed:?}");
        let errors: Vec<Error> = std::iter::from_fn(|| log.poll_error()).collect();
        assert_eq!(reasons(&errors), [(libc::ECONNREFUSED, 1)]);
        let full = errors.iter().filter(|error| error.code == Code::QueueFull);
        assert_eq!(full.map(|error| error.count).sum::<u64>(), sink.failed);

        let listener = TcpListener::bind(address).unwrap();
        let reader = thread::spawn(move || read_all(listener.accept().unwrap().0));
        log_until_written(&log, 0, RECORDS);
        let stats = stop(&scratch, &log);
        let sink = log.sink_stats()[0];
        drop(log);
        let text = reader.join().unwrap();
        let found = settle_sink("a peer that was down", &sink, &stats, &text);
        assert_eq!((found.missing, sink.written), (sink.failed, held + stats.accepted - RECORDS));
    });
}

#[test]
fn a_peer_that_never_comes_holds_no_stop_up_and_what_waited_for_it_is_counted() {
    const RECORDS: u64 = 1000;
    let scratch = Scratch::new();
    let (listener, spec) = tcp("tcp");
    drop(listener);
    let log = peer_and_file(&scratch, &spec, "");
    log_to_file(&log, 0..RECORDS);
    let stats = stop(&scratch, &log);
    let sink = log.sink_stats()[0];
    settle_sink("a peer that never comes", &sink, &stats, b"");
    let errors: Vec<Error> = std::iter::from_fn(|| log.poll_error()).collect();
    let told: u64 = reasons(&errors).iter().map(|(_, count)| count).sum();
    assert_eq!((sink.failed, told), (RECORDS, RECORDS));
}

#[test]
fn a_peer_that_is_slow_delays_nobody_and_gets_what_is_not_counted_as_failed() {
    const RECORDS: u64 = 200_000;
    let scratch = Scratch::new();
    let (listener, spec) = tcp("tcp");
    let log = peer_and_file(&scratch, &spec, "&queue_bytes=64KiB&write_timeout=20ms");
    // It accepts nothing yet: the system does so for it, and takes what it takes.
    log_to_file(&log, 0..RECORDS);
    wait_until("it is an error that it takes nothing", || log.poll_error().is_some());
    let reader = thread::spawn(move || read_all(listener.accept().unwrap().0));
    log_until_written(&log, 0, RECORDS);
    let stats = stop(&scratch, &log);
    let sink = log.sink_stats()[0];
    drop(log);
    let found = settle_sink("a peer that is slow", &sink, &stats, &reader.join().unwrap());
    assert_eq!(found.missing, sink.failed);
    assert!(sink.failed > 0, "it is more than the system and the outbox take");
}

#[test]
fn a_peer_that_comes_and_goes_between_lines_gets_each_once() {
    const ROUNDS: u64 = 50;
    const EACH: u64 = 100;
    let scratch = Scratch::new();
    let (listener, spec) = tcp("tcp");
    let log = peer_and_file(&scratch, &spec, "");
    let mut text = Vec::new();
    for round in 0..ROUNDS {
        log_records(&log, 0, round * EACH..(round + 1) * EACH);
        log.flush(Some(PATIENCE)).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        let mut part = vec![0; 100 * EACH as usize];
        peer.read_exact(&mut part).unwrap();
        text.extend(part);
    }
    let stats = stop(&scratch, &log);
    let sink = log.sink_stats()[0];
    let what = format!("a peer that comes and goes, {ROUNDS} connections");
    settle_sink(&what, &sink, &stats, &text);
    assert_eq!((sink.written, sink.failed), (ROUNDS * EACH, 0));
    assert!(log.poll_error().is_none());
}

/// Reads what each connection brings, until one says nothing; `read` is one of those.
fn read_connections(listener: &TcpListener, mut read: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    loop {
        match read_all(listener.accept().unwrap().0) {
            bytes if bytes.is_empty() => return read,
            bytes => read.push(bytes),
        }
    }
}

/// What came over several connections, in their order.
fn find_all(read: &[Vec<u8>]) -> Found {
    find(&read.iter().flat_map(|bytes| whole(bytes)).copied().collect::<Vec<u8>>())
}

#[test]
fn a_peer_that_is_gone_without_a_word_is_given_up_and_the_next_one_gets_the_rest() {
    const RECORDS: u64 = 100_000;
    child::run_in(injection::writes, |directory| {
        let (scratch, calls) = (Scratch::new(), Injection::of(directory));
        let (listener, spec) = tcp("tcp");
        // Half a minute passes faster with this one.
        calls.give_peers_up_after(200);
        let log = peer_and_file(&scratch, &spec, "&write_timeout=1h");
        log_records(&log, 0, 0..10);
        log.flush(Some(PATIENCE)).unwrap();
        let (gone, _) = listener.accept().unwrap();
        calls.give_peers_up_after(0); // the next one as ever, however late it reads
        sys::ignore_what_comes(&gone);
        log_to_file(&log, 10..RECORDS);
        let mut errors = Vec::new();
        wait_until("it is given up", || {
            errors.extend(log.poll_error());
            calls.connects() >= 2
        });
        let reader = thread::spawn(move || read_connections(&listener, Vec::new()));
        log_until_written(&log, 0, RECORDS);
        errors.extend(std::iter::from_fn(|| log.poll_error()));
        assert_eq!(reasons(&errors), [(0, 1), (libc::ETIMEDOUT, 1)]);
        let told = unacknowledged(&errors);
        let stats = stop(&scratch, &log);
        let sink = log.sink_stats()[0];
        drop(log);
        TcpStream::connect(spec.strip_prefix("tcp://").unwrap()).unwrap();
        gone.set_nonblocking(true).unwrap(); // nobody tells it the end
        let mut read = vec![read_all(gone)];
        read.extend(reader.join().unwrap());
        let found = find_all(&read);
        let unnoticed = sink.written - found.records;
        note(format_args!(
            "a peer that is gone: accepted {}, written {}, failed {}, arrived {}, not acknowledged and told so {unnoticed}",
            stats.accepted, sink.written, sink.failed, found.records
        ));
        assert_eq!((sink.written, found.missing), (stats.accepted, sink.failed));
        // To the byte: a line that the connection had taken in part is not counted, for it was sent again.
        assert_eq!(told, unnoticed * 100);
    });
}

#[test]
fn a_peer_that_breaks_every_connection_is_left_alone_ever_longer() {
    const CONNECTIONS: u64 = 8;
    /// Two at once, and then pauses of 10 ms, 20 ms and so on, each up to a quarter shorter.
    const LEAST: Duration = Duration::from_millis((10 + 20 + 40 + 80 + 160 + 320) * 3 / 4);
    for spool in [false, true] {
        let scratch = Scratch::new();
        let (listener, spec) = tcp("tcp");
        let (taken, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
        let spool = spool.then(|| format!("&spool={}", scratch.file("spool").display()));
        let parameters = format!("&queue_bytes=64KiB{}", spool.unwrap_or_default());
        let log = peer_and_file(&scratch, &spec, &parameters);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    drop(listener.accept().unwrap());
                    taken.fetch_add(1, Ordering::Relaxed);
                }
            });
            let _over = Done(&is_over);
            let begin = Instant::now();
            wait_until("there are enough connections", || {
                log.write(Level::Info, "x").unwrap();
                taken.load(Ordering::Relaxed) >= CONNECTIONS
            });
            let passed = begin.elapsed();
            assert!(passed >= LEAST, "{CONNECTIONS} connections in {passed:?}");
            let errors: Vec<Error> = std::iter::from_fn(|| log.poll_error()).collect();
            assert!(errors.iter().any(|error| error.code == Code::Io), "{errors:?}");
            let stats = close(&log);
            let sink = log.sink_stats()[0];
            assert_eq!(sink.written + sink.failed, stats.accepted);
            is_over.store(true, Ordering::Relaxed);
            drop(TcpStream::connect(listener.local_addr().unwrap()));
        });
    }
}

#[test]
fn a_peer_that_hangs_up_amid_lines_tears_and_repeats_none_and_delays_nobody() {
    const RECORDS: u64 = 30_000;
    const READ: usize = 150_050; // amid a line
    let scratch = Scratch::new();
    let (listener, spec) = tcp("tcp");
    let reader = thread::spawn(move || {
        let mut read = Vec::new();
        loop {
            let (peer, _) = listener.accept().unwrap();
            let mut bytes = Vec::new();
            peer.take(READ as u64).read_to_end(&mut bytes).unwrap();
            match bytes.is_empty() {
                true => return read,
                false => read.push(bytes),
            }
        }
    });
    let log = peer_and_file(&scratch, &spec, "");
    log_to_file(&log, 0..RECORDS);
    log.write(Level::Info, crate::figures::record(0, RECORDS)).unwrap();
    log.flush(Some(PATIENCE)).unwrap();
    let stats = stop(&scratch, &log);
    let sink = log.sink_stats()[0];
    drop(log);
    TcpStream::connect(spec.strip_prefix("tcp://").unwrap()).unwrap();
    let read = reader.join().unwrap();
    let found = find_all(&read);
    let unnoticed = sink.written - found.records;
    note(format_args!(
        "a peer that hangs up: {} connections, accepted {}, written {}, failed {}, arrived {}, taken by the \
         system {unnoticed}",
        read.len(),
        stats.accepted,
        sink.written,
        sink.failed,
        found.records
    ));
    assert_eq!(sink.written + sink.failed, stats.accepted);
    assert!(found.missing <= sink.failed && read.len() > 2);
}
