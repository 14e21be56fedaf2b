//! log with flexi_logger: `WriteMode::Async` with its defaults, its format with time, level and message into a file.

#[path = "../exports.rs"]
mod exports;

use flexi_logger::{DeferredNow, FileSpec, Logger, LoggerHandle, WriteMode};
use std::io::{Error, Write};
use std::path::Path;
use std::sync::Mutex;

static HANDLE: Mutex<Option<LoggerHandle>> = Mutex::new(None);

/// As flexi_logger's own formats do it, without the place in the program.
fn line(to: &mut dyn Write, now: &mut DeferredNow, record: &log::Record<'_>) -> Result<(), Error> {
    let time = now.format(flexi_logger::TS_DASHES_BLANK_COLONS_DOT_BLANK);
    write!(to, "[{time}] {} - {}", record.level(), record.args())
}

fn open(path: &Path) {
    let (logger, handle) = Logger::try_with_str("info")
        .expect("a level")
        .use_utc()
        .format(line)
        .log_to_file(FileSpec::try_from(path).expect("a path with a name"))
        .append()
        .write_mode(WriteMode::Async)
        .build()
        .expect("a new file");
    // Only the first of a process can be the global one; later ones are made to see how long that takes.
    let _ = log::set_boxed_logger(logger);
    log::set_max_level(log::LevelFilter::Info);
    *HANDLE.lock().expect("no panic") = Some(handle);
}

fn thread() {}

#[inline(always)]
fn log(message: &str) {
    log::info!("{message}");
}

#[inline(always)]
fn log_values(order: i64, customer: i64, ms: f64) {
    log::info!("order {order} of customer {customer} was accepted after {ms} ms");
}

/// Waits until the worker has written everything.
fn close() {
    if let Some(handle) = HANDLE.lock().expect("no panic").take() {
        handle.shutdown();
    }
}
