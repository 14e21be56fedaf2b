//! What the targets share: a logger that writes on the calling thread, and the lines that it wrote.

use alog::{Config, Destination, Logger};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps the lines that it gets.
#[derive(Default)]
pub struct Lines(Mutex<Vec<u8>>);

impl Lines {
    /// Takes the lines, each of which must be one line that does no harm to a terminal. A tab may be a pattern's own.
    pub fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let text = String::from_utf8(bytes).expect("a log is UTF-8");
        assert!(text.is_empty() || text.ends_with('\n'), "a torn line: {text:?}");
        let lines: Vec<String> = text.split_terminator('\n').map(str::to_owned).collect();
        for line in &lines {
            let is_harmful = |ch: char| {
                (ch.is_control() && ch != '\t') || ['\u{2028}', '\u{2029}'].contains(&ch)
            };
            assert!(!line.contains(is_harmful), "{line:?}");
        }
        lines
    }
}

impl Destination for Lines {
    fn write(&self, lines: &[u8], count: u64) -> io::Result<()> {
        assert_eq!(lines.iter().filter(|&&byte| byte == b'\n').count() as u64, count);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(lines);
        Ok(())
    }
}

/// A logger with these settings that writes each record before the call returns; `None` if it is refused.
pub fn synchronous(settings: &[(&str, &str)]) -> Option<(Logger, Arc<Lines>)> {
    let (mut config, lines) = (Config::new(), Arc::new(Lines::default()));
    config.set("workers", "0").expect("a setting");
    for (key, value) in settings {
        config.set(key, value).ok()?;
    }
    config.add_destination("lines", lines.clone()).expect("a destination");
    Logger::new(&config).ok().map(|log| (log, lines))
}

/// An error says what is wrong, in one line of text.
pub fn is_good(error: &alog::Error) {
    assert!(error.code.into_raw() < 0 && !error.message.as_str().is_empty(), "{error:?}");
}

/// Checks a configuration as a whole, in which whatever a sink would open is left out.
pub fn check(config: Config) {
    config.validate().unwrap_or_else(|error| is_good(&error));
}

/// What stood in a line's text before its escapes, as a reader finds it who knows the format only.
pub fn unescape(text: &str) -> String {
    let (mut out, mut chars) = (String::new(), text.chars());
    while let Some(ch) = chars.next() {
        if ch != '\\' {
            out.push(ch);
            continue;
        }
        let kind = chars.next().expect("an escape");
        let digits = match kind {
            'n' => {
                out.push('\n');
                continue;
            }
            'r' => {
                out.push('\r');
                continue;
            }
            't' => {
                out.push('\t');
                continue;
            }
            'x' => 2,
            'u' => 4,
            other => {
                out.push(other);
                continue;
            }
        };
        let digits: String = chars.by_ref().take(digits).collect();
        let number = u32::from_str_radix(&digits, 16).expect("hexadecimal digits");
        out.push(char::from_u32(number).expect("a character"));
    }
    out
}
