//! Patterns: text with tokens such as `{time:%H:%M:%S} {level|<6} {message} {fields}`.
//!
//! A pattern is taken apart once, when it is set; what it does not know is refused there, with its place and
//! with what there is. `{name}`, `{name:argument}`, `{name|WIDTH}` and `{name:argument|>WIDTH}` are tokens,
//! `{{` and `}}` are braces. A newline at its end says nothing: every line has one.

use super::parse::same_name;
use crate::error::Text;
use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// The tokens, in words.
const TOKENS: &str = "time, level, logger, message, fields, all_fields, field:KEY, thread, thread_id, \
                      pid, seq, file, path, line, function, source, color, reset";
/// The widest column, in characters: more than a terminal shows.
const MAX_WIDTH: u16 = 255;
/// The time of a token that does not say how.
const TIME: &str = "%Y-%m-%d %H:%M:%S.%6f";

/// What is wrong with a pattern.
pub type Refused = Text<256>;

/// A pattern, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Its pieces, in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that stands in every line.
    Text(Box<str>),
    /// Something of the record, filled up with blanks.
    Token(Token, Option<Pad>),
}

/// What of a record a token shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// When.
    Time(Vec<TimePart>),
    /// How severe.
    Level(LevelStyle),
    /// The name of the logger.
    Logger,
    /// The message, its template rendered.
    Message,
    /// The fields that the template did not use.
    Fields,
    /// All fields.
    AllFields,
    /// The value of one field.
    Field(Box<str>),
    /// The name of the thread.
    Thread,
    /// The system's number of the thread.
    ThreadId,
    /// The number of the process.
    Pid,
    /// The number of the record in its sink.
    Seq,
    /// The last component of the source's path.
    File,
    /// The source's path.
    Path,
    /// The line in the source.
    Line,
    /// The function.
    Function,
    /// `file:line`.
    Source,
    /// The colour of the level begins.
    Color,
    /// Colours end.
    Reset,
}

/// A part of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimePart {
    /// What `strftime` makes of this, the same for a whole second.
    Whole(Box<str>),
    /// Digits below the second, 1 to 9 of them.
    Fraction(u8),
}

/// How a level is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelStyle {
    /// `INFO`
    Upper,
    /// `info`
    Lower,
    /// `Info`
    Title,
    /// `I`
    Short,
}

/// A least width, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pad {
    /// How wide at least.
    pub width: u16,
    /// Where the text stands.
    pub align: Align,
}

/// Where a text stands in its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Blanks behind.
    Left,
    /// Blanks in front.
    Right,
    /// Blanks on both sides, the odd one behind.
    Center,
}

impl Pattern {
    /// Takes a pattern apart.
    ///
    /// # Errors
    /// What is wrong, at which byte (from 1), and what there is.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        if text.is_empty() {
            return Err(Text::new("a pattern must not be empty"));
        }
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let rest = &text[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                literal.push(first);
                at += 2;
            } else if first == '{' {
                let end = rest.find('}').ok_or_else(|| {
                    refused(format_args!(
                        "the token at byte {} has no end; {{{{ is a brace",
                        at + 1
                    ))
                })?;
                if !literal.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut literal).into()));
                }
                pieces.push(token(&rest[1..end], at + 1)?);
                at += end + 1;
            } else if first == '}' {
                let place = at + 1;
                return Err(refused(format_args!(
                    "the }} at byte {place} ends nothing; }}}} is a brace"
                )));
            } else if is_control(first) {
                let place = at + 1;
                return Err(refused(format_args!(
                    "the control character at byte {place} is not allowed"
                )));
            } else {
                literal.push(first);
                at += first.len_utf8();
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal.into()));
        }
        Ok(Self { pieces })
    }
}

fn refused(message: std::fmt::Arguments<'_>) -> Refused {
    Text::format(message)
}

/// What must not stand in a line; a tab may, it parts columns.
fn is_control(ch: char) -> bool {
    (ch.is_control() && ch != '\t') || matches!(ch, '\u{2028}' | '\u{2029}')
}

/// A token by what stands between its braces.
fn token(body: &str, place: usize) -> Result<Piece, Refused> {
    let (what, pad) = match body.rsplit_once('|') {
        Some((what, pad)) => (what, Some(parse_pad(pad, place)?)),
        None => (body, None),
    };
    let (name, argument) = match what.split_once(':') {
        Some((name, argument)) => (name, Some(argument)),
        None => (what, None),
    };
    let token = plain_token(name);
    let token = match (token, argument) {
        (Some(token), None) => token,
        (Some(_), Some(_)) => {
            return Err(refused(format_args!(
                "the token \"{name}\" at byte {place} takes no argument"
            )));
        }
        (None, _) if same_name(name, "time") => Token::Time(parse_time(argument, place)?),
        (None, _) if same_name(name, "level") => Token::Level(parse_style(argument, place)?),
        (None, Some(key)) if same_name(name, "field") && !key.is_empty() => {
            Token::Field(key.into())
        }
        (None, _) if same_name(name, "field") => {
            return Err(refused(format_args!(
                "the token \"field\" at byte {place} needs a key: field:KEY"
            )));
        }
        (None, _) => {
            let name: String = name.chars().take(30).collect();
            return Err(refused(format_args!(
                "no token \"{name}\" at byte {place}; there are {TOKENS}"
            )));
        }
    };
    if pad.is_some() && matches!(token, Token::Color | Token::Reset) {
        return Err(refused(format_args!("the token \"{name}\" at byte {place} takes no width")));
    }
    Ok(Piece::Token(token, pad))
}

/// The token of a name that takes no argument.
fn plain_token(name: &str) -> Option<Token> {
    let tokens = [
        ("logger", Token::Logger),
        ("message", Token::Message),
        ("fields", Token::Fields),
        ("all_fields", Token::AllFields),
        ("thread", Token::Thread),
        ("thread_id", Token::ThreadId),
        ("pid", Token::Pid),
        ("seq", Token::Seq),
        ("file", Token::File),
        ("path", Token::Path),
        ("line", Token::Line),
        ("function", Token::Function),
        ("source", Token::Source),
        ("color", Token::Color),
        ("reset", Token::Reset),
    ];
    tokens.into_iter().find_map(|(known, token)| same_name(known, name).then_some(token))
}

fn parse_pad(text: &str, place: usize) -> Result<Pad, Refused> {
    let aligns = [('<', Align::Left), ('>', Align::Right), ('^', Align::Center)];
    let align = aligns.into_iter().find(|(sign, _)| text.starts_with(*sign));
    let digits = if align.is_some() { &text[1..] } else { text };
    let align = align.map_or(Align::Left, |(_, align)| align);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let width = digits.parse().ok().filter(|width| is_number && (1..=MAX_WIDTH).contains(width));
    match width {
        Some(width) => Ok(Pad { width, align }),
        None => Err(refused(format_args!(
            "the width of the token at byte {place} must be a number from 1 to {MAX_WIDTH}, with <, > or ^ \
             in front or nothing"
        ))),
    }
}

fn parse_style(argument: Option<&str>, place: usize) -> Result<LevelStyle, Refused> {
    let styles = [
        ("upper", LevelStyle::Upper),
        ("lower", LevelStyle::Lower),
        ("title", LevelStyle::Title),
        ("short", LevelStyle::Short),
    ];
    let name = argument.unwrap_or("upper");
    let found = styles.into_iter().find(|(known, _)| same_name(known, name));
    found.map(|(_, style)| style).ok_or_else(|| {
        let name: String = name.chars().take(30).collect();
        refused(format_args!(
            "level at byte {place} does not take \"{name}\"; it takes upper, lower, title, short"
        ))
    })
}

/// Parts whole seconds from what is below them.
pub(super) fn parse_time(argument: Option<&str>, place: usize) -> Result<Vec<TimePart>, Refused> {
    let format = argument.filter(|argument| !argument.is_empty()).unwrap_or(TIME);
    let mut parts = Vec::new();
    let mut whole = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        whole.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((dot, digits, len)) = fraction(rest) {
            whole.push_str(if dot { "." } else { "" });
            if !whole.is_empty() {
                parts.push(TimePart::Whole(std::mem::take(&mut whole).into()));
            }
            parts.push(TimePart::Fraction(digits));
            rest = &rest[len..];
        } else {
            // The next one too: in `%%f` the f is a letter.
            let next = rest[1..].chars().next().map_or(0, char::len_utf8);
            whole.push_str(&rest[..1 + next]);
            rest = &rest[1 + next..];
        }
    }
    whole.push_str(rest);
    if !whole.is_empty() {
        parts.push(TimePart::Whole(whole.into()));
    }
    match parts.iter().all(is_known) {
        true => Ok(parts),
        false => Err(refused(format_args!(
            "the time \"{format}\" at byte {place} is not known; it takes what strftime does, such as {TIME}"
        ))),
    }
}

/// What begins with `%f`, `%Nf`, `%.f` or `%.Nf`: whether with a dot, how many digits, how long it is.
/// `N` in place of `f` is nine digits, as in `date`.
fn fraction(text: &str) -> Option<(bool, u8, usize)> {
    let rest = text.strip_prefix('%')?;
    let (dot, rest) = rest.strip_prefix('.').map_or((false, rest), |rest| (true, rest));
    let digit = rest.bytes().next().filter(|byte| (b'1'..=b'9').contains(byte));
    let letter = rest.as_bytes().get(usize::from(digit.is_some()))?;
    let default = match letter {
        b'f' => 6,
        b'N' => 9,
        _ => return None,
    };
    let len = 2 + usize::from(dot) + usize::from(digit.is_some());
    Some((dot, digit.map_or(default, |digit| digit - b'0'), len))
}

/// Whether jiff can format it, into something that may stand in a line, and the same throughout a second.
fn is_known(part: &TimePart) -> bool {
    let TimePart::Whole(format) = part else { return true };
    let texts = [0, 1, 999_999_999].map(|nanos| {
        let moment = Timestamp::new(1_792_000_000, nanos).ok()?.to_zoned(TimeZone::UTC);
        strtime::format(&**format, &moment).ok()
    });
    let Some(text) = &texts[0] else { return false };
    texts[1..].iter().all(|other| other.as_ref() == Some(text)) && !text.contains(is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<Piece> {
        Pattern::parse(text).unwrap().pieces
    }

    fn whole(text: &str) -> TimePart {
        TimePart::Whole(text.into())
    }

    fn time(text: &str) -> Vec<TimePart> {
        match pieces(text).remove(0) {
            Piece::Token(Token::Time(parts), None) => parts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn text_tokens_arguments_and_widths_are_told_apart() {
        let pad = |width, align| Some(Pad { width, align });
        let expected = [
            Piece::Text("<".into()),
            Piece::Token(Token::Level(LevelStyle::Short), None),
            Piece::Text("> {".into()),
            Piece::Token(Token::Logger, pad(8, Align::Left)),
            Piece::Text("} ".into()),
            Piece::Token(Token::Field("a|b.c".into()), pad(5, Align::Right)),
            Piece::Token(Token::Message, pad(255, Align::Center)),
            Piece::Token(Token::AllFields, pad(1, Align::Left)),
        ];
        let text = "<{level:short}> {{{logger|8}}} {field:a|b.c|>5}{message|^255}{All-Fields|<1}\n";
        assert_eq!(pieces(text), expected);
    }

    #[test]
    fn a_time_is_parted_at_its_fractions() {
        let default = [whole("%Y-%m-%d %H:%M:%S."), TimePart::Fraction(6)];
        assert_eq!(time("{time}"), default);
        assert_eq!(time("{time:}"), default);
        assert_eq!(time("{time:%T%.3f%z}"), [whole("%T."), TimePart::Fraction(3), whole("%z")]);
        assert_eq!(time("{time:%f%9f%N}"), [6, 9, 9].map(TimePart::Fraction));
        assert_eq!(time("{time:%%f %:z}"), [whole("%%f %:z")]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let cases = [
            ("", "a pattern must not be empty"),
            ("{tim}", "no token \"tim\" at byte 1; there are time, level, logger,"),
            ("ä{level} {}", "no token \"\" at byte 11; there are"),
            ("x {level", "the token at byte 3 has no end; {{ is a brace"),
            ("x }", "the } at byte 3 ends nothing; }} is a brace"),
            ("x\ny", "the control character at byte 2 is not allowed"),
            ("\u{85}", "the control character at byte 1 is not allowed"),
            ("{pid:x}", "the token \"pid\" at byte 1 takes no argument"),
            ("{field}", "the token \"field\" at byte 1 needs a key: field:KEY"),
            ("{field:}", "needs a key"),
            (
                "{level:loud}",
                "level at byte 1 does not take \"loud\"; it takes upper, lower, title,",
            ),
            ("{level|}", "the width of the token at byte 1 must be a number from 1 to 255"),
            ("{level|0}", "must be a number"),
            ("{level|256}", "must be a number"),
            ("{level|+5}", "must be a number"),
            ("{level|>}", "must be a number"),
            ("{color|5}", "the token \"color\" at byte 1 takes no width"),
            ("{time:%!}", "the time \"%!\" at byte 1 is not known"),
            ("{time:%}", "is not known"),
            ("{time:%n}", "is not known"),
            ("{time:%_3N}", "is not known"),
        ];
        for (text, message) in cases {
            let error = Pattern::parse(text).unwrap_err();
            assert!(error.as_str().contains(message), "{text:?}: {error}");
        }
    }

    #[test]
    fn nothing_below_a_second_gets_into_the_whole_part() {
        // The flags of strftime, in front of what shows fractions of a second.
        for flags in ["-", "_", "0", "^", "#", "10", "03", ".0", ".10", ".", "3", ""] {
            for letter in ["f", "N"] {
                let text = format!("{{time:%{flags}{letter}}}");
                let Ok(pattern) = Pattern::parse(&text) else { continue };
                let [Piece::Token(Token::Time(parts), None)] = &pattern.pieces[..] else {
                    panic!()
                };
                assert!(parts.iter().all(is_known), "{text}");
            }
        }
    }
}
