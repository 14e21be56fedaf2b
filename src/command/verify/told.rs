//! The lines in which a logger tells what it lost: `alog: 137 records lost: queue full`.

/// What such a line tells.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// So many records.
    pub count: u64,
    /// They were suppressed as the configuration says; otherwise lost.
    pub is_suppressed: bool,
    /// Why.
    pub why: String,
}

impl Told {
    /// What a message tells, if it is one of these.
    pub fn parse(message: &str) -> Option<Self> {
        let (count, rest) = message.strip_prefix("alog: ")?.split_once(' ')?;
        let rest = rest.strip_prefix("records ").or_else(|| rest.strip_prefix("record "))?;
        let (verb, why) = rest.split_once(": ")?;
        let is_suppressed = match verb {
            "lost" => false,
            "suppressed" => true,
            _ => return None,
        };
        Some(Self { count: count.parse().ok()?, is_suppressed, why: why.trim_end().into() })
    }

    /// What the end of a line tells, whatever stands in front of the message.
    pub fn at_end_of(line: &str) -> Option<Self> {
        line.match_indices("alog: ").find_map(|(at, _)| Self::parse(&line[at..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_and_nothing_else() {
        let told =
            |count, is_suppressed, why: &str| Some(Told { count, is_suppressed, why: why.into() });
        assert_eq!(
            Told::parse("alog: 137 records lost: queue full"),
            told(137, false, "queue full")
        );
        assert_eq!(Told::parse("alog: 1 record suppressed: repeated"), told(1, true, "repeated"));
        assert_eq!(
            Told::at_end_of("12:00 WARN alog: 2 records lost: no memory"),
            told(2, false, "no memory")
        );
        for other in [
            "alog: backtrace of 3 records begins",
            "137 records lost: x",
            "alog: x records lost: y",
            "alog: 1 record found: z",
        ] {
            assert_eq!(Told::parse(other), None, "{other}");
        }
    }
}
