//! The time of a line, made anew only where it changed: what a whole second shows is kept, per record only
//! the digits below it are set.

use crate::config::{TimePart, Zone};
use crate::level::Level;
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use std::fmt::Write as _;

const NS_PER_S: i64 = 1_000_000_000;
/// Two readings of one clock may differ by the accuracy of the conversion; by less than this a line
/// never shows an earlier time than the one before it.
const JITTER_NS: i64 = 1_000_000;

/// Tells when a second ends, and smooths what is no more than jitter.
struct Seconds {
    second: i64,
    /// When it began.
    start_ns: i64,
    /// How long it lasts: nothing before the first moment.
    len_ns: u64,
    latest_ns: i64,
}

impl Seconds {
    /// No moment yet.
    fn new() -> Self {
        Self { second: i64::MIN, start_ns: 0, len_ns: 0, latest_ns: i64::MIN }
    }

    /// The nanoseconds below the second, and whether the second is another one than before.
    #[inline(always)]
    fn set(&mut self, unix_ns: i64) -> (u32, bool) {
        let jitter = unix_ns < self.latest_ns && self.latest_ns - unix_ns < JITTER_NS;
        let unix_ns = if jitter { self.latest_ns } else { unix_ns };
        self.latest_ns = unix_ns;
        // No division as long as the second lasts. Wrapping: the first second of all begins before `i64::MIN`.
        let below = unix_ns.wrapping_sub(self.start_ns) as u64;
        if below < self.len_ns {
            return (below as u32, false);
        }
        self.second = unix_ns.div_euclid(NS_PER_S);
        self.start_ns = self.second.wrapping_mul(NS_PER_S);
        self.len_ns = NS_PER_S as u64;
        (unix_ns.rem_euclid(NS_PER_S) as u32, true)
    }

    /// The second in a zone. Every moment that 64 bits of nanoseconds can say (1677 to 2262) is one.
    fn zoned(&self, zone: &Zone) -> Zoned {
        let moment = Timestamp::from_second(self.second).unwrap_or(Timestamp::UNIX_EPOCH);
        moment.to_zoned(match zone {
            Zone::Utc => TimeZone::UTC,
            Zone::Other(zone) => zone.clone(),
        })
    }
}

/// `[2026-01-31 23:59:59.123456Z] ` or `2026-01-31T23:59:59.123456Z`.
pub struct TimeText {
    seconds: Seconds,
    zone: Zone,
    /// In one size that every time fits into, and a level behind it: copying it takes no loop.
    text: [u8; SIZE],
    len: usize,
    /// The level that stands behind the time, and where it ends.
    level: Option<Level>,
    level_end: usize,
    /// Without brackets, what stands around the date does not count.
    is_bare: bool,
}

const SIZE: usize = 64;
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
        let (seconds, zone) = (Seconds::new(), zone.clone());
        let mut text = [b' '; SIZE];
        text[..template.len()].copy_from_slice(template);
        Self { seconds, zone, text, len: ZONE + 3, level: None, level_end: 0, is_bare }
    }

    /// Sets the moment, in nanoseconds since 1970.
    #[inline]
    pub fn set(&mut self, unix_ns: i64) {
        let (nanos, is_new) = self.seconds.set(unix_ns);
        if is_new {
            self.set_second();
        }
        let micros = nanos / 1000;
        let (high, low) = (micros / 1000, micros % 1000);
        self.text[MICROS..MICROS + 3].copy_from_slice(&DIGITS[high as usize % 1000]);
        self.text[MICROS + 3..MICROS + 6].copy_from_slice(&DIGITS[low as usize]);
    }

    /// The text in brackets with a level behind it, and how much of it counts.
    #[inline(always)]
    pub fn with_level(&mut self, level: Level, colored: bool) -> (&[u8; SIZE], usize) {
        if self.level != Some(level) {
            self.set_level(level, colored);
        }
        (&self.text, self.level_end)
    }

    #[cold]
    fn set_level(&mut self, level: Level, colored: bool) {
        let prefix = super::level::prefix(level, colored).as_bytes();
        self.level = Some(level);
        self.level_end = self.len + prefix.len(); // at most 35 and 19 bytes
        self.text[self.len..self.level_end].copy_from_slice(prefix);
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        if self.is_bare { &self.text[DATE..self.len - 2] } else { &self.text[..self.len] }
    }

    #[cold]
    fn set_second(&mut self) {
        let zoned = self.seconds.zoned(&self.zone);
        self.level = None;
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

/// The numbers below 1000 in three digits.
static DIGITS: [[u8; 3]; 1000] = {
    let mut digits = [[0; 3]; 1000];
    let mut number = 0;
    while number < 1000 {
        let [a, b, c] = [number / 100, number / 10 % 10, number % 10];
        digits[number] = [b'0' + a as u8, b'0' + b as u8, b'0' + c as u8];
        number += 1;
    }
    digits
};

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
    seconds: Seconds,
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
            seconds: Seconds::new(),
            zone: zone.clone(),
            parts: parts.into(),
            text: String::new(),
            fractions: Vec::new(),
        }
    }

    /// Sets the moment, in nanoseconds since 1970; gives the text in pieces: in front of digits below a second,
    /// and those.
    pub fn set(&mut self, unix_ns: i64, mut put: impl FnMut(&[u8])) {
        let (nanos, is_new) = self.seconds.set(unix_ns);
        if is_new {
            self.set_second();
        }
        let digits: [u8; 9] =
            std::array::from_fn(|at| b'0' + (nanos / 10u32.pow(8 - at as u32) % 10) as u8);
        let mut done = 0;
        for &(at, count) in &self.fractions {
            put(&self.text.as_bytes()[done..at]);
            put(&digits[..count as usize]);
            done = at;
        }
        put(&self.text.as_bytes()[done..]);
    }

    #[cold]
    fn set_second(&mut self) {
        let zoned = self.seconds.zoned(&self.zone);
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

    fn text(zone: &str, unix_ns: i64) -> String {
        let zone = parse_zone(zone).unwrap();
        let texts = [TimeText::bracketed(&zone), TimeText::rfc_3339(&zone)].map(|mut time| {
            time.set(unix_ns);
            String::from_utf8(time.as_bytes().to_vec()).unwrap()
        });
        let [bracketed, rfc_3339] = &texts;
        assert_eq!(*bracketed, format!("[{}] ", rfc_3339.replace('T', " ")));
        rfc_3339.clone()
    }

    fn pattern_text(zone: &str, format: &str, unix_ns: i64) -> String {
        let pattern = Pattern::parse(&format!("{{time:{format}}}")).unwrap();
        let Piece::Token(Token::Time(parts), _) = &pattern.pieces[0] else { panic!() };
        let mut out = Vec::new();
        let mut time = PatternTime::new(&parse_zone(zone).unwrap(), parts);
        time.set(unix_ns, |bytes| out.extend_from_slice(bytes));
        String::from_utf8(out).unwrap()
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
        let mut time = TimeText::rfc_3339(&Zone::Utc);
        for (second, expected) in [(1, "01"), (2, "02"), (1, "01"), (61, "01")] {
            time.set(second * NS_PER_S);
            assert_eq!(&time.as_bytes()[17..19], expected.as_bytes());
        }
    }

    #[test]
    fn jitter_never_shows_an_earlier_time_but_a_step_back_does() {
        let mut time = TimeText::bracketed(&Zone::Utc);
        time.set(5_000_000_000);
        time.set(4_999_999_900);
        assert_eq!(&time.as_bytes()[18..27], b"05.000000");
        time.set(4_000_000_000);
        assert_eq!(&time.as_bytes()[18..27], b"04.000000");
    }
}
