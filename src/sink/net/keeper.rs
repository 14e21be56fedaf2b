//! When lines go to the spool, and when they come back: older ones first, always.

use super::spool::Spool;
use super::wire::{Lines, Terms, Wire};
use crate::error::{Code, Error};
use crate::os::socket;
use crate::sink::breaker::Breaker;
use crate::sink::outlet::{Context, Sent};
use std::io;
use std::time::{Duration, Instant};

/// How long lines may wait for older ones to be sent; then they join them in the spool.
const SHARE: Duration = Duration::from_millis(200);

/// A spool, and how its peer is doing.
pub struct Keeper {
    spool: Spool,
    breaker: Breaker,
    /// The peer took everything when it was tried last.
    is_up: bool,
}

impl Keeper {
    /// For a peer that nobody has tried yet.
    pub fn new(spool: Spool) -> Self {
        Self { spool, breaker: Breaker::new(), is_up: true }
    }

    /// What it kept, for another one.
    pub fn into_spool(self) -> Spool {
        self.spool
    }

    /// Sends what waits and then `lines`, or lays these down. What is laid down is out: the spool has it.
    pub fn send(
        &mut self,
        wire: &mut dyn Wire,
        lines: Lines<'_>,
        terms: &Terms<'_>,
        context: &Context<'_>,
    ) -> Sent {
        self.replay(wire, terms, context);
        let mut out = 0;
        if self.spool.is_empty() && self.breaker.passes() {
            let sent = wire.send(lines, terms);
            match sent.error {
                Some(error) if error.raw_os_error() != Some(socket::TOO_LONG) => {
                    out = sent.bytes;
                    self.is_down(&error, context);
                }
                _ => {
                    self.is_back();
                    return sent;
                }
            }
        }
        self.tell_removed(context);
        let (taken, error) = self.spool.append(lines.behind(out));
        Sent { bytes: out + taken, refused: None, error }
    }

    /// Sends what waits, as far as it goes in a little while.
    pub fn replay(&mut self, wire: &mut dyn Wire, terms: &Terms<'_>, context: &Context<'_>) {
        let begin = Instant::now();
        self.breaker.retry((!context.is_closing).then_some(begin));
        while self.breaker.passes() && !self.spool.is_empty() && begin.elapsed() < SHARE {
            if let Err(error) = self.replay_one(wire, terms, context) {
                self.is_down(&error, context);
            }
        }
    }

    fn replay_one(
        &mut self,
        wire: &mut dyn Wire,
        terms: &Terms<'_>,
        context: &Context<'_>,
    ) -> io::Result<()> {
        let mut damaged = 0;
        let first = self.spool.first(|bytes| damaged += bytes)?;
        let sent = first.map(|lines| wire.send(lines, terms));
        if damaged > 0 {
            context.tell(format_args!(
                "{damaged} bytes of the spool of \"{}\" are damaged",
                context.name
            ));
        }
        let Some(Sent { bytes, error, .. }) = sent else { return Ok(()) };
        self.spool.sent(bytes)?;
        match error {
            Some(error) if error.raw_os_error() == Some(socket::TOO_LONG) => {
                // It was written as far as anybody was told; nothing would ever get past it.
                raise(context, "cannot send a line of the spool to", &error);
                let line = self.spool.first(|_| ())?.and_then(|lines| lines.ends().next());
                self.spool.sent(line.unwrap_or(0))
            }
            Some(error) => Err(error),
            None => {
                self.is_back();
                Ok(())
            }
        }
    }

    /// Makes known what somebody removed: it counts as written.
    pub fn tell_removed(&mut self, context: &Context<'_>) {
        let (removed, name) = (self.spool.removed(), context.name.as_str());
        if removed > 0 {
            context.tell(format_args!(
                    "{removed} bytes of the spool of \"{name}\" were removed: they last as long as the logger"
                ));
        }
    }

    fn is_down(&mut self, error: &io::Error, context: &Context<'_>) {
        self.breaker.trip(Instant::now());
        if std::mem::take(&mut self.is_up) {
            raise(context, "lines are spooled that cannot be sent to", error);
        }
    }

    fn is_back(&mut self) {
        self.breaker.reset();
        self.is_up = true;
    }

    /// When to replay, if anything waits.
    pub fn due(&self) -> Option<Instant> {
        (!self.spool.is_empty()).then(|| self.breaker.retry_at().unwrap_or_else(Instant::now))
    }
}

fn raise(context: &Context<'_>, what: &str, error: &io::Error) {
    let name = context.name.as_str();
    context.faults.raise(Error::os(Code::Io, name, format_args!("{what} \"{name}\""), error));
}
