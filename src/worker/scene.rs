//! What a record is looked up in: its logger, its thread, its place in the program; and who wants it.

use crate::account::{SinkAccount, SinkStats};
use crate::config::MAX_SINKS;
use crate::error::{Code, Error, Text};
use crate::fault::Faults;
use crate::field::Fields;
use crate::fork::Lock;
use crate::hook::{self, HookRecord};
use crate::origin::Origin;
use crate::queue::{Pipeline, Ring};
use crate::record::{Event, Layers, Record, Thread};
use crate::sink::{Desk, Offered, Opened, Outbox, Request, Sink, Store};
use crate::source;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The sinks of a logger and of everything derived from it, by place. A child of `fork` finds them here.
pub struct Sinks {
    /// Its memory is there from the beginning, and a place changes by one word: a fork in the middle of that
    /// leaves the child a list that it can read.
    list: Lock<Vec<Option<Arc<Entry>>>>,
    changes: AtomicU64,
}

struct Entry {
    name: Text<64>,
    account: Arc<SinkAccount>,
    sink: Arc<Sink>,
    /// How many loggers write to it. Changed under the lock of the list.
    users: AtomicUsize,
}

impl Entry {
    fn new(opened: Opened) -> Arc<Self> {
        let (name, account) = (opened.name, Arc::<SinkAccount>::default());
        let sink = Arc::new(Sink::new(opened, Arc::clone(&account)));
        Arc::new(Self { name, sink, account, users: AtomicUsize::new(0) })
    }
}

impl Sinks {
    /// None yet.
    pub fn new() -> Self {
        Self { list: Lock::new(Vec::with_capacity(MAX_SINKS)), changes: AtomicU64::new(0) }
    }

    /// The same destinations for a child of `fork`: nothing is written to them yet, and nobody uses them.
    pub fn reborn(&self) -> Self {
        let again = |entry: &Option<Arc<Entry>>| Some(Entry::new(entry.as_ref()?.sink.opened()));
        let reborn = Self::new();
        let list: Vec<_> =
            self.list.with(|list| list.iter().map(again).collect()).unwrap_or_default();
        reborn.list.with(|reborn| reborn.extend(list));
        reborn
    }

    /// Adds sinks; gives their places as a set.
    ///
    /// # Errors
    /// [`Code::Limit`] if there are too many: then none was added.
    pub fn add(&self, opened: Vec<Opened>) -> Result<u64, Error> {
        let entries: Vec<Arc<Entry>> = opened.into_iter().map(Entry::new).collect();
        let places = self.list.with(|list| {
            if list.iter().flatten().count() + entries.len() > MAX_SINKS {
                return Err(entries);
            }
            let mut places = 0;
            for entry in entries {
                let place = list.iter().position(Option::is_none).unwrap_or(list.len());
                if place == list.len() {
                    list.push(None);
                }
                list[place] = Some(entry);
                places |= 1 << place;
            }
            Ok(places)
        });
        // Release: pairs with the Acquire in `Scene::update`.
        self.changes.fetch_add(1, Ordering::Release);
        // The entries that were not taken are dropped here, outside of the lock: that may call the host.
        places.and_then(Result::ok).ok_or_else(|| {
            Error::new(
                Code::Limit,
                "config",
                format_args!(
                    "a logger and all that is derived from it have at most {MAX_SINKS} sinks"
                ),
            )
        })
    }

    /// Starts the threads of those sinks that have one of their own and no thread yet.
    pub fn start(&self, start: impl Fn(&Arc<Sink>) -> io::Result<()>) -> Result<(), Error> {
        let started = self.entries().iter().flatten().try_for_each(|entry| start(&entry.sink));
        started.map_err(|error| {
            let why = format_args!("cannot start the thread of a sink");
            Error::os(Code::Thread, "logger", why, &error)
        })
    }

    /// Lets the threads of all sinks end, and waits for that: for a logger that never began.
    pub fn end(&self) {
        for entry in self.entries().iter().flatten() {
            entry.sink.outbox().into_iter().for_each(Outbox::close);
            entry.sink.outbox().into_iter().for_each(Outbox::join);
        }
    }

    /// Asks the sinks of `set` for something. True if a worker must be woken for it.
    pub fn ask(&self, set: u64, request: Request) -> bool {
        let entries = self.entries();
        let asked = each(set, entries.len()).filter_map(|place| entries[place].as_ref());
        asked.map(|entry| entry.sink.ask(request)).fold(false, |any, one| any | one)
    }

    /// One more logger writes to the sinks of `set`.
    pub fn use_all(&self, set: u64) {
        self.list.with(|list| {
            for place in each(set, list.len()) {
                if let Some(entry) = &list[place] {
                    entry.users.fetch_add(1, Ordering::Relaxed); // the lock orders it
                }
            }
        });
    }

    /// One logger less writes to the sinks of `set`; gives those that nobody writes to any more.
    pub fn release(&self, set: u64) -> Vec<Arc<Sink>> {
        let gone = self.list.with(|list| {
            let mut gone = Vec::new();
            for place in each(set, list.len()) {
                let Some(entry) = &list[place] else { continue };
                // Relaxed: the lock orders it.
                if entry.users.fetch_sub(1, Ordering::Relaxed) == 1 {
                    gone.extend(list[place].take().map(|entry| Arc::clone(&entry.sink)));
                }
            }
            gone
        });
        self.changes.fetch_add(1, Ordering::Release); // as in `add`
        gone.unwrap_or_default()
    }

    /// The account of the `index`th sink of `set`.
    pub fn stats(&self, set: u64, index: usize) -> Option<SinkStats> {
        let found = self.list.with(|list| {
            let place = each(set, list.len()).filter(|&place| list[place].is_some()).nth(index)?;
            list[place].clone()
        });
        found.flatten().map(|entry| entry.account.read(&entry.name))
    }

    /// What the sink `memory:NAME` of `set` keeps.
    pub fn store(&self, set: u64, name: &str) -> Option<Arc<Store>> {
        let name = Text::<64>::format(format_args!("memory:{name}"));
        let found = self.list.with(|list| {
            let mut sinks = each(set, list.len()).filter_map(|place| list[place].as_ref());
            sinks.find_map(|entry| entry.sink.store().filter(|_| entry.name == name).cloned())
        });
        found.flatten()
    }

    /// Lets all destinations go.
    pub fn let_go(&self) {
        let gone = self.list.with(std::mem::take);
        drop(gone); // outside of the lock: it may call the host
    }

    fn entries(&self) -> Vec<Option<Arc<Entry>>> {
        self.list.with(|list| list.clone()).unwrap_or_default()
    }
}

/// The places in a set that are below `len`.
fn each(set: u64, len: usize) -> impl Iterator<Item = usize> {
    (0..len.min(64)).filter(move |place| set >> place & 1 == 1)
}

/// What one worker knows.
pub struct Scene {
    sinks: Arc<Sinks>,
    sinks_seen: u64,
    desks: Vec<Option<Desk>>,
    origins: Vec<Option<Arc<Origin>>>,
    origins_seen: u64,
    /// The rings' threads, in the order of the consumers.
    rings: Vec<Arc<Ring>>,
    threads: Vec<Arc<Thread>>,
    names_seen: u64,
    /// The fields of post-hooks, kept for its memory.
    post: Vec<u8>,
    /// The most bytes that wait at any desk.
    pending: usize,
    /// Sinks that were closed and whose own threads may not have ended.
    leaving: Vec<Arc<Sink>>,
}

impl Scene {
    /// Knows nothing yet.
    pub fn new(sinks: Arc<Sinks>) -> Self {
        Self {
            sinks,
            sinks_seen: u64::MAX,
            desks: Vec::new(),
            origins: Vec::new(),
            origins_seen: 0,
            rings: Vec::new(),
            threads: Vec::new(),
            names_seen: 0,
            post: Vec::new(),
            pending: 0,
            leaving: Vec::new(),
        }
    }

    /// How often the loggers had changed when they were last looked at.
    pub fn changes(&self) -> u64 {
        self.origins_seen
    }

    /// Looks at what changed; gives the numbers of loggers that were given back.
    pub fn update(&mut self, pipeline: &Pipeline, worker: usize) -> Vec<u32> {
        // Acquire: pairs with the Release in `Sinks::add`.
        let sinks = self.sinks.changes.load(Ordering::Acquire);
        if sinks != self.sinks_seen {
            self.sinks_seen = sinks;
            self.open_desks();
        }
        // Acquire: pairs with the Release of who renamed.
        let renamed = pipeline.renamed.load(Ordering::Acquire);
        if renamed != self.names_seen {
            self.names_seen = renamed;
            self.threads = self.rings.iter().map(|ring| ring.thread()).collect();
        }
        if pipeline.origins.changes() == self.origins_seen {
            return Vec::new();
        }
        pipeline.origins.update(worker, &mut self.origins_seen, &mut self.origins)
    }

    #[cold]
    fn open_desks(&mut self) {
        let list = self.sinks.entries();
        self.desks.resize_with(list.len(), || None);
        for (desk, entry) in self.desks.iter_mut().zip(list.iter()) {
            match entry {
                Some(entry)
                    if !desk.as_ref().is_some_and(|it| Arc::ptr_eq(&it.sink, &entry.sink)) =>
                {
                    *desk = Some(Desk::new(Arc::clone(&entry.sink)));
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

    /// A logger that wrote to `sinks` is gone: what nobody writes to any more is closed.
    pub fn dismiss_sinks(&mut self, sinks: u64, pipeline: &Pipeline) {
        let now = crate::clock::unix_ns();
        for gone in self.sinks.release(sinks) {
            let desk = self
                .desks
                .iter_mut()
                .find(|desk| desk.as_ref().is_some_and(|desk| Arc::ptr_eq(&desk.sink, &gone)));
            if let Some(mut desk) = desk.and_then(Option::take) {
                let (gap_lines, _) = desk.close(now, &pipeline.faults, true);
                pipeline.account.gap_lines(gap_lines);
                self.leaving.extend(gone.outbox().is_some().then_some(gone));
            }
        }
    }

    /// The sinks of the logger with that number.
    #[inline]
    pub fn sinks_of(&self, origin: u32) -> u64 {
        match self.origins.get(origin as usize) {
            Some(Some(origin)) => origin.sinks,
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
        let is_plain = origin.is_plain && record.extra.is_none();
        if !is_plain {
            self.post = run_post_hooks(origin, record, std::mem::take(&mut self.post), report);
        }
        let (mut wanted, mut is_suppressed) = (0, false);
        for (place, desk) in self.desks.iter_mut().enumerate() {
            let Some(desk) = desk.as_mut().filter(|_| origin.sinks >> place & 1 == 1) else {
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
        for desk in self.desks().filter(|desk| desk.sink.is_shut()) {
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
        desks.any(|desk| desk.offered() > 0 || desk.owes())
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

    /// Lets the threads of all sinks end, when nothing else did.
    pub fn close(&self) {
        let open = self.desks().filter_map(|desk| desk.sink.outbox());
        open.filter(|outbox| !outbox.is_closing()).for_each(Outbox::close);
    }

    /// Waits until the threads of all sinks that were closed have ended.
    pub fn join(&self) {
        let open = self.desks().map(|desk| &desk.sink);
        let closed = open.chain(&self.leaving).filter_map(|sink| sink.outbox());
        closed.filter(|outbox| outbox.is_closing()).for_each(Outbox::join);
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
        // Without a brace there is nothing to render.
        is_template: record.extra.is_template
            && record.message.iter().any(|byte| matches!(byte, b'{' | b'}')),
        fields: Layers {
            base: Fields::new(&origin.base),
            base_id: origin.base_id,
            own: record.extra.fields,
            post,
        },
        logger: &origin.name,
        source: if record.extra.source == 0 { None } else { source::place(record.extra.source) },
        thread,
    }
}

/// The fields that the hooks add, in the memory of `added`.
fn run_post_hooks(
    origin: &Origin,
    record: &Record<'_>,
    mut added: Vec<u8>,
    report: impl FnMut(Error),
) -> Vec<u8> {
    added.clear();
    if origin.post_hooks.is_empty() {
        return added;
    }
    let view = HookRecord::new(record.level, record.message, &origin.name, true);
    let view = view.with(Fields::new(&origin.base), record.extra.fields);
    let mut view = view.adding_to(added);
    hook::run(&origin.post_hooks, &mut view, report);
    view.into_added()
}
