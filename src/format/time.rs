//! The time stamp of a line, `[2026-01-31 23:59:59.123456Z] `, made anew only where it changed.

const NS_PER_S: i64 = 1_000_000_000;
const S_PER_DAY: i64 = 86_400;

/// The text of one moment, in UTC.
pub struct TimeText {
    text: [u8; LEN],
    /// The second that stands in the text.
    second: i64,
    /// The latest moment shown.
    latest_ns: i64,
}

const TEMPLATE: &[u8; LEN] = b"[0000-00-00 00:00:00.000000Z] ";
const LEN: usize = 30;
/// Where the digits below a second stand.
const MICROS: usize = 21;
/// Two readings of one clock may differ by the accuracy of the conversion; by less than this a line
/// never shows an earlier time than the one before it.
const JITTER_NS: i64 = 1_000_000;

impl TimeText {
    /// No moment yet.
    pub fn new() -> Self {
        Self { text: *TEMPLATE, second: i64::MIN, latest_ns: i64::MIN }
    }

    /// Sets the moment, in nanoseconds since 1970.
    #[inline]
    pub fn set(&mut self, unix_ns: i64) {
        let jitter = unix_ns < self.latest_ns && self.latest_ns - unix_ns < JITTER_NS;
        let unix_ns = if jitter { self.latest_ns } else { unix_ns };
        self.latest_ns = unix_ns;
        let second = unix_ns.div_euclid(NS_PER_S);
        if second != self.second {
            self.set_second(second);
        }
        let micros = unix_ns.rem_euclid(NS_PER_S) as u32 / 1000;
        put(&mut self.text, MICROS, micros / 10_000);
        put(&mut self.text, MICROS + 2, micros / 100 % 100);
        put(&mut self.text, MICROS + 4, micros % 100);
    }

    /// The text, with brackets and a blank behind.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    #[cold]
    fn set_second(&mut self, second: i64) {
        self.second = second;
        let (year, month, day) = civil(second.div_euclid(S_PER_DAY));
        let of_day = second.rem_euclid(S_PER_DAY) as u32;
        // Four digits hold every moment that 64 bits of nanoseconds can say (1677 to 2262).
        let year = year as u32;
        let pairs = [year / 100, year % 100, month, day];
        let pairs = pairs.into_iter().chain([of_day / 3600, of_day / 60 % 60, of_day % 60]);
        for (at, pair) in [1, 3, 6, 9, 12, 15, 18].into_iter().zip(pairs) {
            put(&mut self.text, at, pair);
        }
    }
}

/// Two digits.
#[inline(always)]
fn put(text: &mut [u8; LEN], at: usize, pair: u32) {
    text[at] = b'0' + (pair / 10) as u8;
    text[at + 1] = b'0' + (pair % 10) as u8;
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last of its year, in eras of 400 years.
fn civil(days: i64) -> (i64, u32, u32) {
    const DAYS_PER_ERA: i64 = 146_097;
    const DAYS_FROM_YEAR_0_MARCH_TO_1970: i64 = 719_468;
    let days = days + DAYS_FROM_YEAR_0_MARCH_TO_1970;
    let era = days.div_euclid(DAYS_PER_ERA);
    let of_era = days.rem_euclid(DAYS_PER_ERA);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month as u32, day as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(unix_ns: i64) -> String {
        let mut time = TimeText::new();
        time.set(unix_ns);
        String::from_utf8(time.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn known_moments() {
        assert_eq!(text(0), "[1970-01-01 00:00:00.000000Z] ");
        assert_eq!(text(-1), "[1969-12-31 23:59:59.999999Z] ");
        assert_eq!(text(951_782_400 * NS_PER_S), "[2000-02-29 00:00:00.000000Z] ");
        assert_eq!(text(4_107_542_400 * NS_PER_S), "[2100-03-01 00:00:00.000000Z] ");
        assert_eq!(text(2_147_483_648 * NS_PER_S + 1_999), "[2038-01-19 03:14:08.000001Z] ");
        assert_eq!(text(i64::MAX), "[2262-04-11 23:47:16.854775Z] ");
    }

    #[test]
    fn days_follow_each_other_for_six_centuries() {
        let length = |year: i64, month| match month {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let mut expected = (1677, 1, 1);
        for days in -107_015..106_751 {
            assert_eq!(civil(days), expected);
            let (year, month, day) = expected;
            expected = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                _ if day == length(year, month) => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }

    #[test]
    fn jitter_never_shows_an_earlier_time_but_a_step_back_does() {
        let mut time = TimeText::new();
        time.set(5_000_000_000);
        time.set(4_999_999_900);
        assert_eq!(&time.as_bytes()[18..27], b"05.000000");
        time.set(4_000_000_000);
        assert_eq!(&time.as_bytes()[18..27], b"04.000000");
    }
}
