//! Errors on their way to whoever asks, and when no more will come. Any thread may raise or poll; nobody ever waits for a
//! listener.
//!
//! A bounded channel with one place in front of it: the latest error waits there, so that identical
//! ones fold into it. What does not fit is counted as lost: the first errors explain more than the last.

use crate::error::{Code, Error};
use crate::os::Flag;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

/// The errors of one logger.
pub struct Faults {
    /// Boxed: the channel makes all its places at once, and an error is 376 bytes.
    sender: Sender<Box<Error>>,
    receiver: Receiver<Box<Error>>,
    front: Mutex<Front>,
    raised: AtomicU64,
    lost: AtomicU64,
}

struct Front {
    latest: Option<Box<Error>>,
    /// Made when first asked for.
    flag: Option<Flag>,
    /// How many may raise errors yet, of those whose end is the logger's: all workers together, who follows its files.
    reporters: usize,
    /// Raised when there is none. Made when first asked for.
    end: Option<Flag>,
}

impl Faults {
    /// Keeps at most `capacity` distinct errors, at least 1.
    pub fn new(capacity: usize) -> Self {
        let (sender, receiver) = bounded(capacity - 1);
        Self {
            sender,
            receiver,
            front: Mutex::new(Front { latest: None, flag: None, reporters: 1, end: None }),
            raised: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        }
    }

    /// Reports an error.
    pub fn raise(&self, error: Error) {
        let mut front = self.lock();
        self.raised.fetch_add(error.count, Relaxed);
        match &mut front.latest {
            Some(latest) if latest.repeats(&error) => {
                latest.count += error.count;
                latest.last_unix_ns = error.last_unix_ns;
                return;
            }
            Some(_) if self.sender.len() >= self.sender.capacity().unwrap_or(0) => {
                self.lost.fetch_add(error.count, Relaxed);
                return;
            }
            _ => {}
        }
        if let Some(before) = front.latest.replace(Box::new(error)) {
            // There is room: it was checked above, and only a holder of `front` sends.
            let _ = self.sender.try_send(before);
        }
        if let Some(flag) = &front.flag {
            flag.raise();
        }
    }

    /// Takes the oldest error.
    pub fn poll(&self) -> Option<Box<Error>> {
        let mut front = self.lock();
        let oldest = self.receiver.try_recv().ok().or_else(|| front.latest.take());
        if let (None, Some(flag)) = (&front.latest, &front.flag) {
            flag.lower(); // nothing in front means nothing in the channel either
        }
        oldest
    }

    /// The descriptor that is readable if and only if there is an error to poll.
    pub fn fd(&self) -> Result<RawFd, Code> {
        let front = &mut *self.lock();
        shown(&mut front.flag, front.latest.is_some())
    }

    /// The descriptor that is readable if and only if there are no reporters any more.
    pub fn end_fd(&self) -> Result<RawFd, Code> {
        let front = &mut *self.lock();
        shown(&mut front.end, front.reporters == 0)
    }

    /// One more reporter; the workers are there from the beginning.
    pub fn join(&self) {
        self.lock().reporters += 1;
    }

    /// A reporter has raised its last error.
    pub fn leave(&self) {
        let mut front = self.lock();
        front.reporters -= 1;
        if let (0, Some(end)) = (front.reporters, &front.end) {
            end.raise();
        }
    }

    /// Closes the descriptors and throws away what nobody polled.
    pub fn close(&self) {
        let mut front = self.lock();
        front.flag = None;
        front.end = None;
        front.latest = None;
        while self.receiver.try_recv().is_ok() {}
    }

    /// How many were raised, and how many of those were lost.
    pub fn counts(&self) -> (u64, u64) {
        let lost = self.lost.load(Relaxed);
        (self.raised.load(Relaxed), lost)
    }

    /// A panic while it was held left the front usable: each step does.
    fn lock(&self) -> MutexGuard<'_, Front> {
        self.front.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The descriptor of a flag that is made when first asked for, raised or not.
fn shown(flag: &mut Option<Flag>, is_raised: bool) -> Result<RawFd, Code> {
    if let Some(flag) = flag {
        return Ok(flag.fd());
    }
    let made = flag.insert(Flag::new().map_err(|_| Code::Limit)?);
    if is_raised {
        made.raise();
    }
    Ok(made.fd())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(message: &str) -> Error {
        Error::new(Code::Io, "file:a", format_args!("{message}"))
    }

    fn polled(faults: &Faults) -> Vec<(String, u64)> {
        std::iter::from_fn(|| faults.poll())
            .map(|error| (error.message.as_str().to_owned(), error.count))
            .collect()
    }

    #[test]
    fn identical_consecutive_errors_fold() {
        let faults = Faults::new(8);
        for message in ["a", "a", "b", "a"] {
            faults.raise(error(message));
        }
        faults.raise(error("a").times(5));
        let expected = [("a", 2), ("b", 1), ("a", 6)].map(|(text, count)| (text.to_owned(), count));
        assert_eq!(polled(&faults), expected);
        assert_eq!(faults.counts(), (9, 0));
    }

    #[test]
    fn what_does_not_fit_is_counted_and_the_oldest_are_kept() {
        for capacity in [1, 2, 3] {
            let faults = Faults::new(capacity);
            for number in 0..10 {
                faults.raise(error(&number.to_string()));
            }
            let kept: Vec<_> = (0..capacity).map(|number| (number.to_string(), 1)).collect();
            assert_eq!(polled(&faults), kept);
            assert_eq!(faults.counts(), (10, 10 - capacity as u64));
        }
    }

    fn readable(fd: RawFd) -> bool {
        let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        #[expect(unsafe_code, reason = "poll has no safe form")]
        // SAFETY: `poll` is one valid pollfd.
        let count = unsafe { libc::poll(&mut poll, 1, 0) };
        count == 1
    }

    #[test]
    fn the_descriptor_of_the_end_is_readable_when_the_last_reporter_has_left() {
        let faults = Faults::new(8);
        faults.join();
        let fd = faults.end_fd().unwrap();
        faults.raise(error("an error is no end"));
        faults.leave();
        assert!(!readable(fd));
        faults.leave();
        assert!(readable(fd));
        assert_eq!(faults.end_fd().unwrap(), fd);
        let asked_late = Faults::new(8);
        asked_late.leave();
        assert!(readable(asked_late.end_fd().unwrap()));
    }

    #[test]
    fn the_descriptor_is_readable_exactly_while_there_is_an_error() {
        let faults = Faults::new(8);
        faults.raise(error("before the descriptor"));
        let fd = faults.fd().unwrap();
        assert!(readable(fd));
        faults.raise(error("another"));
        assert!(faults.poll().is_some());
        assert!(readable(fd));
        assert!(faults.poll().is_some());
        assert!(!readable(fd));
        faults.raise(error("again"));
        assert!(readable(fd));
        assert_eq!(faults.fd().unwrap(), fd);
    }
}
