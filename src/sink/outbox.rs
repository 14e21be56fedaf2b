//! Between the workers and a sink's own thread, or those of the host that pull: batches on their way, bounded by
//! their bytes.

use super::Asked;
use super::batch::Batch;
use super::gap::Missing;
use super::notice::Notice;
use crate::clock::Since;
use crate::os::thread::Thread;
use crate::queue::Claim;
use crate::sync::{Bell, Mutex, lock};
use crossbeam_channel::{Receiver, Sender, TryRecvError, unbounded};
use std::io;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::{Duration, Instant};

/// What a batch costs beside its lines.
const OVERHEAD: usize = 1024;
/// What a line costs beside its bytes: where it ends.
const PER_LINE: usize = size_of::<usize>();

/// One batch on its way.
pub struct Parcel {
    /// The lines.
    pub batch: Batch,
    /// When the first record was logged.
    pub unix_ns: i64,
    /// What the sink is asked for before these lines.
    pub asked: Option<Asked>,
    /// What was lost before these lines.
    pub missing: Missing,
    /// It is not to wait for more.
    pub is_urgent: bool,
    /// Somebody waits for the outcome.
    pub is_awaited: bool,
    /// That is a record of level FATAL: it is held all the same.
    pub is_fatal: bool,
    /// The round that it belongs to; none for what the logger itself has to say.
    pub claim: Option<Claim>,
    /// How many bytes of the outbox it takes.
    cost: usize,
}

/// What a sink's thread is told.
pub enum Errand {
    /// Deliver this.
    Parcel(Box<Parcel>),
    /// Look what else there is to do, and let nothing wait for more.
    Hurry,
    /// Deliver what is there and end.
    Close,
}

/// The way to a sink's own thread. Not bounded by the channel: an errand without lines must always get through.
pub struct Outbox {
    sender: Sender<Errand>,
    receiver: Receiver<Errand>,
    waiting: AtomicUsize,
    limit: usize,
    /// A worker found it full: it wants to hear of room.
    crowded: AtomicBool,
    /// The thread was told to let nothing wait, and has not heard it yet.
    is_hurried: AtomicBool,
    /// It is to end: what does not answer is given up.
    closing: Since,
    is_over: AtomicBool,
    /// The thread, until somebody waits for its end.
    thread: Mutex<Option<Thread>>,
    has_thread: AtomicBool,
    /// Rung when something was sent.
    arrival: Bell,
    /// Rung to cut a pause short.
    rousing: Bell,
    /// Where those wait who pull, if there is no thread.
    notice: Option<Notice>,
    /// It takes what comes, full or not: the logger is being stopped, and its workers must not wait for the host.
    is_boundless: AtomicBool,
}

impl Outbox {
    /// An empty one, for so many bytes.
    pub fn new(limit: usize) -> Self {
        let (sender, receiver) = unbounded();
        Self {
            sender,
            receiver,
            waiting: AtomicUsize::new(0),
            limit,
            crowded: AtomicBool::new(false),
            is_hurried: AtomicBool::new(false),
            closing: Since::default(),
            is_over: AtomicBool::new(false),
            thread: Mutex::new(None),
            has_thread: AtomicBool::new(false),
            arrival: Bell::default(),
            rousing: Bell::default(),
            notice: None,
            is_boundless: AtomicBool::new(false),
        }
    }

    /// One without a thread: the host pulls.
    pub fn pulled(limit: usize) -> Self {
        Self { notice: Some(Notice::new()), ..Self::new(limit) }
    }

    /// Where those wait who pull.
    pub fn notice(&self) -> Option<&Notice> {
        self.notice.as_ref()
    }

    /// From now on it takes what comes.
    pub fn lift_bound(&self) {
        self.is_boundless.store(true, SeqCst); // as in `has_room`
    }

    /// Waits until everything that was sent is delivered. False if the deadline passed. For one that is pulled.
    pub fn wait_empty(&self, deadline: Option<Instant>) -> bool {
        let Some(notice) = &self.notice else { return true };
        loop {
            let seen = notice.count();
            if self.is_empty() {
                return true;
            }
            if !notice.wait(seen, deadline) {
                return false;
            }
        }
    }

    /// Whether everything that was sent is delivered.
    pub fn is_empty(&self) -> bool {
        self.waiting.load(SeqCst) == 0
    }

    /// Something was sent or is closed.
    fn tell(&self) {
        match &self.notice {
            Some(notice) => {
                notice.tell(|| (self.is_closing() || self.has_errands()).then_some(true));
            }
            None => self.arrival.ring(),
        }
    }

    /// Starts the thread, unless it has been started.
    pub fn start(&self, start: impl FnOnce() -> io::Result<Thread>) -> io::Result<()> {
        if self.has_thread() {
            return Ok(()); // without the lock: somebody may hold it who waits for the thread's end
        }
        let mut thread = lock(&self.thread);
        if !self.has_thread() {
            *thread = Some(start()?);
            self.has_thread.store(true, Relaxed); // under the lock
        }
        Ok(())
    }

    /// Whether it was started.
    pub fn has_thread(&self) -> bool {
        self.has_thread.load(Relaxed) // who starts another one looks again under the lock
    }

    /// Whether a batch may be sent. Otherwise whoever asks hears of room: see [`done`](Self::done).
    pub fn has_room(&self) -> bool {
        if self.waiting.load(Relaxed) < self.limit {
            return true;
        }
        // SeqCst beside the second look: either this one sees the room, or `done` sees that it is wanted.
        self.crowded.store(true, SeqCst);
        self.waiting.load(SeqCst) < self.limit || self.is_boundless.load(SeqCst)
    }

    /// Sends a batch.
    pub fn send(&self, mut parcel: Box<Parcel>) {
        parcel.cost = parcel.batch.len() + parcel.batch.lines() * PER_LINE + OVERHEAD;
        self.waiting.fetch_add(parcel.cost, Relaxed);
        // The receiver is in `self`: there always is one.
        let _ = self.sender.send(Errand::Parcel(parcel));
        // Release: who finds it so and hurries the thread does that behind this parcel. One on its way may be in front.
        self.is_hurried.store(false, Release);
        self.tell();
    }

    /// A batch is delivered. True if somebody waits for the room that it leaves.
    pub fn done(&self, parcel: &Parcel) -> bool {
        // SeqCst: see `has_room`.
        let before = self.waiting.fetch_sub(parcel.cost, SeqCst);
        before - parcel.cost < self.limit
            && self.crowded.load(SeqCst)
            && self.crowded.swap(false, SeqCst)
    }

    /// Whether half of what may wait does.
    pub fn is_half_full(&self) -> bool {
        self.waiting.load(Relaxed) >= self.limit / 2 // the channel orders it
    }

    /// Lets nothing wait for more.
    pub fn hurry(&self) {
        // AcqRel: who finds it set knows that the thread has yet to look, and that nothing was sent since.
        if self.notice.is_none() && !self.is_hurried.swap(true, AcqRel) {
            let _ = self.sender.send(Errand::Hurry); // as in `send`
            self.tell();
        }
    }

    /// The thread has heard that, and looks at what there is.
    pub fn hurried(&self) {
        self.is_hurried.swap(false, AcqRel); // as above
    }

    /// Lets the thread deliver what is there, with no patience for what does not answer, and end.
    pub fn close(&self) {
        self.closing.begin();
        if self.notice.is_none() {
            let _ = self.sender.send(Errand::Close); // as in `send`
            self.wake();
        }
        self.tell();
    }

    /// Cuts a pause short.
    pub fn wake(&self) {
        self.rousing.ring();
    }

    /// Waits for so long, unless woken. The sink's thread only.
    pub fn pause(&self, time: Duration) {
        self.rousing.wait(Some(time));
    }

    /// Whether it is to end.
    pub fn is_closing(&self) -> bool {
        self.closing.has_begun()
    }

    /// For how long it has been so.
    pub fn closing(&self) -> Option<Duration> {
        self.closing.elapsed()
    }

    /// Whether the thread has ended.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Acquire) // pairs with the Release in `end`
    }

    /// The thread ends.
    pub fn end(&self) {
        self.is_over.store(true, Release); // what it has written comes before
    }

    /// Waits until the thread has ended, after `close`.
    pub fn join(&self) {
        let mut thread = lock(&self.thread); // held: others wait as well
        thread.take().into_iter().for_each(Thread::join);
    }

    /// The next errand, waited for until `deadline` at most. The sink's thread only.
    pub fn receive(&self, deadline: Option<Instant>) -> Option<Errand> {
        loop {
            match self.receiver.try_recv() {
                Ok(errand) => return Some(errand),
                Err(TryRecvError::Disconnected) => return None, // the sender is in `self`
                Err(TryRecvError::Empty) => {}
            }
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return None;
            }
            self.arrival.wait(left);
        }
    }

    /// Whether an errand is there.
    pub fn has_errands(&self) -> bool {
        !self.receiver.is_empty()
    }

    /// The next errand, if there is one.
    pub fn try_receive(&self) -> Option<Errand> {
        self.receiver.try_recv().ok()
    }
}

impl Parcel {
    /// On its way to nowhere yet.
    pub fn new(batch: Batch, unix_ns: i64, missing: Missing, claim: Option<Claim>) -> Box<Self> {
        let (asked, is_urgent, is_awaited, is_fatal) = (None, false, false, false);
        Box::new(Self {
            batch,
            unix_ns,
            asked,
            missing,
            is_urgent,
            is_awaited,
            is_fatal,
            claim,
            cost: 0,
        })
    }

    /// Whether something comes before its lines: a loss that is to be told there, or a request.
    pub fn has_something_before(&self) -> bool {
        self.asked.is_some() || self.missing.iter().any(|&count| count > 0)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_somebody_waits_for_holds_up_nobody_who_starts_others() {
        let outbox = Outbox::new(1);
        let (end, ended) = crossbeam_channel::bounded::<()>(0);
        let wait = move || _ = ended.recv(); // an error: the other end is gone
        outbox.start(|| Thread::start("test", wait)).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| outbox.join());
            while outbox.thread.try_lock().is_ok() {
                std::thread::yield_now();
            }
            outbox.start(|| Err(io::ErrorKind::Other.into())).unwrap();
            drop(end);
        });
    }

    #[test]
    fn what_is_sent_behind_a_word_to_hurry_is_hurried_itself() {
        let outbox = Outbox::new(1);
        outbox.hurry();
        outbox.send(Parcel::new(Batch::empty(), 0, Missing::default(), None));
        outbox.hurry();
        assert!(matches!(outbox.try_receive(), Some(Errand::Hurry)));
        assert!(matches!(outbox.try_receive(), Some(Errand::Parcel(_))));
        assert!(matches!(outbox.try_receive(), Some(Errand::Hurry)));
    }

    #[test]
    fn a_thread_that_takes_nothing_is_hurried_once() {
        let outbox = Outbox::new(1);
        (0..9).for_each(|_| outbox.hurry());
        assert!(matches!(outbox.try_receive(), Some(Errand::Hurry)));
        assert!(outbox.try_receive().is_none());
        outbox.hurried();
        outbox.hurry();
        assert!(outbox.try_receive().is_some());
    }
}
