//! A record becomes a line. Knows no sink.
//!
//! [`Formatter::prepare`] says how much room the line takes and [`Formatter::line`] puts it there. The line of a
//! plain message goes straight to its place; every other line is put together beforehand, where it may grow, and
//! then copied. Either way, what stands in front of the message is kept from record to record. Nothing here fails
//! but for want of memory, and nothing panics, whatever the bytes are.

mod base;
mod draft;
mod elements;
mod escape;
mod fields;
mod fraction;
mod head;
mod journal;
mod json;
mod level;
mod number;
mod otlp;
mod pairs;
mod pattern;
pub mod protobuf;
mod redact;
mod source;
mod style;
mod syslog;
mod template;
mod time;

#[cfg(test)]
mod tests;

use crate::config::{Keys, Look, Redact};
use crate::field::{Field, Fields};
use crate::level::Level;
use crate::record::{Event, Layers, Thread};
use base::{Base, Bases};
use draft::Draft;
use elements::{Elements, Notation};
use fields::Marks;
use fraction::Fractions;
use head::{Heads, Key, Shows};
use redact::Redacted;
use std::sync::Arc;
use style::Style;
use time::{Moment, Moments};

/// What stands around a plain message at most.
const AROUND: usize = 2 * head::MAX_PLAIN;
/// What of that stands behind it, beside the name of its number: the digits of that, and the end of the line.
const BEHIND: usize = 24;
/// What one byte of a message becomes at most: `\u0000` in JSON.
const LONGEST_ESCAPE: usize = 6;
/// The memory for fields that is kept from record to record: hardly one has more.
const KEPT_FIELDS: usize = 256;

/// Makes the lines of one sink. Belongs to one worker; keeps what does not change from record to record. A child
/// of `fork` makes its own.
pub struct Formatter {
    style: Style,
    shows: Shows,
    keys: Arc<Keys>,
    key_lens: u64,
    moments: Moments,
    heads: Heads,
    /// Plain messages have heads that are kept.
    takes_plain: bool,
    /// What stands between a plain message and its number, if lines show that.
    before_seq: Box<[u8]>,
    /// The line that `prepare` promised goes straight to its place.
    is_direct: bool,
    draft: Draft,
    /// A rendered template.
    message: Draft,
    bases: Bases,
    /// Kept for its memory.
    fields: Vec<Field<'static>>,
    lost: Marks,
    used: Marks,
    /// Whose values are not shown.
    redact: Redact,
    redacted: Redacted,
}

/// Everything that a line is put together from.
struct Parts<'a> {
    event: &'a Event<'a>,
    /// Rendered, without the newline at its end.
    message: &'a [u8],
    /// The logger's fields, rendered; unless one is overridden.
    base: Option<&'a Base>,
    /// The logger's fields, if they may be needed one by one.
    base_fields: &'a [Field<'a>],
    /// The others.
    fields: &'a [Field<'a>],
    /// One of the logger's fields is in the message.
    uses_base: bool,
    view: pairs::View<'a>,
}

impl Formatter {
    /// `colored`: whether the sink shows colours.
    pub fn new(look: &Look, colored: bool) -> Self {
        let style = Style::new(look, colored);
        let mut new = Self {
            bases: Bases::new(matches!(style, Style::Json(_))),
            shows: style.head_shows(),
            style,
            keys: Arc::clone(&look.keys),
            key_lens: elements::len_bits(&look.keys),
            moments: Moments::new(),
            heads: Heads::new(),
            takes_plain: false,
            before_seq: Box::default(),
            is_direct: true,
            draft: Draft::default(),
            message: Draft::default(),
            fields: Vec::new(),
            lost: Marks::default(),
            used: Marks::default(),
            redact: look.redact.clone(),
            redacted: Redacted::default(),
        };
        new.before_seq = new.make_before_seq();
        new.takes_plain = match new.style {
            Style::Raw => true,
            Style::Text { .. } => new.has_plain_heads(),
            Style::Json(_) | Style::Logfmt(_) => {
                !look.keys.message.is_empty()
                    && !new.shows.thread
                    && new.before_seq.len() + BEHIND <= AROUND - head::MAX_PLAIN
                    && new.has_plain_heads()
            }
            Style::Pattern(_) | Style::Syslog(_) | Style::Journald(_) | Style::Otlp => false,
        };
        new
    }

    /// Whether there is room for the heads of plain messages. They have the same length in each second, so then
    /// there always is.
    fn has_plain_heads(&mut self) -> bool {
        let moment = Moment { second: 0, nanos: 0 };
        Level::ALL.into_iter().all(|level| self.make_plain_head(level, moment))
    }

    fn make_before_seq(&mut self) -> Box<[u8]> {
        let (notation, start) = match self.style {
            Style::Json(_) => (Notation::Member, 0),
            Style::Logfmt(_) => (Notation::Pair, 1),
            _ => return Box::default(),
        };
        let out = &mut self.draft;
        out.begin(usize::MAX);
        out.put(b"\""); // of the message, in JSON
        let thread = Thread::default();
        let event = Event { seq: 1, ..bare(Level::Info, &thread) };
        notation.put_seq(&self.keys.seq, &event, out);
        // But for the digit, or for all if no number shows.
        let before = &out.as_bytes()[..out.len() - 1];
        before.get(start..).unwrap_or_default().into()
    }

    /// Whether a message that has nothing beside it becomes a line by [`plain_line`](Self::plain_line).
    #[inline(always)]
    pub fn is_plain(&self) -> bool {
        self.takes_plain
    }

    /// How many bytes `plain_line` may add at most.
    #[inline(always)]
    pub fn longest_plain_line(message: &[u8]) -> usize {
        LONGEST_ESCAPE * message.len() + AROUND // a message is at most a gigabyte long
    }

    /// Puts the line of a message that has nothing beside it: no field, no name, no template. `seq`: its number, or 0.
    /// If and only if [`is_plain`](Self::is_plain).
    #[inline(always)]
    pub fn plain_line(
        &mut self,
        level: Level,
        unix_ns: i64,
        seq: u64,
        message: &[u8],
        out: &mut Vec<u8>,
    ) {
        let message = trimmed(message);
        if !matches!(self.style, Style::Raw) {
            let moment = self.moments.at(unix_ns);
            if !self.heads.put_plain(level, moment, out) {
                self.make_plain_head(level, moment);
                self.heads.put_plain(level, moment, out);
            }
        }
        match self.style {
            Style::Text { .. } => escape::text(message, out),
            Style::Json(_) => {
                escape::in_json(message, out);
                if !self.put_seq(seq, out) {
                    out.push(b'"');
                }
                out.push(b'}');
            }
            Style::Logfmt(_) => {
                escape::value(message, out);
                self.put_seq(seq, out);
            }
            _ => out.extend_from_slice(message),
        }
        out.push(b'\n');
    }

    /// Puts the number of a plain message behind it. False if none shows.
    #[inline(always)]
    fn put_seq(&self, seq: u64, out: &mut Vec<u8>) -> bool {
        let shows = seq != 0 && !self.before_seq.is_empty();
        if shows {
            out.extend_from_slice(&self.before_seq);
            out.extend_from_slice(itoa::Buffer::new().format(seq).as_bytes());
        }
        shows
    }

    #[cold]
    fn make_plain_head(&mut self, level: Level, moment: Moment) -> bool {
        let thread = Thread::default();
        let event = bare(level, &thread);
        let mut fractions = Fractions::default();
        self.draft.begin(usize::MAX);
        self.style.head(&event, moment, &mut self.draft, &mut fractions);
        let head = self.draft.as_bytes();
        self.draft.is_whole() && self.heads.keep_plain(level, moment.second, head, fractions)
    }

    /// How many bytes [`line`](Self::line) may add at most; `None`: it cannot be said without memory that is not
    /// there. `line` for the same event follows at once, or never.
    #[inline]
    pub fn prepare(&mut self, event: &Event<'_>) -> Option<usize> {
        let Layers { base, own, post, .. } = event.fields;
        self.is_direct = match self.style {
            _ if event.is_template || !self.takes_plain => false,
            Style::Raw => true,
            _ => {
                let has_fields = !(own.is_empty() && post.is_empty() && base.is_empty());
                let shows_source = self.shows.source && event.source.is_some();
                !has_fields && event.logger.is_empty() && !shows_source
            }
        };
        if self.is_direct {
            return Some(Self::longest_plain_line(event.message));
        }
        if !self.redact.is_empty() {
            return self.compose_redacted(event);
        }
        self.compose(event)
    }

    fn compose_redacted(&mut self, event: &Event<'_>) -> Option<usize> {
        let mut redacted = std::mem::take(&mut self.redacted);
        let event = redacted.make(&self.redact, event);
        let len = event.and_then(|event| self.compose(&event));
        self.redacted = redacted;
        len
    }

    /// Puts one line behind `out`, ending in exactly one newline; as syslog, the journal and OpenTelemetry want it,
    /// for those.
    #[inline]
    pub fn line(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        if self.is_direct {
            return self.plain_line(event.level, event.unix_ns, event.seq, event.message, out);
        }
        match &self.style {
            Style::Syslog(maker) => maker.frame(self.draft.as_bytes(), out),
            Style::Journald(_) | Style::Otlp => out.extend_from_slice(self.draft.as_bytes()),
            _ => {
                out.extend_from_slice(self.draft.as_bytes());
                out.push(b'\n');
            }
        }
    }

    /// Puts the line together in `draft`, without its newline.
    fn compose(&mut self, event: &Event<'_>) -> Option<usize> {
        let mut fields = recycled(std::mem::take(&mut self.fields));
        let len = self.compose_of(event, &mut fields);
        if fields.capacity() <= KEPT_FIELDS {
            self.fields = recycled(fields);
        }
        len
    }

    /// `fields`: memory for the fields of the event.
    fn compose_of<'a>(&mut self, event: &Event<'a>, fields: &mut Vec<Field<'a>>) -> Option<usize> {
        let layers = &event.fields;
        let all_elements = self.style.names_all();
        let elements = Elements::new(&self.keys, self.key_lens, all_elements, event);
        let mut base = None;
        if !layers.base.is_empty() && layers.base_id != 0 && self.style.keeps_fields() {
            let others = layers.own.chain(layers.post);
            base = self.bases.get(event, &elements);
            base = base.filter(|base| !base.is_overridden(layers, others));
        }
        if base.is_none() || event.is_template || matches!(self.style, Style::Pattern(_)) {
            collect(layers.base, fields)?;
        }
        let base_len = fields.len();
        collect(layers.own, fields)?;
        collect(layers.post, fields)?;
        self.lost.clear();
        self.used.clear();
        fields::find_lost(fields.iter(), &mut self.lost)?;
        let mut message = event.message;
        if event.is_template {
            template::render(message, fields, &self.lost, &mut self.used, &mut self.message)?;
            message = self.message.as_bytes();
        }
        let (base_fields, fields) = fields.split_at(base_len);
        let parts = Parts {
            event,
            message: trimmed(message),
            base,
            uses_base: self.used.touch(layers.base),
            base_fields,
            fields,
            view: pairs::View { lost: &self.lost, used: Some(&self.used), elements },
        };
        let out = &mut self.draft;
        out.begin(usize::MAX);
        if matches!(self.style, Style::Otlp) {
            parts.otlp(out);
            return out.is_whole().then_some(out.len());
        }
        let moment = self.moments.at(event.unix_ns);
        let (style, heads) = (&mut self.style, &mut self.heads);
        let key = Key::new(event, self.shows);
        heads.put(&key, moment, out, |out, fractions| style.head(event, moment, out, fractions));
        let has_message = !self.keys.message.is_empty();
        match style {
            Style::Text { .. } => parts.text(out),
            Style::Raw => out.put(parts.message),
            Style::Json(_) => parts.json(has_message, &self.keys.seq, out),
            Style::Logfmt(_) => parts.logfmt(has_message, &self.keys.seq, out),
            Style::Pattern(composer) => composer.rest(&parts, moment, out),
            Style::Syslog(maker) => {
                maker.rest(&parts, out);
                return out.is_whole().then(|| maker.framed_len(out.len()));
            }
            Style::Journald(maker) => maker.rest(&parts, out),
            Style::Otlp => {} // it has no head
        }
        out.is_whole().then_some(out.len() + 1)
    }
}

/// An event of which nothing is known but its level.
fn bare(level: Level, thread: &Thread) -> Event<'_> {
    Event {
        unix_ns: 0,
        level,
        message: b"",
        is_template: false,
        fields: Layers::default(),
        logger: "",
        source: None,
        thread,
        seq: 0,
    }
}

/// Takes the fields of a run apart, and puts them behind `fields`. `None` without memory.
#[inline]
fn collect<'a>(run: Fields<'a>, fields: &mut Vec<Field<'a>>) -> Option<()> {
    for field in run {
        if fields.len() == fields.capacity() {
            fields.try_reserve(1).ok()?;
        }
        fields.push(field);
    }
    Some(())
}

/// The memory of a list, for fields of another event.
fn recycled<'a>(mut fields: Vec<Field<'_>>) -> Vec<Field<'a>> {
    fields.clear();
    fields.into_iter().map_while(|_| None).collect()
}

/// A message without the newline at its end: the line has one of its own.
fn trimmed(message: &[u8]) -> &[u8] {
    message.strip_suffix(b"\n").unwrap_or(message)
}

impl Parts<'_> {
    fn text(&self, out: &mut Draft) {
        escape::text(self.message, out);
        self.put_pairs(true, out);
    }

    fn logfmt(&self, has_message: bool, seq: &str, out: &mut Draft) {
        if has_message {
            escape::value(self.message, out);
        }
        Notation::Pair.put_seq(seq, self.event, out);
        let has_head = out.len() > 0;
        self.put_pairs(false, out);
        if !has_head {
            out.remove(0); // the blank in front of the first field
        }
    }

    fn json(&self, has_message: bool, seq: &str, out: &mut Draft) {
        if has_message {
            escape::in_json(self.message, out);
            out.put(b"\"");
        }
        Notation::Member.put_seq(seq, self.event, out);
        let pairs::View { lost, elements, .. } = &self.view;
        match self.base {
            Some(base) => out.put(base.as_bytes()),
            None => json::put(self.base_fields.iter(), lost, elements, out),
        }
        json::put(self.fields.iter(), lost, elements, out);
        json::close(0, out);
    }

    fn otlp(&self, out: &mut Draft) {
        let fields = self.base_fields.iter().chain(self.fields);
        let (event, message, lost) = (self.event, self.message, self.view.lost);
        otlp::put(otlp::Parts { event, message, fields, lost }, out);
    }

    /// Puts the fields, each with a blank in front. `but_used`: those that are in the message are left out.
    fn put_pairs(&self, but_used: bool, out: &mut Draft) {
        let view = pairs::View { used: self.view.used.filter(|_| but_used), ..self.view };
        match self.base.filter(|_| !(but_used && self.uses_base)) {
            Some(base) => out.put(base.as_bytes()),
            None => pairs::put(self.base_fields.iter(), &view, out),
        }
        pairs::put(self.fields.iter(), &view, out);
    }
}
