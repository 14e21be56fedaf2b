//! Which fields of an event win: of several with one name on one level the last one; and which one a name
//! stands for.

use crate::field::{Field, Fields, MAX_DEPTH, Value};
use std::borrow::Borrow;

/// Some fields of one event, told apart by where their keys lie: every item lies in a place of its own.
#[derive(Default)]
pub struct Marks {
    places: Vec<usize>,
}

fn place(key: &[u8]) -> usize {
    key.as_ptr().addr()
}

impl Marks {
    /// Marks none.
    pub fn clear(&mut self) {
        self.places.clear();
    }

    /// Marks the field whose key lies there; `None` without memory. `has` may be asked after `sort`.
    pub fn add(&mut self, key: &[u8]) -> Option<()> {
        self.places.try_reserve(1).ok()?;
        self.places.push(place(key));
        Some(())
    }

    /// Makes ready to be asked.
    pub fn sort(&mut self) {
        self.places.sort_unstable();
    }

    /// Whether a field is marked.
    #[inline]
    pub fn has(&self, field: &Field<'_>) -> bool {
        !self.places.is_empty() && self.places.binary_search(&place(field.key)).is_ok()
    }

    /// Whether a field of a run, or in a group of it, is marked.
    pub fn touch(&self, run: Fields<'_>) -> bool {
        let range = run.as_bytes().as_ptr_range();
        // A key that is empty may lie at the very end.
        self.places.iter().any(|place| (range.start.addr()..=range.end.addr()).contains(place))
    }
}

/// The most names of one level that are compared one by one; more are sorted.
const FEW: usize = 16;

/// Marks the fields of a level, and in its groups, that a later one of the same name overrides. `None` without
/// memory.
#[inline]
pub fn find_lost<'a>(
    level: impl Iterator<Item = impl Borrow<Field<'a>>> + Clone,
    lost: &mut Marks,
) -> Option<()> {
    scan(level, 0, lost)?;
    lost.sort();
    Some(())
}

fn scan<'a>(
    level: impl Iterator<Item = impl Borrow<Field<'a>>> + Clone,
    depth: usize,
    lost: &mut Marks,
) -> Option<()> {
    let mut seen: [&[u8]; FEW] = [&[]; FEW];
    let mut count = 0;
    let mut are_few = true;
    for field in level.clone() {
        let field = field.borrow();
        if let Value::Group(inner) = field.value {
            if depth < MAX_DEPTH {
                scan(inner, depth + 1, lost)?;
            }
        }
        if !are_few {
            continue;
        }
        if let Some(earlier) = seen[..count].iter_mut().find(|earlier| **earlier == field.key) {
            lost.add(earlier)?;
            *earlier = field.key;
        } else if count < FEW {
            seen[count] = field.key;
            count += 1;
        } else {
            are_few = false;
        }
    }
    if are_few { Some(()) } else { scan_many(level, lost) }
}

/// What may already be marked is marked once more; that is no harm.
#[cold]
fn scan_many<'a>(
    level: impl Iterator<Item = impl Borrow<Field<'a>>> + Clone,
    lost: &mut Marks,
) -> Option<()> {
    let mut keys: Vec<(&[u8], usize)> = Vec::new();
    keys.try_reserve_exact(level.clone().count()).ok()?;
    keys.extend(level.enumerate().map(|(number, field)| (field.borrow().key, number)));
    keys.sort_unstable();
    let same = keys.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    same.map(|pair| pair[0].0).try_for_each(|key| lost.add(key))?;
    Some(())
}

/// The field of a level that a name stands for: the last one of that key or, for `a.b`, `b` in group `a`.
pub fn find<'a>(
    level: impl Iterator<Item = impl Borrow<Field<'a>>> + Clone,
    name: &[u8],
) -> Option<Field<'a>> {
    find_at(level, name, 0)
}

fn find_at<'a>(
    level: impl Iterator<Item = impl Borrow<Field<'a>>> + Clone,
    name: &[u8],
    depth: usize,
) -> Option<Field<'a>> {
    if let Some(field) = level.clone().filter(|field| field.borrow().key == name).last() {
        return Some(*field.borrow());
    }
    if !name.contains(&b'.') || depth == MAX_DEPTH {
        return None;
    }
    let mut least = 0;
    loop {
        // The shortest key that the name begins with, from `least` bytes; the last one of several.
        let begins = |field: &Field<'_>| {
            let len = field.key.len();
            len >= least && name.get(len) == Some(&b'.') && name.starts_with(field.key)
        };
        let shorter = |one: Field<'a>, other: Field<'a>| match other.key.len() <= one.key.len() {
            true => other,
            false => one,
        };
        let all = level.clone().map(|field| *field.borrow());
        let field = all.filter(begins).reduce(shorter)?;
        least = field.key.len() + 1;
        if let Value::Group(inner) = field.value {
            let found = find_at(inner, &name[least..], depth + 1);
            if found.is_some() {
                return found;
            }
        }
    }
}
