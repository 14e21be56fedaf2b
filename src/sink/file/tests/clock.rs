//! Calendars and clocks: a new file for each period, however long that is in the zone, and no more of them when the clock
//! jumps.

use super::*;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashSet;

const NS_PER_S: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * NS_PER_S;

fn ns(time: &str) -> i64 {
    time.parse::<Timestamp>().unwrap().as_second() * NS_PER_S
}

/// The texts of the log and its rotated files, the oldest first.
fn texts(folder: &Folder) -> Vec<String> {
    let count = folder.names().len();
    let rotated = (1..count).rev().map(|number| format!("log.{number}"));
    rotated.chain(["log".to_owned()]).map(|name| folder.text(&name)).collect()
}

/// Logs every 20 minutes from one time to another; checks that each file is one period as `label` tells them apart.
fn check(zone: &str, rotate: &str, from: &str, to: &str, label: impl Fn(&jiff::Zoned) -> String) {
    let folder = Folder::new();
    let mut bench = Bench::new(&folder, &format!("rotate={rotate}&rotate_zone={zone}"));
    let time_zone = TimeZone::get(zone).unwrap();
    let mut expected: Vec<String> = Vec::new();
    let mut at = ns(from);
    while at < ns(to) {
        let zoned = Timestamp::from_second(at / NS_PER_S).unwrap().to_zoned(time_zone.clone());
        let line = format!("{} {at}", label(&zoned));
        bench.line(at, &line);
        let last = expected.last_mut().filter(|text| text.starts_with(&label(&zoned)));
        match last {
            Some(text) => *text += &(line + "\n"),
            None => expected.push(line + "\n"),
        }
        at += 20 * MINUTE;
    }
    assert!(expected.len() > 2);
    let found = texts(&folder);
    assert_eq!(found, expected, "{zone} {rotate} {from}");
    assert_eq!(bench.errors(), [""; 0]);
    say(&format!("rotate={rotate} from {from}, {zone}"), 0, &expected.concat(), &found);
}

/// Says how many of the lines that were written are in these files, and how many of them otherwise than they should be.
fn say(what: &str, jumps: usize, written: &str, files: &[String]) {
    let all = files.concat();
    let (written, found): (Vec<&str>, Vec<&str>) =
        (written.lines().collect(), all.lines().collect());
    let at = |line: &str| found.iter().position(|other| *other == line);
    let places: Vec<_> = written.iter().filter_map(|line| at(line)).collect();
    let late = places.windows(2).filter(|two| two[0] > two[1]).count();
    println!(
        "figures: {what}: jumps {jumps}, files {}, written {}, lost {}, duplicated {}, torn {}, out of order {late}",
        files.len(),
        written.len(),
        written.len() - places.len(),
        found.len() - found.iter().collect::<HashSet<_>>().len(),
        found.iter().filter(|line| !written.contains(line)).count(),
    );
}

#[test]
fn days_are_those_of_the_zone_when_the_clock_is_put_forward_and_back() {
    let date = |at: &jiff::Zoned| at.date().to_string();
    let changes = [
        ("Europe/Berlin", "2026-03-27T00:10:00Z", "2026-03-31T00:00:00Z"),
        ("Europe/Berlin", "2026-10-23T00:10:00Z", "2026-10-27T12:00:00Z"),
        ("America/New_York", "2026-03-06T00:10:00Z", "2026-03-10T12:00:00Z"),
        ("America/New_York", "2026-10-30T00:10:00Z", "2026-11-03T12:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-03T00:10:00Z", "2026-04-07T00:00:00Z"),
        ("Europe/Berlin", "2028-02-27T12:00:00Z", "2028-03-02T12:00:00Z"),
        ("Europe/Berlin", "2038-01-17T12:00:00Z", "2038-01-21T12:00:00Z"),
        ("UTC", "2106-02-05T12:00:00Z", "2106-02-09T12:00:00Z"),
    ];
    for (zone, from, to) in changes {
        check(zone, "daily", from, to, date);
    }
}

#[test]
fn hours_are_those_that_pass_also_when_the_clock_shows_one_twice_or_never() {
    // The offset tells the two hours of the same name apart.
    let hour = |at: &jiff::Zoned| format!("{}T{:02}{}", at.date(), at.hour(), at.offset());
    for (zone, from, to) in [
        ("Europe/Berlin", "2026-03-28T22:10:00Z", "2026-03-29T04:00:00Z"),
        ("Europe/Berlin", "2026-10-24T22:10:00Z", "2026-10-25T04:00:00Z"),
        ("America/New_York", "2026-03-08T04:10:00Z", "2026-03-08T09:00:00Z"),
        ("America/New_York", "2026-11-01T03:10:00Z", "2026-11-01T09:00:00Z"),
        ("UTC", "2038-01-19T01:10:00Z", "2038-01-19T06:00:00Z"),
    ] {
        check(zone, "hourly", from, to, hour);
    }
}

#[test]
fn months_and_weeks_are_those_of_the_calendar_leap_years_included() {
    check("UTC", "monthly", "2028-01-30T00:10:00Z", "2028-03-02T00:00:00Z", |at| {
        format!("{:04}-{:02}", at.year(), at.month())
    });
    check("Europe/Berlin", "weekly", "2026-10-18T12:00:00Z", "2026-11-03T00:00:00Z", |at| {
        let monday = at.weekday().to_monday_zero_offset();
        at.date().checked_sub(jiff::Span::new().days(monday)).unwrap().to_string()
    });
}

#[test]
fn a_clock_that_jumps_at_random_keeps_the_order_and_no_line_makes_more_than_one_file() {
    let mut noise = 1_u64;
    for rotate in ["hourly", "daily@23:59", "weekly", "monthly"] {
        let folder = Folder::new();
        let mut bench = Bench::new(&folder, &format!("rotate={rotate}&rotate_zone=Europe/Berlin"));
        let mut lines = String::new();
        let (mut at, mut forward, mut jumps) = (NEW_YEAR, 0, 0);
        for number in 0..300 {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let jump = (noise >> 33) as i64 % 45;
            jumps += usize::from(noise >> 60 < 3);
            at += match noise >> 60 {
                0 => -jump * DAY,
                1 => jump * DAY,
                2 => -jump * MINUTE,
                _ => jump * MINUTE,
            };
            bench.line(at, &number.to_string());
            lines += &format!("{number}\n");
            let files = folder.names().len();
            assert!(files <= forward + 2, "{files} files");
            forward = files - 1;
        }
        assert!(forward > 2, "{rotate} begins new files after all");
        let found = texts(&folder);
        assert_eq!(found.concat(), lines);
        say(&format!("a clock that jumps, rotate={rotate}"), jumps, &lines, &found);
        assert_eq!(bench.errors(), [""; 0]);
    }
}

#[test]
fn times_at_the_ends_of_what_a_clock_can_say_do_no_harm() {
    for rotate in ["hourly", "daily", "weekly", "monthly"] {
        let folder = Folder::new();
        let mut bench = Bench::at(&folder, &format!("log?rotate={rotate}"));
        for at in [i64::MIN, 0, i64::MAX, -1, i64::MAX, i64::MIN] {
            bench.line(at, "a line");
        }
        assert_eq!(texts(&folder).concat(), "a line\n".repeat(6));
        assert_eq!(bench.errors(), [""; 0]);
    }
}
