//! Hooks: what they see, what they add, and what becomes of those that fail.

use crate::doubles::{Gate, Recorder};
use crate::raw;
use crate::setup::{PATIENCE, close, config, expect_panic, wait_until};
use alog::{Code, Config, Destination, HookRecord, Level, Logger, Value};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread::{self, ThreadId};

const SETTINGS: &str = "format=logfmt time_key= level_key= message_key=m";

/// A configuration with one destination.
fn config_to(destination: Arc<dyn Destination>) -> Config {
    let mut config = config(SETTINGS);
    config.add_destination("one", destination).unwrap();
    config
}

/// A hook that sets a field.
fn sets(
    key: &'static str,
    value: &'static str,
) -> Arc<impl Fn(&mut HookRecord<'_>) -> io::Result<()> + Send + Sync> {
    Arc::new(move |record: &mut HookRecord<'_>| Ok(record.set(key, value)?))
}

#[test]
fn later_phases_override_earlier_ones() {
    let recorder = Recorder::good();
    let mut config = config_to(recorder.clone());
    for key in ["base", "pre", "call", "post", "m"] {
        config.field(key, "base").unwrap();
    }
    for key in ["pre", "call", "post", "m"] {
        config.add_pre_hook("pre", sets(key, "pre")).unwrap();
    }
    for key in ["post", "m"] {
        config.add_post_hook("post", sets(key, "post")).unwrap();
    }
    let log = Logger::new(&config).unwrap();
    let event = log.event(Level::Info, "{post}").field("call", "call").field("post", "call");
    event.field("m", "call").send().unwrap();
    log.write(Level::Info, "plain").unwrap();
    close(&log);
    assert_eq!(
        recorder.lines(),
        [
            "m=post base=base pre=pre call=call post=post",
            "m=plain base=base pre=pre call=pre post=post"
        ]
    );
}

#[test]
fn pre_hooks_run_on_the_callers_thread_and_post_hooks_on_the_writers() {
    let threads: Arc<Mutex<Vec<(&str, ThreadId)>>> = Arc::default();
    let mut config = config_to(Recorder::good());
    let notes = |phase: &'static str| {
        let threads = Arc::clone(&threads);
        Arc::new(move |_: &mut HookRecord<'_>| {
            threads.lock().unwrap().push((phase, thread::current().id()));
            Ok(())
        })
    };
    config.add_pre_hook("notes", notes("pre")).unwrap();
    config.add_post_hook("notes", notes("post")).unwrap();
    let log = Logger::new(&config).unwrap();
    log.write(Level::Info, "m").unwrap();
    close(&log);
    let threads = threads.lock().unwrap();
    let here = thread::current().id();
    assert_eq!((threads[0], threads[1].0, threads.len()), (("pre", here), "post", 2));
    assert_ne!(threads[1].1, here);
}

#[test]
fn a_hook_sees_the_record_as_far_as_it_is_known() {
    type Seen = (Level, Vec<u8>, String, Vec<Option<String>>);
    let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
    let mut config = config_to(Recorder::good());
    config.set("name", "shop").unwrap();
    config.field("base", "b").unwrap();
    let looks = || {
        let seen = Arc::clone(&seen);
        Arc::new(move |record: &mut HookRecord<'_>| {
            let text = |key| match record.field(key) {
                Some(Value::Str(text)) => Some(String::from_utf8_lossy(text).into_owned()),
                _ => None,
            };
            let fields = ["base", "pre", "g.call", "none"].map(text).to_vec();
            let (level, message) = (record.level(), record.message().to_vec());
            seen.lock().unwrap().push((level, message, record.logger().to_owned(), fields));
            Ok(())
        })
    };
    config.add_pre_hook("looks", looks()).unwrap();
    config.add_pre_hook("pre", sets("pre", "p")).unwrap();
    config.add_post_hook("looks", looks()).unwrap();
    let log = Logger::new(&config).unwrap();
    log.event(Level::Warn, "{pre}").group("g", |g| g.field("call", "c")).send().unwrap();
    close(&log);
    let [b, p, c] = ["b", "p", "c"].map(|text| Some(text.to_owned()));
    let record = |pre| {
        (Level::Warn, b"{pre}".to_vec(), "shop".to_owned(), vec![b.clone(), pre, c.clone(), None])
    };
    assert_eq!(*seen.lock().unwrap(), [record(None), record(p)]);
}

const BROKEN: &str = "this hook is broken";

#[test]
fn a_hook_that_fails_or_panics_is_polled_by_name_and_the_record_goes_out() {
    expect_panic(BROKEN);
    let recorder = Recorder::good();
    let mut config = config_to(recorder.clone());
    let fails = |record: &mut HookRecord<'_>| {
        record.set("before", true)?;
        Err(io::Error::from_raw_os_error(libc::EIO))
    };
    config.add_pre_hook("fails", Arc::new(fails)).unwrap();
    let panics = |_: &mut HookRecord<'_>| -> io::Result<()> { panic!("{BROKEN}") };
    config.add_post_hook("panics", Arc::new(panics)).unwrap();
    config.add_post_hook("works", sets("after", "yes")).unwrap();
    let log = Logger::new(&config).unwrap();
    log.write(Level::Info, "m").unwrap();
    let stats = close(&log);
    assert_eq!((stats.written, stats.errors_raised), (1, 2));
    assert_eq!(recorder.lines(), ["m=m before=true after=yes"]);
    let errors: Vec<_> = std::iter::from_fn(|| log.poll_error()).collect();
    let told = errors.iter().map(|error| (error.code, error.os_error, error.origin.as_str()));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [(Code::Hook, libc::EIO, "hook:fails"), (Code::Hook, 0, "hook:panics")]
    );
}

#[test]
fn what_a_pre_hook_logs_passes_no_pre_hooks_and_stands_before_its_record() {
    let recorder = Recorder::good();
    let log: Arc<OnceLock<Logger>> = Arc::default();
    let calls = Arc::new(AtomicU64::new(0));
    let logs = {
        let (log, calls) = (Arc::clone(&log), Arc::clone(&calls));
        move |_: &mut HookRecord<'_>| {
            calls.fetch_add(1, Ordering::Relaxed);
            if let Some(log) = log.get() {
                log.write(Level::Info, "from the hook")?;
            }
            Ok(())
        }
    };
    let mut config = config_to(recorder.clone());
    config.add_pre_hook("logs", Arc::new(logs)).unwrap();
    log.set(Logger::new(&config).unwrap()).unwrap();
    let log = log.get().unwrap();
    log.write(Level::Info, "own").unwrap();
    assert_eq!(close(log).written, 2);
    assert_eq!(recorder.lines(), [r#"m="from the hook""#, "m=own"]);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert!(log.poll_error().is_none());
}

#[test]
fn what_a_post_hook_logs_is_written_later_and_calls_it_again() {
    let recorder = Recorder::good();
    let log: Arc<OnceLock<Logger>> = Arc::default();
    let logs = {
        let log = Arc::clone(&log);
        move |record: &mut HookRecord<'_>| {
            if let (b"first", Some(log)) = (record.message(), log.get()) {
                log.write(Level::Info, "second")?;
            }
            Ok(record.set("hooked", true)?)
        }
    };
    let mut config = config_to(recorder.clone());
    config.add_post_hook("logs", Arc::new(logs)).unwrap();
    log.set(Logger::new(&config).unwrap()).unwrap();
    let log = log.get().unwrap();
    log.write(Level::Info, "first").unwrap();
    wait_until("both are written", || log.stats().written == 2);
    close(log);
    assert_eq!(recorder.lines(), ["m=first hooked=true", "m=second hooked=true"]);
}

#[test]
fn what_would_wait_for_the_writer_is_refused_in_a_post_hook() {
    let log: Arc<OnceLock<Logger>> = Arc::default();
    let codes: Arc<Mutex<Vec<Code>>> = Arc::default();
    let waits = {
        let (log, codes) = (Arc::clone(&log), Arc::clone(&codes));
        move |_: &mut HookRecord<'_>| {
            let Some(log) = log.get() else { return Ok(()) };
            let limit = Some(PATIENCE);
            let outcomes = [log.flush(limit), log.stop(limit), log.run()];
            let mut codes = codes.lock().unwrap();
            codes.extend(outcomes.map(|outcome| outcome.map_or_else(|it| it.code, |()| Code::Ok)));
            Ok(())
        }
    };
    let mut config = config_to(Recorder::good());
    config.add_post_hook("waits", Arc::new(waits)).unwrap();
    log.set(Logger::new(&config).unwrap()).unwrap();
    let log = log.get().unwrap();
    log.write(Level::Info, "m").unwrap();
    close(log);
    assert_eq!(*codes.lock().unwrap(), [Code::WouldDeadlock; 3]);
}

#[test]
fn hooks_see_every_record_that_is_accepted_also_under_load() {
    const THREADS: u64 = 4;
    const EACH: u64 = 10_000;
    let calls: [Arc<AtomicU64>; 2] = Default::default();
    let counts = |calls: &Arc<AtomicU64>| {
        let calls = Arc::clone(calls);
        Arc::new(move |record: &mut HookRecord<'_>| {
            Ok(record.set("n", calls.fetch_add(1, Ordering::Relaxed))?)
        })
    };
    let recorder = Recorder::good();
    let mut config = config_to(recorder.clone());
    config.set("queue_bytes", "16KiB").unwrap();
    config.add_pre_hook("counts", counts(&calls[0])).unwrap();
    config.add_post_hook("counts", counts(&calls[1])).unwrap();
    let log = Logger::new(&config).unwrap();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..EACH).for_each(|_| log.write(Level::Info, "x").unwrap()));
        }
    });
    assert_eq!(close(&log).written, THREADS * EACH);
    assert_eq!(calls.map(|calls| calls.load(Ordering::Relaxed)), [THREADS * EACH; 2]);
    let expected = (0..THREADS * EACH).map(|n| format!("m=x n={n}"));
    assert!(
        recorder.lines().into_iter().eq(expected),
        "a post-hook runs in the order of the lines"
    );
}

#[test]
fn hooks_do_not_run_for_what_is_not_taken() {
    let calls = Arc::new(AtomicU64::new(0));
    let counts = {
        let calls = Arc::clone(&calls);
        move |_: &mut HookRecord<'_>| {
            calls.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    };
    let mut config = config_to(Gate::closed());
    config.add_pre_hook("counts", Arc::new(counts)).unwrap();
    let log = Logger::new(&config).unwrap();
    assert_eq!(log.try_write(Level::Debug, "off"), Code::Disabled);
    log.stop(Some(PATIENCE)).unwrap();
    assert_eq!(log.try_write(Level::Info, "late"), Code::Stopped);
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}

#[test]
fn hooks_are_let_go_with_their_logger() {
    let hook = sets("k", "v");
    let mut config = config_to(Recorder::good());
    config.add_pre_hook("one", hook.clone()).unwrap();
    config.add_post_hook("two", hook.clone()).unwrap();
    let log = Logger::new(&config).unwrap();
    drop(config);
    log.write(Level::Info, "m").unwrap();
    assert!(Arc::strong_count(&hook) > 1);
    drop(log);
    wait_until("they are let go", || Arc::strong_count(&hook) == 1);
}

#[test]
fn hooks_and_destinations_are_let_go_with_their_logger_while_a_thread_that_has_logged_lives() {
    for workers in ["1", "2"] {
        let (hook, recorder) = (sets("k", "v"), Recorder::good());
        let mut config = config_to(recorder.clone());
        config.set("workers", workers).unwrap();
        config.add_pre_hook("one", hook.clone()).unwrap();
        config.add_post_hook("two", hook.clone()).unwrap();
        let log = Logger::new(&config).unwrap();
        drop(config);
        thread::scope(|scope| {
            let ((tell, told), (end, ended)) = (mpsc::channel(), mpsc::channel::<()>());
            let id = log.id();
            scope.spawn(move || {
                tell.send(raw::write(id, Level::Info as i32, b"m")).unwrap();
                let _ = ended.recv(); // an error: the other end is gone
            });
            assert_eq!(told.recv().unwrap(), Code::Ok);
            drop(log);
            wait_until("they are let go", || {
                Arc::strong_count(&hook) == 1 && Arc::strong_count(&recorder) == 1
            });
            drop(end);
        });
        assert_eq!(recorder.lines(), ["m=m k=v"]);
    }
}
