//! Ctrl-C while a logging call of the main thread waits: signal handlers of Python run there, and only when
//! somebody asks for it.

use super::Object;
use crate::ffi::guard;
use crate::logger;
use std::cell::Cell;
use std::ffi::c_int;
use std::ptr::null_mut;

/// `PyGILState_Ensure`.
type Ensure = unsafe extern "C" fn() -> c_int;
/// `PyGILState_Release`.
type Release = unsafe extern "C" fn(c_int);
/// `PyErr_CheckSignals`.
type Check = unsafe extern "C" fn() -> c_int;
/// `PyErr_Fetch`.
type Fetch = unsafe extern "C" fn(*mut *mut Object, *mut *mut Object, *mut *mut Object);
/// `PyErr_Restore`.
type Restore = unsafe extern "C" fn(*mut Object, *mut Object, *mut Object);

/// What of CPython is used here.
#[derive(Clone, Copy)]
struct Signals {
    ensure: Ensure,
    check: Check,
    fetch: Fetch,
    release: Release,
    restore: Restore,
}

/// Type, value and traceback; all NULL: none.
type Raised = (*mut Object, *mut Object, *mut Object);
const NOTHING: Raised = (null_mut(), null_mut(), null_mut());

thread_local! {
    static SIGNALS: Cell<Option<Signals>> = const { Cell::new(None) };
    /// What a signal handler raised that the program has not got yet.
    static RAISED: Cell<Raised> = const { Cell::new(NOTHING) };
}

/// Runs the handlers of signals that have come; true if one of them raised.
fn look() -> bool {
    let Some(signals) = SIGNALS.with(Cell::get) else { return false };
    // SAFETY: this thread is one of Python's, which forgets this look before the interpreter ends.
    let lock = unsafe { (signals.ensure)() };
    // SAFETY: the GIL is held.
    let raised = unsafe { (signals.check)() } != 0;
    if raised {
        let (mut kind, mut value, mut trace) = NOTHING;
        // SAFETY: the GIL is held; the three references are this thread's now.
        unsafe { (signals.fetch)(&raw mut kind, &raw mut value, &raw mut trace) };
        RAISED.with(|cell| cell.set((kind, value, trace)));
    }
    // SAFETY: what the call above gave.
    unsafe { (signals.release)(lock) };
    raised
}

/// Has the calling thread run handlers of signals while a logging call waits, about 50 ms apart; any NULL: no
/// more.
///
/// They run outside of everything of the library. If one raises, the call ends as if its time were over, and
/// [`_alog_python_raise`] raises that.
///
/// # Safety
/// Each is the function of CPython that its type names; the thread is the main one, and calls this with NULL before the
/// interpreter ends.
#[unsafe(no_mangle)]
unsafe extern "C" fn _alog_python_look(
    ensure: Option<Ensure>,
    check: Option<Check>,
    fetch: Option<Fetch>,
    release: Option<Release>,
    restore: Option<Restore>,
) {
    guard((), || {
        let signals = (|| {
            let (ensure, check, fetch) = (ensure?, check?, fetch?);
            Some(Signals { ensure, check, fetch, release: release?, restore: restore? })
        })();
        SIGNALS.with(|cell| cell.set(signals));
        logger::register_look(signals.map(|_| look as logger::Look));
    });
}

/// Raises what a handler raised in the last call of this thread, if one did. The GIL is held.
#[unsafe(no_mangle)]
extern "C" fn _alog_python_raise() {
    guard((), || {
        let (kind, value, trace) = RAISED.with(|cell| cell.replace(NOTHING));
        if let (false, Some(signals)) = (kind.is_null(), SIGNALS.with(Cell::get)) {
            // SAFETY: the references that `look` was given, each used once.
            unsafe { (signals.restore)(kind, value, trace) };
        }
    });
}
