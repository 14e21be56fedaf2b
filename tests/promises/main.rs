//! What alog promises, proven through its Rust API. A test's name is the sentence that it proves.
//!
//! | module | what it proves |
//! |---|---|
//! | `order` | records come whole, and in the order of the calls |
//! | `overflow` | what a full queue does, by policy |
//! | `lifecycle` | flush and stop, their deadlines, and what ends with them |
//! | `states` | what each call gives in each state of a handle |
//! | `errors` | polling: folding, capacity, what an error tells |
//! | `stats` | every message is somewhere, at any moment |
//! | `sinks` | several destinations, good and bad |
//! | `reentry` | a destination that calls back into the logger |
//! | `files` | how a log file is opened, and what is not opened |
//! | `full` | files and pipes that take no more |
//! | `restore` | a message can be restored from its line |
//! | `corpus` | the cases that every language runs alike |
//! | `threads` | what the threads of the library are, and what they leave behind |
//! | `exit` | a program that ends without a stop |
//! | `fork` | parent and child |
//! | `faults` | panics in the worker (needs the feature `fault-injection`) |
//!
//! `setup`, `doubles`, `child`, `raw` and `sys` are what they stand on.

mod child;
mod doubles;
mod raw;
mod setup;
mod sys;

mod corpus;
mod errors;
mod exit;
mod faults;
mod files;
mod fork;
mod full;
mod lifecycle;
mod order;
mod overflow;
mod reentry;
mod restore;
mod sinks;
mod states;
mod stats;
mod threads;
