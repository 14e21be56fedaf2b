//! What a function of the program may do where the library calls it: it ends, and the account is right.

use crate::doubles::Recorder;
use crate::figures::note;
use crate::setup::{PATIENCE, close, config, expect_panic, told_missing, wait_until};
use crate::{child, raw};
use alog::{Code, Config, Destination, HookRecord, Level, Logger};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Where the library calls the program.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Destination,
    DestinationWithThread,
    PreHook,
    PostHook,
    Scheduler,
}

const PLACES: [Place; 5] = [
    Place::Destination,
    Place::DestinationWithThread,
    Place::PreHook,
    Place::PostHook,
    Place::Scheduler,
];

/// What the program does there.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Block,
    Fail,
    Panic,
    Log,
    WriteSync,
    Flush,
    Stop,
    Free,
    Drain,
    Reload,
    Derive,
}

const ACTS: [Act; 11] = [
    Act::Block,
    Act::Fail,
    Act::Panic,
    Act::Log,
    Act::WriteSync,
    Act::Flush,
    Act::Stop,
    Act::Free,
    Act::Drain,
    Act::Reload,
    Act::Derive,
];

const PANIC: &str = "a callback was to panic";
const RECORDS: u64 = 20;

/// Acts at each call that is not made from within one.
struct Actor {
    act: Act,
    /// The handle of the logger; 0: not yet.
    id: AtomicU64,
    /// Until then it blocks.
    open: AtomicBool,
    acting: Mutex<()>,
    calls: AtomicU64,
    /// How many calls of the library gave [`Code::Ok`], and how many a refusal.
    taken: AtomicU64,
    refused: AtomicU64,
}

impl Actor {
    fn new(act: Act) -> Arc<Self> {
        let zero = || AtomicU64::new(0);
        Arc::new(Self {
            act,
            id: zero(),
            open: AtomicBool::new(false),
            acting: Mutex::new(()),
            calls: zero(),
            taken: zero(),
            refused: zero(),
        })
    }

    fn act(&self) -> io::Result<()> {
        let Ok(_alone) = self.acting.try_lock() else { return Ok(()) };
        self.calls.fetch_add(1, Ordering::Relaxed);
        let id = self.id.load(Ordering::Relaxed);
        let code = match self.act {
            Act::Block => {
                wait_until("it is let go", || self.open.load(Ordering::Relaxed));
                return Ok(());
            }
            Act::Fail => return Err(io::Error::from_raw_os_error(libc::EIO)),
            Act::Panic => {
                // Not while the lock is held: it would be poisoned.
                drop(_alone);
                std::panic::panic_any(PANIC);
            }
            Act::Log => raw::write(id, Level::Info as i32, b"from inside"),
            Act::WriteSync => raw::write_sync(id, Level::Info as i32, b"from inside"),
            Act::Flush => raw::flush(id, -1),
            Act::Stop => raw::stop(id, -1),
            Act::Free => raw::free(id),
            Act::Drain => raw::drain(id),
            Act::Reload => raw::reload(id),
            Act::Derive => raw::derive_and_free(id),
        };
        let count = if code == Code::Ok { &self.taken } else { &self.refused };
        count.fetch_add(1, Ordering::Relaxed);
        assert_ne!(code, Code::Panic);
        Ok(())
    }
}

impl Destination for Actor {
    fn write(&self, _: &[u8], _: u64) -> io::Result<()> {
        self.act()
    }
}

/// A configuration in which the actor has its place, beside a destination that takes everything.
fn config_for(place: Place, actor: &Arc<Actor>, recorder: &Arc<Recorder>) -> Config {
    let mut config = config("format=raw level=info");
    config.add_destination("good", recorder.clone()).unwrap();
    let hook = {
        let actor = Arc::clone(actor);
        Arc::new(move |_: &mut HookRecord<'_>| actor.act())
    };
    match place {
        Place::Destination => config.add_destination("actor", actor.clone()),
        Place::DestinationWithThread => {
            config.add_destination("actor?own_thread=yes", actor.clone())
        }
        Place::PreHook => config.add_pre_hook("actor", hook),
        Place::PostHook => config.add_post_hook("actor", hook),
        Place::Scheduler => {
            let actor = Arc::clone(actor);
            config.set("workers", "2").unwrap();
            // A worker that there is not, if it fails.
            config.set_scheduler(Arc::new(move |_: &HookRecord<'_>, workers: u32| {
                actor.act().map_or(workers, |()| 0)
            }));
            Ok(())
        }
    }
    .unwrap();
    config
}

/// One logger with that act at that place; gives how often it acted, and how many of its calls were refused.
fn try_out(place: Place, act: Act) -> (u64, u64) {
    let (actor, recorder) = (Actor::new(act), Recorder::good());
    let log = Logger::new(&config_for(place, &actor, &recorder)).unwrap();
    actor.id.store(log.id(), Ordering::Relaxed);
    let id = log.id();
    let accepted = thread::scope(|scope| {
        let writer = scope.spawn(move || {
            let write = |_| raw::write(id, Level::Info as i32, b"a record");
            (0..RECORDS).map(write).filter(|&code| code == Code::Ok).count() as u64
        });
        wait_until("it acts", || actor.calls.load(Ordering::Relaxed) > 0);
        actor.open.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    });
    let what = format!("{act:?} in {place:?}");
    if raw::stats(id).is_ok() {
        log.stop(Some(PATIENCE)).expect(&what);
        let stats = close(&log);
        let inside = if matches!(act, Act::Log | Act::WriteSync) {
            actor.taken.load(Ordering::Relaxed)
        } else {
            0
        };
        assert_eq!(stats.accepted, accepted + inside, "{what}: {stats:?}");
        let lines = recorder.lines();
        let told = told_missing(lines.iter().map(String::as_str));
        let good = &log.sink_stats()[0];
        assert_eq!(good.written, stats.accepted - good.failed, "{what}: {good:?}");
        let refused: u64 = stats.rejected.iter().sum();
        assert!(told <= good.failed + stats.failed + refused, "{what}: {lines:?}");
    } else {
        assert_eq!(act, Act::Free, "{what}: it is gone");
    }
    (actor.calls.load(Ordering::Relaxed), actor.refused.load(Ordering::Relaxed))
}

#[test]
fn whatever_a_function_of_the_program_does_it_ends_and_the_account_is_right() {
    child::run(|_| {
        expect_panic(PANIC);
        for place in PLACES {
            let (mut calls, mut refused) = (0, 0);
            for act in ACTS {
                let (more, no) = try_out(place, act);
                (calls, refused) = (calls + more, refused + no);
            }
            note(format_args!(
                "callbacks in {place:?}: {} acts ({ACTS:?}), called {calls} times, refused {refused}, hung 0, unaccounted 0",
                ACTS.len()
            ));
        }
    });
}
