//! Macros that log: one line at the call, nothing evaluated where the level is off, and the place in the
//! program looked up once.
//!
//! What becomes of a record that they hand over is in the account and the errors of its logger, as with
//! every record; a caller who wants to know at once uses [`Logger::event`](crate::Logger::event).

use crate::logger::source_number;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A place in the program and its number, which is looked up once. What [`source!`](crate::source) makes.
#[derive(Debug)]
pub struct Place {
    file: &'static str,
    line: u32,
    function: fn() -> &'static str,
    number: AtomicU32,
}

impl Place {
    /// A place without a number yet. `function` gives the path of an item in the function.
    pub const fn new(file: &'static str, line: u32, function: fn() -> &'static str) -> Self {
        Self { file, line, function, number: AtomicU32::new(0) }
    }

    /// The number; 0 if it cannot be had.
    #[inline]
    pub fn number(&self) -> u32 {
        // Relaxed: the number stands for itself.
        match self.number.load(Relaxed) {
            0 => self.look_up(),
            number => number,
        }
    }

    #[cold]
    fn look_up(&self) -> u32 {
        let function = function((self.function)());
        let number = source_number(self.file.as_bytes(), self.line, function.as_bytes());
        let number = number.unwrap_or(0); // without memory: the record goes without its place
        self.number.store(number, Relaxed);
        number
    }
}

/// The function that an item stands in, without the closures in it.
fn function(item: &str) -> &str {
    let mut path = item.rsplit_once("::").map_or("", |(path, _)| path);
    while let Some(outer) = path.strip_suffix("::{{closure}}") {
        path = outer;
    }
    path
}

/// Gives the number of this place in the program, for [`Event::source`](crate::Event::source).
///
/// ```
/// # use alog::{Config, Level, Logger};
/// # let mut config = Config::new();
/// # config.add_sink("file:/dev/null")?;
/// # let log = Logger::new(&config)?;
/// log.event(Level::Info, "hello").source(alog::source!()).send()?;
/// # Ok::<(), alog::Error>(())
/// ```
#[macro_export]
macro_rules! source {
    () => {{
        fn here() {}
        static PLACE: $crate::macros::Place =
            $crate::macros::Place::new(file!(), line!(), || ::std::any::type_name_of_val(&here));
        PLACE.number()
    }};
}

/// Logs a message with fields: `log!(LOGGER, LEVEL, MESSAGE, FIELD, ...)`.
///
/// In a message that is a literal, `{name}` stands for the field of that name; any other message is taken as
/// it stands. The fields are one of
///
/// | field | its value |
/// |---|---|
/// | `key = value` | a number, a truth value, a text, bytes, or an `Option` of these |
/// | `key = %value` | the text that it shows with `{}` |
/// | `key = ?value` | the text that it shows with `{:?}` |
/// | `key`, `%key`, `?key` | the same, of the variable `key` |
///
/// and a key is a name or, for any other text, a literal. Logger and level are evaluated once, all else only
/// if the level is on.
///
/// ```
/// # use alog::{Config, Level, Logger};
/// # let mut config = Config::new();
/// # config.add_sink("file:/dev/null")?;
/// # let log = Logger::new(&config)?;
/// let (user, address) = (5, std::net::Ipv4Addr::LOCALHOST);
/// alog::log!(log, Level::Info, "user {user} logged in", user, from = %address, "http.status" = 200);
/// # Ok::<(), alog::Error>(())
/// ```
#[macro_export]
macro_rules! log {
    ($logger:expr, $level:expr, $message:literal $(, $($fields:tt)*)?) => {
        $crate::__log!($logger, $level, $message, [] $($($fields)*)?)
    };
    ($logger:expr, $level:expr, $message:expr $(, $($fields:tt)*)?) => {
        $crate::__log!($logger, $level, $message, [.verbatim()] $($($fields)*)?)
    };
}

/// The body of [`log!`]: the event, with `$how` behind it, and then field by field.
#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    ($logger:expr, $level:expr, $message:expr, [$($how:tt)*] $($fields:tt)*) => {
        // `match` and not `let`: what is borrowed from temporaries lives to the end of it.
        match (&$logger, $level) {
            (logger, level) if logger.is_enabled(level) => match &$message {
                message => {
                    let event = logger.event(level, message).source($crate::source!())$($how)*;
                    $crate::__fields!(event, $($fields)*);
                    // Counted, polled and told in the log: see the module.
                    let _ = event.try_send();
                }
            },
            _ => {}
        }
    };
}

/// Adds the fields of [`log!`] to an event, one after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! __fields {
    ($event:ident,) => {};
    ($event:ident, $key:ident = $($rest:tt)*) => {
        $crate::__fields!(@value $event, stringify!($key), $($rest)*)
    };
    ($event:ident, $key:literal = $($rest:tt)*) => {
        $crate::__fields!(@value $event, $key, $($rest)*)
    };
    ($event:ident, % $key:ident $(, $($rest:tt)*)?) => {
        let $event = $event.display(stringify!($key), &$key);
        $crate::__fields!($event, $($($rest)*)?)
    };
    ($event:ident, ? $key:ident $(, $($rest:tt)*)?) => {
        let $event = $event.debug(stringify!($key), &$key);
        $crate::__fields!($event, $($($rest)*)?)
    };
    ($event:ident, $key:ident $(, $($rest:tt)*)?) => {
        let $event = $event.field(stringify!($key), $key);
        $crate::__fields!($event, $($($rest)*)?)
    };
    (@value $event:ident, $key:expr, % $value:expr $(, $($rest:tt)*)?) => {
        let $event = $event.display($key, &$value);
        $crate::__fields!($event, $($($rest)*)?)
    };
    (@value $event:ident, $key:expr, ? $value:expr $(, $($rest:tt)*)?) => {
        let $event = $event.debug($key, &$value);
        $crate::__fields!($event, $($($rest)*)?)
    };
    (@value $event:ident, $key:expr, $value:expr $(, $($rest:tt)*)?) => {
        let $event = $event.field($key, $value);
        $crate::__fields!($event, $($($rest)*)?)
    };
}

/// Makes the macro of one level.
macro_rules! level_macros {
    ($($name:ident $level:ident $dollar:tt;)*) => { $(
        #[doc = concat!("Logs with [`Level::", stringify!($level), "`](crate::Level::", stringify!($level), ").")]
        #[doc = ""]
        #[doc = concat!("`", stringify!($name), "!(LOGGER, MESSAGE, FIELD, ...)`; see [`log!`].")]
        #[macro_export]
        macro_rules! $name {
            ($dollar logger:expr, $dollar($dollar rest:tt)+) => {
                $crate::log!($dollar logger, $crate::Level::$level, $dollar($dollar rest)+)
            };
        }
    )* };
}

level_macros! {
    trace Trace $;
    debug Debug $;
    info Info $;
    notice Notice $;
    warn Warn $;
    error Error $;
    fatal Fatal $;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_of_an_item_is_known_also_in_closures() {
        assert_eq!(function("app::db::connect::here"), "app::db::connect");
        assert_eq!(function("app::run::{{closure}}::{{closure}}::here"), "app::run");
        assert_eq!(function("here"), "");
    }
}
