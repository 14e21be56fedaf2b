//! The fields of loggers, rendered once: per record they are copied, unless one of them is overridden.

use super::draft::Draft;
use super::elements::Elements;
use super::fields::{Marks, find_lost};
use super::{json, pairs};
use crate::field::Field;
use crate::record::{Event, Layers};

/// How many loggers' fields are kept at most, each in the place that its number gives.
const PLACES: usize = 64;
/// What is longer is rendered for each record: with this, all places together take at most 4 MiB.
const MAX_BYTES: usize = 64 * 1024;

/// The rendered fields of some loggers, for one format.
pub struct Bases {
    are_members: bool,
    places: Vec<Base>,
    lost: Marks,
}

/// The rendered fields of one logger.
#[derive(Default)]
pub struct Base {
    /// 0: nobody's.
    id: u64,
    text: Draft,
    /// Bit `n`: a key has the digest `n`.
    digests: u64,
    /// It can be used as it is.
    is_fixed: bool,
}

/// Tells most keys apart, in 6 bits.
fn digest(key: &[u8]) -> u64 {
    let ends =
        key.first().zip(key.last()).map_or(0, |(&a, &z)| usize::from(a) * 7 + usize::from(z));
    1 << ((key.len() * 31 + ends) % 64)
}

impl Bases {
    /// None yet. `are_members`: of JSON objects, otherwise pairs.
    pub fn new(are_members: bool) -> Self {
        Self { are_members, places: Vec::new(), lost: Marks::default() }
    }

    /// The rendered fields of the event's logger, if they are the same for each of its records; `None` if
    /// they must be rendered.
    #[inline]
    pub fn get(&mut self, event: &Event<'_>, elements: &Elements<'_>) -> Option<&Base> {
        let at = (event.fields.base_id % PLACES as u64) as usize;
        if self.places.get(at).is_none_or(|base| base.id != event.fields.base_id) {
            self.make(at, &event.fields, elements)?;
        }
        self.places.get(at).filter(|base| base.is_fixed && base.id != 0)
    }

    #[cold]
    fn make(&mut self, at: usize, layers: &Layers<'_>, elements: &Elements<'_>) -> Option<()> {
        if self.places.is_empty() {
            self.places.try_reserve_exact(PLACES).ok()?;
            self.places.resize_with(PLACES, Base::default);
        }
        let base = &mut self.places[at];
        base.id = 0;
        self.lost.clear();
        find_lost(layers.base, &mut self.lost)?;
        base.text.begin(MAX_BYTES);
        if self.are_members {
            json::put(layers.base, &self.lost, elements, &mut base.text);
        } else {
            let view = pairs::View { lost: &self.lost, used: None, elements: *elements };
            pairs::put(layers.base, &view, &mut base.text);
        }
        base.digests = layers.base.fold(0, |bits, field| bits | digest(field.key));
        base.is_fixed =
            base.text.is_whole() && !layers.base.clone().any(|field| elements.may_hide(field.key));
        base.id = layers.base_id;
        Some(())
    }
}

impl Base {
    /// The fields, each with a comma or a blank in front.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Whether one of `others` overrides one of them.
    #[inline]
    pub fn is_overridden<'a>(
        &self,
        layers: &Layers<'_>,
        mut others: impl Iterator<Item = Field<'a>>,
    ) -> bool {
        others.any(|other| {
            self.digests & digest(other.key) != 0
                && layers.base.into_iter().any(|field| field.key == other.key)
        })
    }
}
