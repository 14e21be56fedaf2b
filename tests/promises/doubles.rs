//! Destinations that do what a test tells them to. Each checks that it is handed whole lines, and as
//! many as were announced; one that is not refuses by a panic, which no test overlooks.

use alog::Destination;
use std::io;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// What a destination has taken.
#[derive(Default)]
struct Taken(Mutex<Vec<u8>>);

impl Taken {
    fn take(&self, lines: &[u8], line_count: u64) {
        assert_eq!(lines.last(), Some(&b'\n'), "the last line of a batch is whole");
        let newlines = lines.iter().filter(|&&byte| byte == b'\n').count();
        assert_eq!(newlines as u64, line_count, "as many lines as announced");
        self.0.lock().unwrap().extend_from_slice(lines);
    }

    fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap();
        let text = std::str::from_utf8(&bytes).expect("lines are text");
        text.lines().map(str::to_owned).collect()
    }
}

/// Decides about each call: by its number, which begins with 0. An error is an `errno`.
type Verdict = dyn Fn(u64) -> Result<(), i32> + Send + Sync;

/// Keeps the lines, or fails, as it is told to.
pub struct Recorder {
    taken: Taken,
    calls: AtomicU64,
    verdict: Box<Verdict>,
}

impl Recorder {
    /// Takes everything.
    pub fn good() -> Arc<Self> {
        Self::new(|_| Ok(()))
    }

    /// Takes nothing.
    pub fn failing(errno: i32) -> Arc<Self> {
        Self::new(move |_| Err(errno))
    }

    /// Asks `verdict` at each call.
    pub fn new(verdict: impl Fn(u64) -> Result<(), i32> + Send + Sync + 'static) -> Arc<Self> {
        let taken = Taken::default();
        Arc::new(Self { taken, calls: AtomicU64::new(0), verdict: Box::new(verdict) })
    }

    /// The lines that it has taken.
    pub fn lines(&self) -> Vec<String> {
        self.taken.lines()
    }

    /// How often it was called.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Destination for Recorder {
    fn write(&self, lines: &[u8], line_count: u64) -> io::Result<()> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        (self.verdict)(call).map_err(io::Error::from_raw_os_error)?;
        self.taken.take(lines, line_count);
        Ok(())
    }
}

/// Takes everything while its switch says 0, otherwise fails with that `errno`.
#[derive(Default)]
pub struct Switch {
    taken: Taken,
    errno: AtomicI32,
}

impl Switch {
    /// Fails from now on; with 0 it takes everything again.
    pub fn set(&self, errno: i32) {
        self.errno.store(errno, Ordering::SeqCst);
    }

    /// The lines that it has taken.
    pub fn lines(&self) -> Vec<String> {
        self.taken.lines()
    }
}

impl Destination for Switch {
    fn write(&self, lines: &[u8], line_count: u64) -> io::Result<()> {
        match self.errno.load(Ordering::SeqCst) {
            0 => {
                self.taken.take(lines, line_count);
                Ok(())
            }
            errno => Err(io::Error::from_raw_os_error(errno)),
        }
    }
}

/// Holds the writer up until it is opened. An open gate takes everything.
#[derive(Default)]
pub struct Gate {
    taken: Taken,
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    open: bool,
    reached: bool,
}

impl Gate {
    /// A closed one.
    pub fn closed() -> Arc<Self> {
        Arc::default()
    }

    /// Waits until the writer stands before it.
    pub fn wait_until_reached(&self) {
        let state = self.state.lock().unwrap();
        let _reached = self.changed.wait_while(state, |state| !state.reached).unwrap();
    }

    /// Lets the writer through, for good.
    pub fn open(&self) {
        self.state.lock().unwrap().open = true;
        self.changed.notify_all();
    }

    /// The lines that came through.
    pub fn lines(&self) -> Vec<String> {
        self.taken.lines()
    }
}

impl Destination for Gate {
    fn write(&self, lines: &[u8], line_count: u64) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        state.reached = true;
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |state| !state.open).unwrap());
        self.taken.take(lines, line_count);
        Ok(())
    }
}
