//! How far it got, on a terminal: for large files.

use std::cell::Cell;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::rc::Rc;

/// Less takes no time worth telling.
const LARGE: u64 = 64 * 1024 * 1024;
/// How wide the bar is.
const WIDTH: usize = 40;

/// A bar on standard error, if there is anything to show and anybody to see it.
#[derive(Clone)]
pub struct Progress(Option<Rc<State>>);

struct State {
    total: u64,
    read: Cell<u64>,
    /// What is shown, in hundredths.
    shown: Cell<u64>,
}

impl Progress {
    /// Of these files. `out_is_free`: nothing else that is shown is in its way.
    pub fn new(files: &[String], out_is_free: bool) -> Self {
        let len = |name: &String| fs::metadata(name).map_or(0, |metadata| metadata.len());
        let total = files.iter().map(len).sum();
        let is_shown = out_is_free && total > LARGE && io::stderr().is_terminal();
        let state = || State { total, read: Cell::new(0), shown: Cell::new(u64::MAX) };
        Self(is_shown.then(|| Rc::new(state())))
    }

    /// So many bytes more are read.
    pub fn add(&self, bytes: usize) {
        let Some(state) = &self.0 else { return };
        state.read.set(state.read.get() + bytes as u64);
        let percent = (state.read.get() * 100 / state.total).min(100);
        if percent != state.shown.replace(percent) {
            let full = WIDTH * percent as usize / 100;
            let bar = format!("{}{}", "#".repeat(full), ".".repeat(WIDTH - full));
            // A bar that cannot be shown is no reason to stop.
            let _ = write!(io::stderr(), "\r[{bar}] {percent:3} %");
        }
    }

    /// Takes it away until it got further.
    pub fn clear(&self) {
        if self.0.is_some() {
            clear();
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        clear();
    }
}

fn clear() {
    let _ = write!(io::stderr(), "\r\x1b[K");
}
