//! The ports of this thread: found by handle, made at the first message, given up with the thread.
#![expect(
    unsafe_code,
    reason = "a thread-local pointer instead of a checked borrow on the fast path"
)]

use super::Handle;
use super::core::Core;
use super::port::Port;
use crate::error::Code;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// How many loggers a thread can alternate between on the fast path; a power of two.
const FAST: usize = 4;

thread_local! {
    /// The ports used last, by the low bits of the handle. No destructor: usable as long as the thread runs.
    static RECENT: [Cell<*const Port>; FAST] = const { [const { Cell::new(std::ptr::null()) }; FAST] };
    /// All ports of the thread; each is in a box, so that its address stays.
    static OWNED: RefCell<Owned> = const { RefCell::new(Owned { ports: Vec::new() }) };
}

struct Owned {
    #[expect(clippy::vec_box, reason = "RECENT points to them")]
    ports: Vec<Box<Port>>,
}

impl Owned {
    /// Gives up ports.
    fn remove(&mut self, gone: impl Fn(&Port) -> bool) {
        self.ports.retain(|port| {
            let keep = !gone(port);
            if !keep {
                RECENT.with(|recent| {
                    let cell = &recent[port.id as usize % FAST];
                    if std::ptr::eq(cell.get(), &**port) {
                        cell.set(std::ptr::null());
                    }
                });
            }
            keep
        });
    }
}

impl Drop for Owned {
    /// The thread ends: its rings are given up when what is in them is written.
    fn drop(&mut self) {
        RECENT.with(|recent| recent.iter().for_each(|cell| cell.set(std::ptr::null())));
    }
}

/// Runs `write` with the port of logger `id`, if it was used lately.
#[inline(always)]
pub fn fast<R>(id: u64, write: impl FnOnce(&Port) -> R) -> Option<R> {
    RECENT.with(|recent| {
        let port = recent[id as usize % FAST].get();
        // SAFETY: `RECENT` holds only addresses of boxes in this thread's `OWNED`, and is cleared before
        // one of them is freed (`remove`, `Owned::drop`); a port under way is not freed (`is_dead`).
        let port = unsafe { port.as_ref() }?;
        if port.id == id { Some(write(port)) } else { None }
    })
}

/// Runs `write` with the port of a logger, which is made if there is none.
#[cold]
pub fn slow<R>(handle: Handle, write: impl FnOnce(&Port) -> R) -> Result<R, Code> {
    let id = handle.id();
    let found = OWNED.try_with(|owned| {
        // Borrowed only if a signal handler interrupted the lines below.
        let mut owned = owned.try_borrow_mut().map_err(|_| Code::WouldDeadlock)?;
        if let Some(port) = owned.ports.iter().find(|port| port.id == id) {
            return Ok(remember(port));
        }
        let core = handle.core()?;
        let port = Box::new(Port::new(&core).map_err(|code| core.pipeline.refuse(code))?);
        // Loggers that are no more.
        owned.remove(Port::is_dead);
        let address = remember(&port);
        owned.ports.push(port);
        Ok(address)
    });
    match found {
        // SAFETY: the box was just found or put into this thread's `OWNED`; see `fast`.
        Ok(port) => Ok(write(unsafe { &*port? })),
        // The thread's ports are gone already: a destructor of the thread logs. A port for one message.
        Err(_) => {
            let core = handle.core()?;
            let port = Port::new(&core).map_err(|code| core.pipeline.refuse(code))?;
            Ok(write(&port))
        }
    }
}

fn remember(port: &Port) -> *const Port {
    RECENT.with(|recent| recent[port.id as usize % FAST].set(port));
    port
}

/// Whether this thread's port of logger `id` leads to another process's pipeline.
pub fn is_stale(id: u64, core: &Core) -> bool {
    let check = |owned: &RefCell<Owned>| {
        owned.try_borrow().is_ok_and(|owned| {
            let mut ports = owned.ports.iter().filter(|port| port.id == id);
            ports.any(|port| !Arc::ptr_eq(&port.pipeline, &core.pipeline))
        })
    };
    OWNED.try_with(check).unwrap_or(false)
}

/// Gives up this thread's port of logger `id`.
pub fn forget(id: u64) {
    // Gone already, or in use further down this stack: then a later sweep frees it.
    let _ = OWNED.try_with(|owned| {
        if let Ok(mut owned) = owned.try_borrow_mut() {
            owned.remove(|port| port.id == id);
        }
    });
}
