//! Which records are shown.

use super::record::{Notation, Record};
use alog::{Level, LevelSet};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

/// What a record must have.
#[derive(Debug, Default)]
pub struct Filter {
    /// One of these levels.
    pub levels: Option<LevelSet>,
    /// A time from then on.
    pub since: Option<Timestamp>,
    /// A time before.
    pub until: Option<Timestamp>,
    /// All of these fields.
    pub fields: Vec<Condition>,
    /// This text.
    pub text: Option<String>,
}

/// What a key must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    key: String,
    test: Test,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Equal,
    Unequal,
    Contains,
}

impl Filter {
    /// Whether there is nothing that a record must have.
    pub fn is_empty(&self) -> bool {
        let Self { levels, since, until, fields, text } = self;
        levels.is_none()
            && since.is_none()
            && until.is_none()
            && fields.is_empty()
            && text.is_none()
    }

    /// Whether a line is shown. `before`: whether the record in front of it in its file was, to which a line belongs
    /// that is none itself.
    pub fn takes(&self, record: &Record<'_>, before: Option<bool>) -> bool {
        if record.notation == Notation::Other {
            return before == Some(true) || self.has_only_text() && self.has_text(record);
        }
        let in_levels = self.levels.is_none_or(|set| record.level().is_some_and(|it| set.has(it)));
        let in_time = || {
            let is_timed = self.since.is_some() || self.until.is_some();
            !is_timed
                || record.time().is_some_and(|time| {
                    self.since.is_none_or(|since| time >= since)
                        && self.until.is_none_or(|until| time < until)
                })
        };
        in_levels
            && in_time()
            && self.fields.iter().all(|it| it.holds(record))
            && self.has_text(record)
    }

    fn has_only_text(&self) -> bool {
        let Self { levels, since, until, fields, .. } = self;
        levels.is_none() && since.is_none() && until.is_none() && fields.is_empty()
    }

    fn has_text(&self, record: &Record<'_>) -> bool {
        let Some(text) = &self.text else { return true };
        let in_line = memchr::memmem::find(record.line, text.as_bytes()).is_some();
        in_line || record.message().contains(text.as_str())
    }
}

impl Condition {
    /// `key=value`, `key!=value` or `key~text`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let at = text.find(['=', '~']).filter(|at| *at > 0 && text[..*at] != *"!");
        let Some(at) = at else {
            return Err("a condition is key=value, key!=value or key~text".into());
        };
        let (key, value) = (&text[..at], &text[at + 1..]);
        let (key, test) = match key.strip_suffix('!') {
            Some(key) if text.as_bytes()[at] == b'=' => (key, Test::Unequal),
            _ if text.as_bytes()[at] == b'~' => (key, Test::Contains),
            _ => (key, Test::Equal),
        };
        Ok(Self { key: key.into(), test, value: value.into() })
    }

    fn holds(&self, record: &Record<'_>) -> bool {
        let levels = record.level_called(&self.key).zip(Level::from_name(&self.value));
        match (self.test, levels) {
            (Test::Equal, Some((one, other))) => return one == other,
            (Test::Unequal, Some((one, other))) => return one != other,
            _ => {}
        }
        let value = record.value(&self.key);
        let text = value.as_ref().map(super::record::Value::as_str);
        match self.test {
            Test::Equal => text == Some(&self.value),
            Test::Unequal => text != Some(&self.value),
            Test::Contains => text.is_some_and(|text| text.contains(&self.value)),
        }
    }
}

/// A set of levels, as the library takes it.
pub fn levels(text: &str) -> Result<LevelSet, String> {
    LevelSet::parse(text).ok_or_else(|| {
        let known = alog::Level::ALL.map(|level| level.name().to_ascii_lowercase());
        let parts = text.split('|').map(|part| part.trim().trim_end_matches(['+', '-']));
        let wrong = parts.filter(|part| alog::Level::from_name(part).is_none());
        let mut near = wrong.filter_map(|part| nearest(&known, part));
        let hint = near.next().map(|it| format!("; is it \"{it}\"?")).unwrap_or_default();
        format!("levels are {}, \"warn\" for it and what is more severe, \"warn|fatal\", \"info-\", \"all\", \"off\"{hint}", known.join(", "))
    })
}

/// The nearest of some words, if it is near.
pub fn nearest<'a>(known: &'a [String], given: &str) -> Option<&'a str> {
    let given = given.to_ascii_lowercase();
    let near = known.iter().map(|word| (distance(word, &given), word));
    near.min().filter(|(slips, _)| *slips <= 2).map(|(_, word)| word.as_str())
}

/// How many letters must be put, taken or changed.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.bytes().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], index + 1);
        for (at, byte) in other.bytes().enumerate() {
            let replaced = corner + usize::from(byte != letter);
            corner = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

/// A moment: RFC 3339, local time if it has no zone; a day (its beginning in UTC), or how long ago: `10m`, `2h`, `1d`.
pub fn moment(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let wrong = || {
        "a time is RFC 3339 (2026-11-21T10:00:00Z), local without a zone (2026-11-21 10:00:00), a day (2026-11-21), or so long ago: 30s, 10m, 2h, 1d".to_owned()
    };
    let ago = text.strip_suffix("ago").unwrap_or(text).trim();
    if let Some((digits, unit)) = ago.split_at_checked(ago.len().saturating_sub(1)) {
        let seconds = [("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];
        let unit = seconds.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| *seconds);
        if let (Some(unit), Ok(count)) = (unit, digits.parse::<u32>()) {
            let span = SignedDuration::from_secs(i64::from(count) * unit);
            return now.checked_sub(span).map_err(|_| wrong());
        }
    }
    let at = |zoned: Result<Zoned, jiff::Error>| zoned.map(|it| it.timestamp()).ok();
    let day = || text.parse::<Date>().ok().filter(|_| text.len() == 10);
    let local = || text.parse::<DateTime>().ok();
    let found = match (day(), text.parse().ok()) {
        (Some(day), _) => at(day.to_zoned(TimeZone::UTC)),
        (None, Some(moment)) => Some(moment),
        (None, None) => local().and_then(|it| at(it.to_zoned(TimeZone::system()))),
    };
    found.ok_or_else(wrong)
}
