//! One call of a logging method by CPython.

use super::api::{Api, Object};
use super::place::number_here;
use crate::ffi::field::*;
use crate::ffi::guard;
use crate::ffi::record::Record;
use crate::level::Level;
use crate::logger::{Fast, Handle, Switch};
use crate::queue::{Plain, Put};
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};
use std::slice;
use std::sync::atomic::{AtomicPtr, Ordering};

/// More fields than a call has by hand; with more it goes to Python.
const MOST_FIELDS: usize = 16;

/// What CPython calls: the object, positional arguments and how many, values of keywords behind them, their names.
pub type Method =
    unsafe extern "C-unwind" fn(*mut Object, *const *mut Object, isize, *mut Object) -> *mut Object;

/// The methods that there are.
pub const METHODS: [(&CStr, Method); 9] = [
    (c"trace", at::<0>),
    (c"debug", at::<1>),
    (c"info", at::<2>),
    (c"notice", at::<3>),
    (c"warn", at::<4>),
    (c"error", at::<5>),
    (c"fatal", at::<6>),
    (c"log", log),
    (c"is_enabled", is_enabled),
];
const LOG: usize = 7;
const IS_ENABLED: usize = 8;

/// The same written in Python. Each holds a reference for good.
static IN_PYTHON: [AtomicPtr<Object>; METHODS.len()] =
    [const { AtomicPtr::new(null_mut()) }; METHODS.len()];
/// The type of the levels.
static LEVEL: AtomicPtr<Object> = AtomicPtr::new(null_mut());

/// Notes what a method is given up to, and the type of the levels. The caller keeps both alive for good.
pub fn remember(place: usize, level: *mut Object, otherwise: *mut Object) {
    LEVEL.store(level, Ordering::Relaxed); // whoever reads them holds the GIL, which publishes
    IN_PYTHON[place].store(otherwise, Ordering::Relaxed); // as above
}

/// What an instance of Python begins with. All 0 before it is attached: then its calls go to Python.
#[repr(C)]
pub struct Logger {
    head: Object,
    id: Cell<u64>,
    switch: Cell<Option<Switch>>,
    manner: Cell<Manner>,
}

/// What the calls of a logger have to do.
#[derive(Clone, Copy)]
pub struct Manner {
    /// More than is done here: they go to Python, unless their level is off.
    pub in_python: bool,
    /// To say where in the program they are.
    pub shows_place: bool,
    /// To name the thread, which Python does, if it logs first.
    pub names_thread: bool,
}

impl Logger {
    /// Gives it the logger that it stands for.
    pub fn attach(&self, handle: Handle, manner: Manner) {
        self.id.set(handle.id());
        self.switch.set(handle.switch().ok());
        self.manner.set(manner);
    }
}

/// What came of a call: whether the message was accepted; `None`: nothing was done, Python is to do it.
type Outcome = Option<bool>;

/// The arguments of a call, borrowed from the interpreter, which keeps them alive and unchanged until it returns.
#[derive(Clone, Copy)]
struct Arguments {
    values: *const *mut Object,
    /// How many of them have no name.
    count: isize,
    /// A tuple, or NULL.
    names: *mut Object,
}

impl Arguments {
    /// # Safety
    /// There are so many, with names or without.
    #[inline(always)]
    unsafe fn value(&self, place: isize) -> *mut Object {
        // SAFETY: the caller promises that it is inside of the array.
        let value = unsafe { self.values.offset(place) };
        // SAFETY: as above.
        unsafe { *value }
    }
}

/// A method of a level.
unsafe extern "C-unwind" fn at<const LEVEL: usize>(
    this: *mut Object,
    values: *const *mut Object,
    count: isize,
    names: *mut Object,
) -> *mut Object {
    let Some(api) = Api::get() else { return null_mut() };
    let arguments = Arguments { values, count, names };
    // SAFETY: the descriptor has checked that `this` is a logger.
    let logger = unsafe { &*this.cast::<Logger>() };
    // SAFETY: CPython calls this with the GIL and the arguments it says.
    match unsafe { attempt(api, logger, Level::ALL[LEVEL], 0, arguments) } {
        // SAFETY: as above.
        Some(accepted) => unsafe { api.truth(accepted) },
        // SAFETY: as above.
        None => unsafe { in_python(api, LEVEL, this, arguments) },
    }
}

/// `log.log(level, message, ...)`.
unsafe extern "C-unwind" fn log(
    this: *mut Object,
    values: *const *mut Object,
    count: isize,
    names: *mut Object,
) -> *mut Object {
    let Some(api) = Api::get() else { return null_mut() };
    let arguments = Arguments { values, count, names };
    // SAFETY: as in `at`.
    let logger = unsafe { &*this.cast::<Logger>() };
    // SAFETY: as in `at`.
    let outcome = match unsafe { level_of(api, arguments) } {
        // SAFETY: as in `at`.
        Some(level) => unsafe { attempt(api, logger, level, 1, arguments) },
        None => None,
    };
    match outcome {
        // SAFETY: as in `at`.
        Some(accepted) => unsafe { api.truth(accepted) },
        // SAFETY: as in `at`.
        None => unsafe { in_python(api, LOG, this, arguments) },
    }
}

/// `log.is_enabled(level)`.
unsafe extern "C-unwind" fn is_enabled(
    this: *mut Object,
    values: *const *mut Object,
    count: isize,
    names: *mut Object,
) -> *mut Object {
    let Some(api) = Api::get() else { return null_mut() };
    let arguments = Arguments { values, count, names };
    // SAFETY: as in `at`.
    let logger = unsafe { &*this.cast::<Logger>() };
    let level = if count == 1 && names.is_null() {
        // SAFETY: as in `at`.
        unsafe { level_of(api, arguments) }
    } else {
        None
    };
    match (level, logger.switch.get()) {
        // SAFETY: as in `at`.
        (Some(level), Some(switch)) => unsafe { api.truth(switch.is_on(logger.id.get(), level)) },
        // SAFETY: as in `at`.
        _ => unsafe { in_python(api, IS_ENABLED, this, arguments) },
    }
}

/// The level that the first argument is: a number, or a member of the type of the levels.
///
/// # Safety
/// The arguments are those of a call that is under way.
#[inline(always)]
unsafe fn level_of(api: &Api, arguments: Arguments) -> Option<Level> {
    if arguments.count < 1 {
        return None;
    }
    // SAFETY: there is one at least.
    let value = unsafe { arguments.value(0) };
    // SAFETY: an argument is an object.
    let kind = unsafe { Api::type_of(value) };
    // Relaxed: the GIL publishes it.
    if kind != api.int && kind != LEVEL.load(Ordering::Relaxed).cast_const() {
        return None;
    }
    let mut overflow = 0;
    // SAFETY: an `int`, or of a subclass, whose number is where that of an `int` is.
    let number = unsafe { (api.i64)(value, &raw mut overflow) };
    if overflow != 0 { None } else { Level::from_raw(i32::try_from(number).ok()?) }
}

/// Does what can be done at once. The message is the argument at `place`.
///
/// # Safety
/// The arguments are those of a call that is under way.
#[inline(always)]
unsafe fn attempt(
    api: &Api,
    logger: &Logger,
    level: Level,
    place: isize,
    arguments: Arguments,
) -> Outcome {
    let (switch, id) = (logger.switch.get()?, logger.id.get());
    if arguments.count != place + 1 {
        return None; // it says what is wrong
    }
    if !switch.is_on(id, level) {
        return Some(false);
    }
    let manner = logger.manner.get();
    if manner.in_python {
        return None;
    }
    // SAFETY: there are so many arguments.
    let message = unsafe { arguments.value(place) };
    // SAFETY: an argument is an object, alive until the call returns.
    let message = unsafe { text(api, message) }?;
    let call = Call { id, level, message, begins: !manner.names_thread };
    if arguments.names.is_null() && !manner.shows_place {
        return call.hand_over(&Plain(message));
    }
    // SAFETY: the GIL is held.
    let source = if manner.shows_place { unsafe { number_here(api) }? } else { 0 };
    // SAFETY: the same promise.
    unsafe { call.with_fields(api, arguments, source) }
}

/// A call that is on.
struct Call<'a> {
    id: u64,
    level: Level,
    message: &'a [u8],
    /// Whether the thread's queue may be made here.
    begins: bool,
}

impl Call<'_> {
    #[inline(always)]
    fn hand_over(&self, payload: &impl Put) -> Outcome {
        let (handle, level) = (Handle::from_id(self.id), self.level as i32);
        guard(Some(false), || {
            let outcome = match handle.try_log(level, payload) {
                Fast::Unclear if self.begins => handle.try_anew(level, payload),
                fast => Ok(fast),
            };
            match outcome {
                Ok(Fast::Done) => Some(true),
                Ok(Fast::Unclear) => None,
                Ok(Fast::Disabled) | Err(_) => Some(false), // an error is counted already
            }
        })
    }

    /// The same with keywords, and a source if that is not 0.
    ///
    /// # Safety
    /// The arguments are those of a call that is under way.
    #[inline(never)]
    unsafe fn with_fields(&self, api: &Api, arguments: Arguments, source: u32) -> Outcome {
        let mut fields = [const { MaybeUninit::<alog_field>::uninit() }; MOST_FIELDS];
        let mut count = 0;
        if !arguments.names.is_null() {
            // SAFETY: a tuple.
            count = unsafe { (api.tuple_len)(arguments.names) };
        }
        let used = fields.get_mut(..usize::try_from(count).ok()?)?;
        for (place, field) in (0..count).zip(used) {
            // SAFETY: the tuple has so many items, all of them objects.
            let name = unsafe { (api.tuple_item)(arguments.names, place) };
            // SAFETY: behind those without names there is a value for each name.
            let value = unsafe { arguments.value(arguments.count + place) };
            // SAFETY: objects that are alive until the call returns.
            field.write(unsafe { field_of(api, name, value) }?);
        }
        // SAFETY: the first `count` were written above.
        let fields = unsafe { slice::from_raw_parts(fields.as_ptr().cast(), count as usize) };
        if fields.is_empty() && source == 0 {
            return self.hand_over(&Plain(self.message));
        }
        // SAFETY: keys and texts belong to arguments, which are alive and unchanged until the call returns.
        let record = unsafe { Record::new(self.message, fields, !fields.is_empty(), source) };
        self.hand_over(&record)
    }
}

/// A keyword as a field; `None` for one that has a meaning of its own, and for a value that Python must show.
///
/// # Safety
/// Two objects; the field is used only while they live.
#[inline(always)]
unsafe fn field_of(api: &Api, name: *mut Object, value: *mut Object) -> Option<alog_field> {
    // SAFETY: the caller promises an object.
    if unsafe { Api::type_of(name) } != api.str {
        return None;
    }
    // SAFETY: the caller promises that it lives.
    let key = unsafe { text(api, name) }?;
    if key == b"exc_info" || key == b"timeout" || key.len() > usize::from(u16::MAX) {
        return None;
    }
    // SAFETY: the caller promises an object.
    let kind = unsafe { Api::type_of(value) };
    let (r#type, value) = if kind == api.int {
        let mut overflow = 0;
        // SAFETY: an `int`.
        let number = unsafe { (api.i64)(value, &raw mut overflow) };
        if overflow != 0 {
            return None;
        }
        (ALOG_FIELD_I64, alog_value { i64: number })
    } else if kind == api.str || kind == api.bytes {
        // SAFETY: the caller promises that it lives.
        let bytes = unsafe { text(api, value) }?;
        let bytes = alog_bytes { ptr: bytes.as_ptr().cast(), len: bytes.len() };
        (if kind == api.str { ALOG_FIELD_STR } else { ALOG_FIELD_BYTES }, alog_value { bytes })
    } else if kind == api.float {
        // SAFETY: a `float`.
        (ALOG_FIELD_F64, alog_value { f64: unsafe { (api.f64)(value) } })
    } else if kind == api.bool {
        (ALOG_FIELD_BOOL, alog_value { u64: u64::from(value == api.r#true) })
    } else if value == api.none {
        (ALOG_FIELD_NULL, alog_value { u64: 0 })
    } else {
        return None;
    };
    Some(alog_field { key: key.as_ptr().cast(), key_len: key.len(), r#type, reserved: 0, value })
}

/// The bytes of a `str` or a `bytes`; `None` for everything else, subclasses too, and for a `str` with surrogates.
///
/// # Safety
/// An object; the result is used only while it lives.
#[inline(always)]
unsafe fn text<'a>(api: &Api, object: *mut Object) -> Option<&'a [u8]> {
    let mut len = 0;
    // SAFETY: the caller promises an object.
    let kind = unsafe { Api::type_of(object) };
    let start = if kind == api.str {
        // SAFETY: a `str`.
        unsafe { (api.utf8)(object, &raw mut len) }
    } else if kind == api.bytes {
        let mut start: *const c_char = null();
        // SAFETY: a `bytes`.
        let status: c_int = unsafe { (api.octets)(object, &raw mut start, &raw mut len) };
        if status == 0 { start } else { null() }
    } else {
        return None;
    };
    if start.is_null() {
        // SAFETY: an exception is set, of a surrogate or for want of memory: Python will meet it again.
        unsafe { (api.forget_error)() };
        return None;
    }
    // SAFETY: so many bytes, which belong to the object and never change.
    Some(unsafe { slice::from_raw_parts(start.cast(), usize::try_from(len).ok()?) })
}

/// Calls the method that is written in Python, with the same arguments.
///
/// # Safety
/// The arguments are those of a call that is under way; the GIL is held.
#[cold]
#[inline(never)]
unsafe fn in_python(
    api: &Api,
    place: usize,
    this: *mut Object,
    arguments: Arguments,
) -> *mut Object {
    let Some(function) = IN_PYTHON.get(place) else { return null_mut() };
    let function = function.load(Ordering::Relaxed); // the GIL publishes it
    // SAFETY: the same promise.
    let positional = unsafe { all_positional(api, this, arguments) };
    // SAFETY: as above.
    let (keywords, fine) = unsafe { all_keywords(api, arguments) };
    let result = if fine && !positional.is_null() && !function.is_null() {
        // SAFETY: a function, a tuple, and a dict or NULL.
        unsafe { (api.call)(function, positional, keywords) }
    } else {
        null_mut() // for want of memory; the exception is set
    };
    // SAFETY: NULL, or the reference that was made above.
    unsafe { (api.dec_ref)(positional) };
    // SAFETY: as above.
    unsafe { (api.dec_ref)(keywords) };
    result
}

/// A tuple of the object and the arguments without a name; NULL with an exception.
///
/// # Safety
/// As for `in_python`.
unsafe fn all_positional(api: &Api, this: *mut Object, arguments: Arguments) -> *mut Object {
    // SAFETY: the GIL is held.
    let tuple = unsafe { (api.new_tuple)(arguments.count + 1) };
    if tuple.is_null() {
        return null_mut();
    }
    for place in 0..=arguments.count {
        // SAFETY: there are so many arguments.
        let item = if place == 0 { this } else { unsafe { arguments.value(place - 1) } };
        // SAFETY: an object; the tuple takes this reference.
        unsafe { (api.inc_ref)(item) };
        // SAFETY: a new tuple that nobody has seen, with such a place.
        unsafe { (api.set_tuple_item)(tuple, place, item) };
    }
    tuple
}

/// A dict of the arguments with a name, NULL if there are none; false with an exception.
///
/// # Safety
/// As for `in_python`.
unsafe fn all_keywords(api: &Api, arguments: Arguments) -> (*mut Object, bool) {
    if arguments.names.is_null() {
        return (null_mut(), true);
    }
    // SAFETY: the GIL is held.
    let dict = unsafe { (api.new_dict)() };
    // SAFETY: a tuple.
    let count = unsafe { (api.tuple_len)(arguments.names) };
    let mut fine = !dict.is_null();
    for place in 0..count {
        // SAFETY: the tuple has so many items.
        let name = unsafe { (api.tuple_item)(arguments.names, place) };
        // SAFETY: behind those without names there is a value for each name.
        let value = unsafe { arguments.value(arguments.count + place) };
        // SAFETY: a dict, and two objects.
        fine = fine && unsafe { (api.set_dict_item)(dict, name, value) } == 0;
    }
    (dict, fine)
}
