//! Hides the values of some fields before a line is made: no format ever sees them.

use crate::config::{Redact, SHOWN};
use crate::field::{self, Fields};
use crate::record::{Event, Layers};

/// The three runs of an event, without what is hidden. Kept for their memory.
#[derive(Default)]
pub struct Redacted {
    base: Vec<u8>,
    own: Vec<u8>,
    post: Vec<u8>,
}

/// What a large record needed beyond this is given back.
const KEPT_BYTES: usize = 64 * 1024;

impl Redacted {
    /// The event without the values that `names` hides. `None` without memory.
    pub fn make<'a>(&'a mut self, names: &Redact, event: &Event<'a>) -> Option<Event<'a>> {
        let Layers { base, base_id, own, post } = event.fields;
        let base = run(names, base, &mut self.base)?;
        let own = run(names, own, &mut self.own)?;
        let post = run(names, post, &mut self.post)?;
        // Each formatter hides the same fields of a logger always: what it keeps by the number stays true.
        Some(Event { fields: Layers { base, base_id, own, post }, ..*event })
    }
}

fn run<'a>(names: &Redact, run: Fields<'a>, out: &'a mut Vec<u8>) -> Option<Fields<'a>> {
    out.clear();
    if out.capacity() > KEPT_BYTES {
        out.shrink_to(KEPT_BYTES);
    }
    if run.is_empty() {
        return Some(run);
    }
    let found = field::redact(run, |groups, key| names.hides(groups, key), SHOWN, out)?;
    Some(if found { Fields::new(out) } else { run })
}
