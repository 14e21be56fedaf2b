//! Formats, made ready: what each puts in front of a message, and what that depends on.

use super::draft::Draft;
use super::elements::{Maker, Notation};
use super::fraction::Fractions;
use super::head::Shows;
use super::pattern::Composer;
use super::time::{Moment, TimeText};
use super::{escape, journal, level, syslog};
use crate::config::{Format, Look};
use crate::record::Event;

/// A format, made ready.
pub enum Style {
    /// Time, level, escaped message and fields.
    Text {
        /// In brackets.
        time: TimeText,
        /// The level has its colour.
        colored: bool,
    },
    /// The message.
    Raw,
    /// One object.
    Json(Maker),
    /// Pairs.
    Logfmt(Maker),
    /// As the pattern says.
    Pattern(Composer),
    /// A message of syslog.
    Syslog(syslog::Maker),
    /// An entry of the journal.
    Journald(journal::Maker),
    /// A message of Protocol Buffers.
    Otlp,
}

impl Style {
    /// `colored`: whether the sink shows colours.
    pub fn new(look: &Look, colored: bool) -> Self {
        let maker = |notation| Maker::new(notation, &look.keys, &look.zone);
        match &look.format {
            Format::Text => Style::Text { time: TimeText::bracketed(&look.zone), colored },
            Format::Raw => Style::Raw,
            Format::Json => Style::Json(maker(Notation::Member)),
            Format::Logfmt => Style::Logfmt(maker(Notation::Pair)),
            Format::Pattern(pattern) => Style::Pattern(Composer::new(pattern, &look.zone, colored)),
            Format::Syslog(syslog) => Style::Syslog(syslog::Maker::new(syslog, look)),
            Format::Journald(syslog) => Style::Journald(journal::Maker::new(syslog, look)),
            Format::Otlp => Style::Otlp,
        }
    }

    /// What the head of a line depends on, beside the time, the level and the logger.
    pub fn head_shows(&self) -> Shows {
        match self {
            Style::Text { .. }
            | Style::Raw
            | Style::Syslog(_)
            | Style::Journald(_)
            | Style::Otlp => Shows { source: false, thread: false },
            Style::Json(maker) | Style::Logfmt(maker) => maker.shows(),
            Style::Pattern(composer) => composer.head_shows(),
        }
    }

    /// Whether the fields of loggers are text that can be kept from record to record.
    pub fn keeps_fields(&self) -> bool {
        !matches!(self, Style::Raw | Style::Syslog(_) | Style::Journald(_) | Style::Otlp)
    }

    /// Whether the names of all elements count, not only of level and message.
    pub fn names_all(&self) -> bool {
        !matches!(self, Style::Text { .. } | Style::Raw | Style::Pattern(_))
    }

    /// Puts what stands in front of the message of an event into `out`, which is empty.
    pub fn head(
        &mut self,
        event: &Event<'_>,
        moment: Moment,
        out: &mut Draft,
        fractions: &mut Fractions,
    ) {
        match self {
            Style::Text { time, colored } => {
                time.put(moment, out, fractions);
                let prefix = level::prefix(event.level, *colored).as_bytes();
                if event.logger.is_empty() {
                    out.put(prefix);
                } else {
                    out.put(prefix.strip_suffix(b"- ").unwrap_or(prefix));
                    escape::text(event.logger.as_bytes(), out);
                    out.put(b" - ");
                }
            }
            Style::Raw | Style::Otlp => {}
            Style::Json(maker) | Style::Logfmt(maker) => maker.put(event, moment, out, fractions),
            Style::Pattern(composer) => composer.head(event, moment, out, fractions),
            Style::Syslog(maker) => maker.head(event, moment, out, fractions),
            Style::Journald(maker) => maker.head(event, moment, out, fractions),
        }
    }
}
