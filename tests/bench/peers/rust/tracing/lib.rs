//! tracing with tracing-appender: `non_blocking`, lossless, with its default number of buffered lines; the lines of
//! tracing-subscriber's `fmt` layer go into a `File`.

#[path = "../exports.rs"]
mod exports;

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

static WORKER: Mutex<Option<WorkerGuard>> = Mutex::new(None);

fn open(path: &Path) {
    let file = File::options().create(true).append(true).open(path).expect("a new file");
    let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(file);
    let subscriber = tracing_subscriber::fmt()
        .with_writer(writer)
        .with_ansi(false)
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .finish();
    // Only the first of a process can be the global one; later ones are made to see how long that takes.
    let _ = tracing::subscriber::set_global_default(subscriber);
    *WORKER.lock().expect("no panic") = Some(guard);
}

fn thread() {}

#[inline(always)]
fn log(message: &str) {
    tracing::info!("{message}");
}

#[inline(always)]
fn log_values(order: i64, customer: i64, ms: f64) {
    tracing::info!(order, customer, ms, "order was accepted");
}

/// The guard waits until the worker has written everything.
fn close() {
    drop(WORKER.lock().expect("no panic").take());
}
