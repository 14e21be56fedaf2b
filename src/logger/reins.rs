//! One thread's rings of one logger: usually one, with several workers one for each that it uses. All ports
//! of the thread into that logger share them, so that its records keep their order.

use super::core::Core;
use super::ports::{this_thread, this_thread_number};
use crate::config::SMALLEST_RING;
use crate::error::Code;
use crate::queue::{Lane, Pipeline, Producer, Ring, State};
use crate::record::Thread;
use crate::sync::lock;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// A thread's rings of a logger.
pub struct Reins {
    pipeline: Arc<Pipeline>,
    queue_bytes: usize,
    /// By lane.
    producers: RefCell<Vec<Option<Rc<Producer>>>>,
    /// The lane that this thread uses unless told otherwise.
    home: usize,
    /// The lane that is next in turn.
    next: Cell<usize>,
}

impl Reins {
    /// No ring yet.
    pub fn new(core: &Core) -> Self {
        let lanes = core.pipeline.lanes.len();
        let home = this_thread_number() % lanes;
        Self {
            pipeline: Arc::clone(&core.pipeline),
            queue_bytes: core.config.queue_bytes.max(SMALLEST_RING),
            producers: RefCell::new(vec![None; lanes]),
            home,
            next: Cell::new(home),
        }
    }

    /// The logger that they lead to.
    pub fn leads_to(&self, core: &Core) -> bool {
        Arc::ptr_eq(&self.pipeline, &core.pipeline)
    }

    /// Whether nothing will ever go through them again.
    pub fn is_over(&self) -> bool {
        self.pipeline.state() != State::Running
    }

    /// The lane of this thread.
    pub fn home(&self) -> Result<(Arc<Lane>, Rc<Producer>), Code> {
        self.at(self.home)
    }

    /// The place of this thread's lane.
    pub fn home_place(&self) -> usize {
        self.home
    }

    /// The place of the next lane in turn.
    pub fn next_place(&self) -> usize {
        let place = self.next.get();
        self.next.set((place + 1) % self.pipeline.lanes.len());
        place
    }

    /// A lane, with a ring in it.
    pub fn at(&self, place: usize) -> Result<(Arc<Lane>, Rc<Producer>), Code> {
        let lane = Arc::clone(&self.pipeline.lanes[place]);
        // Borrowed only if a signal handler interrupted these very lines.
        let mut producers = self.producers.try_borrow_mut().map_err(|_| Code::WouldDeadlock)?;
        if let Some(producer) = &producers[place] {
            return Ok((lane, Rc::clone(producer)));
        }
        let thread = this_thread();
        let lossy = self.pipeline.policies().drops_oldest();
        let memory = self.pipeline.memory(self.queue_bytes, &thread)?;
        let (ring, producer) = Ring::new(memory, thread, lossy);
        if !lane.rings.join(&ring) {
            return Err(Code::Stopped);
        }
        let producer = Rc::new(producer);
        producers[place] = Some(Rc::clone(&producer));
        Ok((lane, producer))
    }

    /// Goes on in a ring of twice the size, if all rings together stay within `budget` bytes. What is in the
    /// old one is written first.
    pub fn grow(&self, lane: &Lane, producer: &Producer, budget: usize) -> bool {
        let capacity = producer.ring().capacity().saturating_mul(2);
        let _alone = lock(&self.pipeline.growing);
        let held: u64 = self.pipeline.lanes.iter().map(|lane| lane.rings.size().1).sum();
        if held.saturating_add(capacity as u64) > budget as u64 {
            return false;
        }
        let lossy = self.pipeline.policies().drops_oldest();
        let thread = producer.ring().thread();
        let Ok(memory) = self.pipeline.memory(capacity, &thread) else { return false };
        let ring = Ring::alone(memory, thread, lossy);
        if !lane.rings.join(&ring) {
            return false;
        }
        producer.move_to(&ring);
        true
    }

    /// The thread has another name now.
    pub fn rename(&self, thread: &Arc<Thread>) {
        if let Ok(producers) = self.producers.try_borrow() {
            producers.iter().flatten().for_each(|producer| producer.ring().rename(thread));
            // Release: who sees the change finds the name; pairs with the Acquire in `Scene::update`.
            self.pipeline.renamed.fetch_add(1, std::sync::atomic::Ordering::Release);
        }
    }
}

impl Drop for Reins {
    /// The thread ends, or the logger did: the workers are to let the rings go, also if they sleep.
    fn drop(&mut self) {
        for (place, producer) in self.producers.get_mut().iter().enumerate() {
            if let Some(producer) = producer {
                producer.close();
                self.pipeline.lanes[place].wake.after_publish(self.pipeline.live.barrier);
            }
        }
    }
}
