//! What a record is looked up in: its logger, its thread, its place in the program; and who wants it.

use super::requests::{Order, Requests};
use super::sinks::Sinks;
use crate::error::Error;
use crate::fault::Faults;
use crate::field::Fields;
use crate::hook::{self, HookRecord, Named};
use crate::origin::Origin;
use crate::queue::{Left, Pipeline, Ring};
use crate::record::{Event, Layers, Record, Thread};
use crate::sink::{Desk, Offered, Outbox, Sink};
use crate::source;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What one worker knows.
pub struct Scene {
    sinks: Arc<Sinks>,
    sinks_seen: u64,
    desks: Vec<Option<Desk>>,
    origins: Vec<Option<Arc<Origin>>>,
    /// The sinks of each, as they were when the list of sinks was looked at.
    sets: Vec<u64>,
    origins_seen: u64,
    /// The rings' threads, in the order of the consumers.
    rings: Vec<Arc<Ring>>,
    threads: Vec<Arc<Thread>>,
    names_seen: u64,
    /// The fields of post-hooks, kept for its memory.
    post: Vec<u8>,
    /// The most bytes that wait at any desk.
    pending: usize,
}

impl Scene {
    /// Knows nothing yet.
    pub fn new(sinks: Arc<Sinks>) -> Self {
        Self {
            sinks,
            sinks_seen: u64::MAX,
            desks: Vec::new(),
            origins: Vec::new(),
            sets: Vec::new(),
            origins_seen: 0,
            rings: Vec::new(),
            threads: Vec::new(),
            names_seen: 0,
            post: Vec::new(),
            pending: 0,
        }
    }

    /// What the sinks were asked for.
    pub fn requests(&self) -> &Requests {
        &self.sinks.requests
    }

    /// The sinks are to do what they were asked for before what comes next, or those that have taken their places.
    pub fn pass_on(&mut self, order: &Order) {
        for desk in self.desks.iter_mut().flatten() {
            if order.sinks.iter().any(|sink| desk.sink.succeeds(sink)) {
                desk.ask(order.asked.clone());
            }
        }
    }

    /// How often the loggers had changed when they were last looked at.
    pub fn changes(&self) -> u64 {
        self.origins_seen
    }

    /// Looks at what changed; gives the numbers of loggers that were given back and that this worker has not passed.
    pub fn update(&mut self, pipeline: &Pipeline, worker: usize) -> Vec<u32> {
        // Acquire: pairs with the Release of who renamed.
        let renamed = pipeline.renamed.load(Ordering::Acquire);
        if renamed != self.names_seen {
            self.names_seen = renamed;
            self.threads = self.rings.iter().map(|ring| ring.thread()).collect();
        }
        let sinks = self.sinks.changes();
        if pipeline.origins.changes() == self.origins_seen && sinks == self.sinks_seen {
            return Vec::new();
        }
        let leaving = pipeline.origins.update(worker, &mut self.origins_seen, &mut self.origins);
        // Before who writes where, which then has nothing of these any more.
        let retired = self.sinks.retire(worker);
        // Before the list of sinks, which then has a place for every bit.
        let sets = self.origins.iter().map(|origin| origin.as_ref().map_or(0, |it| it.sinks()));
        self.sets = sets.collect();
        self.sinks_seen = sinks;
        let closed = retired.into_iter().map(|(sink, is_last)| self.close(sink, is_last, pipeline));
        let mut closed: Vec<_> = closed.collect();
        self.open_desks();
        for before in closed.iter_mut().flatten() {
            self.desks.iter_mut().flatten().for_each(|desk| desk.inherit(before));
        }
        leaving
    }

    /// Gives up a sink, and closes it if no other worker writes to it any more. Gives the desk that was there.
    #[cold]
    fn close(&mut self, sink: Arc<Sink>, is_last: bool, pipeline: &Pipeline) -> Option<Desk> {
        // At its place there may be the desk of one that was there before, which others have closed.
        let is_it = |desk: &&mut Option<Desk>| {
            desk.as_ref().is_some_and(|desk| Arc::ptr_eq(&desk.sink, &sink))
        };
        let desk = self.desks.iter_mut().find(is_it).and_then(Option::take);
        // A worker without a desk there may be the last one to go all the same: who wrote before it has not closed it.
        let desk = desk.or_else(|| is_last.then(|| Desk::new(Arc::clone(&sink))));
        desk.map(|mut desk| {
            let now = crate::clock::unix_ns();
            pipeline.account.gap_lines(desk.close(now, &pipeline.faults, is_last));
            desk
        })
    }

    /// Has a desk at every sink that some logger writes to. One that this worker has given up is in the list until the
    /// last one has.
    #[cold]
    fn open_desks(&mut self) {
        let list = self.sinks.list();
        let wanted = self.sets.iter().fold(0, |all, set| all | set);
        self.desks.resize_with(list.len(), || None);
        for (place, (desk, sink)) in self.desks.iter_mut().zip(list).enumerate() {
            match sink.filter(|_| wanted >> place & 1 == 1) {
                Some(sink) if !desk.as_ref().is_some_and(|it| Arc::ptr_eq(&it.sink, &sink)) => {
                    *desk = Some(Desk::new(sink));
                }
                Some(_) => {}
                None => *desk = None,
            }
        }
    }

    /// Rings joined.
    pub fn adopt(&mut self, rings: &[Arc<Ring>]) {
        self.rings.extend_from_slice(rings);
        self.threads.extend(rings.iter().map(|ring| ring.thread()));
    }

    /// The rings that `over` marks are gone.
    pub fn dismiss(&mut self, over: &[bool]) {
        let mut places = over.iter();
        self.rings.retain(|_| !places.next().copied().unwrap_or(false));
        let mut places = over.iter();
        self.threads.retain(|_| !places.next().copied().unwrap_or(false));
    }

    /// A logger that wrote to `sinks` goes: gives those that nobody writes to any more.
    pub fn release(&self, sinks: u64) -> Vec<Arc<Sink>> {
        self.sinks.release(sinks)
    }

    /// Closes what nobody writes to any more.
    pub fn dismiss_sinks(&mut self, sinks: Vec<Arc<Sink>>, pipeline: &Pipeline) {
        for gone in sinks {
            self.close(gone, true, pipeline);
        }
    }

    /// The sinks of the logger with that number.
    #[inline]
    pub fn sinks_of(&self, origin: u32) -> u64 {
        match self.origins.get(origin as usize) {
            Some(Some(_)) => self.sets.get(origin as usize).copied().unwrap_or(0),
            _ => 0,
        }
    }

    /// Offers a record to every sink of its logger; gives the set of those that wanted it, and whether one keeps it
    /// back. In `offering` stands the place of the sink that it is offered to.
    #[inline]
    pub fn offer(
        &mut self,
        ring: usize,
        unix_ns: i64,
        record: &Record<'_>,
        report: impl FnMut(Error),
        offering: &mut usize,
    ) -> (u64, bool) {
        let Some(Some(origin)) = self.origins.get(record.origin as usize) else {
            return (0, false);
        };
        let sinks = self.sets.get(record.origin as usize).copied().unwrap_or(0);
        let is_plain = origin.is_plain && record.extra.is_none();
        if !is_plain {
            self.post = run_post_hooks(
                &origin.post_hooks,
                origin,
                record,
                std::mem::take(&mut self.post),
                report,
            );
        }
        let (mut wanted, mut is_suppressed) = (0, false);
        for (place, desk) in self.desks.iter_mut().enumerate() {
            let Some(desk) = desk.as_mut().filter(|_| sinks >> place & 1 == 1) else {
                continue;
            };
            *offering = place;
            let offered = if is_plain && desk.is_plain() {
                desk.offer_plain(record.level, unix_ns, record.message)
            } else {
                let post = if is_plain { Fields::default() } else { Fields::new(&self.post) };
                desk.offer(&event(origin, record, unix_ns, post, &self.threads[ring]))
            };
            wanted |= u64::from(offered == Offered::Wanted) << place;
            is_suppressed |= offered == Offered::Suppressed;
            self.pending = self.pending.max(desk.pending_bytes());
        }
        (wanted, is_suppressed)
    }

    /// Whether the logger with that number has been seen.
    pub fn knows(&self, origin: u32) -> bool {
        self.origins.get(origin as usize).is_some_and(Option::is_some)
    }

    /// The sinks that are files, by the sums of their paths.
    pub fn files(&self, sums: &[u64]) -> u64 {
        let desks = self.desks.iter().enumerate().filter(|_| !sums.is_empty());
        let is_it = |desk: &Desk| desk.sink.path_sum().is_some_and(|sum| sums.contains(&sum));
        let found = desks.filter(|(_, desk)| desk.as_ref().is_some_and(is_it));
        found.fold(0, |set, (place, _)| set | 1 << place)
    }

    /// Offers a record that a dead process left to the sinks of `set`, as if the logger `root` had logged it: its
    /// post-hooks run. Gives what [`offer`](Self::offer) does.
    pub fn offer_left(
        &mut self,
        root: u32,
        set: u64,
        left: &Left<'_>,
        report: impl FnMut(Error),
        offering: &mut usize,
    ) -> (u64, bool) {
        let Some(Some(root)) = self.origins.get(root as usize) else { return (0, false) };
        let memory = std::mem::take(&mut self.post);
        self.post = run_post_hooks(&root.post_hooks, left.origin, &left.record, memory, report);
        let post = Fields::new(&self.post);
        let event = left.event(post);
        let (mut wanted, mut is_suppressed) = (0, false);
        for (place, desk) in self.desks.iter_mut().enumerate() {
            let Some(desk) = desk.as_mut().filter(|_| set >> place & 1 == 1) else { continue };
            *offering = place;
            let offered = desk.offer(&event);
            wanted |= u64::from(offered == Offered::Wanted) << place;
            is_suppressed |= offered == Offered::Suppressed;
            self.pending = self.pending.max(desk.pending_bytes());
        }
        (wanted, is_suppressed)
    }

    /// Every desk.
    pub fn desks(&self) -> impl Iterator<Item = &Desk> {
        self.desks.iter().flatten()
    }

    /// Does something at every desk, with its place.
    pub fn each_place(&mut self, mut at: impl FnMut(usize, &mut Desk)) {
        for (place, desk) in self.desks.iter_mut().enumerate() {
            if let Some(desk) = desk {
                at(place, desk);
            }
        }
    }

    /// Does something at the desks of `set`.
    pub fn each(&mut self, set: u64, mut at: impl FnMut(&mut Desk)) {
        self.each_place(|place, desk| {
            if set >> place & 1 == 1 {
                at(desk);
            }
        });
    }

    /// Lets destinations that failed be tried again whose time has come.
    pub fn retry(&mut self, now: Instant) {
        for desk in self.desks().filter(|desk| desk.sink.is_resting()) {
            desk.sink.retry(Some(now));
        }
    }

    /// The most bytes that waited at any desk since the round began.
    #[inline]
    pub fn pending_bytes(&self) -> usize {
        self.pending
    }

    /// A round begins: nothing waits. True if no sink has room for more, so that nothing is to be taken.
    pub fn begin_round(&mut self) -> bool {
        self.pending = 0;
        let mut is_blocked = !self.desks.is_empty();
        for desk in self.desks.iter_mut().flatten() {
            is_blocked &= desk.begin_round();
        }
        is_blocked
    }

    /// Whether a sink with a thread of its own is to be sent something.
    pub fn sends_anything(&self) -> bool {
        let mut desks = self.desks().filter(|desk| desk.sink.outbox().is_some());
        desks.any(|desk| desk.offered() > 0 || desk.has_errand())
    }

    /// Lets no sink wait for more lines.
    pub fn hurry(&self) {
        self.desks().filter_map(|desk| desk.sink.outbox()).for_each(|outbox| outbox.hurry());
    }

    /// Lets sinks say what they kept back, where it is time for that.
    pub fn tick(&mut self) {
        for desk in self.desks.iter_mut().flatten().filter(|desk| desk.next_due().is_some()) {
            desk.tick(crate::clock::unix_ns());
        }
    }

    /// How long it is until one of them has something to say.
    pub fn next_tick(&self) -> Option<Duration> {
        let due = self.desks().filter_map(Desk::next_due).min()?;
        let left = due.saturating_sub(crate::clock::unix_ns());
        Some(Duration::from_nanos(u64::try_from(left).unwrap_or(0)))
    }

    /// Does what is due at the sinks.
    pub fn tend(&self, faults: &Faults) {
        self.desks().for_each(|desk| desk.sink.tend_if_due(faults));
    }

    /// Whether the thread of a sink that was closed has ended.
    pub fn has_left(&self) -> bool {
        self.sinks.has_left()
    }

    /// Lets such sinks go.
    pub fn let_go(&self) {
        self.sinks.dismiss();
    }

    /// This was the last worker: lets the threads of all sinks end, and waits for that.
    pub fn end(&self) {
        self.sinks.end();
    }

    /// Waits until the threads of all sinks that were closed have ended.
    pub fn join(&self) {
        let open = self.desks().filter_map(|desk| desk.sink.outbox());
        open.filter(|outbox| outbox.is_closing()).for_each(Outbox::join);
        self.sinks.join_leaving();
    }
}

/// A record with everything that it is looked up in.
fn event<'a>(
    origin: &'a Origin,
    record: &Record<'a>,
    unix_ns: i64,
    post: Fields<'a>,
    thread: &'a Thread,
) -> Event<'a> {
    Event {
        unix_ns,
        level: record.level,
        message: record.message,
        is_template: record.is_template(),
        fields: Layers {
            base: Fields::new(&origin.base),
            base_id: origin.base_id,
            own: record.extra.fields,
            post,
        },
        logger: &origin.name,
        source: if record.extra.source == 0 { None } else { source::place(record.extra.source) },
        thread,
        seq: 0, // each sink counts for itself
    }
}

/// The fields that the hooks add, in the memory of `added`.
fn run_post_hooks(
    hooks: &[Named],
    origin: &Origin,
    record: &Record<'_>,
    mut added: Vec<u8>,
    report: impl FnMut(Error),
) -> Vec<u8> {
    added.clear();
    if hooks.is_empty() {
        return added;
    }
    let view = HookRecord::new(record.level, record.message, &origin.name, true);
    let view = view.with(Fields::new(&origin.base), record.extra.fields);
    let mut view = view.adding_to(added);
    hook::run(hooks, &mut view, report);
    view.into_added()
}
