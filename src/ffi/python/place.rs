//! Where in the program a call is: a code object and an instruction in it, by which the number of the source is
//! remembered.
//!
//! A table in which each place may be in one of four spots: a fifth takes one over, and the other is left to Python,
//! which knows it as well. It holds a reference to each code object, so an address stands for one as long as it is in the table. Whoever uses it holds
//! the GIL; nothing here waits.

use super::api::{Api, Object};
use std::ptr::null_mut;
use std::sync::atomic::Ordering::Relaxed; // the GIL publishes everything here
use std::sync::atomic::{AtomicPtr, AtomicU64};

/// How many places are remembered at most; a power of two.
const SPOTS: usize = 4096;
/// In how many of them a place may be; a power of two.
const CHOICE: usize = 4;

struct Spot {
    code: AtomicPtr<Object>,
    /// The instruction in the high half, the number of the source in the low one.
    what: AtomicU64,
}

static TABLE: [Spot; SPOTS] =
    [const { Spot { code: AtomicPtr::new(null_mut()), what: AtomicU64::new(0) } }; SPOTS];

/// A place in the program, with a reference to its code.
struct Place {
    code: *mut Object,
    instruction: u32,
}

impl Place {
    /// # Safety
    /// `frame` is one that runs; the GIL is held.
    #[inline(always)]
    unsafe fn of(api: &Api, frame: *mut Object) -> Self {
        // SAFETY: a frame.
        let code = unsafe { (api.code)(frame) };
        let at = api.instruction.unwrap_or(api.line);
        // SAFETY: as above.
        let instruction = unsafe { at(frame) } as u32;
        Self { code, instruction }
    }

    /// Where it may be.
    fn spots(&self) -> &'static [Spot] {
        // Objects lie 16 bytes apart at least; the factor spreads what is left over the upper bits.
        let mixed = (self.code.addr() as u64 >> 4) ^ (u64::from(self.instruction) << 20);
        let spread = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let first = (spread as usize % SPOTS) & !(CHOICE - 1);
        &TABLE[first..first + CHOICE]
    }

    fn is_in(&self, spot: &Spot) -> bool {
        let instruction = (spot.what.load(Relaxed) >> 32) as u32;
        spot.code.load(Relaxed) == self.code && instruction == self.instruction
    }
}

/// The number of the place that calls, 0 if no code of Python does; `None` if the table does not know it.
///
/// # Safety
/// The GIL is held.
#[inline(always)]
pub unsafe fn number_here(api: &Api) -> Option<u32> {
    // SAFETY: the caller holds the GIL.
    let frame = unsafe { (api.frame)() };
    if frame.is_null() {
        return Some(0);
    }
    // SAFETY: the frame that runs.
    let place = unsafe { Place::of(api, frame) };
    // SAFETY: the reference that was made with it; the frame has another.
    unsafe { (api.dec_ref)(place.code) };
    let spot = place.spots().iter().find(|spot| place.is_in(spot))?;
    Some(spot.what.load(Relaxed) as u32)
}

/// Remembers the number of the place where a frame is.
///
/// # Safety
/// `frame` is one that runs; the GIL is held.
pub unsafe fn remember(api: &Api, frame: *mut Object, number: u32) {
    // SAFETY: the caller promises a frame.
    let place = unsafe { Place::of(api, frame) };
    let spots = place.spots();
    let is_free = |spot: &&Spot| spot.code.load(Relaxed).is_null();
    let known = spots.iter().find(|spot| place.is_in(spot));
    let Some(spot) = known.or(spots.iter().find(is_free)).or(spots.first()) else { return };
    spot.what.store(u64::from(place.instruction) << 32 | u64::from(number), Relaxed);
    let before = spot.code.swap(place.code, Relaxed);
    // SAFETY: the reference that the table had, or NULL.
    unsafe { (api.dec_ref)(before) };
}
