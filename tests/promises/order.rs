//! Records come whole, and in the order of the calls.

use crate::doubles::Recorder;
use crate::setup::{Scratch, close, logger_at, logger_to};
use alog::{Level, Logger};
use std::sync::{Barrier, Mutex};
use std::thread;

const THREADS: usize = 4;

/// Checks that the lines are `THREAD NUMBER`, with the numbers of each thread from 0 on, and gives how
/// many there are of each.
fn counted(lines: &[String]) -> [u64; THREADS] {
    let mut next = [0; THREADS];
    for line in lines {
        let (thread, number) = line.split_once(' ').expect(line);
        let next = &mut next[thread.parse::<usize>().expect(line)];
        assert_eq!(number.parse(), Ok(*next), "{line}");
        *next += 1;
    }
    next
}

#[test]
fn records_of_one_thread_stay_in_order() {
    const EACH: u64 = 50_000;
    let recorder = Recorder::good();
    let log = logger_to("format=raw queue_bytes=16KiB", recorder.clone());
    let begin = Barrier::new(THREADS);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (log, begin) = (&log, &begin);
            scope.spawn(move || {
                begin.wait();
                for number in 0..EACH {
                    log.write(Level::Info, format!("{thread} {number}")).unwrap();
                }
            });
        }
    });
    let stats = close(&log);
    assert_eq!((stats.accepted, stats.written), (THREADS as u64 * EACH, THREADS as u64 * EACH));
    assert_eq!(counted(&recorder.lines()), [EACH; THREADS]);
}

#[test]
fn a_record_logged_after_another_threads_call_returned_is_written_after_it() {
    const RECORDS: u64 = 400_000;
    let recorder = Recorder::good();
    let log = logger_to("format=raw queue_bytes=64KiB", recorder.clone());
    let counter = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let mut number = counter.lock().unwrap();
                    if *number == RECORDS {
                        return;
                    }
                    log.write(Level::Info, number.to_string()).unwrap();
                    *number += 1;
                }
            });
        }
    });
    assert_eq!(close(&log).written, RECORDS);
    let lines = recorder.lines();
    assert_eq!(lines.len() as u64, RECORDS);
    let wrong = lines.iter().zip(0u64..).find(|(line, number)| line.parse() != Ok(*number));
    assert_eq!(wrong, None);
}

#[test]
fn messages_of_every_size_pass_the_end_of_the_ring() {
    // A quarter of the smallest queue is 1 KiB: the longer half of them takes another way.
    const SIZES: usize = 2000;
    for queue in ["4KiB", "8KiB", "32KiB"] {
        let scratch = Scratch::new();
        let settings = format!("format=raw queue_bytes={queue}");
        let log = logger_at(&settings, &[&scratch.spec("log")]);
        let message = |size: usize| -> String {
            (0..size).map(|at| char::from(b'!' + ((at * 7 + size) % 90) as u8)).collect()
        };
        for size in 0..=SIZES {
            log.write(Level::Info, message(size)).unwrap();
        }
        assert_eq!(close(&log).written as usize, SIZES + 1);
        let text = scratch.text("log");
        assert_eq!(text.lines().count(), SIZES + 1);
        for (size, line) in text.lines().enumerate() {
            assert_eq!(line, message(size), "{queue}");
        }
    }
}

#[test]
fn large_messages_keep_their_place_among_small_ones() {
    const ROUNDS: usize = 200;
    let recorder = Recorder::good();
    let log = logger_to("format=raw queue_bytes=4KiB", recorder.clone());
    let sizes = [10, 1023, 1024, 1025, 4096, 100_000, 0, 1008, 1009];
    let letter = |round: usize| char::from(b'a' + (round % 26) as u8);
    for round in 0..ROUNDS {
        for size in sizes {
            log.write(Level::Info, letter(round).to_string().repeat(size)).unwrap();
        }
    }
    assert_eq!(close(&log).written as usize, ROUNDS * sizes.len());
    let lines = recorder.lines();
    let expected = (0..ROUNDS).flat_map(|round| sizes.map(|size| (letter(round), size)));
    assert_eq!(lines.len(), ROUNDS * sizes.len());
    for (line, (letter, size)) in lines.iter().zip(expected) {
        assert_eq!(line.len(), size);
        assert!(line.chars().all(|ch| ch == letter));
    }
}

#[test]
fn a_message_of_the_largest_size_comes_whole() {
    let recorder = Recorder::good();
    let log = logger_to("format=raw max_message_bytes=64MiB", recorder.clone());
    log.write(Level::Info, "x".repeat(64 << 20)).unwrap();
    assert_eq!(close(&log).written, 1);
    assert_eq!(recorder.lines(), ["x".repeat(64 << 20)]);
}

#[test]
fn a_thread_that_alternates_between_many_loggers_reaches_each_of_them() {
    const LOGGERS: usize = 9; // more than a thread keeps at hand
    const ROUNDS: u64 = 1000;
    let recorders = [(); LOGGERS].map(|()| Recorder::good());
    let logs: Vec<Logger> = recorders
        .iter()
        .map(|recorder| logger_to("format=raw queue_bytes=4KiB", recorder.clone()))
        .collect();
    for round in 0..ROUNDS {
        for log in &logs {
            log.write(Level::Info, format!("0 {round}")).unwrap();
        }
    }
    for (log, recorder) in logs.iter().zip(&recorders) {
        assert_eq!(close(log).written, ROUNDS);
        assert_eq!(counted(&recorder.lines())[0], ROUNDS);
    }
}

#[test]
fn two_loggers_on_one_file_interleave_whole_lines() {
    const EACH: u64 = 20_000;
    let scratch = Scratch::new();
    let logs = [(); 2].map(|()| logger_at("format=raw", &[&scratch.spec("log")]));
    thread::scope(|scope| {
        for (thread, log) in logs.iter().enumerate() {
            scope.spawn(move || {
                for number in 0..EACH {
                    log.write(Level::Info, format!("{thread} {number}")).unwrap();
                }
            });
        }
    });
    logs.iter().for_each(|log| assert_eq!(close(log).written, EACH));
    let lines: Vec<String> = scratch.text("log").lines().map(str::to_owned).collect();
    assert_eq!(counted(&lines), [EACH, EACH, 0, 0]);
}
