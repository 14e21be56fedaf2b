//! When to connect again to a peer that takes connections and breaks them: the first time at once, then after pauses
//! that grow. A connection that lived a while, or whose peer had everything when it hung up, is forgiven.

use crate::sink::breaker::{Breaker, LONGEST};
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

/// How the connections to one peer have fared.
pub struct Pace {
    breaker: Breaker,
    /// When the connection was made that stands.
    since: Option<Instant>,
    /// One broke, and none has fared better since.
    is_suspect: bool,
}

impl Pace {
    /// For a peer that nobody has connected to yet.
    pub fn new() -> Self {
        Self { breaker: Breaker::new(), since: None, is_suspect: false }
    }

    /// Whether a connection may be made at `now`.
    pub fn allows(&mut self, now: Instant) -> io::Result<()> {
        self.breaker.retry(Some(now));
        match self.breaker.passes() {
            true => Ok(()),
            false => Err(io::Error::new(
                ErrorKind::ConnectionAborted,
                "the peer takes connections and breaks them",
            )),
        }
    }

    /// For how long none may be made, if that is so.
    pub fn left(&self, now: Instant) -> Option<Duration> {
        self.breaker.retry_at().map(|at| at.saturating_duration_since(now))
    }

    /// One was made at `now`.
    pub fn begin(&mut self, now: Instant) {
        self.since = Some(now);
    }

    /// It is over at `now`. `has_broken`: the peer may not have read everything.
    pub fn end(&mut self, now: Instant, has_broken: bool) {
        let lived = self.since.take().map_or(Duration::ZERO, |since| now - since);
        if !has_broken || lived >= LONGEST {
            self.breaker.reset();
            self.is_suspect = false;
        } else if std::mem::replace(&mut self.is_suspect, true) {
            self.breaker.trip(now);
        }
    }

    /// It was given up here: that says nothing of the peer.
    pub fn forget(&mut self) {
        self.since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(1);

    /// Lets connections break, each after so long. Gives the pause behind each.
    fn pauses(pace: &mut Pace, now: &mut Instant, times: &[Duration]) -> Vec<Duration> {
        let pause = |&time| {
            pace.allows(*now).unwrap();
            pace.begin(*now);
            *now += time;
            pace.end(*now, true);
            let left = pace.left(*now).unwrap_or_default();
            assert_eq!(pace.allows(*now).is_err(), !left.is_zero());
            *now += left;
            left
        };
        times.iter().map(pause).collect()
    }

    #[test]
    fn a_peer_that_breaks_connections_is_left_alone_ever_longer_up_to_a_second() {
        let (mut pace, mut now) = (Pace::new(), Instant::now());
        let paused = pauses(&mut pace, &mut now, &[SHORT; 20]);
        assert_eq!(paused[0], Duration::ZERO, "the first time it is tried at once");
        for (pause, ms) in paused[1..].iter().zip([10, 20, 40, 80, 160, 320, 640, 1000, 1000]) {
            let exact = Duration::from_millis(ms);
            assert!(*pause >= exact * 3 / 4 && *pause <= exact * 5 / 4, "{pause:?} for {exact:?}");
        }
        assert!(paused.iter().all(|pause| *pause <= LONGEST * 5 / 4));
    }

    #[test]
    fn a_connection_that_lived_a_while_or_ended_well_is_forgiven() {
        let (mut pace, mut now) = (Pace::new(), Instant::now());
        pauses(&mut pace, &mut now, &[SHORT; 5]);
        assert_eq!(pauses(&mut pace, &mut now, &[LONGEST, SHORT]), [Duration::ZERO; 2]);
        assert!(pauses(&mut pace, &mut now, &[SHORT])[0] <= Duration::from_millis(13));
        pauses(&mut pace, &mut now, &[SHORT; 5]);
        pace.begin(now);
        pace.end(now, false);
        assert_eq!(pauses(&mut pace, &mut now, &[SHORT]), [Duration::ZERO]);
    }
}
