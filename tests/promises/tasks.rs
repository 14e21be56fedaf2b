//! Threads of this process as the system sees them, each by its directory.

use crate::setup::wait_until;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The directories of this process's writer threads.
pub fn workers() -> Vec<PathBuf> {
    named("alog-worker")
}

/// The directories of this process's threads of that name.
pub fn named(name: &str) -> Vec<PathBuf> {
    let threads = fs::read_dir("/proc/self/task").unwrap().map(|entry| entry.unwrap().path());
    // A thread may end while it is looked at.
    let is_it = |path: &PathBuf| {
        fs::read_to_string(path.join("comm")).is_ok_and(|found| found.trim() == name)
    };
    threads.filter(is_it).collect()
}

/// A line of a thread's status, by its name.
pub fn status(thread: &Path, name: &str) -> String {
    let status = fs::read_to_string(thread.join("status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect(name);
    line.trim_start_matches(':').trim().to_owned()
}

/// The directory of the calling thread.
pub fn this_task() -> PathBuf {
    Path::new("/proc").join(fs::read_link("/proc/thread-self").unwrap())
}

/// Waits until a thread has not run for a while. A writer that naps runs every millisecond; one that is
/// parked would never run again.
pub fn wait_until_rested(task: &Path) {
    const REST: Duration = Duration::from_millis(200);
    let mut before = String::new();
    let mut since = Instant::now();
    wait_until("it rests", || {
        let now = status(task, "voluntary_ctxt_switches");
        if now != before {
            (before, since) = (now, Instant::now());
        }
        since.elapsed() >= REST
    });
}
