//! A record becomes a line. Knows no sink.

mod escape;
mod time;

pub use time::TimeText;

use crate::config::Format;
use crate::level::Level;

/// How many bytes a line can have at most, for a message of `len` bytes: every byte as `\xNN`, and
/// what stands around it.
pub fn longest_line(len: usize) -> usize {
    4 * len + 64
}

/// Puts one line behind `out`, ending in exactly one newline.
#[inline]
pub fn line(format: Format, time: &TimeText, level: Level, message: &[u8], out: &mut Vec<u8>) {
    let message = message.strip_suffix(b"\n").unwrap_or(message);
    match format {
        Format::Text => {
            out.extend_from_slice(time.as_bytes());
            out.extend_from_slice(prefix(level));
            escape::text(message, out);
        }
        Format::Raw => out.extend_from_slice(message),
    }
    out.push(b'\n');
}

/// What stands between the time and the message.
fn prefix(level: Level) -> &'static [u8] {
    match level {
        Level::Trace => b"TRACE - ",
        Level::Debug => b"DEBUG - ",
        Level::Info => b"INFO - ",
        Level::Notice => b"NOTICE - ",
        Level::Warn => b"WARN - ",
        Level::Error => b"ERROR - ",
        Level::Fatal => b"FATAL - ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(format: Format, message: &[u8]) -> String {
        let mut time = TimeText::new();
        time.set(1_792_000_000_123_456_789);
        let mut out = Vec::new();
        line(format, &time, Level::Warn, message, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_text_line_is_time_level_and_message() {
        let line = formatted(Format::Text, b"it is late");
        assert_eq!(line, "[2026-10-14 17:46:40.123456Z] WARN - it is late\n");
    }

    #[test]
    fn a_line_ends_in_exactly_one_newline() {
        assert_eq!(formatted(Format::Raw, b"a\n"), "a\n");
        assert_eq!(formatted(Format::Raw, b"a"), "a\n");
        assert_eq!(formatted(Format::Raw, b"a\n\n"), "a\n\n");
        assert!(formatted(Format::Text, b"a\n").ends_with("- a\n"));
        assert!(formatted(Format::Text, b"a\n\n").ends_with("- a\\n\n"));
    }

    #[test]
    fn every_level_stands_by_its_name() {
        for level in Level::ALL {
            assert_eq!(prefix(level), format!("{level} - ").as_bytes());
        }
    }

    #[test]
    fn no_line_is_longer_than_the_longest() {
        for message in [&[0xff; 100][..], b"", &[b'\\'; 100]] {
            assert!(formatted(Format::Text, message).len() <= longest_line(message.len()));
        }
    }
}
