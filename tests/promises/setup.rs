//! A logger by its settings, a directory for its files, and an account that has to add up.

use alog::{Config, Destination, DropReason, Error, Logger, Stats};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, panic, process};

/// How long a test waits for what must come. Only a bug makes it wait that long.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A configuration from `key=value` pairs, separated by blanks.
pub fn config(settings: &str) -> Config {
    let mut config = Config::new();
    for setting in settings.split_whitespace() {
        let (key, value) = setting.split_once('=').expect(setting);
        config.set(key, value).expect(setting);
    }
    config
}

/// A logger to one destination, whose name is `callback:one`.
pub fn logger_to(settings: &str, destination: Arc<dyn Destination>) -> Logger {
    logger_to_all(settings, &[("one", destination)])
}

/// A logger to several destinations, each by its specification.
pub fn logger_to_all(settings: &str, destinations: &[(&str, Arc<dyn Destination>)]) -> Logger {
    let mut config = config(settings);
    for (spec, destination) in destinations {
        config.add_destination(spec, Arc::clone(destination)).expect(spec);
    }
    Logger::new(&config).expect("a logger")
}

/// A configuration with sinks given as URLs.
pub fn config_at(settings: &str, specs: &[&str]) -> Config {
    let mut config = config(settings);
    for spec in specs {
        config.add_sink(spec).expect(spec);
    }
    config
}

/// A logger to sinks given as URLs.
pub fn logger_at(settings: &str, specs: &[&str]) -> Logger {
    Logger::new(&config_at(settings, specs)).expect("a logger")
}

/// Waits, without sleeping, for what another thread is about to do.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < PATIENCE, "it never came to this: {what}");
        std::thread::yield_now();
    }
}

/// Waits until errors have told of so many records; gives them. A flush does not wait for the last of these errors.
pub fn wait_until_told(log: &Logger, count: u64) -> Vec<Error> {
    let mut errors: Vec<Error> = Vec::new();
    let told = |errors: &[Error]| errors.iter().map(|error| error.count).sum::<u64>();
    wait_until("every loss is told", || {
        errors.extend(std::iter::from_fn(|| log.poll_error()));
        told(&errors) >= count
    });
    assert_eq!(told(&errors), count, "{errors:?}");
    errors
}

/// Tells threads that go on until then that it is time, also if the test fails.
pub struct Done<'a>(pub &'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Stops the logger and checks that nothing is left open in its account, nor in that of a sink.
pub fn close(log: &Logger) -> Stats {
    log.stop(Some(PATIENCE)).expect("a stop");
    let stats = log.stats();
    assert_eq!(stats.pending(), 0, "{stats:?}");
    for sink in log.sink_stats() {
        let seen = sink.written + sink.failed + sink.filtered + sink.suppressed;
        let oldest = stats.dropped[DropReason::Oldest as usize]; // no sink has seen those
        assert_eq!(seen + oldest, stats.accepted, "{sink:?} {stats:?}");
    }
    stats
}

/// The sum of the records that gap lines say are missing, for whatever reason.
pub fn told_missing<'a>(lines: impl IntoIterator<Item = &'a str>) -> u64 {
    lines.into_iter().filter_map(gap).sum()
}

/// How many records a line says are missing; `None` if it is no gap line.
pub fn gap(line: &str) -> Option<u64> {
    let (_, told) = line.split_once("alog: ")?;
    let (count, rest) = told.split_once(' ')?;
    rest.split_once(" lost: ")?;
    count.parse().ok()
}

/// Keeps panics that a test asks for, by their message, out of its output.
pub fn expect_panic(message: &'static str) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let payload = info.payload();
        let said = payload.downcast_ref::<&str>().copied();
        let said = said.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        if said != Some(message) {
            before(info);
        }
    }));
}

/// A directory of one test's own, removed at the end.
pub struct Scratch(PathBuf);

impl Scratch {
    /// An empty one in the build directory.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("alog-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("a scratch directory");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where one of its files is.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The specification of a sink to one of its files.
    pub fn spec(&self, name: &str) -> String {
        spec(&self.file(name))
    }

    /// What stands in one of its files.
    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).expect(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It lies in the build directory: what is left of it does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The texts of a log and of its rotated files, the oldest first.
pub fn texts(directory: &Path, log: &str) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap().map(|file| file.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    let age = |name: &str| match name.strip_prefix(log)?.strip_prefix('.') {
        Some(age) => age.parse::<u64>().ok(),
        None => (name == log).then_some(0),
    };
    let mut aged: Vec<_> = names.filter_map(|name| Some((age(&name)?, name))).collect();
    aged.sort_by_key(|(age, _)| std::cmp::Reverse(*age));
    aged.iter().map(|(_, name)| fs::read_to_string(directory.join(name)).unwrap()).collect()
}

/// The specification of a sink to a file.
pub fn spec(path: &Path) -> String {
    format!("file:{}", path.display())
}
