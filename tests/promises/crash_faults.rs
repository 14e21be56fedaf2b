//! What else happens to queues that outlive their process: forks, stops, damage, several who recover.

use crate::crash::{Queues, stuck};
use crate::doubles::Gate;
use crate::setup::{Scratch, close, config, config_at, spec};
use crate::{child, figures, raw, sys};
use alog::{Code, Config, Level, Logger, recover};
use jiff::Timestamp;
use std::path::Path;
use std::time::Duration;
use std::{fs, io, thread};

/// Accepts records of numbers up to `count`, and is killed.
fn kill_with(directory: &Path, count: u64) {
    let victim = sys::fork(|| {
        let log = stuck("", directory);
        (0..count).for_each(|number| log.write(Level::Info, format!("record {number}")).unwrap());
        sys::end_by(libc::SIGKILL);
    });
    sys::signal_of(victim);
}

/// What the command does, with raw lines.
fn recover_lines(queues: &Path) -> (alog::Recovered, Vec<String>) {
    let mut text = Vec::new();
    let found = recover(queues, &config("format=raw"), &mut text).unwrap();
    (found, String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
}

#[test]
fn what_a_record_refers_to_is_recovered_with_it() {
    let before = Timestamp::now();
    let done = child::run_to_any_end(|directory| {
        let mut config = config("name=app");
        config.field("host", "web1").unwrap();
        config.set("crash_dir", directory.join("queues").to_str().unwrap()).unwrap();
        config.add_destination("stuck", Gate::closed()).unwrap();
        let log = Logger::new(&config).unwrap();
        raw::name_thread("painter");
        alog::info!(log, "from {place}", place = "here");
        let mut config = Config::new();
        config.set("name", "db").unwrap();
        config.field("shard", 3).unwrap();
        let db = log.child(&config).unwrap();
        db.write(Level::Error, "of a derived one").unwrap();
        raw::name_thread("renamed");
        sys::end_by(libc::SIGKILL);
    });
    let after = Timestamp::now();
    let mut json = Vec::new();
    let mut look = config("format=json thread_key=thread");
    look.set("time_key", "time").unwrap();
    let found = recover(done.scratch.path().join("queues"), &look, &mut json).unwrap();
    assert_eq!((found.loggers, found.records, found.damaged), (1, 2, 0));
    let lines: Vec<serde_json::Value> = json
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    for line in &lines {
        assert_eq!((&line["host"], &line["thread"]), (&"web1".into(), &"renamed".into()));
        // It was read off the counter: a step of the clock may be in between.
        let time: Timestamp = line["time"].as_str().unwrap().parse().unwrap();
        let step = jiff::SignedDuration::from_millis(100);
        assert!(before - step <= time && time <= after + step, "{before} {time} {after}");
    }
    assert_eq!((&lines[0]["logger"], &lines[0]["message"]), (&"app".into(), &"from here".into()));
    assert!(lines[0]["source"].as_str().unwrap().contains("crash_faults.rs:"));
    assert_eq!((&lines[1]["logger"], &lines[1]["shard"]), (&"app.db".into(), &3.into()));
}

#[test]
fn a_line_that_is_in_the_file_is_not_written_there_again() {
    child::run(|directory| {
        let (path, queues) = (directory.join("log"), Queues::of(directory));
        let gate = Gate::closed();
        let victim = sys::fork(|| {
            let mut config = config_at("format=raw", &[&spec(&path)]);
            queues.set(&mut config);
            config.add_destination("stuck", gate.clone()).unwrap();
            let log = Logger::new(&config).unwrap();
            log.write(Level::Info, "the first").unwrap();
            gate.wait_until_reached(); // it is in the file, and its round is not over
            (0..100).for_each(|n| log.write(Level::Info, format!("record {n}")).unwrap());
            sys::end_by(libc::SIGKILL);
        });
        sys::signal_of(victim);
        let expected: String = std::iter::once("the first\n".to_owned())
            .chain((0..100).map(|n| format!("record {n}\n")))
            .collect();
        // Also where only a part of that line came out.
        let whole = fs::read(&path).unwrap();
        assert_eq!(whole, b"the first\n");
        for cut in 0..=whole.len() {
            let copy = directory.join(format!("copy-{cut}"));
            fs::create_dir(&copy).unwrap();
            let (path, queues) = (copy.join("log"), queues.copy_to(&copy));
            fs::hard_link(directory.join("log"), &path).unwrap(); // the same file, by its number
            fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(cut as u64).unwrap();
            let mut config = config_at("format=raw", &[&spec(&directory.join("log"))]);
            queues.set(&mut config);
            let log = Logger::new(&config).unwrap();
            let stats = close(&log);
            let lacking = 101 - u64::from(cut == whole.len());
            assert_eq!((stats.recovered, stats.written), (lacking, lacking), "{cut}");
            let text = fs::read_to_string(directory.join("log")).unwrap();
            let text: String = text
                .lines()
                .filter(|line| !line.contains("alog: "))
                .map(|line| format!("{line}\n"))
                .collect();
            assert_eq!(text, expected, "{cut}");
            fs::write(directory.join("log"), &whole).unwrap();
        }
    });
}

#[test]
fn parent_and_child_have_queues_of_their_own() {
    let done = child::run(|directory| {
        let queues = Queues::of(directory);
        let log = queues.logger("format=raw", &directory.join("log"));
        log.write(Level::Info, "parent 0").unwrap();
        let child = sys::fork(|| {
            log.write(Level::Info, "child 0").unwrap();
            log.flush(None).unwrap();
            // What the child accepts and never writes.
            let log = stuck("format=raw", directory);
            log.write(Level::Info, "child 1").unwrap();
            sys::end_at_once();
        });
        sys::join(child);
        log.write(Level::Info, "parent 1").unwrap();
        assert_eq!(queues.recover("format=raw", &directory.join("log")).recovered, 1);
        assert!(!queues.files().is_empty(), "the parent's are left alone");
        assert_eq!(close(&log).written, 2);
        assert!(queues.files().is_empty());
    });
    let text = done.scratch.text("log");
    for line in ["parent 0", "parent 1", "child 0", "child 1"] {
        assert_eq!(text.lines().filter(|found| *found == line).count(), 1, "{line}: {text}");
    }
}

#[test]
fn a_child_that_writes_stops_and_frees_leaves_the_queues_of_its_parent_alone() {
    let done = child::run(|directory| {
        let queues = Queues::of(directory);
        let parent = sys::fork(|| {
            let log = queues.logger("writer=caller format=raw", &directory.join("log"));
            (0..10).for_each(|number| log.write(Level::Info, format!("parent {number}")).unwrap());
            sys::join(sys::fork(|| {
                log.write(Level::Info, "child").unwrap();
                assert_eq!(close(&log).written, 1);
                assert_eq!(raw::free(log.id()), Code::Ok);
            }));
            sys::end_by(libc::SIGKILL);
        });
        sys::signal_of(parent);
        assert_eq!(queues.recover("format=raw", &directory.join("log")).recovered, 10);
    });
    let text = done.scratch.text("log");
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("alog: ")).collect();
    assert_eq!((lines.len(), lines[0], lines[10]), (11, "child", "parent 9"));
}

#[test]
fn files_of_the_living_are_left_alone_and_a_number_of_a_process_says_nothing() {
    child::run(|directory| {
        let queues = Queues::of(directory);
        let log = stuck("", directory);
        log.write(Level::Info, "mine").unwrap();
        // Neither this process nor another one takes it.
        assert_eq!(
            recover_lines(&queues.0),
            (alog::Recovered { alive: 1, ..Default::default() }, vec![])
        );
        let other = sys::fork(|| {
            let alive = alog::Recovered { alive: 1, ..Default::default() };
            assert_eq!(recover_lines(&queues.0), (alive, vec![]));
        });
        sys::join(other);
        // The dead one has the number of a process that lives, by now, and is of another boot.
        kill_with(directory, 10);
        let this = std::process::id();
        for file in queues.files() {
            let Some((_, rest)) = file.strip_prefix("alog-").unwrap().split_once('-') else {
                continue;
            };
            if !file.starts_with(&format!("alog-{this}-")) {
                let to = queues.0.join(format!("alog-1-{rest}"));
                fs::rename(queues.0.join(&file), &to).unwrap();
                if to.extension().is_some_and(|kind| kind == "process") {
                    let mut bytes = fs::read(&to).unwrap();
                    bytes[64..100].fill(b'0');
                    fs::write(&to, bytes).unwrap();
                }
            }
        }
        let (found, lines) = recover_lines(&queues.0);
        assert_eq!((found.loggers, found.records, found.alive), (1, 10, 1));
        assert_eq!(lines[9], "record 9");
    });
}

#[test]
fn a_process_that_has_closed_all_descriptors_still_counts_as_alive() {
    child::run(|directory| {
        let queues = Queues::of(directory);
        let log = stuck("", directory);
        log.write(Level::Info, "mine").unwrap();
        let locked = queues.files().into_iter().find(|name| name.ends_with(".process")).unwrap();
        drop(fs::File::open(queues.0.join(locked)).unwrap()); // that is how it is lost
        let other = sys::fork(|| {
            let alive = alog::Recovered { alive: 1, ..Default::default() };
            assert_eq!(recover_lines(&queues.0), (alive, vec![]));
        });
        sys::join(other);
    });
}

#[test]
fn two_who_recover_at_once_never_recover_the_same() {
    child::run(|directory| {
        let queues = Queues::of(directory);
        (0..8).for_each(|_| kill_with(directory, 50));
        let found = thread::scope(|scope| {
            let all = [(); 4].map(|()| scope.spawn(|| recover_lines(&queues.0).0));
            all.map(|one| one.join().unwrap())
        });
        assert_eq!(found.iter().map(|found| found.records).sum::<u64>(), 400);
        assert!(queues.files().is_empty());
    });
}

#[test]
fn what_a_destination_does_not_take_is_recovered_the_next_time() {
    struct Failing;
    impl io::Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("it fails"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    child::run(|directory| {
        let queues = Queues::of(directory);
        kill_with(directory, 10);
        let error = recover(&queues.0, &Config::new(), &mut Failing).unwrap_err();
        assert_eq!(error.code, Code::Io);
        assert_eq!(recover_lines(&queues.0).0.records, 10);
    });
}

#[test]
fn damaged_files_cost_what_is_damaged_and_nothing_else() {
    child::run(|directory| {
        const COUNT: u64 = 200;
        let queues = Queues::of(directory);
        let gate = Gate::closed();
        let victim = sys::fork(|| {
            let mut config = config_at("format=raw", &[&spec(&directory.join("log"))]);
            queues.set(&mut config);
            config.set("queue_bytes", "16KiB").unwrap();
            config.add_destination("stuck", gate.clone()).unwrap();
            let log = Logger::new(&config).unwrap();
            (0..COUNT).for_each(|n| log.write(Level::Info, format!("record {n:03}")).unwrap());
            gate.wait_until_reached(); // a round is noted, and in the file
            sys::end_by(libc::SIGKILL);
        });
        sys::signal_of(victim);
        let mut random = 0x2545_f491_4f6c_dd1du64;
        let mut below = |limit: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random % limit as u64) as usize
        };
        let (mut least, mut rounds) = (COUNT, 0);
        for round in 0..300 {
            let copy = directory.join(format!("copy-{round}"));
            fs::create_dir(&copy).unwrap();
            let queues = queues.copy_to(&copy);
            let files = queues.files();
            let name = &files[below(files.len())];
            let path = queues.0.join(name);
            let mut bytes = fs::read(&path).unwrap();
            // Half of the damage where the records are, and they alone.
            let is_amid = name.ends_with("ring") && round % 2 == 0;
            let (first, reach) = match is_amid {
                true => (4096, 4096 + 32 * COUNT as usize),
                false => (0, bytes.len()),
            };
            match round % 5 {
                0 => bytes.truncate(first + below(reach - first + 1)),
                _ if reach == 0 => {}
                _ => (0..1 + round % 7).for_each(|_| {
                    bytes[first + below(reach - first)] ^= 1 << below(8);
                }),
            }
            fs::write(&path, bytes).unwrap();
            let (found, lines) = recover_lines(&queues.0);
            let whole = lines.iter().filter(|line| line.starts_with("record ")).count() as u64;
            assert!(whole <= COUNT);
            if is_amid && round % 5 != 0 {
                // A bit costs the record that it is in, or that and its neighbour.
                assert!(whole + 14 >= COUNT, "{whole} {found:?}");
            }
            least = least.min(whole);
            rounds += 1;
            fs::remove_dir_all(&copy).unwrap();
        }
        figures::note(format_args!(
            "{rounds} damaged copies survived, of {COUNT} records at least {least} found"
        ));
    });
}

#[test]
fn a_stop_removes_the_files_when_all_is_written_and_not_before() {
    let scratch = Scratch::new();
    let (gate, queues) = (Gate::closed(), Queues::of(scratch.path()));
    let mut config = config("");
    queues.set(&mut config);
    config.add_destination("gate", gate.clone()).unwrap();
    let log = Logger::new(&config).unwrap();
    log.write(Level::Info, "held").unwrap();
    gate.wait_until_reached();
    assert_eq!(log.stop(Some(Duration::ZERO)).unwrap_err().code, Code::Timeout);
    assert!(!queues.files().is_empty());
    gate.open();
    close(&log);
    assert!(queues.files().is_empty());
}
