//! Who logs: what a root or derived logger adds to each of its records. Fixed once it is made, but for the sinks.

use crate::hook::Named;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What every record of a logger has in common.
#[derive(Default)]
pub struct Origin {
    /// The logger's name; empty if it has none.
    pub name: Box<str>,
    /// Its base fields, encoded.
    pub base: Box<[u8]>,
    /// Tells these base fields from all others; 0 if there are none.
    pub base_id: u64,
    /// Run on the caller's thread.
    pub pre_hooks: Vec<Named>,
    /// Run on the writer thread.
    pub post_hooks: Vec<Named>,
    /// Its sinks: bit `n` is the sink at place `n`. A worker uses what it has seen with the list of sinks.
    sinks: AtomicU64,
    /// It adds nothing to a record on the writer thread.
    pub is_plain: bool,
}

/// What a configuration says of an origin.
#[derive(Clone, Default)]
pub struct Profile {
    /// A name, if one was given.
    pub name: Option<Box<str>>,
    /// Base fields, encoded.
    pub base: Vec<u8>,
    /// Pre-hooks.
    pub pre_hooks: Vec<Named>,
    /// Post-hooks.
    pub post_hooks: Vec<Named>,
    /// What a derived logger does not take over from its parent.
    pub replace: Replace,
}

/// What a derived logger has instead of its parent's, and not in addition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replace {
    /// Base fields.
    pub fields: bool,
    /// Pre-hooks.
    pub pre_hooks: bool,
    /// Post-hooks.
    pub post_hooks: bool,
    /// Sinks.
    pub sinks: bool,
}

impl Origin {
    /// The origin of a logger with `profile` that is derived from `self`, and writes to `sinks` as well.
    pub fn derive(&self, profile: &Profile, sinks: u64) -> Self {
        let replace = profile.replace;
        let keep =
            |replaced: bool, hooks: &[Named]| if replaced { Vec::new() } else { hooks.to_vec() };
        let mut pre_hooks = keep(replace.pre_hooks, &self.pre_hooks);
        pre_hooks.extend_from_slice(&profile.pre_hooks);
        let mut post_hooks = keep(replace.post_hooks, &self.post_hooks);
        post_hooks.extend_from_slice(&profile.post_hooks);
        let mut base = if replace.fields { Vec::new() } else { self.base.to_vec() };
        base.extend_from_slice(&profile.base);
        let same_base = profile.base.is_empty() && !replace.fields;
        let name = match &profile.name {
            Some(name) if self.name.is_empty() => name.clone(),
            Some(name) => format!("{}.{name}", self.name).into(),
            None => self.name.clone(),
        };
        Self {
            is_plain: name.is_empty() && base.is_empty() && post_hooks.is_empty(),
            name,
            base_id: if same_base { self.base_id } else { next_base_id(&base) },
            base: base.into(),
            pre_hooks,
            post_hooks,
            sinks: AtomicU64::new(if replace.sinks { sinks } else { self.sinks() | sinks }),
        }
    }

    /// An origin of a process that is no more.
    pub fn recovered(name: &str, base: &[u8]) -> Self {
        let profile = Profile { name: Some(name.into()), base: base.into(), ..Profile::default() };
        Self::root(&profile, 0)
    }

    /// Its sinks, as a set of bits.
    pub fn sinks(&self) -> u64 {
        self.sinks.load(Relaxed) // the list of sinks orders it
    }

    /// It has other sinks from now on.
    pub fn set_sinks(&self, sinks: u64) {
        self.sinks.store(sinks, Relaxed); // as above
    }

    /// The origin of a root logger.
    pub fn root(profile: &Profile, sinks: usize) -> Self {
        Origin::default().derive(profile, low_bits(sinks))
    }
}

/// The lowest `count` bits, at most 64.
fn low_bits(count: usize) -> u64 {
    u64::MAX.checked_shr(64 - count as u32).unwrap_or(0)
}

fn next_base_id(base: &[u8]) -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    if base.is_empty() { 0 } else { LAST.fetch_add(1, Relaxed) + 1 } // unique is enough
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_derived_is_appended_or_replaced() {
        let profile = |name: &str, base: &[u8]| Profile {
            name: Some(name.into()),
            base: base.to_vec(),
            ..Profile::default()
        };
        let root = Origin::root(&profile("app", b"r"), 2);
        assert_eq!((&*root.name, root.sinks()), ("app", 0b11));
        let child = root.derive(&profile("db", b"c"), 0b100);
        assert_eq!((&*child.name, &*child.base, child.sinks()), ("app.db", &b"rc"[..], 0b111));
        assert_ne!(child.base_id, root.base_id);
        let all = Replace { fields: true, pre_hooks: true, post_hooks: true, sinks: true };
        let raw = root.derive(&Profile { replace: all, ..profile("x", b"c") }, 0b100);
        assert_eq!((&*raw.base, raw.sinks()), (&b"c"[..], 0b100));
        let copy = root.derive(&Profile::default(), 0);
        assert_eq!((copy.base_id, &*copy.name), (root.base_id, "app"));
    }
}
