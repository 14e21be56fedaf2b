//! Who works for a logger: threads of its own, or whoever calls.

use super::{Sinks, Worker, Working};
use crate::error::{Code, Error};
use crate::os::Undisturbed;
use crate::os::thread::Thread;
use crate::queue::{Pipeline, State};
use crate::sink::Courier;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

/// What the system shows as the threads' name: at most 15 bytes.
const THREAD_NAME: &str = "alog-worker";
const COURIER_NAME: &str = "alog-sink";

/// How many passes a thread makes at most, for those who ask for a flush while it writes.
const MORE_PASSES: u32 = 16;

/// The workers of one logger.
pub enum Crew {
    /// Threads of the logger's own, until they are joined.
    Threads(Mutex<Vec<Thread>>),
    /// One worker, for the thread that has it. `None`: it has ended, or a thread runs it until then.
    Caller(Mutex<Option<Box<Worker>>>),
}

/// What came of a thread's offer to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// It wrote so many records.
    Wrote(usize),
    /// Another thread is at it, or the logger has its own threads.
    Elsewhere,
}

impl Crew {
    /// Starts a thread for each lane of the pipeline.
    pub fn start(pipeline: &Arc<Pipeline>, sinks: &Arc<Sinks>) -> io::Result<Self> {
        let mut threads = Vec::new();
        for number in 0..pipeline.lanes.len() {
            let worker = Worker::new(Arc::clone(pipeline), number, Arc::clone(sinks), false);
            match Thread::start(THREAD_NAME, move || worker.run()) {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    // The others end at once: nothing was logged yet.
                    pipeline.advance(State::Stopping);
                    pipeline.wake_all();
                    threads.into_iter().for_each(Thread::join);
                    return Err(error);
                }
            }
        }
        Ok(Self::Threads(Mutex::new(threads)))
    }

    /// Starts the threads of those sinks that have one of their own and no thread yet.
    pub fn start_couriers(pipeline: &Arc<Pipeline>, sinks: &Sinks) -> Result<(), Error> {
        sinks.start(|sink| {
            let Some(outbox) = sink.outbox().filter(|_| !sink.is_pulled()) else { return Ok(()) };
            outbox.start(|| {
                let (courier, pipeline) = (Courier::new(sink, pipeline), Arc::clone(pipeline));
                Thread::start(COURIER_NAME, move || {
                    let _working = Working::new(&pipeline);
                    courier.run();
                })
            })
        })
    }

    /// Nobody: the logger was stopped before it began, in a child of `fork`.
    pub fn none() -> Self {
        Self::Threads(Mutex::new(Vec::new()))
    }

    /// Leaves the work to those who call.
    pub fn caller(pipeline: &Arc<Pipeline>, sinks: &Arc<Sinks>) -> Self {
        let worker = Worker::new(Arc::clone(pipeline), 0, Arc::clone(sinks), true);
        Self::Caller(Mutex::new(Some(Box::new(worker))))
    }

    /// Writes on this thread what is there, at most `max` records, unless another thread is at it.
    pub fn drain(&self, max: usize) -> Drained {
        let Self::Caller(worker) = self else { return Drained::Elsewhere };
        let _undisturbed = Undisturbed::new();
        let Some(mut worker) = try_lock(worker) else { return Drained::Elsewhere };
        let mut count = 0;
        // Others asked meanwhile and wait: one more pass for them as well, but not for ever.
        for _ in 0..MORE_PASSES {
            let Some(at_work) = worker.as_mut() else { return Drained::Elsewhere };
            let Some(taken) = at_work.step(max) else {
                std::mem::forget(worker.take()); // in a child: all that it has is the parent's
                return Drained::Elsewhere;
            };
            count += taken;
            if max < usize::MAX || !at_work.is_asked() && !at_work.has_request() {
                break;
            }
        }
        Drained::Wrote(count)
    }

    /// Writes on this thread until the logger is told to stop, and to the end of that.
    pub fn run(&self) -> Code {
        let Self::Caller(worker) = self else { return Code::Mode };
        // Waits for a thread that writes only because its queue was full, and for a flush. Whoever drains
        // afterwards finds that this thread has the worker.
        let taken = worker.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        match taken {
            Some(worker) => {
                worker.run();
                Code::Ok
            }
            None => Code::Mode,
        }
    }

    /// Writes on this thread to the end, after the pipeline was told to stop. False if another thread is at
    /// it, or the end was reached before.
    pub fn end(&self) -> bool {
        let Self::Caller(worker) = self else { return false };
        let _undisturbed = Undisturbed::new();
        let worker = try_lock(worker).and_then(|mut worker| worker.take());
        worker.map(|worker| worker.end()).is_some()
    }

    /// Waits for the threads, which have said that they are done: this takes microseconds.
    pub fn join(&self) {
        if let Self::Threads(threads) = self {
            let mut threads = threads.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            threads.drain(..).for_each(Thread::join);
        }
    }

    /// Whether the thread that calls writes itself.
    pub fn is_caller(&self) -> bool {
        matches!(self, Self::Caller(_))
    }
}

fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
