//! A line as a pattern says.

use super::draft::Draft;
use super::fields::find;
use super::time::PatternTime;
use super::{Parts, escape, level, pairs, source};
use crate::config::{Align, Pad, Pattern, Piece, Token, Zone};
use crate::field::Value;
use std::sync::Arc;

/// A pattern that is ready to make lines.
pub struct Composer {
    pattern: Arc<Pattern>,
    /// The times of the pattern, in their order.
    times: Vec<PatternTime>,
    colored: bool,
    /// What must be escaped as a whole.
    scratch: Draft,
}

impl Composer {
    /// Nothing is done per record that can be done here.
    pub fn new(pattern: &Arc<Pattern>, zone: &Zone, colored: bool) -> Self {
        let times = pattern.pieces.iter().filter_map(|piece| match piece {
            Piece::Token(Token::Time(parts), _) => Some(PatternTime::new(zone, parts)),
            _ => None,
        });
        let times = times.collect();
        Self { pattern: Arc::clone(pattern), times, colored, scratch: Draft::default() }
    }

    /// Puts one line, without its newline.
    pub fn put(&mut self, parts: &Parts<'_>, out: &mut Draft) {
        let pattern = Arc::clone(&self.pattern);
        let mut time = 0;
        for piece in &pattern.pieces {
            match piece {
                Piece::Text(text) => out.put(text.as_bytes()),
                Piece::Token(Token::Time(_), pad) => {
                    let start = out.len();
                    self.times[time].set(parts.event.unix_ns, |bytes| out.put(bytes));
                    time += 1;
                    fill(*pad, start, out);
                }
                Piece::Token(token, pad) => {
                    let start = out.len();
                    self.token(token, parts, out);
                    fill(*pad, start, out);
                }
            }
        }
    }

    fn token(&mut self, token: &Token, parts: &Parts<'_>, out: &mut Draft) {
        let event = parts.event;
        let place = event.source;
        match token {
            Token::Time(_) => {} // in `put`
            Token::Level(style) => out.put(level::name(event.level, *style).as_bytes()),
            Token::Logger => escape::text(event.logger.as_bytes(), out),
            Token::Message => escape::text(parts.message, out),
            Token::Fields => fields(parts, true, out),
            Token::AllFields => fields(parts, false, out),
            Token::Field(key) => self.field(key, parts, out),
            Token::Thread => escape::text(event.thread.name.as_bytes(), out),
            Token::ThreadId => pairs::scalar(Value::U64(event.thread.id.into()), out),
            Token::Pid => pairs::scalar(Value::U64(parts.pid.into()), out),
            Token::Color if self.colored => out.put(level::color(event.level).as_bytes()),
            Token::Reset if self.colored => out.put(level::RESET.as_bytes()),
            Token::Color | Token::Reset => {}
            Token::File => {
                place.into_iter().for_each(|place| escape::text(source::file(place), out));
            }
            Token::Path => {
                place.into_iter().for_each(|place| escape::text(place.file.as_bytes(), out));
            }
            Token::Line => place.filter(|place| place.line > 0).into_iter().for_each(|place| {
                pairs::scalar(Value::U64(place.line.into()), out);
            }),
            Token::Function => {
                place.into_iter().for_each(|place| escape::text(place.function.as_bytes(), out));
            }
            Token::Source => place.into_iter().for_each(|place| {
                escape::text(source::file(place), out);
                source::put_line(place, out);
            }),
        }
    }

    /// The value of one field, as a template would show it.
    fn field(&mut self, key: &str, parts: &Parts<'_>, out: &mut Draft) {
        let layers = parts.event.fields;
        let all = layers.base.chain(layers.own).chain(layers.post);
        let shown = all.filter(|field| !parts.view.elements.hide(field.key));
        match find(shown, key.as_bytes()).map(|field| field.value) {
            None => {}
            Some(Value::Str(bytes) | Value::Bytes(bytes)) => escape::text(bytes, out),
            Some(value) => {
                self.scratch.begin(usize::MAX);
                pairs::bare(value, parts.view.lost, &mut self.scratch);
                escape::text(self.scratch.as_bytes(), out);
            }
        }
    }
}

/// Fields with a blank between.
fn fields(parts: &Parts<'_>, but_used: bool, out: &mut Draft) {
    let start = out.len();
    parts.put_pairs(but_used, out);
    out.remove(start);
}

/// Fills up with blanks what stands behind the first `start` bytes.
fn fill(pad: Option<Pad>, start: usize, out: &mut Draft) {
    let Some(Pad { width, align }) = pad else { return };
    let is_first = |byte: &&u8| **byte & 0xc0 != 0x80;
    let chars = out.as_bytes()[start..].iter().filter(is_first).count();
    let blanks = usize::from(width).saturating_sub(chars);
    let front = match align {
        Align::Left => 0,
        Align::Right => blanks,
        Align::Center => blanks / 2,
    };
    out.indent(start, front);
    out.blanks(blanks - front);
}
