//! A sink that takes another one's place in a reload: it goes on with what that one had.

use crate::disk::{on_small_disks, wait_until_full};
use crate::doubles::Recorder;
use crate::figures::{find, log_records, settle};
use crate::net::{log_numbers, numbers, read_all, tcp};
use crate::setup::{
    PATIENCE, Scratch, config, config_at, logger_at, spec, texts, told_missing, wait_until,
};
use alog::{Code, Config, Level, Logger, Stats};
use std::fs;
use std::net::TcpListener;
use std::thread;

/// Its sinks have figures since the last reload only.
fn close(log: &Logger) -> Stats {
    log.stop(Some(PATIENCE)).unwrap();
    let stats = log.stats();
    assert_eq!(stats.pending(), 0, "{stats:?}");
    stats
}

#[test]
fn what_a_full_disk_keeps_waiting_is_written_when_there_is_room_though_the_logger_was_reloaded() {
    const EACH: u64 = 800;
    on_small_disks(|disk, own| {
        let sink = format!("{}?hold=forever&own_thread={own}", spec(&disk.log()));
        let log = logger_at("format=raw overflow=block", &[&sink]);
        log_records(&log, 0, 0..EACH);
        wait_until_full(&log);
        for (round, level) in (1..).zip(["debug", "trace"]) {
            let sink = format!("{sink}&level={level}+");
            log.reload(&config_at("format=raw overflow=block", &[&sink])).unwrap();
            log_records(&log, 0, round * EACH..(round + 1) * EACH);
        }
        disk.free();
        let stats = close(&log);
        let found = settle("reloaded", 2, &stats, &fs::read(disk.log()).unwrap());
        assert_eq!((stats.written, stats.failed, found.missing), (3 * EACH, 0, 0));
    });
}

#[test]
fn what_a_sink_could_not_tell_is_told_by_the_one_that_takes_its_place() {
    on_small_disks(|disk, own| {
        let sink = format!("{}?hold=0&own_thread={own}", spec(&disk.log()));
        let log = logger_at("format=raw", &[&sink]);
        log_records(&log, 0, 0..1000);
        log.flush(Some(PATIENCE)).unwrap();
        let failed = log.stats().failed;
        assert!(failed > 0);
        let sink = format!("{sink}&level=info+");
        log.reload(&config_at("format=raw", &[&sink])).unwrap();
        wait_until("the first one is closed", || log.flush(Some(PATIENCE)).is_ok());
        disk.free();
        log_records(&log, 0, 1000..1001);
        let stats = close(&log);
        let text = fs::read_to_string(disk.log()).unwrap();
        let (missing, told) = (find(text.as_bytes()).missing, told_missing(text.lines()));
        assert_eq!((stats.failed, told, missing), (failed, failed, failed));
    });
}

#[test]
fn what_waits_for_a_peer_that_is_away_comes_in_order_though_the_logger_was_reloaded() {
    let (listener, spec) = tcp("tcp");
    let address = listener.local_addr().unwrap();
    drop(listener);
    let log = logger_at("", &[&format!("{spec}?hold=forever")]);
    log_numbers(&log, 0..100);
    wait_until("it is away", || log.poll_error().is_some());
    log.reload(&config_at("", &[&format!("{spec}?hold=forever&level=debug+")])).unwrap();
    log_numbers(&log, 100..200);
    log.reload(&config_at("", &[&format!("{spec}?hold=forever&level=trace+")])).unwrap();
    log_numbers(&log, 200..300);
    let listener = TcpListener::bind(address).unwrap();
    let reader = thread::spawn(move || {
        let mut read = Vec::new();
        while numbers(&read).len() < 300 {
            read.extend(read_all(listener.accept().unwrap().0));
        }
        read
    });
    let stats = close(&log);
    drop(log);
    assert_eq!((stats.written, stats.failed), (300, 0));
    assert_eq!(numbers(&reader.join().unwrap()), (0..300).collect::<Vec<u64>>());
}

#[test]
fn what_waits_for_a_peer_that_nobody_writes_to_any_more_is_given_up_in_a_while() {
    let scratch = Scratch::new();
    let (listener, spec) = tcp("tcp");
    drop(listener);
    let log = logger_at("", &[&format!("{spec}?hold=forever")]);
    log_numbers(&log, 0..100);
    wait_until("it is away", || log.poll_error().is_some());
    log.reload(&config_at("format=raw", &[&scratch.spec("log")])).unwrap();
    log.write(Level::Info, "elsewhere").unwrap();
    let mut told = 1;
    wait_until("it is given up", || {
        told += log.poll_error().map_or(0, |error| error.count);
        told >= 100
    });
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed), (1, 100));
    assert_eq!(scratch.text("log"), "elsewhere\n");
}

#[test]
fn a_spool_goes_over_to_the_sink_that_has_it_next_also_to_another_address() {
    let scratch = Scratch::new();
    let spool = scratch.file("spool");
    let away = |parameters: &str| {
        let spool = spool.display();
        config_at("", &[&format!("tcp://127.0.0.1:9?spool={spool}&{parameters}")])
    };
    let log = Logger::new(&away("level=info+")).unwrap();
    log_numbers(&log, 0..100);
    log.flush(Some(PATIENCE)).unwrap();
    log.reload(&away("level=debug+")).unwrap();
    log_numbers(&log, 100..200);
    // One that cannot be opened leaves the spool where it is.
    let mut bad = away("level=trace+");
    bad.add_sink("file:/nowhere/at/all").unwrap();
    assert_eq!(log.reload(&bad).unwrap_err().code, Code::Open);
    log_numbers(&log, 200..300);
    // Another sink beside it changes nothing.
    let mut two = away("level=debug+");
    two.add_sink(&scratch.spec("log")).unwrap();
    log.reload(&two).unwrap();
    log_numbers(&log, 300..400);
    let refused = Logger::new(&away("")).unwrap_err();
    assert!(refused.message.as_str().ends_with("the spool belongs to another logger"), "{refused}");
    let (listener, spec) = tcp("tcp");
    log.reload(&config_at("", &[&format!("{spec}?spool={}", spool.display())])).unwrap();
    // Nothing else is logged: what waits is sent all the same.
    let (mut peer, _) = listener.accept().unwrap();
    let mut read = vec![0; 1];
    std::io::Read::read_exact(&mut peer, &mut read).unwrap();
    log.write(Level::Info, "n=400").unwrap();
    let reader = thread::spawn(move || {
        read.extend(read_all(peer));
        read
    });
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed), (401, 0));
    assert_eq!(numbers(&reader.join().unwrap()), (0..401).collect::<Vec<u64>>());
    drop(Logger::new(&away("")).unwrap());
    assert!(log.poll_error().is_some(), "lines were spooled");
}

#[test]
fn a_memory_a_backtrace_and_a_limit_go_on() {
    for settings in ["format=raw", "format=raw workers=3"] {
        let recorder = Recorder::good();
        let config = |more: &str| {
            let mut config = config(&format!("level=debug {settings}"));
            config.add_sink(&format!("memory:last?{more}")).unwrap();
            let spec = format!("one?level=info&backtrace=9&rate_limit=2/h&{more}");
            config.add_destination(&spec, recorder.clone()).unwrap();
            config
        };
        let log = Logger::new(&config("batch_bytes=4KiB")).unwrap();
        let write = |level, texts: &[&str]| {
            texts.iter().for_each(|text| log.write(level, *text).unwrap());
            log.flush(None).unwrap();
        };
        write(Level::Info, &["a", "b", "c"]);
        write(Level::Debug, &["d"]);
        log.reload(&config("batch_bytes=8KiB")).unwrap();
        log.flush(None).unwrap();
        write(Level::Info, &["e"]);
        write(Level::Error, &["f"]);
        let memory = log.memory("last").unwrap();
        assert_eq!(memory.concat(), b"abcdef", "{settings}");
        close(&log);
        let lines = recorder.lines();
        let lines: Vec<_> = lines.iter().filter(|line| !line.starts_with("alog: ")).collect();
        assert_eq!(lines, ["a", "b", "d", "f"], "{settings}");
    }
}

#[test]
fn a_memory_keeps_no_more_than_it_is_to() {
    let log = logger_at("format=raw", &["memory:last?records=9"]);
    (0..9).for_each(|number| log.write(Level::Info, number.to_string()).unwrap());
    log.reload(&config_at("format=raw", &["memory:last?records=2"])).unwrap();
    wait_until("it keeps less", || log.memory("last").unwrap().len() == 2);
    assert_eq!(log.memory("last").unwrap().concat(), b"78");
    close(&log);
}

#[test]
fn a_file_that_is_begun_when_it_is_opened_is_begun_once() {
    let scratch = Scratch::new();
    let config = |level: &str| -> Config {
        let spec = format!("{}?rotate_on_open=yes&level={level}", scratch.spec("log"));
        config_at("format=raw", &[&spec])
    };
    let log = Logger::new(&config("info+")).unwrap();
    for level in ["debug+", "trace+", "info+"] {
        log.write(Level::Info, level).unwrap();
        log.reload(&config(level)).unwrap();
    }
    close(&log);
    assert_eq!(texts(scratch.path(), "log"), ["debug+\ntrace+\ninfo+\n"]);
}

#[test]
fn one_of_two_sinks_at_a_place_changes_and_the_other_one_stays() {
    let scratch = Scratch::new();
    let config = |first: &str| {
        let sink = |level: &str| format!("{}?level={level}&own_thread=yes", scratch.spec("log"));
        config_at("format=raw level=debug", &[&sink(first), &sink("error+")])
    };
    let log = Logger::new(&config("info")).unwrap();
    log.write(Level::Error, "both").unwrap();
    log.reload(&config("debug")).unwrap();
    log.write(Level::Debug, "changed").unwrap();
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed), (2, 0));
    assert_eq!(scratch.text("log"), "both\nboth\nchanged\n");
}
