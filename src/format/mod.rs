//! A record becomes a line. Knows no sink.
//!
//! [`Formatter::prepare`] says how much room the line takes and [`Formatter::line`] puts it there. A plain line
//! of text, or a message as it is, goes straight to its place; every other line is put together beforehand,
//! where it may grow, and then copied. Nothing here fails but for want of memory, and nothing panics, whatever
//! the bytes are.

mod base;
mod draft;
mod elements;
mod escape;
mod fields;
mod json;
mod level;
mod pairs;
mod pattern;
mod source;
mod template;
mod time;

#[cfg(test)]
mod tests;

use crate::config::{Format, Keys, Look};
use crate::level::Level;
use crate::record::{Event, Layers};
use base::{Base, Bases};
use draft::Draft;
use elements::{Elements, Notation};
use fields::Marks;
use std::sync::Arc;
use time::TimeText;

/// What stands around a plain message at most: time, level, colours, newline.
const AROUND: usize = 96;

/// Makes the lines of one sink. Belongs to one worker; keeps what does not change from record to record. A child
/// of `fork` makes its own.
pub struct Formatter {
    style: Style,
    colored: bool,
    /// The time of text, json and logfmt.
    time: TimeText,
    keys: Arc<Keys>,
    key_lens: u64,
    pid: u32,
    /// The line that `prepare` promised goes straight to its place.
    is_direct: bool,
    draft: Draft,
    /// A rendered template.
    message: Draft,
    /// What must be escaped as a whole.
    scratch: Draft,
    bases: Bases,
    lost: Marks,
    used: Marks,
}

/// A format, made ready.
enum Style {
    Text,
    Raw,
    Json,
    Logfmt,
    Pattern(pattern::Composer),
}

/// Everything that a line is put together from.
struct Parts<'a> {
    event: &'a Event<'a>,
    /// Rendered, without the newline at its end.
    message: &'a [u8],
    pid: u32,
    /// The logger's fields, rendered; unless one is overridden.
    base: Option<&'a Base>,
    /// One of the logger's fields is in the message.
    uses_base: bool,
    view: pairs::View<'a>,
}

impl Formatter {
    /// `colored`: whether the sink shows colours.
    pub fn new(look: &Look, colored: bool) -> Self {
        let style = match &look.format {
            Format::Text => Style::Text,
            Format::Raw => Style::Raw,
            Format::Json => Style::Json,
            Format::Logfmt => Style::Logfmt,
            Format::Pattern(pattern) => {
                Style::Pattern(pattern::Composer::new(pattern, &look.zone, colored))
            }
        };
        let is_json = matches!(style, Style::Json);
        let is_rfc_3339 = is_json || matches!(style, Style::Logfmt);
        let time = if is_rfc_3339 { TimeText::rfc_3339 } else { TimeText::bracketed };
        Self {
            style,
            colored,
            time: time(&look.zone),
            keys: Arc::clone(&look.keys),
            key_lens: elements::len_bits(&look.keys),
            pid: std::process::id(),
            is_direct: true,
            draft: Draft::default(),
            message: Draft::default(),
            scratch: Draft::default(),
            bases: Bases::new(is_json),
            lost: Marks::default(),
            used: Marks::default(),
        }
    }

    /// Whether a message that has nothing beside it becomes a line by [`plain_line`](Self::plain_line).
    #[inline(always)]
    pub fn is_plain(&self) -> bool {
        matches!(self.style, Style::Text | Style::Raw)
    }

    /// How many bytes `plain_line` may add at most: at worst every byte becomes `\xNN`.
    #[inline(always)]
    pub fn longest_plain_line(message: &[u8]) -> usize {
        4 * message.len() + AROUND // a message is at most a gigabyte long
    }

    /// Puts the line of a message that has nothing beside it: no field, no name, no template.
    #[inline(always)]
    pub fn plain_line(&mut self, level: Level, unix_ns: i64, message: &[u8], out: &mut Vec<u8>) {
        if let Style::Raw = self.style {
            out.extend_from_slice(trimmed(message));
        } else {
            self.time.set(unix_ns);
            let (text, len) = self.time.with_level(level, self.colored);
            let end = out.len() + len;
            out.extend_from_slice(text);
            out.truncate(end);
            escape::text(trimmed(message), out);
        }
        out.push(b'\n');
    }

    /// How many bytes [`line`](Self::line) may add at most; `None`: it cannot be said without memory that is not
    /// there. `line` for the same event follows at once, or never.
    #[inline]
    pub fn prepare(&mut self, event: &Event<'_>) -> Option<usize> {
        let Layers { base, own, post, .. } = event.fields;
        self.is_direct = match self.style {
            _ if event.is_template => false,
            Style::Raw => true,
            Style::Text => {
                own.is_empty() && post.is_empty() && base.is_empty() && event.logger.is_empty()
            }
            _ => false,
        };
        if self.is_direct {
            return Some(Self::longest_plain_line(event.message));
        }
        self.compose(event)
    }

    /// Puts one line behind `out`, ending in exactly one newline.
    #[inline]
    pub fn line(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        if self.is_direct {
            return self.plain_line(event.level, event.unix_ns, event.message, out);
        }
        out.extend_from_slice(self.draft.as_bytes());
        out.push(b'\n');
    }

    /// Puts the line together in `draft`, without its newline.
    fn compose(&mut self, event: &Event<'_>) -> Option<usize> {
        let layers = event.fields;
        let all_elements = matches!(self.style, Style::Json | Style::Logfmt);
        let elements = Elements::new(&self.keys, self.key_lens, all_elements, event);
        let others = layers.own.chain(layers.post);
        let mut base = None;
        if !layers.base.is_empty() && layers.base_id != 0 && !matches!(self.style, Style::Raw) {
            base = self.bases.get(event, &elements);
            base = base.filter(|base| !base.is_overridden(&layers, others.clone()));
        }
        self.lost.clear();
        self.used.clear();
        if base.is_some() && !event.is_template && !matches!(self.style, Style::Pattern(_)) {
            fields::find_lost(others, &mut self.lost)?;
        } else {
            fields::find_lost(layers.base.chain(others), &mut self.lost)?;
        }
        let mut message = event.message;
        if event.is_template {
            template::render(event, &self.lost, &mut self.used, &mut self.message)?;
            message = self.message.as_bytes();
        }
        let parts = Parts {
            event,
            message: trimmed(message),
            pid: self.pid,
            base,
            uses_base: self.used.touch(layers.base),
            view: pairs::View { lost: &self.lost, used: Some(&self.used), elements },
        };
        let (time, scratch) = (&mut self.time, &mut self.scratch);
        time.set(event.unix_ns);
        let elements = |notation, out: &mut Draft| {
            let names = (&*self.keys, self.pid);
            elements::put(notation, event, parts.message, names, time, scratch, out);
        };
        let out = &mut self.draft;
        out.begin(usize::MAX);
        match &mut self.style {
            Style::Text => parts.text(time.as_bytes(), self.colored, out),
            Style::Raw => out.put(parts.message),
            Style::Json => parts.json(elements, out),
            Style::Logfmt => parts.logfmt(elements, out),
            Style::Pattern(composer) => composer.put(&parts, out),
        }
        out.is_whole().then_some(out.len() + 1)
    }
}

/// A message without the newline at its end: the line has one of its own.
fn trimmed(message: &[u8]) -> &[u8] {
    message.strip_suffix(b"\n").unwrap_or(message)
}

impl Parts<'_> {
    fn text(&self, time: &[u8], colored: bool, out: &mut Draft) {
        out.put(time);
        let prefix = level::prefix(self.event.level, colored).as_bytes();
        if self.event.logger.is_empty() {
            out.put(prefix);
        } else {
            out.put(prefix.strip_suffix(b"- ").unwrap_or(prefix));
            escape::text(self.event.logger.as_bytes(), out);
            out.put(b" - ");
        }
        escape::text(self.message, out);
        self.put_pairs(true, out);
    }

    fn logfmt(&self, elements: impl FnOnce(Notation, &mut Draft), out: &mut Draft) {
        elements(Notation::Pair, out);
        self.put_pairs(false, out);
        out.remove(0); // the blank in front of the first
    }

    fn json(&self, elements: impl FnOnce(Notation, &mut Draft), out: &mut Draft) {
        elements(Notation::Member, out);
        let layers = self.event.fields;
        let pairs::View { lost, elements, .. } = &self.view;
        match self.base {
            Some(base) => out.put(base.as_bytes()),
            None => json::put(layers.base, lost, elements, out),
        }
        json::put(layers.own.chain(layers.post), lost, elements, out);
        json::close(0, out);
    }

    /// Puts the fields, each with a blank in front. `but_used`: those that are in the message are left out.
    fn put_pairs(&self, but_used: bool, out: &mut Draft) {
        let layers = self.event.fields;
        let view = pairs::View { used: self.view.used.filter(|_| but_used), ..self.view };
        match self.base.filter(|_| !(but_used && self.uses_base)) {
            Some(base) => out.put(base.as_bytes()),
            None => pairs::put(layers.base, &view, out),
        }
        pairs::put(layers.own.chain(layers.post), &view, out);
    }
}
