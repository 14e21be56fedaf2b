//! What a write does when its queue is full, by level.

use super::parse::{self, number, same_name, split_unit};
use crate::level::{Level, LevelSet};
use std::time::Duration;

/// What `overflow` takes.
pub const TAKES: &str = "block, block:TIME (such as block:250ms or block:2s), drop-newest, drop-oldest, \
     grow:SIZE, and rules for some levels such as \"drop-newest, error+=block\"";
/// The longest deadline, in milliseconds: a year. More is surely a mistake of unit.
const MAX_DEADLINE_MS: usize = 365 * 24 * 3600 * 1000;
/// The most bytes that queues may grow to.
const MAX_GROW: usize = 1 << 40;

/// How long a FATAL message waits for space where no rule names its level, and then until it is written: long enough
/// for a slow disk, short enough that a program which is to end does end.
pub const FATAL_TIMEOUT: Duration = Duration::from_secs(5);

/// What a write does when its queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// Waits for space, at most that long.
    Block(Option<Duration>),
    /// Refuses the new message.
    DropNewest,
    /// Drops the oldest record of this thread that nobody has begun to write.
    DropOldest,
    /// Makes a larger queue, within a budget; beyond that, waits.
    Grow,
}

/// A policy for each level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policies {
    /// By level: one of the numbers below.
    kinds: [u8; Level::ALL.len()],
    /// Of `BLOCK_FOR`.
    deadline_ms: u64,
    /// Of `GROW`: the bytes of all queues of the logger together.
    pub grow_bytes: usize,
}

const BLOCK: u8 = 0;
const BLOCK_FOR: u8 = 1;
const DROP_NEWEST: u8 = 2;
const DROP_OLDEST: u8 = 3;
const GROW: u8 = 4;
/// Waits for `FATAL_TIMEOUT`: what FATAL does unless a rule names it.
const BLOCK_FATAL: u8 = 5;
/// The bits of a kind in a word, and of all kinds.
const BITS: usize = 3;
const ALL_BITS: usize = BITS * Level::ALL.len();

impl Default for Policies {
    fn default() -> Self {
        let mut kinds = [BLOCK; Level::ALL.len()];
        kinds[Level::Fatal as usize] = BLOCK_FATAL;
        Self { kinds, deadline_ms: 0, grow_bytes: 0 }
    }
}

impl Policies {
    /// Rules with commas between them, each `POLICY` or `LEVELS=POLICY`; later ones override. One without levels is
    /// for all but FATAL: whoever means the last words of a program says so.
    pub fn parse(text: &str) -> Option<Self> {
        let mut policies = Self::default();
        for rule in text.split(',').map(str::trim) {
            let (levels, policy) = match rule.split_once('=') {
                Some((levels, policy)) => (LevelSet::parse(levels)?, policy.trim()),
                None => (LevelSet::ALL.without(Level::Fatal), rule),
            };
            let kind = policies.kind(policy)?;
            for level in Level::ALL.into_iter().filter(|&level| levels.has(level)) {
                policies.kinds[level as usize] = kind;
            }
        }
        Some(policies)
    }

    fn kind(&mut self, policy: &str) -> Option<u8> {
        match policy.split_once(':') {
            Some((word, time)) if same_name(word, "block") => {
                let (digits, unit) = split_unit(time);
                let factor = match unit {
                    "ms" => 1,
                    "s" => 1000,
                    _ => return None,
                };
                let ms = number(digits, 0, MAX_DEADLINE_MS)? * factor;
                self.deadline_ms = (ms <= MAX_DEADLINE_MS).then_some(ms as u64)?;
                Some(BLOCK_FOR)
            }
            Some((word, size)) if same_name(word, "grow") => {
                self.grow_bytes = parse::size(size, 4096, MAX_GROW)?;
                Some(GROW)
            }
            None if same_name(policy, "block") => Some(BLOCK),
            None if same_name(policy, "drop-newest") => Some(DROP_NEWEST),
            None if same_name(policy, "drop-oldest") => Some(DROP_OLDEST),
            _ => None,
        }
    }

    /// Whether no level is ever dropped or makes the queue grow.
    pub fn only_blocks(&self) -> bool {
        self.kinds.iter().all(|kind| matches!(*kind, BLOCK | BLOCK_FOR | BLOCK_FATAL))
    }

    /// Whether the oldest records of some level are dropped.
    pub fn drops_oldest(&self) -> bool {
        self.kinds.contains(&DROP_OLDEST)
    }

    /// All but the bytes to grow to, in one word: changed at once.
    pub fn to_word(self) -> u64 {
        let kinds = self.kinds.iter().rev().fold(0, |word, &kind| word << BITS | kind as u64);
        kinds | self.deadline_ms << ALL_BITS
    }

    /// The way back.
    pub fn from_word(word: u64, grow_bytes: usize) -> Self {
        let kinds = std::array::from_fn(|level| (word >> (BITS * level) & 7) as u8);
        Self { kinds, deadline_ms: word >> ALL_BITS, grow_bytes }
    }

    /// The policy of one level in a word.
    pub fn of_word(word: u64, level: Level) -> Overflow {
        Self::from_word(word, 0).of(level)
    }

    /// The policy of one level.
    pub fn of(&self, level: Level) -> Overflow {
        match self.kinds[level as usize] {
            BLOCK_FOR => Overflow::Block(Some(Duration::from_millis(self.deadline_ms))),
            BLOCK_FATAL => Overflow::Block(Some(FATAL_TIMEOUT)),
            DROP_NEWEST => Overflow::DropNewest,
            DROP_OLDEST => Overflow::DropOldest,
            GROW => Overflow::Grow,
            _ => Overflow::Block(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, level: Level) -> Option<Overflow> {
        let policies = Policies::parse(text)?;
        let back = Policies::from_word(policies.to_word(), policies.grow_bytes);
        assert_eq!(back, policies, "the word holds all of it");
        Some(policies.of(level))
    }

    #[test]
    fn block_takes_a_deadline() {
        let block = |ms| Some(Overflow::Block(Some(Duration::from_millis(ms))));
        assert_eq!(of("block", Level::Info), Some(Overflow::Block(None)));
        assert_eq!(of("block:250ms", Level::Info), block(250));
        assert_eq!(of("block:2s", Level::Error), block(2000));
        assert_eq!(of("block:0ms", Level::Info), block(0));
        assert_eq!(of("block:31536000s", Level::Info), block(31_536_000_000));
    }

    #[test]
    fn fatal_waits_for_a_bounded_time_unless_a_rule_names_it() {
        let bounded = Some(Overflow::Block(Some(FATAL_TIMEOUT)));
        assert_eq!(Some(Policies::default().of(Level::Fatal)), bounded);
        for text in ["block", "block:1s", "drop-newest", "drop-oldest, warn-=block", "grow:1MiB"] {
            assert_eq!(of(text, Level::Fatal), bounded, "{text}");
        }
        assert_eq!(of("all=drop-oldest", Level::Fatal), Some(Overflow::DropOldest));
        assert_eq!(of("drop-newest, error+=block", Level::Fatal), Some(Overflow::Block(None)));
        assert!(Policies::default().only_blocks());
    }

    #[test]
    fn later_rules_override_earlier_ones_for_their_levels() {
        let text = "drop-newest, error+=block, trace|debug=drop-oldest, fatal=grow:1MiB";
        assert_eq!(of(text, Level::Info), Some(Overflow::DropNewest));
        assert_eq!(of(text, Level::Error), Some(Overflow::Block(None)));
        assert_eq!(of(text, Level::Debug), Some(Overflow::DropOldest));
        assert_eq!(of(text, Level::Fatal), Some(Overflow::Grow));
        assert_eq!(Policies::parse(text).unwrap().grow_bytes, 1 << 20);
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for bad in [
            "",
            "block:",
            "block:5",
            "block:-5ms",
            "block:5m",
            "drop",
            "block:99999999999s",
            "grow",
            "grow:1",
            "block,",
            "loud=block",
            "error=",
            "=block",
        ] {
            assert_eq!(Policies::parse(bad), None, "{bad:?}");
        }
    }
}
