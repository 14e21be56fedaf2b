//! A line as a pattern says.

use super::draft::Draft;
use super::fields::find;
use super::fraction::Fractions;
use super::head::Shows;
use super::time::{Moment, PatternTime};
use super::{Parts, escape, level, pairs, source};
use crate::config::{Align, Pad, Pattern, Piece, Token, Zone};
use crate::field::Value;
use crate::record::Event;
use std::sync::Arc;

/// A pattern that is ready to make lines.
pub struct Composer {
    pattern: Arc<Pattern>,
    /// How many pieces stand in front of the first that shows the message, a field or the number.
    head_len: usize,
    /// The times of the pattern, in their order, and how many of them stand in the head.
    times: Vec<PatternTime>,
    head_times: usize,
    colored: bool,
    pid: u32,
    /// What must be escaped as a whole.
    scratch: Draft,
}

impl Composer {
    /// Nothing is done per record that can be done here.
    pub fn new(pattern: &Arc<Pattern>, zone: &Zone, colored: bool) -> Self {
        let times = |pieces: &[Piece]| -> Vec<_> {
            let times = pieces.iter().filter_map(|piece| match piece {
                Piece::Token(Token::Time(parts), _) => Some(PatternTime::new(zone, parts)),
                _ => None,
            });
            times.collect()
        };
        let head_len = pattern.pieces.iter().position(shows_what_is_said);
        let head_len = head_len.unwrap_or(pattern.pieces.len());
        Self {
            pattern: Arc::clone(pattern),
            head_len,
            times: times(&pattern.pieces),
            head_times: times(&pattern.pieces[..head_len]).len(),
            colored,
            pid: std::process::id(),
            scratch: Draft::default(),
        }
    }

    /// What the pieces in front of what is said show.
    pub fn head_shows(&self) -> Shows {
        let has = |is: fn(&Token) -> bool| {
            let mut pieces = self.pattern.pieces[..self.head_len].iter();
            pieces.any(|piece| matches!(piece, Piece::Token(token, _) if is(token)))
        };
        let source = has(|token| {
            use Token::{File, Function, Line, Path, Source};
            matches!(token, File | Path | Line | Function | Source)
        });
        Shows { source, thread: has(|token| matches!(token, Token::Thread | Token::ThreadId)) }
    }

    /// Puts the pieces in front of the first that shows the message, a field or the number.
    pub fn head(
        &mut self,
        event: &Event<'_>,
        moment: Moment,
        out: &mut Draft,
        fractions: &mut Fractions,
    ) {
        let pattern = Arc::clone(&self.pattern);
        let mut time = 0;
        for piece in &pattern.pieces[..self.head_len] {
            self.around(piece, event, moment, &mut time, out, fractions);
        }
    }

    /// Puts the pieces behind the head.
    pub fn rest(&mut self, parts: &Parts<'_>, moment: Moment, out: &mut Draft) {
        let pattern = Arc::clone(&self.pattern);
        let mut time = self.head_times;
        for piece in &pattern.pieces[self.head_len..] {
            let start = out.len();
            let pad = match piece {
                Piece::Token(token, pad) if self.said(token, parts, out) => *pad,
                _ => {
                    let nowhere = &mut Fractions::default();
                    self.around(piece, parts.event, moment, &mut time, out, nowhere);
                    continue;
                }
            };
            fill(pad, start, out);
        }
    }

    /// Puts a piece that shows neither the message nor a field. `time`: the number of the next time.
    fn around(
        &mut self,
        piece: &Piece,
        event: &Event<'_>,
        moment: Moment,
        time: &mut usize,
        out: &mut Draft,
        fractions: &mut Fractions,
    ) {
        let (token, pad) = match piece {
            Piece::Text(text) => return out.put(text.as_bytes()),
            Piece::Token(token, pad) => (token, *pad),
        };
        let (start, first) = (out.len(), fractions.len());
        if let Token::Time(_) = token {
            self.times[*time].put(moment, out, fractions);
            *time += 1;
        } else {
            self.circumstance(token, event, out);
        }
        fractions.shift(first, fill(pad, start, out));
    }

    /// Puts what a token shows of the circumstances of an event.
    fn circumstance(&self, token: &Token, event: &Event<'_>, out: &mut Draft) {
        let place = event.source;
        match token {
            Token::Level(style) => out.put(level::name(event.level, *style).as_bytes()),
            Token::Logger => escape::text(event.logger.as_bytes(), out),
            Token::Thread => escape::text(event.thread.name.as_bytes(), out),
            Token::ThreadId => pairs::scalar(Value::U64(event.thread.id.into()), out),
            Token::Pid => pairs::scalar(Value::U64(self.pid.into()), out),
            Token::Color if self.colored => out.put(event.level.color().as_bytes()),
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
            // These are in `around` and `said`.
            Token::Time(_) | Token::Message | Token::Fields | Token::Seq => {}
            Token::AllFields | Token::Field(_) => {}
        }
    }

    /// Puts what a token shows that is another one in each record; false if it shows nothing of that.
    fn said(&mut self, token: &Token, parts: &Parts<'_>, out: &mut Draft) -> bool {
        match token {
            Token::Message => escape::text(parts.message, out),
            Token::Fields => fields(parts, true, out),
            Token::AllFields => fields(parts, false, out),
            Token::Field(key) => self.field(key, parts, out),
            Token::Seq if parts.event.seq == 0 => {}
            Token::Seq => pairs::scalar(Value::U64(parts.event.seq), out),
            _ => return false,
        }
        true
    }

    /// The value of one field, as a template would show it.
    fn field(&mut self, key: &str, parts: &Parts<'_>, out: &mut Draft) {
        let all = parts.base_fields.iter().chain(parts.fields);
        let shown = all.copied().filter(|field| !parts.view.elements.hide(field.key));
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

fn shows_what_is_said(piece: &Piece) -> bool {
    use Token::{AllFields, Field, Fields, Message, Seq};
    matches!(piece, Piece::Token(Message | Fields | AllFields | Field(_) | Seq, _))
}

/// Fields with a blank between.
fn fields(parts: &Parts<'_>, but_used: bool, out: &mut Draft) {
    let start = out.len();
    parts.put_pairs(but_used, out);
    out.remove(start);
}

/// Fills up with blanks what stands behind the first `start` bytes; gives how many stand in front of it.
fn fill(pad: Option<Pad>, start: usize, out: &mut Draft) -> usize {
    let Some(Pad { width, align }) = pad else { return 0 };
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
    front
}
