//! A line as a record, whichever of the library's formats it has. Nothing here fails: a line that is none of them is
//! [`Notation::Other`], and passes as it is.
//!
//! | module | what |
//! |---|---|
//! | `json` | one JSON object |
//! | `logfmt` | `key=value` for everything |
//! | `text` | `[time] LEVEL logger - message key=value` |

pub mod json;
pub mod logfmt;
mod text;

use alog::Level;
use jiff::Timestamp;
use std::borrow::Cow;

/// The format of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// One JSON object.
    Json,
    /// `key=value` for everything.
    Logfmt,
    /// Time, level, message and fields.
    Text,
    /// None of them.
    Other,
}

/// What a key of a line has.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A text, without its quotes and escapes.
    Text(Cow<'a, str>),
    /// As it stands in the line: a number, `true`, `null`; in JSON also an object or a list.
    Bare(&'a str),
}

impl Value<'_> {
    /// What it says, without quotes.
    pub fn as_str(&self) -> &str {
        match self {
            Value::Text(text) => text,
            Value::Bare(text) => text,
        }
    }
}

/// One key of a line with its value.
pub type Pair<'a> = (Cow<'a, str>, Value<'a>);

/// What the elements of a line are called, beside the names that are known.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The name of the time.
    pub time: Option<String>,
    /// The name of the level.
    pub level: Option<String>,
    /// The name of the message.
    pub message: Option<String>,
}

/// The elements that are no fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// When.
    Time,
    /// How severe.
    Level,
    /// What.
    Message,
    /// By which logger.
    Logger,
    /// Where in the program.
    Source,
}

/// How many there are.
const ELEMENTS: usize = 5;

/// The names that the library and others give to elements.
const KNOWN: [(&str, Element); 12] = [
    ("time", Element::Time),
    ("level", Element::Level),
    ("message", Element::Message),
    ("logger", Element::Logger),
    ("source", Element::Source),
    ("ts", Element::Time),
    ("timestamp", Element::Time),
    ("@timestamp", Element::Time),
    ("lvl", Element::Level),
    ("severity", Element::Level),
    ("msg", Element::Message),
    ("logger_name", Element::Logger),
];

impl Names {
    /// The element of a name, and how good a name it is for that: 0 is best.
    fn element(&self, key: &str) -> Option<(Element, usize)> {
        let given = [
            (&self.time, Element::Time),
            (&self.level, Element::Level),
            (&self.message, Element::Message),
        ];
        if let Some((_, element)) = given.iter().find(|(name, _)| name.as_deref() == Some(key)) {
            return Some((*element, 0));
        }
        let place = KNOWN.iter().position(|(name, _)| *name == key)?;
        let element = KNOWN[place].1;
        let is_given = given.iter().any(|(name, it)| *it == element && name.is_some());
        (!is_given).then_some((element, place + 1))
    }
}

/// One line, taken apart.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// The line itself, without its newline.
    pub line: &'a [u8],
    /// Its format.
    pub notation: Notation,
    /// Everything that it says, in its order.
    pub pairs: Vec<Pair<'a>>,
    /// The places of the elements in `pairs`.
    elements: [Option<usize>; ELEMENTS],
}

impl<'a> Record<'a> {
    /// Takes a line apart.
    pub fn parse(line: &'a [u8], names: &Names) -> Self {
        let mut record =
            Self { line, notation: Notation::Other, pairs: Vec::new(), elements: [None; ELEMENTS] };
        let Ok(text) = std::str::from_utf8(line) else { return record };
        let text = text.strip_suffix('\r').unwrap_or(text);
        let parsed = match text.as_bytes().first() {
            Some(b'{') => json::object(text).map(|pairs| (Notation::Json, pairs)),
            Some(b'[') => text::pairs(text).map(|pairs| (Notation::Text, pairs)),
            _ => logfmt::line(text).map(|pairs| (Notation::Logfmt, pairs)),
        };
        if let Some((notation, pairs)) = parsed {
            (record.notation, record.pairs) = (notation, pairs);
            record.find_elements(names);
            // A sentence with a `=` in it is no logfmt: that has at least a level, a time or a message.
            let says = [Element::Time, Element::Level, Element::Message];
            if notation == Notation::Logfmt && says.iter().all(|it| record.get(*it).is_none()) {
                (record.notation, record.pairs) = (Notation::Other, Vec::new());
                record.elements = [None; ELEMENTS];
            }
        }
        record
    }

    fn find_elements(&mut self, names: &Names) {
        let mut best = [usize::MAX; ELEMENTS];
        for (place, (key, _)) in self.pairs.iter().enumerate() {
            if let Some((element, rank)) = names.element(key) {
                if rank < best[element as usize] {
                    best[element as usize] = rank;
                    self.elements[element as usize] = Some(place);
                }
            }
        }
        // What a level says is a level, or it is a field.
        if self.level().is_none() {
            self.elements[Element::Level as usize] = None;
        }
    }

    /// The value of an element.
    pub fn get(&self, element: Element) -> Option<&Value<'a>> {
        self.elements[element as usize].map(|place| &self.pairs[place].1)
    }

    /// How severe it is.
    pub fn level(&self) -> Option<Level> {
        let name = self.get(Element::Level)?.as_str();
        Level::from_name(name).or_else(|| {
            let others = [("err", Level::Error), ("panic", Level::Fatal), ("crit", Level::Fatal)];
            others.iter().find_map(|(it, level)| it.eq_ignore_ascii_case(name).then_some(*level))
        })
    }

    /// How severe it is, if its level has this key.
    pub fn level_called(&self, key: &str) -> Option<Level> {
        let place = self.elements[Element::Level as usize]?;
        self.level().filter(|_| self.pairs[place].0 == key)
    }

    /// When it was logged.
    pub fn time(&self) -> Option<Timestamp> {
        time(self.get(Element::Time)?.as_str())
    }

    /// What it says; of another line all of it.
    pub fn message(&self) -> Cow<'_, str> {
        match self.get(Element::Message) {
            Some(value) => Cow::Borrowed(value.as_str()),
            None if self.notation == Notation::Other => String::from_utf8_lossy(self.line),
            None => Cow::Borrowed(""),
        }
    }

    /// The element that stands at a place of `pairs`.
    pub fn element_at(&self, place: usize) -> Option<Element> {
        let all =
            [Element::Time, Element::Level, Element::Message, Element::Logger, Element::Source];
        all.into_iter().find(|element| self.elements[*element as usize] == Some(place))
    }

    /// What is no element, in its order.
    pub fn fields(&self) -> impl Iterator<Item = &Pair<'a>> {
        let is_element = |place: usize| self.elements.contains(&Some(place));
        self.pairs.iter().enumerate().filter(move |(place, _)| !is_element(*place)).map(|it| it.1)
    }

    /// The value of a key: of the last one of that name; `a.b` is also b in the object a.
    pub fn value(&self, key: &str) -> Option<Value<'_>> {
        find(&self.pairs, key)
    }
}

fn find<'a>(pairs: &[Pair<'a>], key: &str) -> Option<Value<'a>> {
    if let Some((_, value)) = pairs.iter().rev().find(|(name, _)| name == key) {
        return Some(value.clone());
    }
    key.match_indices('.').find_map(|(dot, _)| {
        let (_, outer) = pairs.iter().rev().find(|(name, _)| *name == key[..dot])?;
        let Value::Bare(object) = outer else { return None };
        find(&json::object(object)?, &key[dot + 1..])
    })
}

/// A time stamp: RFC 3339, with a `T` or a blank; or a number of seconds, milliseconds, microseconds or nanoseconds
/// since 1970, which its size tells.
pub fn time(text: &str) -> Option<Timestamp> {
    if text.as_bytes().get(4) == Some(&b'-') {
        return text.parse().ok();
    }
    let seconds: f64 = text.parse().ok().filter(|seconds: &f64| seconds.is_finite())?;
    let unit = [1e11, 1e14, 1e17].iter().take_while(|limit| seconds.abs() >= **limit).count();
    match text.parse::<i64>() {
        Ok(number) => match unit {
            0 => Timestamp::from_second(number),
            1 => Timestamp::from_millisecond(number),
            2 => Timestamp::from_microsecond(number),
            _ => Timestamp::from_nanosecond(number.into()),
        }
        .ok(),
        Err(_) if unit == 0 => Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok(),
        Err(_) => None,
    }
}

/// The time of a line, without taking all of it apart where the library wrote it.
pub fn time_of(line: &[u8], names: &Names) -> Option<Timestamp> {
    let fronts: [(&[u8], u8); 3] = [(b"{\"time\":\"", b'"'), (b"[", b']'), (b"time=", b' ')];
    if names.time.is_none() {
        for (front, end) in fronts {
            if let Some(rest) = line.strip_prefix(front) {
                let len = memchr::memchr(end, &rest[..rest.len().min(40)]);
                let text = len.and_then(|len| std::str::from_utf8(&rest[..len]).ok());
                if let Some(time) = text.and_then(time) {
                    return Some(time);
                }
            }
        }
    }
    Record::parse(line, names).time()
}

#[cfg(test)]
mod tests;
