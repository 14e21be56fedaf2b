//! A destination that calls back into the logger: it is refused what would never end, and nothing else.

use crate::setup::{PATIENCE, close, config, wait_until};
use alog::{Code, Destination, Level, Logger, RejectReason};
use std::io;
use std::sync::{Arc, Mutex, Weak};

/// What a destination does with the logger that calls it.
type Act = dyn Fn(&Logger) -> Vec<Code> + Send + Sync;

/// Acts at its first call, and keeps what came of it.
struct Caller {
    log: Mutex<Weak<Logger>>,
    act: Box<Act>,
    codes: Mutex<Option<Vec<Code>>>,
}

impl Destination for Caller {
    fn write(&self, _: &[u8], _: u64) -> io::Result<()> {
        let log = self.log.lock().unwrap().upgrade();
        let mut codes = self.codes.lock().unwrap();
        if let (Some(log), None) = (log, &*codes) {
            *codes = Some((self.act)(&log));
        }
        Ok(())
    }
}

/// Lets a destination act while the worker calls it; gives what came of it, and the logger.
fn act(
    settings: &str,
    act: impl Fn(&Logger) -> Vec<Code> + Send + Sync + 'static,
) -> (Vec<Code>, Arc<Logger>) {
    let (log, codes) = (Mutex::new(Weak::new()), Mutex::new(None));
    let caller = Arc::new(Caller { log, act: Box::new(act), codes });
    let mut config = config(settings);
    config.add_destination("caller", caller.clone()).unwrap();
    let log = Arc::new(Logger::new(&config).unwrap());
    *caller.log.lock().unwrap() = Arc::downgrade(&log);
    log.write(Level::Info, "call me").unwrap();
    wait_until("it has acted", || caller.codes.lock().unwrap().is_some());
    let codes = caller.codes.lock().unwrap().take().unwrap();
    *caller.log.lock().unwrap() = Weak::new();
    (codes, log)
}

fn code(outcome: Result<(), alog::Error>) -> Code {
    outcome.map_or_else(|error| error.code, |()| Code::Ok)
}

#[test]
fn what_would_wait_for_the_worker_is_refused_on_it() {
    let (codes, log) = act("", |log| {
        let limit = Some(PATIENCE);
        let sync = log.write_sync(Level::Info, "now", limit);
        [log.flush(limit), log.stop(limit), sync].map(code).to_vec()
    });
    assert_eq!(codes, [Code::WouldDeadlock; 3]);
    let stats = close(&log);
    assert_eq!((stats.accepted, stats.rejected[RejectReason::WouldDeadlock as usize]), (1, 1));
}

#[test]
fn a_destination_may_log_as_long_as_there_is_room() {
    let (codes, log) = act("", |log| vec![log.try_write(Level::Info, "from inside")]);
    assert_eq!(codes, [Code::Ok]);
    assert_eq!(close(&log).written, 2);
}

#[test]
fn a_destination_that_logs_into_a_full_queue_is_refused_and_counted() {
    let (codes, log) = act("queue_bytes=4KiB overflow=block", |log| {
        (0..200).map(|_| log.try_write(Level::Info, "from inside")).collect()
    });
    let refused = codes.iter().filter(|&&code| code == Code::WouldDeadlock).count() as u64;
    let accepted = codes.iter().filter(|&&code| code == Code::Ok).count() as u64;
    assert_eq!((accepted, accepted + refused), (4096 / 32, 200));
    let stats = close(&log);
    assert_eq!(stats.rejected[RejectReason::WouldDeadlock as usize], refused);
    assert_eq!((stats.written, stats.gap_lines), (accepted + 1, 1));
    let error = log.poll_error().expect("an error");
    assert_eq!((error.code, error.count), (Code::WouldDeadlock, refused));
}

#[test]
fn one_logger_may_be_the_destination_of_another() {
    struct Relay(Logger);
    impl Destination for Relay {
        fn write(&self, lines: &[u8], _: u64) -> io::Result<()> {
            let lines = lines.split_inclusive(|&byte| byte == b'\n');
            let codes = lines.map(|line| self.0.try_write(Level::Info, line));
            if codes.into_iter().all(|code| code == Code::Ok) {
                Ok(())
            } else {
                Err(io::ErrorKind::Other.into())
            }
        }
    }
    let recorder = crate::doubles::Recorder::good();
    let inner = crate::setup::logger_to("format=raw", recorder.clone());
    let outer = crate::setup::logger_to("format=raw", Arc::new(Relay(inner)));
    (0..1000).for_each(|number| outer.write(Level::Info, number.to_string()).unwrap());
    assert_eq!(close(&outer).written, 1000);
    drop(outer);
    let numbers: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
    assert_eq!(recorder.lines(), numbers);
}
