//! The ports of this thread: found by handle, made at the first message, given up with the thread.
//!
//! A signal handler may interrupt any line here and log, so the thread keeps a count of how deep it is
//! inside the library. Nested, a port may be used but none is freed, and nothing waits or locks.
#![expect(
    unsafe_code,
    reason = "a thread-local pointer instead of a checked borrow on the fast path"
)]

use super::Handle;
use super::core::Core;
use super::port::Port;
use super::reins::Reins;
use crate::error::Code;
use crate::fork;
use crate::os::{self, ThreadEnd};
use crate::record::Thread;
use once_cell::race::OnceBox;
use std::cell::{Cell, RefCell};
use std::io;
use std::mem::{ManuallyDrop, take};
use std::ops::Deref;
use std::panic::catch_unwind;
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicUsize, compiler_fence};

/// How many loggers a thread can alternate between on the fast path; a power of two.
const FAST: usize = 4;

/// What a thread knows without a lock, in one cache line. No destructor: usable as long as the thread runs.
#[repr(align(64))]
struct Local {
    /// The ports used last, by the low bits of the handle.
    recent: [Cell<Option<NonNull<Port>>>; FAST],
    /// How many calls of the library are under way on this thread: more than one under a signal handler.
    depth: Cell<u32>,
    /// One of them may hold a lock.
    locking: Cell<bool>,
    /// A hook of the program runs: what it logs passes no hooks.
    hooking: Cell<bool>,
}

thread_local! {
    static LOCAL: Local = const {
        Local {
            recent: [const { Cell::new(None) }; FAST],
            depth: Cell::new(0),
            locking: Cell::new(false),
            hooking: Cell::new(false),
        }
    };
    /// All ports of the thread. No destructor either: `thread_ends` empties it.
    static OWNED: RefCell<ManuallyDrop<Vec<Owner>>> =
        const { RefCell::new(ManuallyDrop::new(Vec::new())) };
    /// The rings of the thread, by root logger: they stay when the port of a derived logger goes.
    static REINS: RefCell<ManuallyDrop<Vec<Rc<Reins>>>> =
        const { RefCell::new(ManuallyDrop::new(Vec::new())) };
    /// Which of all threads that logged this one is, from 1.
    static NUMBER: Cell<usize> = const { Cell::new(0) };
}

/// What the log says of a thread, and the process for which that holds.
type Known = Option<(u64, Arc<Thread>)>;

thread_local! {
    /// What is known of this thread.
    static THREAD: RefCell<ManuallyDrop<Known>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
}

/// Tells when a thread ends that has a port.
static THREAD_END: OnceBox<ThreadEnd> = OnceBox::new();

/// What this thread knows.
#[inline(always)]
fn local() -> &'static Local {
    let local = LOCAL.with(ptr::from_ref);
    // SAFETY: it has no destructor, so it is there as long as the thread runs, and the reference cannot leave
    // the thread: a `Cell` is not `Sync`.
    unsafe { &*local }
}

/// Prepares the process.
pub fn init() -> io::Result<()> {
    THREAD_END.get_or_try_init(|| ThreadEnd::new().map(Box::new)).map(|_| ())
}

/// Lets `thread_ends` run when this thread ends.
fn arm() {
    if let Some(end) = THREAD_END.get() {
        end.arm(thread_ends);
    }
}

/// The thread ends: its rings are given up when what is in them is written. A destructor that logs later
/// gets a new port and arms this again.
fn thread_ends() {
    // A panic here would end the process; what it leaves is a queue that stays until the logger is freed.
    let _ = catch_unwind(|| {
        if let Ok(_locking) = locking() {
            let ports =
                OWNED.with(|owned| owned.try_borrow_mut().map(|mut owned| take(&mut **owned)));
            drop(ports);
            let reins =
                REINS.with(|reins| reins.try_borrow_mut().map(|mut reins| take(&mut **reins)));
            drop(reins);
            let thread =
                THREAD.with(|known| known.try_borrow_mut().map(|mut known| take(&mut **known)));
            drop(thread);
        }
    });
}

/// A call of the library is under way on this thread, until this is dropped.
struct Inside<'a>(&'a Cell<u32>);

impl<'a> Inside<'a> {
    #[inline(always)]
    fn new(depth: &'a Cell<u32>) -> Self {
        depth.set(depth.get() + 1);
        compiler_fence(SeqCst); // a handler on this thread sees the depth before anything is used
        Self(depth)
    }
}

impl Drop for Inside<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        compiler_fence(SeqCst); // as above: nothing is used after it
        self.0.set(self.0.get() - 1);
    }
}

/// A call that may lock or wait is under way on this thread, until this is dropped.
pub struct Locking(());

impl Drop for Locking {
    fn drop(&mut self) {
        compiler_fence(SeqCst);
        let local = local();
        local.locking.set(false);
        local.depth.set(local.depth.get() - 1);
    }
}

/// Begins a call that may lock or wait. Refused in a signal handler that interrupted another call: the
/// interrupted one may hold the very lock.
pub fn locking() -> Result<Locking, Code> {
    let local = local();
    if local.depth.get() > 0 {
        return Err(Code::WouldDeadlock);
    }
    local.depth.set(1);
    local.locking.set(true);
    compiler_fence(SeqCst); // as in `Inside::new`
    Ok(Locking(()))
}

/// Runs hooks of the program, unless one is running on this thread.
pub fn while_hooking(hooks: impl FnOnce()) {
    struct Over;
    impl Drop for Over {
        fn drop(&mut self) {
            local().hooking.set(false);
        }
    }
    if !local().hooking.replace(true) {
        let _over = Over;
        hooks();
    }
}

/// What the log says of this thread.
pub fn this_thread() -> Arc<Thread> {
    let make = || {
        let (id, name) = os::this_thread();
        Arc::new(Thread { id, name: name.into() })
    };
    THREAD.with(|known| {
        let Ok(mut known) = known.try_borrow_mut() else { return make() };
        let process = fork::generation();
        match &**known {
            Some((of, thread)) if *of == process => Arc::clone(thread),
            known_before => {
                // In a child of `fork` the name stays and the number is another.
                let named = known_before.as_ref().map(|(_, thread)| thread.name.clone());
                let fresh = make();
                let name = named.unwrap_or_else(|| fresh.name.clone());
                let thread = Arc::new(Thread { id: fresh.id, name });
                **known = Some((process, Arc::clone(&thread)));
                arm(); // a thread may have a name and never a port
                thread
            }
        }
    })
}

/// Which of all threads that logged this one is: the same for good.
pub fn this_thread_number() -> usize {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    NUMBER.with(|number| {
        if number.get() == 0 {
            number.set(LAST.fetch_add(1, Relaxed) + 1); // different is enough
        }
        number.get()
    })
}

/// Gives this thread another name in all logs.
pub fn rename_this_thread(_: &Locking, name: &str) {
    let thread = Arc::new(Thread { id: this_thread().id, name: name.into() });
    THREAD.with(|known| {
        if let Ok(mut known) = known.try_borrow_mut() {
            **known = Some((fork::generation(), Arc::clone(&thread)));
        }
    });
    OWNED.with(|owned| {
        if let Ok(owned) = owned.try_borrow() {
            let open = owned.iter().filter(|port| port.gate_is_open());
            open.for_each(|port| port.reins.rename(&thread));
        }
    });
}

/// Whether this thread runs a signal handler that interrupted a call of the library.
pub fn is_nested() -> bool {
    local().depth.get() > 1
}

/// Whether a call of the library is under way on this thread.
pub fn is_inside() -> bool {
    local().depth.get() > 0
}

/// Whether this thread may hold a lock of the library.
pub fn is_locking() -> bool {
    local().locking.get()
}

/// A port on the heap whose address others know.
struct Owner(NonNull<Port>);

impl Deref for Owner {
    type Target = Port;
    fn deref(&self) -> &Port {
        // SAFETY: made of a box by `Owner::new`, which only `drop` frees.
        unsafe { self.0.as_ref() }
    }
}

impl Owner {
    fn new(port: Port) -> Self {
        Self(NonNull::from(Box::leak(Box::new(port))))
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let cell = &local().recent[self.id as usize % FAST];
        if cell.get() == Some(self.0) {
            cell.set(None);
        }
        compiler_fence(SeqCst); // a handler finds it no more before it is freed
        // SAFETY: the box of `Owner::new`; nobody on this thread uses it, since only calls that are not
        // nested drop one, and no other thread knows it.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// A port that was used lately; none is freed while this is there.
pub struct Near {
    port: NonNull<Port>,
    _inside: Inside<'static>,
}

impl Near {
    /// The port of logger `id`, if it was used lately.
    #[inline(always)]
    pub fn find(id: u64) -> Option<Self> {
        let local = local();
        let near = Self {
            _inside: Inside::new(&local.depth),
            port: local.recent[id as usize % FAST].get()?,
        };
        (near.id == id).then_some(near)
    }
}

impl Deref for Near {
    type Target = Port;
    #[inline(always)]
    fn deref(&self) -> &Port {
        // SAFETY: `recent` holds only ports of this thread's `OWNED` and is cleared before one is freed
        // (`Owner::drop`); while `_inside` is there none is, because a call that frees must not be nested.
        unsafe { self.port.as_ref() }
    }
}

/// Runs `write` with the port of a logger, which is made if there is none.
#[cold]
pub fn slow<R>(handle: Handle, write: impl FnOnce(&Port) -> R) -> Result<R, Code> {
    let Ok(locking) = locking() else { return nested(handle.id(), write) };
    let port = OWNED.with(|owned| {
        // Borrowed only if dropping a port led here again.
        let mut owned = owned.try_borrow_mut().map_err(|_| Code::WouldDeadlock)?;
        if let Some(port) = owned.iter().find(|port| port.id == handle.id()) {
            return Ok(remember(port));
        }
        let node = handle.find()?;
        super::has_memory().map_err(|code| node.core.pipeline.refuse(code))?;
        // Loggers that are no more. This call is not nested, so no port is in use.
        owned.retain(|port| !port.is_dead());
        let port = REINS.with(|kept| {
            let mut kept = kept.try_borrow_mut().map_err(|_| Code::WouldDeadlock)?;
            kept.retain(|reins| !reins.is_over());
            let shared = kept.iter().find(|reins| reins.leads_to(&node.core)).map(Rc::clone);
            let is_new = shared.is_none();
            let port = Port::new(&node, shared).map_err(|code| node.core.pipeline.refuse(code))?;
            if is_new {
                kept.push(Rc::clone(&port.reins));
            }
            Ok(port)
        })?;
        let port = Owner::new(port);
        let address = remember(&port);
        owned.push(port);
        arm();
        Ok(address)
    })?;
    // From "may hold a lock" to "is writing", without a moment outside.
    let _inside = Inside::new(&local().depth);
    drop(locking);
    // SAFETY: the port was just found in or put into this thread's `OWNED`; see `fast`.
    Ok(write(unsafe { port.as_ref() }))
}

/// In a signal handler that interrupted another call: no port is made, but one that is there is used.
fn nested<R>(id: u64, write: impl FnOnce(&Port) -> R) -> Result<R, Code> {
    let _inside = Inside::new(&local().depth);
    OWNED.with(|owned| {
        // Borrowed if the handler interrupted the lines that change it.
        let owned = owned.try_borrow().map_err(|_| Code::WouldDeadlock)?;
        let port = owned.iter().find(|port| port.id == id);
        port.map(|port| write(port)).ok_or(Code::WouldDeadlock)
    })
}

fn remember(port: &Owner) -> NonNull<Port> {
    local().recent[port.id as usize % FAST].set(Some(port.0));
    port.0
}

/// Whether this thread's port of logger `id` leads to another process's pipeline.
pub fn is_stale(id: u64, core: &Core) -> bool {
    OWNED.with(|owned| {
        owned.try_borrow().is_ok_and(|owned| {
            let mut ports = owned.iter().filter(|port| port.id == id);
            ports.any(|port| !port.reins.leads_to(core))
        })
    })
}

/// Gives up this thread's port of logger `id`. The caller holds a [`Locking`], so no port is in use.
pub fn forget(_: &Locking, id: u64) {
    OWNED.with(|owned| {
        // Borrowed only if dropping a port led here: then it goes with the thread.
        if let Ok(mut owned) = owned.try_borrow_mut() {
            owned.retain(|port| port.id != id);
        }
    });
    REINS.with(|reins| {
        if let Ok(mut reins) = reins.try_borrow_mut() {
            reins.retain(|reins| !reins.is_over());
        }
    });
}
