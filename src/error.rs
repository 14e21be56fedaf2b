//! Errors as values without an allocation in them: they are made when memory or descriptors run out.

use crate::clock::unix_ns;
use std::ffi::CStr;
use std::fmt::{self, Write as _};
use std::io;

/// Codes and their words, in one place.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $raw:literal, $text:literal;)*) => {
        /// What a call came to. The numbers are those of `ALOG_OK`, `ALOG_ERR_*` and so on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        #[must_use]
        pub enum Code { $($(#[$doc])* $name = $raw,)* }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code of a number; [`Code::Unknown`] for one that is none.
            pub fn from_raw(raw: i32) -> Code {
                match raw { $($raw => Code::$name,)* _ => Code::Unknown }
            }

            /// The code in words.
            pub fn text(self) -> &'static CStr {
                match self { $(Code::$name => $text,)* }
            }
        }
    };
}

codes! {
    /// Success.
    Ok = 0, c"ok";
    /// Nothing there.
    Empty = 1, c"nothing there";
    /// The level is switched off.
    Disabled = 2, c"the level is switched off";
    /// The queue was full and the policy is to refuse.
    Dropped = 3, c"the queue is full and the message was dropped";
    /// A wrong argument.
    Argument = -1, c"an argument is wrong";
    /// No such logger.
    Handle = -2, c"the handle is no logger";
    /// The logger takes no more messages.
    Stopped = -3, c"the logger was stopped";
    /// The deadline passed.
    Timeout = -4, c"the deadline passed";
    /// Waiting here would never end.
    WouldDeadlock = -5, c"waiting here would never end";
    /// The message is too long.
    TooLarge = -6, c"the message is longer than max_message_bytes";
    /// A malformed field.
    Field = -7, c"a field is malformed";
    /// Not with this kind of writer.
    Mode = -8, c"this thread cannot write for the logger: it has another writer, or is stopped";
    /// No such key.
    Key = -20, c"no such key";
    /// The key does not take that value.
    Value = -21, c"the key does not take that value";
    /// No such sink, or a malformed specification of one.
    Sink = -22, c"there is no such sink, or its specification is malformed";
    /// No TOML.
    Syntax = -23, c"the configuration is malformed";
    /// No memory.
    Memory = -40, c"memory could not be had";
    /// No thread.
    Thread = -41, c"the writer thread could not be started";
    /// A limit was reached.
    Limit = -42, c"a limit was reached";
    /// A destination could not be opened.
    Open = -60, c"a destination could not be opened";
    /// A destination did not take what was written.
    Io = -61, c"a destination could not be written to";
    /// Messages were refused because the queue was full.
    QueueFull = -80, c"messages were refused because the queue was full";
    /// A hook failed.
    Hook = -81, c"a hook failed";
    /// A scheduler picked no worker.
    Scheduler = -82, c"a scheduler picked no worker";
    /// A panic inside was caught.
    Panic = -100, c"a panic inside the library was caught";
    /// No code of this library.
    Unknown = -2147483648, c"unknown status";
}

impl Code {
    /// The number for C.
    pub fn into_raw(self) -> i32 {
        self as i32
    }

    /// [`Code::Ok`] and every other "no, and that is fine" as success.
    pub fn ok(self) -> Result<(), Error> {
        if self.into_raw() >= 0 { Ok(()) } else { Err(self.into()) }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().to_str().unwrap_or("unknown status"))
    }
}

/// UTF-8 of at most `N - 1` bytes, in place. What is longer is cut at a character boundary.
#[derive(Clone, Copy)]
pub struct Text<const N: usize> {
    len: u16,
    bytes: [u8; N],
}

impl<const N: usize> Text<N> {
    /// As much of `text` as fits.
    pub fn new(text: &str) -> Self {
        Self::format(format_args!("{text}"))
    }

    /// As much as fits of what the arguments format to. A NUL in it becomes a blank, since C would
    /// take it for the end.
    pub fn format(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Self { len: 0, bytes: [0; N] };
        // The only error is that it is full: the cut is what was promised.
        let _ = text.write_fmt(arguments);
        text
    }

    /// The same, for people: what does not fit is cut between two words, and dots stand for it.
    pub fn sentence(arguments: fmt::Arguments<'_>) -> Self {
        const DOTS: &str = " ...";
        let mut text = Self { len: 0, bytes: [0; N] };
        if text.write_fmt(arguments).is_err() {
            let mut room = N - 1 - DOTS.len();
            while !text.as_str().is_char_boundary(room) {
                room -= 1;
            }
            let whole = &text.as_str()[..room];
            // A word that fills half of it is cut.
            let end = whole.rfind(' ').filter(|&end| end > room / 2).unwrap_or(room);
            text.len = end as u16;
            let _ = text.write_str(DOTS); // there is room
        }
        text
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len as usize]).unwrap_or_default()
    }
}

impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for ch in text.chars() {
            let ch = if ch == '\0' { ' ' } else { ch };
            let start = self.len as usize;
            if start + ch.len_utf8() > N - 1 {
                return Err(fmt::Error);
            }
            ch.encode_utf8(&mut self.bytes[start..]);
            self.len += ch.len_utf8() as u16;
        }
        Ok(())
    }
}

impl<const N: usize> PartialEq for Text<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What went wrong, where, how often and when.
///
/// ```
/// # use alog::{Code, Config, Level, Logger};
/// let mut config = Config::new();
/// let error = config.set("level", "loud").unwrap_err();
/// assert_eq!(error.code, Code::Value);
///
/// config.add_sink("file:/dev/full")?;
/// let log = Logger::new(&config)?;
/// log.write(Level::Info, "accepted all the same")?;
/// log.stop(None)?;
/// let error = log.poll_error().expect("what went wrong later is polled");
/// assert_eq!((error.code, error.origin.as_str()), (Code::Io, "file:/dev/full"));
/// assert_eq!(std::io::Error::from_raw_os_error(error.os_error).kind(), std::io::ErrorKind::StorageFull);
/// # Ok::<(), alog::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Error {
    /// Which kind.
    pub code: Code,
    /// The `errno` behind it, 0 if none.
    pub os_error: i32,
    /// How many identical consecutive errors this one stands for.
    pub count: u64,
    /// When the first of them happened, in nanoseconds since 1970.
    pub first_unix_ns: i64,
    /// When the last of them happened, in nanoseconds since 1970.
    pub last_unix_ns: i64,
    /// Which sink or stage.
    pub origin: Text<64>,
    /// What happened.
    pub message: Text<256>,
}

impl Error {
    /// An error that happened now.
    pub fn new(code: Code, origin: &str, message: fmt::Arguments<'_>) -> Self {
        let now = unix_ns();
        Self {
            code,
            os_error: 0,
            count: 1,
            first_unix_ns: now,
            last_unix_ns: now,
            origin: Text::new(origin),
            message: Text::sentence(message),
        }
    }

    /// An error of the operating system: `doing` says what could not be done, for example
    /// `cannot open "app.log"`.
    pub fn os(code: Code, origin: &str, doing: fmt::Arguments<'_>, error: &io::Error) -> Self {
        let os_error = error.raw_os_error().unwrap_or(0);
        Self { os_error, ..Self::new(code, origin, format_args!("{doing}: {}", Lower(error))) }
    }

    /// A pointer that must not be NULL is.
    pub fn null(what: &str) -> Self {
        Self::new(Code::Argument, "argument", format_args!("{what} must not be NULL"))
    }

    /// The same, for `count` identical ones at once.
    pub fn times(self, count: u64) -> Self {
        Self { count, ..self }
    }

    /// Whether only number and time tell it from `other`.
    pub fn repeats(&self, other: &Error) -> bool {
        self.code == other.code
            && self.os_error == other.os_error
            && self.origin == other.origin
            && self.message == other.message
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::new(code, "logger", format_args!("{code}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)
    }
}

impl std::error::Error for Error {}

/// For hooks and destinations, which give I/O errors.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        io::Error::other(error)
    }
}

/// An I/O error in lower case, as this library's messages are.
struct Lower<'a>(&'a io::Error);

impl fmt::Display for Lower<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Text::<200>::format(format_args!("{}", self.0));
        text.bytes[..1].make_ascii_lowercase();
        f.write_str(text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_a_character_boundary() {
        assert_eq!(Text::<4>::new("abcd").as_str(), "abc");
        assert_eq!(Text::<4>::new("aöö").as_str(), "aö");
        assert_eq!(Text::<4>::new("öö").as_str(), "ö");
        assert_eq!(Text::<8>::new("a\0b").as_str(), "a b");
    }

    #[test]
    fn a_sentence_is_cut_between_two_words_and_says_so() {
        let sentence = |text: &str| Text::<16>::sentence(format_args!("{text}"));
        assert_eq!(sentence("it fits in there").as_str(), "it fits in ...");
        assert_eq!(sentence("it fits in here").as_str(), "it fits in here");
        assert_eq!(sentence("onewordandnomore").as_str(), "onewordandn ...");
        assert_eq!(sentence("ööööööööö").as_str(), "ööööö ...");
    }

    #[test]
    fn an_os_error_says_noun_and_reason_in_lower_case() {
        let full = io::Error::from_raw_os_error(libc::ENOSPC);
        let error = Error::os(Code::Io, "file:a", format_args!("cannot write \"a\""), &full);
        assert_eq!(error.os_error, libc::ENOSPC);
        assert_eq!(
            error.message.as_str(),
            "cannot write \"a\": no space left on device (os error 28)"
        );
    }

    #[test]
    fn every_code_survives_the_way_through_its_number() {
        for &code in Code::ALL {
            assert_eq!(Code::from_raw(code.into_raw()), code);
            assert!(!code.text().is_empty());
        }
        assert_eq!(Code::from_raw(-3000), Code::Unknown);
    }
}
