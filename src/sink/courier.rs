//! A sink's own thread: takes batches from the workers and brings them to a destination that may be slow, so that
//! it holds up no other.
//!
//! What waits is put together into larger batches. A batch that is held keeps the others waiting, in order; when
//! the outbox is full, the workers skip this sink. Idle, the thread sleeps without waking.

use super::Sink;
use super::batch::Batch;
use super::deliver::{Delivered, Load, Patience};
use super::gap::{Loss, Missing};
use super::outbox::{Errand, Outbox, Parcel};
use crate::error::Code;
use crate::fork;
use crate::format::Formatter;
use crate::os;
use crate::queue::Pipeline;
use crate::sync::lock;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// One thread at its work.
pub struct Courier {
    sink: Arc<Sink>,
    pipeline: Arc<Pipeline>,
    formatter: Formatter,
    /// What is being delivered: the first parcel, and behind its lines those of others.
    load: Option<Box<Parcel>>,
    /// Those others, without their lines.
    joined: Vec<Parcel>,
    /// How many lines each of them has, and the first.
    lines: Vec<usize>,
    /// What could not be joined, for the next time.
    next: Option<Box<Parcel>>,
    /// It was told to end.
    ends: bool,
    /// The process that it works for.
    generation: u64,
}

impl Courier {
    /// The courier of a sink.
    pub fn new(sink: &Arc<Sink>, pipeline: &Arc<Pipeline>) -> Self {
        Self {
            sink: Arc::clone(sink),
            pipeline: Arc::clone(pipeline),
            formatter: sink.opened.formatter(),
            load: None,
            joined: Vec::new(),
            lines: Vec::new(),
            next: None,
            ends: false,
            generation: fork::generation(),
        }
    }

    /// Works until the outbox is closed.
    pub fn run(mut self) {
        let sink = Arc::clone(&self.sink);
        let Some(outbox) = &sink.outbox else { return };
        for before in std::mem::take(&mut *lock(&sink.before)) {
            before.outbox.iter().for_each(Outbox::join);
        }
        while !self.ends || self.next.is_some() {
            let step = || {
                self.receive(outbox);
                self.deliver(outbox);
            };
            if catch_unwind(AssertUnwindSafe(step)).is_err() {
                self.abandon(outbox);
            }
        }
        // A panic here costs the last lines of the logger's own.
        let _ = catch_unwind(AssertUnwindSafe(|| self.end()));
        outbox.end();
        self.pipeline.wake_all(); // a worker lets go of it
    }

    /// Waits for something to do, and puts together what can be written at once.
    fn receive(&mut self, outbox: &Outbox) {
        let next = self.next.take().map(Errand::Parcel);
        let first = next.or_else(|| outbox.receive(self.sink.due()));
        match first {
            Some(Errand::Parcel(parcel)) => self.gather(parcel, outbox),
            Some(Errand::Close) => self.ends = true,
            Some(Errand::Hurry) => outbox.hurried(),
            None => {}
        }
    }

    /// Takes what else there is, as long as it fits into one write and nothing hurries.
    fn gather(&mut self, first: Box<Parcel>, outbox: &Outbox) {
        let flow = &self.sink.opened.flow;
        let until = Instant::now() + flow.batch_delay;
        let is_closing =
            Waiting { pipeline: &self.pipeline, sink: &self.sink, outbox }.is_closing();
        let mut waits = !flow.batch_delay.is_zero() && !first.is_urgent && !is_closing;
        let mut joins = !first.is_awaited;
        let (source, begin) = (&self.sink.opened.source, first.unix_ns);
        self.lines.push(first.batch.lines());
        let load = self.load.insert(first);
        while joins && load.batch.len() < flow.batch_bytes {
            // What does not get in because this waits would be lost.
            let errand = match waits && !outbox.is_half_full() {
                true => outbox.receive(Some(until)),
                false => outbox.try_receive(),
            };
            match errand {
                Some(Errand::Parcel(mut parcel)) => {
                    // What was lost is told where it is missing, and a request is obeyed where it was made.
                    joins = !parcel.is_awaited && !parcel.has_something_before();
                    joins = joins && !source.divides(begin, parcel.unix_ns);
                    joins = joins && load.batch.append(&parcel.batch);
                    if joins {
                        waits &= !parcel.is_urgent;
                        self.lines.push(parcel.batch.lines());
                        parcel.batch = Batch::empty();
                        self.joined.push(*parcel);
                    } else {
                        self.next = Some(parcel);
                    }
                }
                Some(Errand::Hurry) => {
                    outbox.hurried();
                    waits = false;
                }
                Some(Errand::Close) => (self.ends, joins) = (true, false),
                None => joins = false,
            }
        }
    }

    /// Delivers what was put together, tells what is owed, and does what is due.
    fn deliver(&mut self, outbox: &Outbox) {
        let sink = &self.sink;
        let mut state = sink.lock();
        let mut nothing = Batch::empty();
        let is_fatal = self.load.as_ref().is_some_and(|load| load.is_fatal);
        let asked = self.load.as_mut().and_then(|load| load.asked.take());
        let request = asked.as_ref().map(|asked| asked.request);
        let (batch, unix_ns, missing, is_awaited) = match self.load.as_deref_mut() {
            Some(load) => (&mut load.batch, load.unix_ns, load.missing, load.is_awaited),
            None => (&mut nothing, crate::clock::unix_ns(), Missing::default(), false),
        };
        state.breaker.retry(if self.ends { None } else { Some(Instant::now()) });
        let formatter = &mut self.formatter;
        let slot = None;
        let load = Load { batch, formatter, unix_ns, request, missing, is_awaited, is_fatal, slot };
        let patience = Waiting { pipeline: &self.pipeline, sink, outbox };
        let done = sink.deliver(&mut state, load, &self.pipeline.faults, &patience);
        if fork::generation() != self.generation {
            leave_to_parent();
        }
        sink.tend(&mut state, &self.pipeline.faults, patience.is_closing());
        sink.publish(&state);
        drop(state);
        drop(asked); // before whoever flushes goes on
        self.settle(done, outbox);
    }

    /// Tells each round what became of its part.
    fn settle(&mut self, done: Delivered, outbox: &Outbox) {
        self.pipeline.account.gap_lines(done.gap_lines);
        let mut taken = done.taken;
        let mut is_wanted = false;
        let first = self.load.take().map(|parcel| *parcel);
        let parcels = first.into_iter().chain(self.joined.drain(..));
        for (mut parcel, lines) in parcels.zip(self.lines.drain(..)) {
            let mine = taken.min(lines);
            taken -= mine;
            is_wanted |= outbox.done(&parcel);
            if let Some(claim) = parcel.claim.take() {
                claim.settle(mine, done.error.filter(|_| mine < lines));
            }
        }
        if is_wanted {
            self.pipeline.wake_all();
        }
    }

    /// After a panic: what was being delivered is lost, and everybody hears of it.
    #[cold]
    fn abandon(&mut self, outbox: &Outbox) {
        let lost: usize = self.lines.drain(..).sum();
        let sink = Arc::clone(&self.sink);
        sink.account.failed.fetch_add(lost as u64, Relaxed);
        let mut state = sink.lock();
        state.gap.add(Loss::Destination, lost as u64);
        let load = self.load.iter();
        load.flat_map(|load| load.batch.untold()).for_each(|(it, count)| state.gap.add(it, count));
        drop(state);
        let why = format_args!("a panic in the sink's thread was caught; its batch is lost");
        self.pipeline.faults.raise(sink.error(Code::Panic, why).times(lost.max(1) as u64));
        // Their claims are dropped: none of their records was taken.
        let first = self.load.take().map(|parcel| *parcel);
        for parcel in first.into_iter().chain(self.joined.drain(..)) {
            outbox.done(&parcel);
        }
        self.pipeline.wake_all();
    }

    /// The last chance to say what is owed.
    fn end(&mut self) {
        let mut state = self.sink.lock();
        let gap_lines = self.sink.close(&mut state, &mut self.formatter, &self.pipeline.faults);
        self.sink.publish(&state);
        self.pipeline.account.gap_lines(gap_lines);
    }
}

/// A held batch waits here, unless nobody waits for it any more.
struct Waiting<'a> {
    pipeline: &'a Pipeline,
    sink: &'a Sink,
    outbox: &'a Outbox,
}

impl Patience for Waiting<'_> {
    fn closing(&self) -> Option<Duration> {
        // One whose place another one has taken is not being stopped: it ends, and has its patience.
        let closing = if self.sink.is_succeeded() { None } else { self.outbox.closing() };
        closing.max(self.pipeline.stopping.elapsed())
    }

    fn pause(&self, time: Duration) -> bool {
        if !self.pipeline.has_given_up() {
            self.outbox.pause(time);
        }
        !self.pipeline.has_given_up()
    }
}

/// This is a child that was forked in a callback, and the callback returned: everything here is the parent's.
#[cold]
fn leave_to_parent() -> ! {
    os::thread::sleep_for_ever()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::account::SinkAccount;
    use crate::config::Config;
    use crate::sink::Opened;
    use crate::sink::file::tests::{Folder, NEW_YEAR};

    const LINE: &[u8] = b"a line\n";
    const SECOND: i64 = 1_000_000_000;

    /// How many of some lines, each logged at its time, are put together for the first write.
    fn gathered(spec: &str, times: &[i64]) -> usize {
        fork::init().unwrap();
        let (folder, mut config) = (Folder::new(), Config::new());
        let spec = format!("file:{}/{spec}batch_delay=1h", folder.0.display());
        config.add_sink(&spec).unwrap();
        let pipeline = Arc::new(Pipeline::new(&config, None));
        let opened = Opened::all(&config).unwrap().remove(0);
        let sink = Arc::new(Sink::new(opened, Arc::new(SinkAccount::default())));
        let outbox = sink.outbox().unwrap();
        for unix_ns in times {
            let mut batch = Batch::new();
            assert!(batch.push_line(LINE));
            outbox.send(Parcel::new(batch, *unix_ns, Missing::default(), None));
        }
        outbox.hurry();
        let mut courier = Courier::new(&sink, &pipeline);
        courier.receive(outbox);
        courier.load.map_or(0, |load| load.batch.len() / LINE.len())
    }

    #[test]
    fn lines_that_wait_for_more_are_put_together_with_those_of_the_same_file_only() {
        let times = [0, SECOND / 2, SECOND, 3 * SECOND].map(|after| NEW_YEAR - SECOND + after);
        assert_eq!(gathered("log?", &times), 4);
        assert_eq!(gathered("log?rotate=monthly&", &times), 2);
        assert_eq!(gathered("log-{time:%H%M%S}?", &times), 2);
        assert_eq!(gathered("log-{time:%Y}?", &times), 2);
        // The clock was set back: a log goes on, and a name that tells the time is another one.
        let times = [NEW_YEAR, NEW_YEAR - SECOND, NEW_YEAR + SECOND];
        assert_eq!(gathered("log?rotate=daily&", &times), 3);
        assert_eq!(gathered("log-{time:%Y}?", &times), 1);
    }
}
