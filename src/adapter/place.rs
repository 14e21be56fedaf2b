//! What every facade's record carries: the number of its place, and the key for its target.

use crate::logger::source_number;
use std::cell::RefCell;
use std::collections::HashMap;

/// The name of the field that says which part of the program logs.
pub const TARGET_KEY: &str = "target";

thread_local! {
    /// The numbers of the places that this thread logged from, by the address of the file's name and the line.
    /// A thread's own, so that a `fork` leaves no lock behind.
    static PLACES: RefCell<HashMap<(*const u8, u32), u32>> = RefCell::new(HashMap::new());
}

/// The number of a place in the program; 0 if it cannot be had.
pub fn place(file: &'static str, line: u32, function: &str) -> u32 {
    let look_up = || source_number(file.as_bytes(), line, function.as_bytes()).unwrap_or(0);
    let kept = PLACES.try_with(|places| {
        let mut places = places.try_borrow_mut().ok()?;
        Some(*places.entry((file.as_ptr(), line)).or_insert_with(look_up))
    });
    // The thread is ending.
    kept.ok().flatten().unwrap_or_else(look_up)
}
