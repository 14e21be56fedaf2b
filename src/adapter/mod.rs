//! alog behind what Rust has for reporting: the facades that libraries log through, and panics.
//!
//! | module | feature | what |
//! |---|---|---|
//! | `log` | `log` | the backend of the `log` crate |
//! | `tracing` | `tracing` | a layer of `tracing-subscriber` |
//! | `panic` | | the panics of the program |
//!
//! Each hands over what it is given as a record with typed fields and its place in the program, on the
//! thread that logs. What becomes of the record is in the account and the errors of the logger; a facade has
//! no word for it.

#[cfg(feature = "log")]
pub mod log;
pub mod panic;
#[cfg(any(feature = "log", feature = "tracing"))]
mod place;
#[cfg(feature = "tracing")]
pub mod tracing;

#[cfg(any(feature = "log", feature = "tracing"))]
use place::{TARGET_KEY, place};
