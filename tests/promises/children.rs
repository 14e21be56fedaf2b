//! Derived loggers: what they have of their parent, and who outlives whom.

use crate::doubles::{Gate, Recorder};
use crate::setup::{Done, PATIENCE, close, config, logger_to, wait_until};
use crate::{child, raw, sys};
use alog::{Code, Config, Destination, HookRecord, Level, Logger};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::{io, mem, thread};

const SETTINGS: &str = "format=logfmt time_key= level_key= message_key=m";

/// The configuration of a derived logger with a destination of its own.
fn child_to(settings: &str, destination: Arc<dyn Destination>) -> Config {
    let mut config = config(settings);
    config.add_destination("child", destination).unwrap();
    config
}

/// A hook that sets a field to 1.
fn sets(key: &'static str) -> Arc<dyn alog::Hook> {
    Arc::new(move |record: &mut HookRecord<'_>| -> io::Result<()> { Ok(record.set(key, 1)?) })
}

/// A root with one of everything, and what it writes.
fn root() -> (Arc<Recorder>, Logger) {
    let recorder = Recorder::good();
    let mut config = config(&format!("{SETTINGS} name=app"));
    config.field("root", 1).unwrap();
    config.add_pre_hook("root", sets("root_pre")).unwrap();
    config.add_post_hook("root", sets("root_post")).unwrap();
    config.add_destination("root", recorder.clone()).unwrap();
    (recorder, Logger::new(&config).unwrap())
}

#[test]
fn a_child_has_what_its_parent_has_and_its_own_behind_it() {
    let (of_root, root) = root();
    let of_child = Recorder::good();
    let mut config = child_to("name=db", of_child.clone());
    config.field("child", 1).unwrap();
    config.add_pre_hook("child", sets("child_pre")).unwrap();
    config.add_post_hook("child", sets("child_post")).unwrap();
    let child = root.child(&config).unwrap();
    let grandchild = child.child(&crate::setup::config("name=tx")).unwrap();
    let copy = root.child(&Config::new()).unwrap();
    for log in [&root, &child, &grandchild, &copy] {
        log.write(Level::Info, "m").unwrap();
    }
    drop((child, grandchild, copy));
    root.stop(Some(PATIENCE)).unwrap();
    let plain = "logger=app m=m root=1 root_pre=1 root_post=1";
    let derived = |name: &str| {
        let fields = "root=1 child=1 root_pre=1 child_pre=1 root_post=1 child_post=1";
        format!("logger={name} m=m {fields}")
    };
    let (db, tx) = (derived("app.db"), derived("app.db.tx"));
    assert_eq!(of_root.lines(), [plain, &db, &tx, plain]);
    assert_eq!(of_child.lines(), [db, tx]);
    let stats = root.stats();
    assert_eq!((stats.accepted, stats.written, stats.pending()), (4, 4, 0));
}

#[test]
fn a_child_can_have_its_own_instead_of_its_parents() {
    for (replace, expected) in [
        ("fields", "logger=app m=m child=1 root_pre=1 child_pre=1 root_post=1 child_post=1"),
        ("pre_hooks", "logger=app m=m root=1 child=1 child_pre=1 root_post=1 child_post=1"),
        ("post_hooks", "logger=app m=m root=1 child=1 root_pre=1 child_pre=1 child_post=1"),
        ("fields|pre_hooks|post_hooks|sinks", "logger=app m=m child=1 child_pre=1 child_post=1"),
    ] {
        let (of_root, root) = root();
        let of_child = Recorder::good();
        let mut config = child_to(&format!("replace={replace}"), of_child.clone());
        config.field("child", 1).unwrap();
        config.add_pre_hook("child", sets("child_pre")).unwrap();
        config.add_post_hook("child", sets("child_post")).unwrap();
        let child = root.child(&config).unwrap();
        child.write(Level::Info, "m").unwrap();
        root.flush(Some(PATIENCE)).unwrap();
        assert_eq!(of_child.lines(), [expected], "{replace}");
        assert_eq!(of_root.lines().is_empty(), replace.contains("sinks"));
    }
}

#[test]
fn records_of_a_thread_keep_their_order_whichever_logger_of_a_family_takes_them() {
    const RECORDS: usize = 20_000;
    let recorder = Recorder::good();
    let root = logger_to("format=raw queue_bytes=16KiB", recorder.clone());
    let family = [(); 6].map(|()| root.child(&Config::new()).unwrap());
    for number in 0..RECORDS {
        family[number * number % 6].write(Level::Info, number.to_string()).unwrap();
    }
    assert_eq!(root.stats().queues, 1, "one queue for all of them");
    close(&root);
    assert!(recorder.lines().into_iter().eq((0..RECORDS).map(|number| number.to_string())));
}

#[test]
fn what_is_not_for_a_child_is_refused_and_nothing_is_left_of_it() {
    let (_, root) = root();
    let recorder = Recorder::good();
    for key in ["level=info", "queue_bytes=4KiB", "workers=2", "format=raw", "time_zone=utc"] {
        let error = root.child(&child_to(key, recorder.clone())).unwrap_err();
        assert_eq!(error.code, Code::Key, "{key}");
    }
    let error = Logger::new(&config("replace=sinks")).unwrap_err();
    assert_eq!(error.code, Code::Key);
    let mut config = child_to("", recorder.clone());
    config.add_sink("file:no-such-directory/log").unwrap();
    assert_eq!(root.child(&config).unwrap_err().code, Code::Open);
    drop(config);
    assert_eq!(Arc::strong_count(&recorder), 1);
    assert_eq!(root.sink_stats().len(), 1);
}

#[test]
fn a_family_has_at_most_sixty_four_sinks_and_those_of_freed_children_make_room() {
    let root = logger_to("", Recorder::good());
    for _ in 0..3 {
        let recorders: Vec<_> = (0..63).map(|_| Recorder::good()).collect();
        let child = |recorder: &Arc<Recorder>| root.child(&child_to("", recorder.clone()));
        let children: Vec<_> = recorders.iter().map(|recorder| child(recorder).unwrap()).collect();
        assert_eq!(child(&Recorder::good()).unwrap_err().code, Code::Limit);
        children.iter().for_each(|child| child.write(Level::Info, "m").unwrap());
        drop(children);
        let is_gone = |recorder: &Arc<Recorder>| Arc::strong_count(recorder) == 1;
        wait_until("there is room again", || recorders.iter().all(is_gone));
    }
    close_root(&root);
}

/// Stops a root whose children had sinks of their own: the account of a sink is not that of the logger.
fn close_root(root: &Logger) -> alog::Stats {
    root.stop(Some(PATIENCE)).unwrap();
    let stats = root.stats();
    assert_eq!(stats.pending(), 0, "{stats:?}");
    stats
}

#[test]
fn the_destination_of_a_freed_child_gets_its_last_record_and_is_then_let_go() {
    let gate = Gate::closed();
    let root = logger_to("", Recorder::good());
    let child = root.child(&child_to("replace=sinks", gate.clone()));
    let child = child.unwrap();
    child.write(Level::Info, "first").unwrap();
    gate.wait_until_reached();
    (0..100).for_each(|_| child.write(Level::Info, "more").unwrap());
    drop(child);
    assert!(Arc::strong_count(&gate) > 1, "its records are not written yet");
    gate.open();
    wait_until("it is let go", || Arc::strong_count(&gate) == 1);
    assert_eq!(gate.lines().len(), 101);
    root.write(Level::Info, "the root goes on").unwrap();
    assert_eq!(close_root(&root).written, 102);
}

#[test]
fn a_freed_child_is_let_go_also_while_nobody_logs() {
    let root = logger_to("", Recorder::good());
    for _ in 0..50 {
        let recorder = Recorder::good();
        let child = root.child(&child_to("", recorder.clone())).unwrap();
        child.write(Level::Info, "only").unwrap();
        drop(child);
        wait_until("it is let go", || Arc::strong_count(&recorder) == 1);
        assert_eq!(recorder.lines().len(), 1);
    }
}

#[test]
fn freeing_a_parent_leaves_its_children_working_and_freeing_the_root_stops_them() {
    let recorder = Recorder::good();
    let root = logger_to("format=raw", recorder.clone());
    let parent = root.child(&Config::new()).unwrap();
    let child = parent.child(&Config::new()).unwrap();
    let parent_id = parent.id();
    drop(parent);
    assert_eq!(raw::write(parent_id, Level::Info as i32, b"late"), Code::Handle);
    child.write(Level::Info, "child").unwrap();
    drop(root);
    assert_eq!(recorder.lines(), ["child"]);
    assert_eq!(child.try_write(Level::Info, "late"), Code::Stopped);
    assert_eq!(child.child(&Config::new()).unwrap_err().code, Code::Stopped);
    assert_eq!((child.stats().written, child.stop(Some(PATIENCE)).is_ok()), (1, true));
    let id = child.id();
    drop(child);
    assert_eq!(raw::write(id, Level::Info as i32, b"late"), Code::Handle);
    assert_eq!(Arc::strong_count(&recorder), 1);
}

#[test]
fn a_stop_by_a_child_is_a_stop_of_all() {
    let recorder = Recorder::good();
    let root = logger_to("format=raw", recorder.clone());
    let child = root.child(&Config::new()).unwrap();
    root.write(Level::Info, "m").unwrap();
    child.stop(Some(PATIENCE)).unwrap();
    assert_eq!(root.try_write(Level::Info, "late"), Code::Stopped);
    assert_eq!(recorder.lines(), ["m"]);
}

/// Keeps the lines of one derived logger.
#[derive(Default)]
struct Own {
    name: String,
    lines: Mutex<Vec<String>>,
}

impl Destination for Own {
    fn write(&self, lines: &[u8], _: u64) -> io::Result<()> {
        let text = String::from_utf8_lossy(lines).into_owned();
        self.lines.lock().unwrap().extend(text.lines().map(str::to_owned));
        Ok(())
    }
}

#[test]
fn numbers_that_are_used_again_never_lead_a_record_to_another_logger() {
    const ROUNDS: usize = 150;
    const EACH: usize = 20;
    let all = Recorder::good();
    let root = logger_to("format=logfmt time_key= level_key= queue_bytes=16KiB", all.clone());
    let done = AtomicBool::new(false);
    let written: usize = thread::scope(|scope| {
        let done_at_last = Done(&done);
        // Keeps the writer in the middle of something.
        let noise = scope.spawn(|| {
            let turns = (0..).take_while(|_| !done.load(Ordering::Relaxed));
            turns.map(|_: u64| root.write(Level::Info, "noise").unwrap()).count()
        });
        let turn = |thread: usize| {
            let mut owns = Vec::new();
            for round in 0..ROUNDS {
                let name = format!("t{thread}-{round}");
                let own = Arc::new(Own { name: name.clone(), ..Own::default() });
                let mut config = child_to("", own.clone());
                config.set("name", &name).unwrap();
                config.field("of", &name).unwrap();
                let child = root.child(&config).unwrap();
                drop(config);
                (0..EACH).for_each(|_| child.write(Level::Info, "m").unwrap());
                drop(child);
                owns.push(own);
                if let Some(before) = round.checked_sub(8).map(|before| &owns[before]) {
                    // A family has at most 64 sinks.
                    wait_until("it is let go", || Arc::strong_count(before) == 1);
                }
            }
            owns
        };
        let threads = [0, 1, 2, 3].map(|thread| scope.spawn(move || turn(thread)));
        for own in threads.into_iter().flat_map(|thread| thread.join().unwrap()) {
            wait_until("it is let go", || Arc::strong_count(&own) == 1);
            let line = format!("logger={0} message=m of={0}", own.name);
            assert_eq!(*own.lines.lock().unwrap(), vec![line; EACH]);
        }
        drop(done_at_last);
        noise.join().unwrap()
    });
    let stats = close_root(&root);
    assert_eq!(stats.written as usize, written + 4 * ROUNDS * EACH);
    for (line, name) in all
        .lines()
        .iter()
        .filter_map(|line| Some((line, line.strip_prefix("logger=")?.split(' ').next()?)))
    {
        assert_eq!(*line, format!("logger={name} message=m of={name}"));
    }
}

#[test]
fn threads_that_write_while_their_logger_is_freed_are_taken_or_refused() {
    for _ in 0..50 {
        let recorder = Recorder::good();
        let root = logger_to("format=raw queue_bytes=4KiB", recorder.clone());
        let child = root.child(&Config::new()).unwrap();
        let id = child.id();
        let accepted: usize = thread::scope(|scope| {
            let write = || {
                let codes = (0..).map(|_: u64| raw::write(id, Level::Info as i32, b"m"));
                let mut accepted = 0;
                for code in codes {
                    match code {
                        Code::Ok => accepted += 1,
                        Code::Handle => break,
                        code => panic!("{code}"),
                    }
                }
                accepted
            };
            let threads = [(); 3].map(|()| scope.spawn(write));
            wait_until("they write", || root.stats().accepted > 100);
            drop(child);
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(close(&root).written as usize, accepted);
        assert_eq!(recorder.lines().len(), accepted);
    }
}

#[test]
fn a_child_of_fork_has_derived_loggers_too() {
    let done = child::run(|directory| {
        let root =
            crate::setup::logger_at(SETTINGS, &[&crate::setup::spec(&directory.join("log"))]);
        let mut config = config("name=db");
        config.field("k", 1).unwrap();
        config.add_sink(&crate::setup::spec(&directory.join("own"))).unwrap();
        let derived = root.child(&config).unwrap();
        derived.write(Level::Info, "parent").unwrap();
        derived.flush(None).unwrap();
        sys::join(sys::fork(|| {
            derived.write(Level::Info, "child").unwrap();
            let own = root.child(&crate::setup::config("name=new")).unwrap();
            own.write(Level::Info, "child").unwrap();
            mem::forget(own);
            root.stop(None).unwrap();
            assert_eq!((root.stats().written, derived.stats().accepted), (2, 2));
            assert_eq!(derived.try_write(Level::Info, "late"), Code::Stopped);
        }));
        derived.write(Level::Info, "parent").unwrap();
    });
    let parent = "logger=db m=parent k=1";
    let (db, new) = ("logger=db m=child k=1", "logger=new m=child");
    let text = done.scratch.text("log");
    assert_eq!(text.lines().collect::<Vec<_>>(), [parent, db, new, parent]);
    assert_eq!(done.scratch.text("own").lines().collect::<Vec<_>>(), [parent, db, parent]);
}
