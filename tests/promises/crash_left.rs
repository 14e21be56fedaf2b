//! What is left of queues where they cannot be recovered now, or not all at once: for the next time, and never lost.

use crate::crash::{Queues, stuck};
use crate::doubles::Gate;
use crate::setup::{PATIENCE, close, config, config_at, spec, wait_until};
use crate::{child, figures, sys};
use alog::{Level, Logger, recover};
use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

/// How many records a victim accepts.
const COUNT: usize = 100;

/// So many processes accept records each, with their numbers, and end at once.
fn die(directory: &Path, processes: Range<usize>, count: usize) {
    let queues = Queues::of(directory);
    fs::create_dir_all(&queues.0).unwrap();
    for process in processes {
        // Each in a directory of its own: or it would take over what the one before it left.
        let own = directory.join(format!("of-{process}"));
        fs::create_dir(&own).unwrap();
        let victim = sys::fork(|| {
            let log = stuck("queue_bytes=4KiB", &own);
            for number in 0..count {
                log.write(Level::Info, format!("{process}.{number}")).unwrap();
            }
            sys::end_at_once();
        });
        sys::join(victim);
        for name in Queues::of(&own).files() {
            fs::rename(Queues::of(&own).0.join(&name), queues.0.join(&name)).unwrap();
        }
    }
}

/// What the command does, with raw lines.
fn recover_lines(queues: &Queues) -> Result<(alog::Recovered, Vec<String>), alog::Error> {
    let mut text = Vec::new();
    let found = recover(&queues.0, &config("format=raw"), &mut text)?;
    Ok((found, String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()))
}

/// Each record is there once.
fn settle(what: &str, lines: &[String], expected: usize) {
    let different: HashSet<&String> = lines.iter().collect();
    let (lost, duplicated) = (expected - different.len(), lines.len() - different.len());
    figures::note(format_args!(
        "{what}: accepted {expected}, lost {lost}, duplicated {duplicated}"
    ));
    assert_eq!((lost, duplicated), (0, 0));
}

#[test]
fn what_cannot_be_read_for_want_of_descriptors_is_there_the_next_time() {
    child::run(|directory| {
        let (mut attempts, mut failed, mut lines) = (0, 0, Vec::new());
        for room in 0..16 {
            attempts += 1;
            die(directory, room..room + 1, COUNT / 4);
            let queues = Queues::of(directory);
            let before = sys::limit_descriptors(room as _);
            let found = recover_lines(&queues);
            sys::lift_descriptors(before);
            match found {
                Ok((found, more)) => {
                    failed += usize::from(found.left > 0);
                    assert_eq!((found.damaged, found.loggers + found.left), (0, 1), "{found:?}");
                    lines.extend(more);
                }
                Err(_) => failed += 1,
            }
            let (found, more) = recover_lines(&queues).unwrap();
            assert_eq!((found.damaged, found.left), (0, 0), "{found:?}");
            lines.extend(more);
            assert!(queues.files().is_empty());
        }
        assert!((2..attempts).contains(&failed), "{failed} of {attempts} failed");
        settle("descriptors run out while recovering", &lines, attempts * (COUNT / 4));
    });
}

#[test]
fn more_dead_processes_than_are_taken_at_once_are_all_recovered_by_the_next_logger() {
    const PROCESSES: usize = 300;
    let done = child::run(|directory| {
        let queues = Queues::of(directory);
        die(directory, 0..PROCESSES, 2);
        let stats = queues.recover("format=raw", &directory.join("log"));
        assert_eq!(stats.recovered as usize, 2 * PROCESSES);
        assert!(queues.files().is_empty());
        die(directory, PROCESSES..2 * PROCESSES, 2);
        // Who recovers them is killed when the first are in its file: what it has noted counts, though it is the youngest.
        let killed = directory.join("killed");
        let begun = &sys::shared_words(1)[0];
        let recoverer = sys::fork(|| {
            let gate = Gate::closed();
            let mut config = config_at("format=raw", &[&spec(&killed)]);
            queues.set(&mut config);
            config.add_destination("stuck", gate.clone()).unwrap();
            let _log = Logger::new(&config).unwrap();
            gate.wait_until_reached();
            begun.store(1, Relaxed);
            thread::park_timeout(PATIENCE);
        });
        wait_until("it is in the middle of a round", || begun.load(Relaxed) == 1);
        sys::kill(recoverer);
        assert_eq!(sys::signal_of(recoverer), libc::SIGKILL);
        let before = fs::read_to_string(&killed).unwrap();
        assert!(before.contains('.'), "{before}");
        queues.recover("format=raw", &killed);
        assert!(queues.files().is_empty());
        die(directory, 2 * PROCESSES..3 * PROCESSES, 2);
        let (found, lines) = recover_lines(&queues).unwrap();
        assert_eq!((found.loggers as usize, found.left), (PROCESSES, 0));
        assert!(queues.files().is_empty());
        fs::write(directory.join("others"), lines.join("\n") + "\n").unwrap();
    });
    let mut lines: Vec<String> = done.scratch.text("log").lines().map(str::to_owned).collect();
    lines.retain(|line| !line.contains("alog: "));
    // The oldest first.
    let processes =
        lines.iter().map(|line| line.split('.').next().unwrap().parse::<u32>().unwrap());
    assert!(processes.is_sorted());
    for name in ["killed", "others"] {
        let text = done.scratch.text(name);
        let more = text.lines().filter(|line| !line.contains("alog: ") && !line.is_empty());
        lines.extend(more.map(str::to_owned));
    }
    settle("many dead processes", &lines, 6 * PROCESSES);
}

#[test]
fn what_a_child_left_is_written_by_the_next_child_while_their_parent_lives() {
    const CHILDREN: usize = 20;
    let done = child::run(|directory| {
        let queues = Queues::of(directory);
        let log = queues.logger("format=raw", &directory.join("log"));
        log.write(Level::Info, "parent").unwrap();
        let of_the_parent = queues.files().len();
        for child in 0..CHILDREN {
            sys::join(sys::fork(|| {
                for number in 0..COUNT {
                    log.write(Level::Info, format!("{child}.{number}")).unwrap();
                }
                sys::end_at_once();
            }));
        }
        sys::join(sys::fork(|| {
            log.write(Level::Info, "the last").unwrap();
            close(&log);
        }));
        assert_eq!(queues.files().len(), of_the_parent);
        close(&log);
    });
    let text = done.scratch.text("log");
    let lines = text.lines().filter(|line| line.contains('.')).map(str::to_owned);
    settle("children that end at once", &lines.collect::<Vec<_>>(), CHILDREN * COUNT);
}

#[test]
fn what_is_missing_of_a_dead_process_is_told() {
    child::run(|directory| {
        let queues = Queues::of(directory);
        die(directory, 0..1, COUNT / 4);
        let path = |kind: &str| {
            let files = queues.files();
            queues.0.join(files.iter().find(|file| file.ends_with(kind)).unwrap())
        };
        fs::remove_file(path(".names")).unwrap();
        let (found, lines) = recover_lines(&queues).unwrap();
        assert_eq!((found.records as usize, found.damaged), (COUNT / 4, 1));
        assert_eq!(lines.len(), COUNT / 4);
        die(directory, 1..2, COUNT / 4);
        fs::remove_file(path(".process")).unwrap();
        let log = queues.logger("", &directory.join("log"));
        close(&log);
        let error = log.poll_error().unwrap();
        assert!(error.message.as_str().contains("nothing says whose"), "{error}");
        let (found, _) = recover_lines(&queues).unwrap();
        assert_eq!((found.loggers, found.left), (0, 1));
        assert!(path(".ring").exists(), "it is left to whoever knows better");
    });
}
