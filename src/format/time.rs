//! The time of a line: what a whole second shows is made once, the digits below it for each record.

use super::draft::Draft;
use super::fraction::{Fractions, digits};
use crate::config::{TimePart, Zone};
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use std::fmt::Write as _;

const NS_PER_S: i64 = 1_000_000_000;
/// Two readings of one clock may differ by the accuracy of the conversion; by less than this a line
/// never shows an earlier time than the one before it.
const JITTER_NS: i64 = 1_000_000;

/// A moment, taken apart.
#[derive(Clone, Copy)]
pub struct Moment {
    /// Seconds since 1970.
    pub second: i64,
    /// What is below them.
    pub nanos: u32,
}

/// Takes moments apart, and smooths what is no more than jitter.
pub struct Moments {
    second: i64,
    /// When it began.
    start_ns: i64,
    /// How long it lasts: nothing before the first moment.
    len_ns: u64,
    latest_ns: i64,
}

impl Moments {
    /// No moment yet.
    pub fn new() -> Self {
        Self { second: i64::MIN, start_ns: 0, len_ns: 0, latest_ns: i64::MIN }
    }

    /// The moment that is so many nanoseconds after 1970 began.
    #[inline(always)]
    pub fn at(&mut self, unix_ns: i64) -> Moment {
        let jitter = unix_ns < self.latest_ns && self.latest_ns - unix_ns < JITTER_NS;
        let unix_ns = if jitter { self.latest_ns } else { unix_ns };
        self.latest_ns = unix_ns;
        // No division as long as the second lasts. Wrapping: the first second of all begins before `i64::MIN`.
        let below = unix_ns.wrapping_sub(self.start_ns) as u64;
        if below < self.len_ns {
            return Moment { second: self.second, nanos: below as u32 };
        }
        self.second = unix_ns.div_euclid(NS_PER_S);
        self.start_ns = self.second.wrapping_mul(NS_PER_S);
        self.len_ns = NS_PER_S as u64;
        Moment { second: self.second, nanos: unix_ns.rem_euclid(NS_PER_S) as u32 }
    }
}

/// A second in a zone. Every one that 64 bits of nanoseconds can say (1677 to 2262) is a time.
fn zoned(second: i64, zone: &Zone) -> Zoned {
    let moment = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.to_zoned(match zone {
        Zone::Utc => TimeZone::UTC,
        Zone::Other(zone) => zone.clone(),
    })
}

/// `[2026-01-31 23:59:59.123456Z] ` or `2026-01-31T23:59:59.123456Z`.
pub struct TimeText {
    second: Option<i64>,
    zone: Zone,
    text: [u8; BRACKETED.len() + 5],
    len: usize,
    /// Without brackets, what stands around the date does not count.
    is_bare: bool,
}

const BRACKETED: &[u8] = b"[0000-00-00 00:00:00.000000Z] ";
const RFC_3339: &[u8] = b"[0000-00-00T00:00:00.000000Z] ";
/// Where things stand.
const DATE: usize = 1;
const MICROS: usize = 21;
const ZONE: usize = 27;

impl TimeText {
    /// In brackets, with a blank behind.
    pub fn bracketed(zone: &Zone) -> Self {
        Self::new(zone, BRACKETED, false)
    }

    /// As RFC 3339 wants it.
    pub fn rfc_3339(zone: &Zone) -> Self {
        Self::new(zone, RFC_3339, true)
    }

    fn new(zone: &Zone, template: &[u8], is_bare: bool) -> Self {
        let mut text = [b' '; BRACKETED.len() + 5];
        text[..template.len()].copy_from_slice(template);
        Self { second: None, zone: zone.clone(), text, len: template.len(), is_bare }
    }

    /// Puts the text, and notes where the digits below the second stand in `out`.
    pub fn put(&mut self, moment: Moment, out: &mut Draft, fractions: &mut Fractions) {
        if self.second != Some(moment.second) {
            self.set_second(moment.second);
        }
        self.text[MICROS..MICROS + 6].copy_from_slice(&digits(moment.nanos)[..6]);
        let (start, end) = if self.is_bare { (DATE, self.len - 2) } else { (0, self.len) };
        fractions.add(out.len() + MICROS - start, 6);
        out.put(&self.text[start..end]);
    }

    #[cold]
    fn set_second(&mut self, second: i64) {
        let zoned = zoned(second, &self.zone);
        self.second = Some(second);
        // Four digits hold every year that there can be.
        let year = zoned.year().unsigned_abs();
        let pairs = [(year / 100) as i8, (year % 100) as i8, zoned.month(), zoned.day()];
        let pairs = pairs.into_iter().chain([zoned.hour(), zoned.minute(), zoned.second()]);
        for (at, value) in [0, 2, 5, 8, 11, 14, 17].into_iter().zip(pairs) {
            self.text[DATE + at..][..2].copy_from_slice(&pair(value.unsigned_abs().into()));
        }
        if self.zone != Zone::Utc {
            self.text[ZONE..ZONE + 6].copy_from_slice(&offset(zoned.offset()));
            self.text[ZONE + 6..ZONE + 8].copy_from_slice(b"] ");
            self.len = ZONE + 8;
        }
    }
}

/// Two digits.
#[inline(always)]
fn pair(value: u32) -> [u8; 2] {
    [b'0' + (value / 10) as u8, b'0' + (value % 10) as u8]
}

/// `+01:00`. Seconds, which offsets had before there were time zones, are rounded.
fn offset(offset: Offset) -> [u8; 6] {
    let sign = if offset.is_negative() { b'-' } else { b'+' };
    let minutes = (offset.seconds().unsigned_abs() + 30) / 60;
    let ([h0, h1], [m0, m1]) = (pair(minutes / 60), pair(minutes % 60));
    [sign, h0, h1, b':', m0, m1]
}

/// A time as a pattern wants it.
pub struct PatternTime {
    second: Option<i64>,
    zone: Zone,
    parts: Box<[TimePart]>,
    text: String,
    /// Where digits below a second stand, and how many.
    fractions: Vec<(usize, u8)>,
}

impl PatternTime {
    /// No moment yet.
    pub fn new(zone: &Zone, parts: &[TimePart]) -> Self {
        Self {
            second: None,
            zone: zone.clone(),
            parts: parts.into(),
            text: String::new(),
            fractions: Vec::new(),
        }
    }

    /// Puts the text, and notes where digits below a second stand in `out`.
    pub fn put(&mut self, moment: Moment, out: &mut Draft, fractions: &mut Fractions) {
        if self.second != Some(moment.second) {
            self.set_second(moment.second);
        }
        let digits = digits(moment.nanos);
        let mut done = 0;
        for &(at, count) in &self.fractions {
            out.put(&self.text.as_bytes()[done..at]);
            fractions.add(out.len(), count);
            out.put(&digits[..count as usize]);
            done = at;
        }
        out.put(&self.text.as_bytes()[done..]);
    }

    #[cold]
    fn set_second(&mut self, second: i64) {
        let zoned = zoned(second, &self.zone);
        self.second = Some(second);
        self.text.clear();
        self.fractions.clear();
        for part in &self.parts {
            match part {
                TimePart::Fraction(count) => self.fractions.push((self.text.len(), *count)),
                // Checked when the pattern was set; a year that it should not have leaves it out.
                TimePart::Whole(format) => {
                    let text = strtime::format(&**format, &zoned).unwrap_or_default();
                    let _ = self.text.write_str(&text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Pattern, Piece, Token, parse_zone};

    fn put(time: impl FnOnce(&mut Draft, &mut Fractions)) -> String {
        let (mut out, mut fractions) = (Draft::default(), Fractions::default());
        out.begin(usize::MAX);
        time(&mut out, &mut fractions);
        String::from_utf8(out.as_bytes().to_vec()).unwrap()
    }

    fn text(zone: &str, unix_ns: i64) -> String {
        let zone = parse_zone(zone).unwrap();
        let moment = Moments::new().at(unix_ns);
        let texts = [TimeText::bracketed(&zone), TimeText::rfc_3339(&zone)]
            .map(|mut time| put(|out, fractions| time.put(moment, out, fractions)));
        let [bracketed, rfc_3339] = &texts;
        assert_eq!(*bracketed, format!("[{}] ", rfc_3339.replace('T', " ")));
        rfc_3339.clone()
    }

    fn pattern_text(zone: &str, format: &str, unix_ns: i64) -> String {
        let pattern = Pattern::parse(&format!("{{time:{format}}}")).unwrap();
        let Piece::Token(Token::Time(parts), _) = &pattern.pieces[0] else { panic!() };
        let mut time = PatternTime::new(&parse_zone(zone).unwrap(), parts);
        put(|out, fractions| time.put(Moments::new().at(unix_ns), out, fractions))
    }

    #[test]
    fn known_moments() {
        assert_eq!(text("utc", 0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(text("utc", -1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(text("utc", 951_782_400 * NS_PER_S), "2000-02-29T00:00:00.000000Z");
        assert_eq!(text("utc", 4_107_542_400 * NS_PER_S), "2100-03-01T00:00:00.000000Z");
        assert_eq!(text("utc", 2_147_483_648 * NS_PER_S + 1_999), "2038-01-19T03:14:08.000001Z");
        assert_eq!(text("utc", i64::MAX), "2262-04-11T23:47:16.854775Z");
        assert_eq!(text("utc", i64::MIN), "1677-09-21T00:12:43.145224Z");
    }

    #[test]
    fn another_zone_is_shown_by_its_offset() {
        let (winter, summer) = (1_769_900_399 * NS_PER_S, 1_785_538_799 * NS_PER_S);
        assert_eq!(text("Europe/Berlin", winter), "2026-01-31T23:59:59.000000+01:00");
        assert_eq!(text("Europe/Berlin", summer), "2026-08-01T00:59:59.000000+02:00");
        assert_eq!(text("America/St_Johns", winter), "2026-01-31T19:29:59.000000-03:30");
        assert_eq!(text("Etc/UTC", winter), "2026-01-31T22:59:59.000000+00:00");
        assert_eq!(text("Europe/Berlin", i64::MIN), "1677-09-21T01:06:11.145224+00:53");
    }

    #[test]
    fn a_pattern_shows_what_it_asks_for() {
        let moment = 1_769_900_399 * NS_PER_S + 12_345_678;
        let shown = |format| pattern_text("Europe/Berlin", format, moment);
        assert_eq!(shown("%d.%m. %T%.3f %Z"), "31.01. 23:59:59.012 CET");
        assert_eq!(shown("%f %9f %1f %N"), "012345 012345678 0 012345678");
        assert_eq!(shown("%s%%f"), "1769900399%f");
    }

    #[test]
    fn a_second_that_passed_is_shown_again_if_it_comes_again() {
        let (mut moments, mut time) = (Moments::new(), TimeText::rfc_3339(&Zone::Utc));
        for (second, expected) in [(1, "01"), (2, "02"), (1, "01"), (61, "01")] {
            let moment = moments.at(second * NS_PER_S);
            let text = put(|out, fractions| time.put(moment, out, fractions));
            assert_eq!(&text[17..19], expected);
        }
    }

    #[test]
    fn jitter_never_shows_an_earlier_time_but_a_step_back_does() {
        let (mut moments, mut time) = (Moments::new(), TimeText::bracketed(&Zone::Utc));
        let mut shown = |unix_ns| {
            let moment = moments.at(unix_ns);
            put(|out, fractions| time.put(moment, out, fractions))[18..27].to_owned()
        };
        assert_eq!(shown(5_000_000_000), "05.000000");
        assert_eq!(shown(4_999_999_900), "05.000000");
        assert_eq!(shown(4_000_000_000), "04.000000");
    }
}
