//! alog behind the facades that Rust libraries log through.
//!
//! | module | feature | what |
//! |---|---|---|
//! | `log` | `log` | the backend of the `log` crate |
//! | `tracing` | `tracing` | a layer of `tracing-subscriber` |
//!
//! Each hands over what it is given as a record with typed fields and its place in the program, on the
//! thread that logs. What becomes of the record is in the account and the errors of the logger; a facade has
//! no word for it.

#[cfg(feature = "log")]
pub mod log;
#[cfg(feature = "tracing")]
pub mod tracing;

use crate::logger::source_number;
use std::cell::RefCell;
use std::collections::HashMap;

/// The name of the field that says which part of the program logs.
const TARGET_KEY: &str = "target";

thread_local! {
    /// The numbers of the places that this thread logged from, by the address of the file's name and the line.
    /// A thread's own, so that a `fork` leaves no lock behind.
    static PLACES: RefCell<HashMap<(*const u8, u32), u32>> = RefCell::new(HashMap::new());
}

/// The number of a place in the program; 0 if it cannot be had.
fn place(file: &'static str, line: u32, function: &str) -> u32 {
    let look_up = || source_number(file.as_bytes(), line, function.as_bytes()).unwrap_or(0);
    let kept = PLACES.try_with(|places| {
        let mut places = places.try_borrow_mut().ok()?;
        Some(*places.entry((file.as_ptr(), line)).or_insert_with(look_up))
    });
    // The thread is ending.
    kept.ok().flatten().unwrap_or_else(look_up)
}
