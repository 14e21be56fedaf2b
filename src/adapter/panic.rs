//! Panics of the program as records: with message, place, thread and stack, written before the program dies.
//!
//! [`log_panics`] installs a panic hook. A panic becomes a record of level FATAL, so the thread that panics waits
//! until it is written, 5 seconds at most; then the hook that was there before runs. A panic that somebody
//! catches is logged as well: the hook cannot know. Not logged is what panics inside of this library and on its
//! threads: it is caught there, and an error to poll.
//!
//! ```
//! # use alog::{Config, Logger};
//! # let mut config = Config::new();
//! # config.add_sink("file:/dev/null")?;
//! let log = Logger::new(&config)?;
//! alog::log_panics(&log);
//! // ... FATAL - panic: index out of bounds thread=main stack=...
//! # Ok::<(), alog::Error>(())
//! ```

use crate::error::Code;
use crate::level::Level;
use crate::logger::{Loan, Logger, is_inside, source_number};
use crate::os;
use std::any::Any;
use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use std::{env, panic, thread};

/// What is kept of a stack: its innermost frames, and well below what a message may have by default.
const LONGEST_STACK: usize = 64 * 1024;
/// How long a thread that panics waits at most for space, and for the record to be written.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which hook is the one that logs: the last that was installed.
static LATEST: AtomicU64 = AtomicU64::new(0);

/// Logs every panic of the program with `logger` from now on, and then does what was done before.
///
/// Of several calls the last one counts: no panic is logged twice. The logger is not kept alive: when it is
/// dropped, nothing is logged any more. The field `stack` is left out if `RUST_LIB_BACKTRACE`, or without that
/// `RUST_BACKTRACE`, is 0, and where the record would be too long with it.
///
/// The record passes the logger's hooks and goes to its sinks. A pre-hook that panics at that aborts the program:
/// that is what Rust does with a panic in a panic hook.
pub fn log_panics(logger: &Logger) {
    let log = logger.lend();
    let number = LATEST.fetch_add(1, Relaxed) + 1; // Relaxed: the number stands for itself
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // Inside, the panic is caught, and what it interrupted may hold what logging needs.
        if number == LATEST.load(Relaxed) && !is_inside() {
            report(log, info);
        }
        before(info);
    }));
}

fn report(log: Loan, info: &PanicHookInfo<'_>) {
    let message = format!("panic: {}", message_of(info.payload()));
    let source = info
        .location()
        .map_or(0, |place| source_number(place.file().as_bytes(), place.line(), b"").unwrap_or(0));
    let stack = wants_stack().then(|| Backtrace::force_capture().to_string());
    let named = thread::current().name().map_or_else(|| os::this_thread().1, str::to_owned);
    let send = |stack: Option<&str>| {
        let event = log.event(Level::Fatal, message.as_bytes()).verbatim().source(source);
        let event = event.field("thread", named.as_str());
        let event = match stack {
            Some(stack) => event.field("stack", beginning(stack, LONGEST_STACK)),
            None => event,
        };
        event.within(PATIENCE).try_send()
    };
    if send(stack.as_deref()) == Code::TooLarge {
        let _ = send(None); // what becomes of it is counted; whoever could be told is about to end
    }
}

/// What `panic!` was given.
fn message_of(payload: &dyn Any) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)")
}

/// Whether the environment does not forbid it.
fn wants_stack() -> bool {
    let said = ["RUST_LIB_BACKTRACE", "RUST_BACKTRACE"].into_iter().find_map(env::var_os);
    said.is_none_or(|said| said != "0")
}

/// The first bytes of a text, at most so many.
fn beginning(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    text[..end.unwrap_or(0)].trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_what_panic_was_given() {
        let payloads: [Box<dyn Any>; 3] = [Box::new("a"), Box::new(String::from("b")), Box::new(3)];
        let said: Vec<&str> = payloads.iter().map(|payload| message_of(&**payload)).collect();
        assert_eq!(said, ["a", "b", "(no text)"]);
    }

    #[test]
    fn a_long_stack_is_cut_at_a_character() {
        assert_eq!(beginning("aéé", 2), "a");
        assert_eq!(beginning("a\n", 9), "a");
    }
}
