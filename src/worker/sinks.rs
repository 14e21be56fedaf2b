//! The sinks of a logger: who writes to which, and how they come and go while it runs.

use super::requests::Requests;
use crate::account::{SinkAccount, SinkStats};
use crate::clock::Counter;
use crate::config::MAX_SINKS;
use crate::error::{Code, Error, Text};
use crate::fork::Lock;
use crate::origin::Origin;
use crate::sink::{Opened, Outbox, Request, Sink, Store};
use crate::sync::{Mutex, lock};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The sinks of a logger and of everything derived from it, by place. A child of `fork` finds them here.
pub struct Sinks {
    /// Its memory is there from the beginning, and a place changes by one word: a fork in the middle of that
    /// leaves the child a list that it can read.
    list: Lock<Vec<Option<Arc<Entry>>>>,
    /// Places of sinks that were replaced, and the workers that may still write to them, as a set of bits. Locked
    /// before the list, never inside.
    retiring: Mutex<Vec<(usize, u64)>>,
    /// Those that the host pulls from, also when nobody writes to them any more, until everything is taken.
    pub(super) pulled: Mutex<Vec<Arc<Sink>>>,
    /// Those that nobody writes to any more and whose own threads may not have ended.
    leaving: Mutex<Vec<Arc<Sink>>>,
    /// No thread of a sink is to be started any more. Held while any is.
    ended: Mutex<bool>,
    changes: AtomicU64,
    /// What they were asked for.
    pub(super) requests: Requests,
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
        Self {
            list: Lock::new(Vec::with_capacity(MAX_SINKS)),
            retiring: Mutex::new(Vec::new()),
            pulled: Mutex::new(Vec::new()),
            leaving: Mutex::new(Vec::new()),
            ended: Mutex::new(false),
            changes: AtomicU64::new(0),
            requests: Requests::new(),
        }
    }

    /// The same destinations for a child of `fork`: nothing is written to them yet, and nobody uses them. Those that were
    /// replaced, and that a worker of the parent has still to give up, are not among them.
    pub fn reborn(&self) -> Self {
        let again = |entry: &Option<Arc<Entry>>| {
            let entry = entry.as_ref().filter(|entry| !entry.sink.is_replaced())?;
            Some(Entry::new(entry.sink.opened()))
        };
        let reborn = Self::new();
        let list: Vec<_> =
            self.list.with(|list| list.iter().map(again).collect()).unwrap_or_default();
        let sinks: Vec<_> = list.iter().flatten().map(|entry| Arc::clone(&entry.sink)).collect();
        lock(&reborn.pulled).extend(sinks.into_iter().filter(|sink| sink.is_pulled()));
        reborn.list.with(|reborn| reborn.extend(list));
        reborn
    }

    /// Adds sinks; gives their places as a set.
    ///
    /// # Errors
    /// [`Code::Limit`] if there are too many, [`Code::Sink`] for a name to pull by that there is already: then none
    /// was added.
    pub fn add(&self, opened: Vec<Opened>) -> Result<u64, Error> {
        let entries: Vec<Arc<Entry>> = opened.into_iter().map(Entry::new).collect();
        let joined = self.join_pulled(entries.iter().map(|entry| &entry.sink))?;
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
        self.changed();
        if !matches!(places, Some(Ok(_))) {
            self.leave_pulled(&joined);
        }
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
    ///
    /// # Errors
    /// [`Code::Thread`]; [`Code::Stopped`] after the [`end`](Self::end).
    pub fn start(&self, start: impl Fn(&Arc<Sink>) -> io::Result<()>) -> Result<(), Error> {
        let ended = lock(&self.ended);
        if *ended {
            return Err(Code::Stopped.into());
        }
        let started = self.entries().iter().flatten().try_for_each(|entry| start(&entry.sink));
        started.map_err(|error| {
            let why = format_args!("cannot start the thread of a sink");
            Error::os(Code::Thread, "logger", why, &error)
        })
    }

    /// Lets the threads of all sinks end, and waits for that. No other is started.
    pub fn end(&self) {
        *lock(&self.ended) = true;
        let entries = self.entries();
        let outboxes = || entries.iter().flatten().filter_map(|entry| entry.sink.outbox());
        outboxes().filter(|outbox| !outbox.is_closing()).for_each(Outbox::close);
        outboxes().for_each(Outbox::join);
    }

    /// Cuts the pauses of all sinks' threads short.
    pub fn wake_all(&self) {
        let entries = self.entries();
        entries.iter().flatten().filter_map(|entry| entry.sink.outbox()).for_each(Outbox::wake);
        lock(&self.leaving).iter().filter_map(|sink| sink.outbox()).for_each(Outbox::wake);
    }

    /// Whether the thread of a sink that nobody writes to any more has ended.
    pub fn has_left(&self) -> bool {
        lock(&self.leaving).iter().any(|sink| has_ended(sink))
    }

    /// Lets such sinks go.
    pub fn dismiss(&self) {
        let mut ended = Vec::new();
        lock(&self.leaving).retain(|sink| {
            let has_ended = has_ended(sink);
            ended.extend(has_ended.then(|| Arc::clone(sink)));
            !has_ended
        });
        ended.iter().filter_map(|sink| sink.outbox()).for_each(Outbox::join);
    }

    /// Waits until the threads of all sinks that nobody writes to any more have ended.
    pub fn join_leaving(&self) {
        let leaving = lock(&self.leaving).clone(); // and there they stay, to be woken
        let outboxes = leaving.iter().filter_map(|sink| sink.outbox());
        // One that a panic kept from being closed never ends.
        outboxes.filter(|outbox| outbox.is_closing()).for_each(Outbox::join);
        self.dismiss();
    }

    /// Nobody writes to that sink any more: it is about to be closed. Called before it is taken out of the list, so
    /// that who looks there and then here finds it.
    fn leaves(&self, sink: &Arc<Sink>) {
        if sink.has_thread() {
            lock(&self.leaving).push(Arc::clone(sink));
        }
    }

    /// Asks the files of `set` for something, after every record that `counter` stamped. The workers, so many, are to be
    /// woken for it. False if too many such requests wait.
    pub fn ask(&self, set: u64, request: Request, counter: Counter, workers: usize) -> bool {
        let entries = self.entries();
        let asked = each(set, entries.len()).filter_map(|place| entries[place].as_ref());
        let files = asked.map(|entry| &entry.sink).filter(|sink| sink.is_file());
        let files: Vec<_> = files.map(Arc::clone).collect();
        files.is_empty() || self.requests.ask(request, files, counter, workers)
    }

    /// Whether every file has done what it was asked for.
    pub fn have_obeyed(&self) -> bool {
        self.requests.are_obeyed()
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
                    self.leaves(&entry.sink);
                    gone.extend(list[place].take().map(|entry| Arc::clone(&entry.sink)));
                }
            }
            gone
        });
        self.changed();
        gone.unwrap_or_default()
    }

    /// The same by somebody other than a worker: closes those.
    pub fn give_up(&self, set: u64) {
        let gone = self.release(set);
        gone.iter().filter_map(|sink| sink.outbox()).for_each(Outbox::close);
    }

    /// Every origin that writes to all sinks of `old` writes to those of `new` instead. The workers give up the
    /// others one after the other, and the last one closes them.
    pub fn replace<'a>(
        &self,
        origins: impl Iterator<Item = &'a Origin>,
        old: u64,
        new: u64,
        workers: usize,
    ) {
        let (gone, added) = (old & !new, new & !old);
        let all_workers = u64::MAX.checked_shr(64 - workers as u32).unwrap_or(0);
        let mut retiring = lock(&self.retiring);
        self.list.with(|list| {
            for origin in origins.filter(|origin| origin.sinks() & old == old) {
                origin.set_sinks(origin.sinks() & !gone | added);
                for entry in each(added, list.len()).filter_map(|place| list[place].as_ref()) {
                    entry.users.fetch_add(1, Ordering::Relaxed); // the lock orders it
                }
            }
            for place in each(gone, list.len()) {
                let succeeds = |entry: &Arc<Entry>, it: &Entry| entry.sink.succeeds(&it.sink);
                let mut added = each(added, list.len()).filter_map(|place| list[place].as_ref());
                let entry = list[place].as_ref();
                entry.inspect(|it| it.sink.replace(added.any(|entry| succeeds(entry, it))));
                retiring.push((place, all_workers));
            }
        });
        drop(retiring);
        self.changed();
    }

    /// A worker has given up every sink that was replaced: gives those, and for each whether it was the last one.
    pub fn retire(&self, worker: usize) -> Vec<(Arc<Sink>, bool)> {
        let mut done = Vec::new();
        lock(&self.retiring).retain_mut(|(place, workers)| {
            if *workers >> worker & 1 == 1 {
                *workers &= !(1 << worker);
                let is_last = *workers == 0;
                let entry = self.list.with(|list| {
                    let entry = list[*place].clone();
                    if is_last {
                        entry.iter().for_each(|entry| self.leaves(&entry.sink));
                        list[*place] = None;
                    }
                    entry
                });
                done.extend(entry.flatten().map(|entry| (Arc::clone(&entry.sink), is_last)));
            }
            *workers != 0
        });
        done
    }

    /// The account of the `index`th sink of `set`: those of `first` come in that order, and then the others.
    pub fn stats(&self, set: u64, first: &[usize], index: usize) -> Option<SinkStats> {
        let found = self.list.with(|list| {
            let is_there = |place: &usize| {
                set >> place & 1 == 1 && list.get(*place).is_some_and(Option::is_some)
            };
            let others = each(set, list.len()).filter(|place| !first.contains(place));
            let all = first.iter().copied().chain(others);
            let place = all.filter(is_there).nth(index)?;
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
        lock(&self.pulled).clear();
    }

    /// Whether anybody still writes to that sink.
    pub(super) fn is_listed(&self, sink: &Arc<Sink>) -> bool {
        let is_it = |entry: &Option<Arc<Entry>>| {
            entry.as_ref().is_some_and(|entry| Arc::ptr_eq(&entry.sink, sink))
        };
        self.list.with(|list| list.iter().any(is_it)).unwrap_or(true)
    }

    /// How often the list changed: a worker compares it with what it knows.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire) // pairs with the Release in `changed`
    }

    fn changed(&self) {
        // Release: who sees the change finds it in the list, and in the origins.
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// The sinks by place.
    pub fn list(&self) -> Vec<Option<Arc<Sink>>> {
        let sinks = self.entries().into_iter();
        sinks.map(|entry| entry.map(|entry| Arc::clone(&entry.sink))).collect()
    }

    fn entries(&self) -> Vec<Option<Arc<Entry>>> {
        self.list.with(|list| list.clone()).unwrap_or_default()
    }
}

fn has_ended(sink: &Sink) -> bool {
    sink.outbox().is_none_or(Outbox::is_over)
}

/// The places in a set that are below `len`.
fn each(set: u64, len: usize) -> impl Iterator<Item = usize> {
    (0..len.min(64)).filter(move |place| set >> place & 1 == 1)
}
