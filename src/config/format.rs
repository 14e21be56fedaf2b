//! What a line looks like: format, time zone, colours, and the names of the elements.
//!
//! Everything is resolved when it is set, so that making a line asks nobody: a time zone is looked up
//! here, a pattern is taken apart here.

use super::parse::same_name;
use super::pattern::{Pattern, Piece, Token};
use super::redact::Redact;
use super::syslog::Syslog;
use crate::error::Text;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// What `format` takes.
pub const FORMATS: &str = "text, raw, json, logfmt (a layout of your own is a pattern)";
/// What `time_zone` takes.
pub const ZONES: &str = "utc, local, an IANA name (such as Europe/Berlin)";
/// What `color` takes.
pub const COLORS: &str = "auto, always, never";
/// What the names of elements take.
pub const KEY_NAMES: &str = "a name of at most 255 bytes; an empty one leaves the element out";

/// The longest name of an element, in bytes: more than any reader of logs has for a name.
const MAX_KEY_NAME: usize = 255;

/// How a record becomes a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// Time, level, escaped message and fields.
    Text,
    /// The bytes of the message.
    Raw,
    /// One JSON object.
    Json,
    /// `key=value` for everything.
    Logfmt,
    /// As the pattern says.
    Pattern(Arc<Pattern>),
    /// A message of syslog.
    Syslog(Arc<Syslog>),
    /// An entry of the journal.
    Journald(Arc<Syslog>),
    /// A record of OpenTelemetry, in Protocol Buffers. Not to be chosen: collectors have it.
    Otlp,
}

/// The time zone of the time stamps.
#[derive(Clone, Debug, PartialEq)]
pub enum Zone {
    /// Shown as `Z`.
    Utc,
    /// Shown by its offset.
    Other(TimeZone),
}

/// When lines carry colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// On a terminal that wants them.
    Auto,
    /// Also in files.
    Always,
    /// Nowhere.
    Never,
}

/// The names of the elements in json and logfmt. An element without a name is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// When.
    pub time: String,
    /// How severe.
    pub level: String,
    /// What.
    pub message: String,
    /// By which logger.
    pub logger: String,
    /// Where in the program.
    pub source: String,
    /// On which thread.
    pub thread: String,
    /// In which process.
    pub pid: String,
    /// With which number, of those that its sink gives.
    pub seq: String,
}

/// All of it: what a sink is told about its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// How a record becomes a line.
    pub format: Format,
    /// The time zone of its time.
    pub zone: Zone,
    /// When it carries colours.
    pub color: Color,
    /// What its elements are called.
    pub keys: Arc<Keys>,
    /// Whose values it does not show.
    pub redact: Redact,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            time: "time".into(),
            level: "level".into(),
            message: "message".into(),
            logger: "logger".into(),
            source: "source".into(),
            thread: String::new(),
            pid: String::new(),
            seq: String::new(),
        }
    }
}

impl Default for Look {
    fn default() -> Self {
        Self {
            format: Format::Text,
            zone: Zone::Utc,
            color: Color::Auto,
            keys: Arc::new(Keys::default()),
            redact: Redact::default(),
        }
    }
}

impl Look {
    /// Whether lines show the number of their record.
    pub fn shows_seq(&self) -> bool {
        match &self.format {
            Format::Json | Format::Logfmt => !self.keys.seq.is_empty(),
            Format::Pattern(pattern) => {
                let is_seq = |piece: &Piece| matches!(piece, Piece::Token(Token::Seq, _));
                pattern.pieces.iter().any(is_seq)
            }
            _ => false,
        }
    }
}

impl Keys {
    /// Succeeds if and only if no two elements that are shown have one name.
    ///
    /// # Errors
    /// Which two, and the name.
    pub fn check(&self) -> Result<(), Text<256>> {
        let named = [
            ("time_key", &self.time),
            ("level_key", &self.level),
            ("message_key", &self.message),
            ("logger_key", &self.logger),
            ("source_key", &self.source),
            ("thread_key", &self.thread),
            ("pid_key", &self.pid),
            ("seq_key", &self.seq),
        ];
        for (index, (key, name)) in named.iter().enumerate() {
            let other = named[..index].iter().find(|other| other.1 == *name && !name.is_empty());
            if let Some((other, _)) = other {
                return Err(Text::format(format_args!(
                    "{other} and {key} are both \"{name}\"; the names of elements must differ"
                )));
            }
        }
        Ok(())
    }
}

/// `text`, `raw`, `json` or `logfmt`. `pattern` is none of them: it needs a pattern.
pub fn parse_format(value: &str) -> Option<Format> {
    let formats = [
        ("text", Format::Text),
        ("raw", Format::Raw),
        ("json", Format::Json),
        ("logfmt", Format::Logfmt),
    ];
    formats.into_iter().find_map(|(name, format)| same_name(name, value).then_some(format))
}

/// `auto`, `always` or `never`.
pub fn parse_color(value: &str) -> Option<Color> {
    [("auto", Color::Auto), ("always", Color::Always), ("never", Color::Never)]
        .into_iter()
        .find_map(|(name, color)| same_name(name, value).then_some(color))
}

/// The name of an element.
pub fn parse_key_name(value: &str) -> Option<String> {
    (value.len() <= MAX_KEY_NAME).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_has_its_name_and_a_pattern_needs_more() {
        assert_eq!(parse_format("TEXT"), Some(Format::Text));
        assert_eq!(parse_format("raw"), Some(Format::Raw));
        assert_eq!(parse_format("json"), Some(Format::Json));
        assert_eq!(parse_format("logfmt"), Some(Format::Logfmt));
        for bad in ["pattern", "yaml", ""] {
            assert_eq!(parse_format(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_color_is_auto_always_or_never() {
        assert_eq!(parse_color("auto"), Some(Color::Auto));
        assert_eq!(parse_color("Always"), Some(Color::Always));
        assert_eq!(parse_color("never"), Some(Color::Never));
        assert_eq!(parse_color("yes"), None);
    }

    #[test]
    fn two_elements_of_one_name_are_refused_unless_they_are_left_out() {
        let mut keys = Keys::default();
        assert_eq!(keys.check(), Ok(()));
        (keys.level, keys.source) = (String::new(), String::new());
        assert_eq!(keys.check(), Ok(()));
        keys.pid = "time".into();
        assert_eq!(
            keys.check().unwrap_err().as_str(),
            "time_key and pid_key are both \"time\"; the names of elements must differ"
        );
    }

    #[test]
    fn a_name_of_an_element_is_bounded() {
        assert_eq!(parse_key_name(""), Some(String::new()));
        assert_eq!(parse_key_name(&"k".repeat(255)).map(|name| name.len()), Some(255));
        assert_eq!(parse_key_name(&"k".repeat(256)), None);
    }
}
