//! What a dead process left in its crash directory, damaged in any way: skipped or recovered, a whole line for each record,
//! by `recover` and by the next logger.
#![no_main]
#![expect(unsafe_code, reason = "fork")]

use alog::{Config, Destination, Level, Logger, recover};
use alog_fuzz::{Lines, is_good};
use libfuzzer_sys::fuzz_target;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::{fs, io, process};

/// Where in the note of a round the slots of sinks begin; damage reaches so far into what is before, and behind.
const SLOTS_AT: usize = 4096 + 8192 * 3 * 8;
const HALF: usize = 1 << 15;

/// Which file, where in it, and what stands there instead. If bit 7 of the first is set, the file ends there.
type Damage<'a> = (u8, u16, &'a [u8]);

/// What was in a file of a dead process before it is damaged.
struct Remains {
    queues: PathBuf,
    log: PathBuf,
    files: Vec<(PathBuf, Vec<u8>)>,
}

static REMAINS: LazyLock<Remains> = LazyLock::new(Remains::new);

/// Ends the process in the middle of a round, when the file has its lines.
struct End;

impl Destination for End {
    fn write(&self, _lines: &[u8], _count: u64) -> io::Result<()> {
        // SAFETY: it takes a number and does not return.
        unsafe { libc::_exit(0) }
    }
}

/// A configuration with queues of 4 KiB in that directory, written on the calling thread.
fn config(queues: &Path) -> Config {
    let mut config = Config::new();
    let queues = queues.to_str().expect("a path");
    for (key, value) in [("crash_dir", queues), ("queue_bytes", "4KiB"), ("writer", "caller")] {
        config.set(key, value).expect("a setting");
    }
    config
}

/// Logs, and is killed with records in the file, in the round and in the queue.
fn live_and_die(queues: &Path, log: &Path) {
    let mut config = config(queues);
    config.set("name", "app").expect("a name");
    config.field("host", "web1").expect("a field");
    config.add_sink(&format!("file:{}", log.display())).expect("a sink");
    config.add_destination("end", Arc::new(End)).expect("a destination");
    let log = Logger::new(&config).expect("a logger");
    for number in 0..3 {
        alog::info!(log, "order {number}", number, customer = "Eve");
        log.write(Level::Warn, "plain").expect("room");
    }
    log.drain(4).expect("an end");
}

impl Remains {
    fn new() -> Self {
        let directory = std::env::temp_dir().join(format!("alog-fuzz-{}", process::id()));
        let (queues, log) = (directory.join("queues"), directory.join("log"));
        fs::create_dir_all(&directory).expect("a directory");
        // SAFETY: this process has one thread yet; the child has its own copy of everything, and ends here.
        match unsafe { libc::fork() } {
            0 => {
                live_and_die(&queues, &log);
                process::abort()
            }
            child => {
                let mut status = -1;
                // SAFETY: `status` is writable memory for one integer.
                unsafe { libc::waitpid(child, &mut status, 0) };
                assert_eq!(status, 0, "it died where it should");
            }
        }
        let found = fs::read_dir(&queues).expect("the directory");
        let mut files: Vec<_> = found.map(|file| file.expect("a file").path()).collect();
        files.sort_by(|one, two| one.extension().cmp(&two.extension())); // names, process, ring, round
        let read = |path: PathBuf| {
            let bytes = fs::read(&path).expect("its bytes");
            (path, bytes)
        };
        Self { files: files.into_iter().map(read).collect(), queues, log }
    }

    /// Puts everything there as it was left, but for `damage`.
    fn restore(&self, damage: &[Damage<'_>]) {
        fs::create_dir_all(&self.queues).expect("a directory");
        for (number, (path, bytes)) in self.files.iter().enumerate() {
            let mut bytes = bytes.clone();
            for (which, at, new) in damage.iter().filter(|it| usize::from(it.0 & 3) == number % 4) {
                let at = usize::from(*at);
                let at =
                    if at >= HALF && bytes.len() > SLOTS_AT { SLOTS_AT + at - HALF } else { at };
                if which & 128 != 0 {
                    bytes.truncate(at);
                }
                let place = bytes.iter_mut().skip(at);
                place.zip(*new).for_each(|(byte, new)| *byte = *new);
            }
            fs::write(path, bytes).expect("room");
        }
    }
}

fuzz_target!(|input: (bool, Vec<Damage<'_>>)| {
    let (by_logger, damage) = input;
    let remains = &*REMAINS;
    remains.restore(&damage);
    let lines = Arc::new(Lines::default());
    if by_logger {
        let mut config = config(&remains.queues);
        config.add_sink(&format!("file:{}", remains.log.display())).expect("a sink");
        config.add_destination("lines", lines.clone()).expect("a destination");
        let log = Logger::new(&config).expect("a logger");
        log.stop(None).expect("an end");
        let stats = log.stats();
        assert_eq!((stats.accepted, stats.pending()), (stats.recovered, 0));
        std::iter::from_fn(|| log.poll_error()).for_each(|error| is_good(&error));
    } else {
        let mut out = Vec::new();
        let found = recover(&remains.queues, &Config::new(), &mut out).expect("a directory");
        let count = out.iter().filter(|&&byte| byte == b'\n').count() as u64;
        assert_eq!(count, found.records);
        lines.write(&out, count).expect("memory");
    }
    lines.take();
    let _ = fs::remove_dir_all(&remains.queues); // what is left there is of another version
});
