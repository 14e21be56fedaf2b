//! alog: one asynchronous logger for every language of a process.
//!
//! A thread that logs copies its message into a queue of its own and goes on; one writer thread brings
//! the records of all threads into causal order, formats them and writes them in batches. What cannot
//! be written is counted, reported by [`Logger::poll_error`] and marked in the log.
//!
//! ```
//! use alog::{Config, Level, Logger};
//!
//! # let dir = std::env::temp_dir().join(format!("alog-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&dir).unwrap();
//! # let path = dir.join("app.log");
//! # let spec = format!("file:{}", path.display());
//! let mut config = Config::new();
//! config.set("level", "debug")?;
//! config.add_sink(&spec)?; // "file:app.log"
//! let log = Logger::new(&config)?;
//! log.write(Level::Info, "hello")?;
//! log.stop(None)?;
//! # assert!(std::fs::read_to_string(&path).unwrap().ends_with("INFO - hello\n"));
//! # std::fs::remove_dir_all(&dir).unwrap();
//! # Ok::<(), alog::Error>(())
//! ```
//!
//! # Map
//!
//! Floors, from the ground up; a module uses only what is below it. `ARCHITECTURE.md` tells why.
//!
//! | floor | modules | what |
//! |---|---|---|
//! | 0 | `os` `sync` `clock` `fork` `reserve` | the system, atomics or their model, time stamps, what survives a fork, memory for when there is none |
//! | 1 | `level` `field` `record` `source` `hook` `origin` `error` `config` `account` | nouns |
//! | 2 | `fault` `crash` | the bounded, folding channel of errors; the files of queues that outlive their process |
//! | 3 | `queue` | rings, their registry, wake-up, what both sides share |
//! | 4 | `format` | a record becomes a line |
//! | 5 | `sink` | lines become batches, batches reach a destination |
//! | 6 | `worker` | drain, order, format, write, report |
//! | 7 | `logger` | handles, the caller's path, life and death |
//! | 8 | `ffi` `adapter` `macros` | the C ABI; the facades of Rust |
//! | 9 | `command` | the program `alog`, a crate of its own: it has what every program in Rust has of the library |

#[cfg(panic = "abort")]
compile_error!("alog must be built with panic = \"unwind\": a logger never kills its host");

mod clock;
mod fork;
mod os;
mod reserve;
mod sync;

mod account;
mod config;
mod error;
mod field;
mod hook;
mod level;
mod origin;
mod record;
mod source;

pub mod adapter;
mod crash;
mod fault;
mod format;
mod logger;
mod queue;
mod sink;
mod worker;

#[doc(hidden)]
pub mod macros;

#[expect(non_camel_case_types, reason = "C names")]
pub mod ffi;

/// For the fuzzer alone.
#[cfg(fuzzing)]
#[doc(hidden)]
pub use sink::read_response;

pub use account::{DropReason, RejectReason, SinkStats, Stats};
pub use adapter::panic::log_panics;
pub use config::{Config, Destination};
pub use error::{Code, Error, Text};
pub use field::{Field, Fields, Group, Value};
pub use hook::{Hook, HookRecord, Scheduler};
pub use level::{Level, LevelSet};
pub use logger::{Event, Logger, Pulled, Recovered, recover};
