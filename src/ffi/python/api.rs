//! What of CPython is used: functions of its stable ABI, by address, and the head of an object.
//!
//! Of an object nothing is read but its type, the second word. That is so in every CPython from 3.9 on that has the
//! GIL and no list of all objects (`Py_TRACE_REFS`); [`Api::init`] looks at objects whose types are known
//! before it believes that. All else is asked of functions; of them `PyUnicode_AsUTF8AndSize` is older than its
//! entry in the stable ABI (3.10), `PyFrame_GetLasti` (3.11) is public but
//! not in it, and calls with arguments in an array are stable by use since 3.7.

use once_cell::race::OnceBox;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::transmute;

/// The head of every object.
#[repr(C)]
pub struct Object {
    /// CPython's own business.
    references: isize,
    /// Its type, an object as well.
    pub kind: *const Object,
}

/// Declares what is used: the struct of the addresses, and the names in the same order.
macro_rules! api {
    ($($(#[$doc:meta])* $field:ident: $kind:ty = $name:literal;)*) => {
        /// Where things are in the interpreter of this process.
        pub struct Api {
            addresses: [*const c_void; COUNT],
            $($(#[$doc])* pub $field: $kind,)*
        }

        /// Their names, each behind a blank.
        pub const NAMES: &str = concat!($(" ", $name,)* "\0");

        const COUNT: usize = [$($name),*].len();

        impl Api {
            /// # Safety
            /// Each address is that of the symbol of that name.
            unsafe fn new(addresses: [*const c_void; COUNT]) -> Self {
                let mut next = addresses.iter();
                let mut next = || next.next().copied().unwrap_or(std::ptr::null());
                Self {
                    addresses,
                    // SAFETY: a symbol of that name has that type, and none is NULL that must not be: `init` has looked.
                    $($field: unsafe { transmute::<*const c_void, $kind>(next()) },)*
                }
            }
        }
    };
}

api! {
    /// `str`.
    str: *const Object = "PyUnicode_Type";
    /// `bytes`.
    bytes: *const Object = "PyBytes_Type";
    /// `int`.
    int: *const Object = "PyLong_Type";
    /// `float`.
    float: *const Object = "PyFloat_Type";
    /// `bool`.
    bool: *const Object = "PyBool_Type";
    /// `type`.
    r#type: *const Object = "PyType_Type";
    /// `None`.
    none: *mut Object = "_Py_NoneStruct";
    /// `True`.
    r#true: *mut Object = "_Py_TrueStruct";
    /// `False`.
    r#false: *mut Object = "_Py_FalseStruct";
    /// The bytes of a `str` and how many there are; NULL with an exception for surrogates.
    utf8: unsafe extern "C-unwind" fn(*mut Object, *mut isize) -> *const c_char
        = "PyUnicode_AsUTF8AndSize";
    /// The bytes of a `bytes` and how many there are.
    octets: unsafe extern "C-unwind" fn(*mut Object, *mut *const c_char, *mut isize) -> c_int
        = "PyBytes_AsStringAndSize";
    /// The number in an `int`, and whether it is too large.
    i64: unsafe extern "C-unwind" fn(*mut Object, *mut c_int) -> i64
        = "PyLong_AsLongLongAndOverflow";
    /// The number in a `float`.
    f64: unsafe extern "C-unwind" fn(*mut Object) -> f64 = "PyFloat_AsDouble";
    /// How many items a tuple has.
    tuple_len: unsafe extern "C-unwind" fn(*mut Object) -> isize = "PyTuple_Size";
    /// An item of a tuple, borrowed.
    tuple_item: unsafe extern "C-unwind" fn(*mut Object, isize) -> *mut Object
        = "PyTuple_GetItem";
    /// A tuple with no items yet.
    new_tuple: unsafe extern "C-unwind" fn(isize) -> *mut Object = "PyTuple_New";
    /// Puts an item into a new tuple, and takes the reference in any case.
    set_tuple_item: unsafe extern "C-unwind" fn(*mut Object, isize, *mut Object) -> c_int
        = "PyTuple_SetItem";
    /// An empty dict.
    new_dict: unsafe extern "C-unwind" fn() -> *mut Object = "PyDict_New";
    /// Puts an item into a dict, and takes no reference.
    set_dict_item: unsafe extern "C-unwind" fn(*mut Object, *mut Object, *mut Object) -> c_int
        = "PyDict_SetItem";
    /// Calls with a tuple and a dict or NULL.
    call: unsafe extern "C-unwind" fn(*mut Object, *mut Object, *mut Object) -> *mut Object
        = "PyObject_Call";
    /// The frame of Python that runs, borrowed; NULL if there is none.
    frame: unsafe extern "C-unwind" fn() -> *mut Object = "PyEval_GetFrame";
    /// The code of a frame, a new reference.
    code: unsafe extern "C-unwind" fn(*mut Object) -> *mut Object = "PyFrame_GetCode";
    /// The line that a frame is at.
    line: unsafe extern "C-unwind" fn(*mut Object) -> c_int = "PyFrame_GetLineNumber";
    /// The instruction that a frame is at, which is found faster; since Python 3.11.
    instruction: Option<unsafe extern "C-unwind" fn(*mut Object) -> c_int> = "PyFrame_GetLasti";
    /// Takes a reference.
    inc_ref: unsafe extern "C-unwind" fn(*mut Object) = "Py_IncRef";
    /// Gives a reference back; NULL is fine.
    dec_ref: unsafe extern "C-unwind" fn(*mut Object) = "Py_DecRef";
    /// Forgets the exception that is set.
    forget_error: unsafe extern "C-unwind" fn() = "PyErr_Clear";
    /// Makes a type.
    type_from_spec: unsafe extern "C-unwind" fn(*const c_void) -> *mut Object = "PyType_FromSpec";
    /// Makes a descriptor of a method.
    new_method: unsafe extern "C-unwind" fn(*mut Object, *const c_void) -> *mut Object
        = "PyDescr_NewMethod";
}

/// The only one that may be missing.
const OPTIONAL: &str = "PyFrame_GetLasti";

static API: OnceBox<Api> = OnceBox::new();

// SAFETY: addresses of what lives as long as the interpreter; they are used by who holds the GIL.
unsafe impl Send for Api {}
// SAFETY: as above.
unsafe impl Sync for Api {}

impl Api {
    /// The interpreter of this process, if it was told.
    #[inline(always)]
    pub fn get() -> Option<&'static Api> {
        API.get()
    }

    /// Learns where things are. The error says why it cannot work.
    ///
    /// # Safety
    /// Each address is that of the symbol of that name in [`NAMES`].
    pub unsafe fn init(addresses: &[*const c_void]) -> Result<(), &'static CStr> {
        let Ok(addresses) = <[_; COUNT]>::try_from(addresses) else {
            return Err(c"the package and the library do not fit");
        };
        let names = NAMES.trim_end_matches('\0').split_ascii_whitespace();
        let mut known = names.zip(&addresses);
        if known.any(|(name, address)| address.is_null() && name != OPTIONAL) {
            return Err(c"the interpreter lacks a function");
        }
        // SAFETY: the caller promises it, and none is NULL.
        let api = unsafe { Api::new(addresses) };
        let known =
            [(api.r#true.cast_const(), api.bool), (api.str, api.r#type), (api.int, api.r#type)];
        // SAFETY: objects of the interpreter; each is at least two words long.
        let fits = known.iter().all(|&(object, kind)| unsafe { (*object).kind } == kind);
        if !fits {
            return Err(c"the interpreter's objects have another layout");
        }
        // The GIL is held, so nobody else sets it meanwhile.
        let known = API.get_or_init(|| Box::new(api));
        if known.addresses == addresses {
            Ok(())
        } else {
            Err(c"another interpreter of this process uses the library")
        }
    }

    /// The type of an object.
    ///
    /// # Safety
    /// It is an object.
    #[inline(always)]
    pub unsafe fn type_of(object: *mut Object) -> *const Object {
        // SAFETY: the caller promises that, and `init` has found the type to be there.
        unsafe { (*object).kind }
    }

    /// A new reference to `True` or `False`.
    ///
    /// # Safety
    /// The GIL is held.
    #[inline(always)]
    pub unsafe fn truth(&self, value: bool) -> *mut Object {
        let object = if value { self.r#true } else { self.r#false };
        // SAFETY: an object; the caller promises the rest.
        unsafe { (self.inc_ref)(object) };
        object
    }
}
