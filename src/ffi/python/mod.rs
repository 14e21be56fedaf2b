//! Logging methods that CPython calls as its own: `log.info("...")` without ctypes in between.
//!
//! No C API and not in the header; only the package in `bindings/python` calls these exports, and they may change
//! with any version. Nothing here links to Python. The package asks [`_alog_python_names`] what is needed, hands
//! over the addresses ([`_alog_python_init`]), gets a type to derive its logger from ([`_alog_python_type`]) and
//! descriptors for the methods ([`_alog_python_method`]), and tells each logger its handle
//! ([`_alog_python_attach`]) and each place in the program its number ([`_alog_python_place`]).
//! It refuses what this cannot serve: other interpreters, builds without the GIL, sub-interpreters. All functions are called with the GIL held, and none releases it.
//!
//! | module | what |
//! |---|---|
//! | `api` | what of CPython is used, by address |
//! | `call` | one call: level, message, fields, the queue |
//! | `place` | where in the program it is |
//! | `look` | Ctrl-C while a call waits; for calls by ctypes too |
//!
//! A method does what never waits: it hands over what the queue takes at once. For everything else, and for every
//! argument that is not plain, it calls the method of the same name that is written in Python, with the same
//! arguments, so that there is one place that says what such a call means.
//!
//! Panics stay inside: whatever may panic runs in a guard, and calls no Python. What calls Python is free of
//! panics and of destructors, and `C-unwind`: at the end of a program CPython ends daemon threads that come back
//! for the GIL by unwinding their stack, through these very frames.
#![expect(unsafe_code, reason = "objects of CPython are pointers")]

mod api;
mod call;
mod look;
mod place;

use super::guard;
use crate::logger::Handle;
use api::{Api, Object};
use call::{Logger, METHODS, Manner};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::null_mut;

/// A type may be derived from, and has a tag for the cache of methods: `Py_TPFLAGS_*`.
const TYPE_FLAGS: u32 = 1 << 10 | 1 << 18;
/// `METH_FASTCALL | METH_KEYWORDS`: arguments as an array, names of keywords as a tuple.
const FAST_WITH_KEYWORDS: c_int = 0x80 | 0x02;

/// `PyMethodDef`.
#[repr(C)]
struct MethodDef {
    name: *const c_char,
    method: call::Method,
    flags: c_int,
    doc: *const c_char,
}

/// `PyType_Spec`.
#[repr(C)]
struct TypeSpec {
    name: *const c_char,
    basic_size: c_int,
    item_size: c_int,
    flags: u32,
    slots: *const TypeSlot,
}

/// `PyType_Slot`.
#[repr(C)]
struct TypeSlot {
    slot: c_int,
    value: *mut c_void,
}

/// Gives the names of what is needed of CPython, each behind a blank.
#[unsafe(no_mangle)]
extern "C" fn _alog_python_names() -> *const c_char {
    api::NAMES.as_ptr().cast()
}

/// Takes the addresses of those names, in that order; the same addresses any number of times.
///
/// # Returns
/// NULL if methods can be made now, otherwise why not.
///
/// # Safety
/// `addresses` points to so many addresses, each of the symbol of that name.
#[unsafe(no_mangle)]
unsafe extern "C" fn _alog_python_init(
    addresses: *const *const c_void,
    count: usize,
) -> *const c_char {
    guard(c"internal fault".as_ptr(), || {
        // SAFETY: the caller promises so many addresses.
        let addresses = unsafe { std::slice::from_raw_parts(addresses, count) };
        // SAFETY: the caller promises that they belong to the names.
        match unsafe { Api::init(addresses) } {
            Ok(()) => std::ptr::null(),
            Err(reason) => reason.as_ptr(),
        }
    })
}

/// Makes the type that a logger is derived from.
///
/// # Returns
/// A new reference; NULL with an exception set.
///
/// # Safety
/// `_alog_python_init` has returned NULL; the GIL is held.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn _alog_python_type() -> *mut Object {
    let Some(api) = Api::get() else { return null_mut() };
    let slots = [TypeSlot { slot: 0, value: null_mut() }];
    let spec = TypeSpec {
        name: c"alog._fast.Base".as_ptr(), // CPython keeps this pointer: it must live on
        basic_size: size_of::<Logger>() as c_int,
        item_size: 0,
        flags: TYPE_FLAGS,
        slots: slots.as_ptr(),
    };
    // SAFETY: the address is that of `PyType_FromSpec`, and the structs are those that it takes.
    unsafe { (api.type_from_spec)((&raw const spec).cast()) }
}

/// Makes a descriptor for a method of loggers.
///
/// - `class`: the type that will have it, derived from that of `_alog_python_type`.
/// - `name`: one of the methods that there are; `doc`: what `help` shows, with the signature as CPython has it.
/// - `level`: the type of the levels, a subclass of `int`.
/// - `otherwise`: the function of Python that is called with the same arguments when this one cannot do it.
///
/// # Returns
/// A new reference; NULL without an exception if there is no such method, otherwise with one.
///
/// # Safety
/// As for `_alog_python_type`; `name` and `doc` end in NUL, the others are objects of Python.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn _alog_python_method(
    class: *mut Object,
    name: *const c_char,
    doc: *const c_char,
    level: *mut Object,
    otherwise: *mut Object,
) -> *mut Object {
    let definition = guard(None, || {
        // SAFETY: the caller promises that both end in NUL.
        let name = unsafe { CStr::from_ptr(name) };
        // SAFETY: the same promise.
        let doc = unsafe { CStr::from_ptr(doc) };
        let place = METHODS.iter().position(|(known, _)| *known == name)?;
        call::remember(place, level, otherwise);
        // Never freed: the descriptor points to it, and nobody knows how long that lives.
        let doc = Box::leak(doc.to_owned().into_boxed_c_str()).as_ptr();
        let (name, method) = METHODS[place];
        let definition = MethodDef { name: name.as_ptr(), method, flags: FAST_WITH_KEYWORDS, doc };
        Some(&*Box::leak(Box::new(definition)))
    });
    let (Some(definition), Some(api)) = (definition, Api::get()) else { return null_mut() };
    // SAFETY: an object that the caller has; it is kept for good, as `remember` says.
    unsafe { (api.inc_ref)(otherwise) };
    // SAFETY: as above.
    unsafe { (api.inc_ref)(level) };
    // SAFETY: the address is that of `PyDescr_NewMethod`; the definition has its layout and is never freed.
    unsafe { (api.new_method)(class, (&raw const *definition).cast()) }
}

/// Tells a logger of Python its handle.
///
/// - `manner`: 1: its calls have more to do than this module does, they go to Python unless their level is off;
///   2: its messages carry their place; 4: a thread that logs first is to be named by Python; or a sum of these.
///
/// # Safety
/// `logger` is an instance of the type of `_alog_python_type`; the GIL is held.
#[unsafe(no_mangle)]
unsafe extern "C" fn _alog_python_attach(logger: *mut Object, handle: u64, manner: c_int) {
    guard((), || {
        // SAFETY: the caller promises that it is one; all that is written there is in cells.
        let logger = unsafe { &*logger.cast::<Logger>() };
        let manner = Manner {
            in_python: manner & 1 != 0,
            shows_place: manner & 2 != 0,
            names_thread: manner & 4 != 0,
        };
        logger.attach(Handle::from_id(handle), manner);
    });
}

/// Tells that the place where a frame is has this number.
///
/// # Safety
/// `_alog_python_init` has returned NULL; `frame` is one that runs; the GIL is held.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn _alog_python_place(frame: *mut Object, number: u32) {
    if let Some(api) = Api::get() {
        // SAFETY: the caller promises a frame.
        unsafe { place::remember(api, frame, number) };
    }
}
