//! slog with slog-async, default queue, that waits when the queue is full; slog-term's full format into a buffered file.

#[path = "../exports.rs"]
mod exports;

use slog::{Drain, Logger, o};
use slog_async::{Async, AsyncGuard, OverflowStrategy};
use std::cell::RefCell;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Mutex;

static OPENED: Mutex<Option<(Logger, AsyncGuard)>> = Mutex::new(None);

thread_local! {
    /// Programs hand clones of a logger to their threads.
    static LOGGER: RefCell<Option<Logger>> = const { RefCell::new(None) };
}

fn open(path: &Path) {
    let file = File::options().create(true).append(true).open(path).expect("a new file");
    // slog-term writes a line piece by piece and flushes behind it: the buffer makes that one write(2).
    let plain = slog_term::PlainDecorator::new(BufWriter::new(file));
    let format = slog_term::FullFormat::new(plain).use_utc_timestamp().build().fuse();
    let (drain, guard) =
        Async::new(format).overflow_strategy(OverflowStrategy::Block).build_with_guard();
    let logger = Logger::root(drain.fuse(), o!());
    LOGGER.set(Some(logger.clone()));
    *OPENED.lock().expect("no panic") = Some((logger, guard));
}

fn thread() {
    LOGGER.set(OPENED.lock().expect("no panic").as_ref().map(|(logger, _)| logger.clone()));
}

/// Does something with this thread's logger.
#[inline(always)]
fn with(act: impl FnOnce(&Logger)) {
    LOGGER.with_borrow(|logger| act(logger.as_ref().expect("an opened logger")));
}

#[inline(always)]
fn log(message: &str) {
    with(|logger| slog::info!(logger, "{}", message));
}

#[inline(always)]
fn log_values(order: i64, customer: i64, ms: f64) {
    with(
        |logger| slog::info!(logger, "order was accepted"; "order" => order, "customer" => customer, "ms" => ms),
    );
}

/// The guard waits until the worker has written everything.
fn close() {
    LOGGER.set(None);
    drop(OPENED.lock().expect("no panic").take());
}
