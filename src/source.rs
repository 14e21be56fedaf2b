//! Places in the program, each kept once under a number for the life of the process: a record carries the
//! number, and the text outlives the module that logged. With a place goes, if the caller knows it, what is
//! the same in all of its records: message and keys.

use crate::fork::{self, Lock};
use crate::record::{Form, Source};
use once_cell::race::OnceBox;
use std::collections::HashMap;
use std::io;

/// The most places that are told apart; what comes later is unknown.
const MAX: usize = BLOCK * BLOCKS;
const BLOCK: usize = 1024;
const BLOCKS: usize = 1024;
/// The longest file name and function name that are kept; longer ones are cut.
const MAX_NAME: usize = 4096;

type Block = [OnceBox<Source>; BLOCK];

/// By number, from 1. Entries are set under the lock of `NUMBERS` and never change.
static PLACES: [OnceBox<Block>; BLOCKS] = [const { OnceBox::new() }; BLOCKS];
static NUMBERS: Lock<Option<Numbers>> = Lock::new(None);
/// Who hears of a place before anybody has its number.
static KEEPER: OnceBox<Keeper> = OnceBox::new();

/// Hears of a place. False if it could not be kept: then it gets no number.
pub type Keeper = fn(u32, &Source) -> bool;

/// The numbers of the places, and the process that wrote them down: in a child of `fork` the parent's table may
/// be half changed, and is made again.
struct Numbers {
    process: u64,
    table: HashMap<&'static Source, u32>,
}

impl Numbers {
    /// Of the places that there are.
    fn new(process: u64) -> Self {
        let known = (1..MAX as u32).map_while(|number| Some((place(number)?, number)));
        Self { process, table: known.collect() }
    }
}

/// The number of a place: the same for equal ones, 0 if there is no more room or a signal handler asks in
/// the middle of this.
pub fn number(file: &[u8], line: u32, function: &[u8], form: Option<Form>) -> u32 {
    let text = |bytes: &[u8]| {
        String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_NAME)]).into_owned().into_boxed_str()
    };
    let source = Source { file: text(file), line, function: text(function), form };
    let found = NUMBERS.with(|numbers| {
        let process = fork::generation();
        if numbers.as_ref().is_none_or(|numbers| numbers.process != process) {
            std::mem::forget(numbers.replace(Numbers::new(process)));
        }
        let numbers = &mut numbers.get_or_insert_with(|| Numbers::new(process)).table;
        if let Some(&number) = numbers.get(&source) {
            return number;
        }
        let index = numbers.len() + 1;
        if index >= MAX {
            return 0;
        }
        let block =
            PLACES[index / BLOCK].get_or_init(|| Box::new([const { OnceBox::new() }; BLOCK]));
        if !KEEPER.get().is_none_or(|keep| keep(index as u32, &source)) {
            return 0;
        }
        let kept = block[index % BLOCK].get_or_init(|| Box::new(source));
        numbers.insert(kept, index as u32);
        index as u32
    });
    found.unwrap_or(0)
}

/// Has a keeper told of each place from now on, and does something with those that there are; meanwhile there come no
/// others.
///
/// # Errors
/// That of `section`; `WouldBlock` in a signal handler in the middle of this.
pub fn tell(
    keeper: Keeper,
    section: impl FnOnce(&mut dyn Iterator<Item = (u32, &'static Source)>) -> io::Result<()>,
) -> io::Result<()> {
    let told = NUMBERS.with(|_| {
        KEEPER.get_or_init(|| Box::new(keeper));
        section(&mut (1..MAX as u32).map_while(|number| Some((number, place(number)?))))
    });
    told.unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
}

/// What is the same in all records of a place.
pub fn form(number: u32) -> Option<&'static Form> {
    place(number)?.form.as_ref()
}

/// The place behind a number.
pub fn place(number: u32) -> Option<&'static Source> {
    let index = number as usize;
    PLACES.get(index / BLOCK)?.get()?[index % BLOCK].get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_places_have_one_number_and_others_another() {
        crate::fork::init().unwrap();
        let first = number(b"a.c", 5, b"main", None);
        assert_ne!(first, 0);
        assert_eq!(number(b"a.c", 5, b"main", None), first);
        assert_ne!(number(b"a.c", 6, b"main", None), first);
        let place = place(first).unwrap();
        assert_eq!((&*place.file, place.line, &*place.function), ("a.c", 5, "main"));
    }

    #[test]
    fn a_number_that_was_never_given_is_no_place() {
        for number in [0, MAX as u32 - 1, MAX as u32, u32::MAX] {
            assert_eq!(place(number), None);
        }
    }
}
