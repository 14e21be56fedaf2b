//! Periods of the calendar in a time zone: right across changes of the offset, because both ends are looked up in it.

use crate::config::{Every, Unit, Zone};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

const NS_PER_S: i64 = 1_000_000_000;
const S_PER_HOUR: i64 = 3600;

/// From `start` up to but not including `end`, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its first moment.
    pub start: i64,
    /// The first moment behind it.
    pub end: i64,
}

impl Period {
    /// The one that a moment lies in. What the calendar cannot say is one that never ends.
    pub fn of(every: Every, zone: &Zone, unix_ns: i64) -> Self {
        let never = Self { start: i64::MIN, end: i64::MAX };
        Self::find(every, &time_zone(zone), unix_ns).unwrap_or(never)
    }

    fn find(every: Every, zone: &TimeZone, unix_ns: i64) -> Option<Self> {
        let second = unix_ns.div_euclid(NS_PER_S);
        let moment = Timestamp::from_second(second).ok()?;
        let (start, end) = match every.unit {
            Unit::Hour => {
                let offset = i64::from(zone.to_offset(moment).seconds());
                let start = (second + offset).div_euclid(S_PER_HOUR) * S_PER_HOUR - offset;
                (start, start + S_PER_HOUR)
            }
            Unit::Day => around(every, zone, second, zone.to_datetime(moment).date(), 1.day())?,
            Unit::Week => {
                let date = zone.to_datetime(moment).date();
                let since = date.weekday().to_monday_zero_offset();
                let monday = date.checked_sub(i64::from(since).days()).ok()?;
                around(every, zone, second, monday, 1.week())?
            }
            Unit::Month => {
                let first = zone.to_datetime(moment).date().first_of_month();
                around(every, zone, second, first, 1.month())?
            }
        };
        Some(Self { start: start.checked_mul(NS_PER_S)?, end: end.checked_mul(NS_PER_S)? })
    }

    /// Whether a moment lies so long before it that the clock was set back, not corrected.
    pub fn is_long_after(&self, unix_ns: i64) -> bool {
        let length = self.end.saturating_sub(self.start);
        unix_ns < self.start.saturating_sub(length)
    }
}

/// The period around a second; it begins on `date`, or so long before, if the time of day has not come yet.
fn around(
    every: Every,
    zone: &TimeZone,
    second: i64,
    date: Date,
    length: Span,
) -> Option<(i64, i64)> {
    let begin = |date: Date| {
        let (hour, minute) = (every.minutes / 60, every.minutes % 60);
        let time = Time::new(hour as i8, minute as i8, 0, 0).ok()?;
        // A time that is skipped comes later; of one that comes twice, the first counts.
        let moment = zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible().ok()?;
        Some(moment.as_second())
    };
    let here = begin(date)?;
    if here <= second {
        Some((here, begin(date.checked_add(length).ok()?)?))
    } else {
        Some((begin(date.checked_sub(length).ok()?)?, here))
    }
}

/// `2026-11-27T13-00-00`.
pub fn stamp(zone: &Zone, unix_ns: i64) -> String {
    let moment = Timestamp::from_second(unix_ns.div_euclid(NS_PER_S));
    let at = time_zone(zone).to_datetime(moment.unwrap_or(Timestamp::UNIX_EPOCH));
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    let (year, month, day) = (at.year(), at.month(), at.day());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}-{minute:02}-{second:02}")
}

fn time_zone(zone: &Zone) -> TimeZone {
    match zone {
        Zone::Utc => TimeZone::UTC,
        Zone::Other(zone) => zone.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ns(time: &str) -> i64 {
        time.parse::<Timestamp>().unwrap().as_second() * NS_PER_S
    }

    /// The period around a moment in Berlin, as UTC.
    fn period(unit: Unit, minutes: u32, time: &str) -> (String, String) {
        let zone = Zone::Other(TimeZone::get("Europe/Berlin").unwrap());
        let found = Period::of(Every { unit, minutes }, &zone, ns(time));
        let text = |ns: i64| Timestamp::from_second(ns / NS_PER_S).unwrap().to_string();
        (text(found.start), text(found.end))
    }

    fn check(unit: Unit, minutes: u32, time: &str, start: &str, end: &str) {
        let expected = (format!("{start}:00Z"), format!("{end}:00Z"));
        assert_eq!(period(unit, minutes, time), expected, "{unit:?} {minutes} {time}");
    }

    #[test]
    fn a_day_has_as_many_hours_as_the_zone_says() {
        use Unit::Day;
        check(Day, 0, "2026-03-29T12:00:00Z", "2026-03-28T23:00", "2026-03-29T22:00"); // 23
        check(Day, 0, "2026-10-25T12:00:00Z", "2026-10-24T22:00", "2026-10-25T23:00"); // 25
        check(Day, 0, "2026-10-25T22:59:59Z", "2026-10-24T22:00", "2026-10-25T23:00");
        check(Day, 0, "2026-10-25T23:00:00Z", "2026-10-25T23:00", "2026-10-26T23:00");
    }

    #[test]
    fn a_time_of_day_that_is_skipped_comes_later_and_one_that_comes_twice_counts_once() {
        use Unit::Day;
        let half_past_two = 150;
        // 02:00 to 03:00 is skipped on that day: 03:30 summer time.
        check(Day, half_past_two, "2026-03-29T01:29:59Z", "2026-03-28T01:30", "2026-03-29T01:30");
        check(Day, half_past_two, "2026-03-29T01:30:00Z", "2026-03-29T01:30", "2026-03-30T00:30");
        // 02:30 comes twice on that day.
        check(Day, half_past_two, "2026-10-25T00:30:00Z", "2026-10-25T00:30", "2026-10-26T01:30");
        check(Day, half_past_two, "2026-10-25T01:30:00Z", "2026-10-25T00:30", "2026-10-26T01:30");
    }

    #[test]
    fn each_hour_that_passes_is_one_though_the_clock_shows_it_twice() {
        use Unit::Hour;
        check(Hour, 0, "2026-10-25T00:10:00Z", "2026-10-25T00:00", "2026-10-25T01:00");
        check(Hour, 0, "2026-10-25T01:10:00Z", "2026-10-25T01:00", "2026-10-25T02:00");
        let zone = Zone::Other(TimeZone::get("Asia/Kolkata").unwrap());
        let every = Every { unit: Unit::Hour, minutes: 0 };
        let found = Period::of(every, &zone, ns("2026-01-01T00:10:00Z"));
        assert_eq!(found.end, ns("2026-01-01T00:30:00Z"), "its full hours are our half ones");
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first_leap_years_and_2038_included() {
        use Unit::{Day, Month, Week};
        check(Week, 0, "2026-11-27T12:00:00Z", "2026-11-22T23:00", "2026-11-29T23:00");
        check(Week, 60, "2026-11-22T23:30:00Z", "2026-11-16T00:00", "2026-11-23T00:00");
        check(Month, 0, "2028-02-29T22:59:00Z", "2028-01-31T23:00", "2028-02-29T23:00");
        check(Month, 0, "2026-02-28T23:00:00Z", "2026-02-28T23:00", "2026-03-31T22:00");
        check(Month, 120, "2026-12-31T23:30:00Z", "2026-12-01T01:00", "2027-01-01T01:00");
        check(Day, 0, "2028-02-29T12:00:00Z", "2028-02-28T23:00", "2028-02-29T23:00");
        check(Day, 0, "2038-01-19T03:14:08Z", "2038-01-18T23:00", "2038-01-19T23:00");
    }

    #[test]
    fn every_moment_lies_in_its_period_and_the_next_begins_where_it_ends() {
        let zone = Zone::Other(TimeZone::get("America/St_Johns").unwrap());
        for unit in [Unit::Hour, Unit::Day, Unit::Week, Unit::Month] {
            let every = Every { unit, minutes: if unit == Unit::Hour { 0 } else { 90 } };
            let mut at = ns("2024-01-01T00:00:00Z");
            while at < ns("2029-01-01T00:00:00Z") {
                let found = Period::of(every, &zone, at);
                assert!(found.start <= at && at < found.end, "{unit:?} {at}");
                assert_eq!(Period::of(every, &zone, found.end).start, found.end);
                assert_eq!(Period::of(every, &zone, found.end - 1), found);
                at = found.end + (found.end - found.start) / 3;
            }
        }
        for extreme in [i64::MIN, i64::MAX] {
            Period::of(Every { unit: Unit::Month, minutes: 0 }, &zone, extreme);
        }
    }

    #[test]
    fn a_stamp_sorts_as_time_does() {
        assert_eq!(stamp(&Zone::Utc, ns("2026-01-02T03:04:05Z")), "2026-01-02T03-04-05");
    }
}
