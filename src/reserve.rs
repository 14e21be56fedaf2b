//! A little memory for when there is none: an allocation that the system refuses is served from here.
//!
//! Rust's collections abort the process when an allocation fails, and a logger must not. So the library's own builds
//! (`--cfg alog_reserve`, set in `.cargo/config.toml`) have an allocator that asks the system first. What it refuses and
//! is not large comes from a region that is always there, and whoever begins something new is refused ([`is_low`])
//! before that is used up. Large allocations are fallible everywhere, and fail.
//!
//! Any thread may allocate and free at any time, in a signal handler and in a child of `fork` too: each block is one bit
//! of an atomic word, and there is no lock.
//!
//! Why not in every build? A program in Rust has one allocator, and it is the program's choice.
#![expect(unsafe_code, reason = "an allocator hands out addresses")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// How many blocks there are of each size: a bit each in so many words.
const WORDS: [usize; CLASSES] = [16, 4, 1, 1];
/// The sizes of blocks. The largest is the largest that is allocated without a way to fail: a worker's round.
const SIZES: [usize; CLASSES] = [64, 512, 4096, 65536];
const CLASSES: usize = 4;
/// How many words the bits take.
const ALL_WORDS: usize = WORDS[0] + WORDS[1] + WORDS[2] + WORDS[3];
/// How many bytes the blocks take. Pages that were never used take no memory.
const BYTES: usize =
    64 * (WORDS[0] * SIZES[0] + WORDS[1] * SIZES[1] + WORDS[2] * SIZES[2] + WORDS[3] * SIZES[3]);
/// The largest alignment that is served.
const ALIGNMENT: usize = 4096;
/// While so many bytes are in use, nothing new is begun.
const LOW: usize = BYTES / 8;

/// The allocator.
pub struct Reserve {
    blocks: Blocks,
    /// A bit for each block that is taken, by class.
    taken: [AtomicU64; ALL_WORDS],
    /// How many bytes are taken.
    used: AtomicUsize,
}

#[repr(C, align(4096))]
struct Blocks(UnsafeCell<[u8; BYTES]>);

// SAFETY: a block is used by whoever set its bit, and by nobody else until it is clear.
unsafe impl Sync for Blocks {}

#[cfg_attr(all(alog_reserve, not(loom)), global_allocator)]
static RESERVE: Reserve = Reserve::new();

/// Whether so much of the reserve is in use that nothing new may begin: a logger, the queue of a thread.
pub fn is_low() -> bool {
    RESERVE.is_low()
}

impl Reserve {
    const fn new() -> Self {
        Self {
            blocks: Blocks(UnsafeCell::new([0; BYTES])),
            taken: [const { AtomicU64::new(0) }; ALL_WORDS],
            used: AtomicUsize::new(0),
        }
    }

    fn is_low(&self) -> bool {
        self.used.load(Ordering::Relaxed) > LOW // a number that stands for itself
    }

    fn start(&self) -> usize {
        self.blocks.0.get() as usize
    }

    /// The classes from the smallest on: size, first word, how many words, where the first block lies.
    fn classes() -> impl Iterator<Item = (usize, usize, usize, usize)> {
        let (mut word, mut offset) = (0, 0);
        SIZES.into_iter().zip(WORDS).map(move |(size, words)| {
            let class = (size, word, words, offset);
            word += words;
            offset += words * 64 * size;
            class
        })
    }

    /// A block for this layout; null if there is none.
    fn take(&self, layout: Layout) -> *mut u8 {
        let fits = |size| layout.size() <= size && layout.align() <= size.min(ALIGNMENT);
        for (size, first, words, offset) in Self::classes().filter(|class| fits(class.0)) {
            for (place, word) in self.taken[first..first + words].iter().enumerate() {
                while let free @ ..64 = word.load(Ordering::Relaxed).trailing_ones() {
                    // Acquire: what was written by whoever had the block comes before; pairs with the Release in `give`.
                    if word.fetch_or(1 << free, Ordering::Acquire) & 1 << free != 0 {
                        continue; // another thread was faster
                    }
                    self.used.fetch_add(size, Ordering::Relaxed); // a number that stands for itself
                    let at = offset + (place * 64 + free as usize) * size;
                    // SAFETY: `at` is below `BYTES`, for the block has a bit.
                    return unsafe { self.blocks.0.get().cast::<u8>().add(at) };
                }
            }
        }
        ptr::null_mut()
    }

    /// The bit and the size of the block at `address`; `None`: it is the system's.
    fn block(&self, address: *mut u8) -> Option<(&AtomicU64, u64, usize)> {
        let at = (address as usize).checked_sub(self.start()).filter(|&at| at < BYTES)?;
        let (size, first, _, offset) = Self::classes().take_while(|class| class.3 <= at).last()?;
        let block = (at - offset) / size;
        Some((&self.taken[first + block / 64], 1 << (block % 64), size))
    }

    /// Gives a block back. False if it is the system's.
    fn give(&self, address: *mut u8) -> bool {
        let Some((word, bit, size)) = self.block(address) else { return false };
        self.used.fetch_sub(size, Ordering::Relaxed); // a number that stands for itself
        // Release: whoever takes the block comes after all that was done with it; pairs with the Acquire in `take`.
        word.fetch_and(!bit, Ordering::Release);
        true
    }

    #[cold]
    fn instead(&self, layout: Layout) -> *mut u8 {
        self.take(layout)
    }
}

// SAFETY: the system's allocator, and blocks that are apart, aligned to their size, and taken by one at a time.
unsafe impl GlobalAlloc for Reserve {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: what the caller promises.
        let address = unsafe { System.alloc(layout) };
        if address.is_null() { self.instead(layout) } else { address }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: what the caller promises.
        let address = unsafe { System.alloc_zeroed(layout) };
        if !address.is_null() {
            return address;
        }
        let address = self.instead(layout);
        if !address.is_null() {
            // SAFETY: a block that has room for it.
            unsafe { address.write_bytes(0, layout.size()) };
        }
        address
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        if !self.give(address) {
            // SAFETY: no block, so the system has given it; and what the caller promises.
            unsafe { System.dealloc(address, layout) };
        }
    }

    unsafe fn realloc(&self, address: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let block = self.block(address).map(|(.., size)| size);
        if block.is_some_and(|size| new_size <= size) {
            return address;
        }
        if block.is_none() {
            // SAFETY: no block, so the system has given it; and what the caller promises.
            let moved = unsafe { System.realloc(address, layout, new_size) };
            if !moved.is_null() {
                return moved;
            }
        }
        // SAFETY: the caller promises that the size is not too large for the alignment.
        let new = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        // SAFETY: its size is that of a growing allocation, which is not 0.
        let moved = if block.is_none() { self.instead(new) } else { unsafe { self.alloc(new) } };
        if !moved.is_null() {
            // SAFETY: both have room for the smaller size, and are apart.
            unsafe { ptr::copy_nonoverlapping(address, moved, layout.size().min(new_size)) };
            // SAFETY: the caller gives it up.
            unsafe { self.dealloc(address, layout) };
        }
        moved
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    static OWN: Reserve = Reserve::new();

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    #[test]
    fn blocks_are_apart_aligned_and_taken_once_until_they_are_given_back() {
        let reserve = &OWN;
        let mut taken: Vec<(usize, usize, *mut u8)> = Vec::new();
        for round in 0..3 {
            for (size, align) in [(1, 1), (64, 64), (65, 8), (512, 512), (513, 16), (65536, 4096)] {
                for _ in 0..30 {
                    let address = reserve.take(layout(size, align));
                    assert!(!address.is_null() && address as usize % align == 0);
                    taken.push((address as usize, size, address));
                }
            }
            taken.sort_unstable();
            let apart = taken.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0);
            assert!(apart, "round {round}");
            assert!(reserve.is_low());
            taken.drain(..).for_each(|(.., address)| assert!(reserve.give(address)));
            assert_eq!((reserve.used.load(Ordering::Relaxed), reserve.is_low()), (0, false));
        }
    }

    #[test]
    fn what_is_too_large_or_too_much_is_refused_and_what_is_the_systems_is_no_block() {
        static SMALL: Reserve = Reserve::new();
        assert!(SMALL.take(layout(65537, 1)).is_null());
        assert!(SMALL.take(layout(64, 8192)).is_null());
        let count = (0..).take_while(|_| !SMALL.take(layout(65536, 8)).is_null()).count();
        assert_eq!(count, 64 * WORDS[3]);
        let mut on_the_heap = Box::new(1);
        assert!(!SMALL.give((&raw mut *on_the_heap).cast()));
    }

    #[test]
    fn what_grows_keeps_its_bytes_from_block_to_block() {
        static OTHER: Reserve = Reserve::new();
        let mut address = OTHER.take(layout(10, 1));
        // SAFETY: the block has 64 bytes.
        unsafe { address.copy_from_nonoverlapping(b"0123456789".as_ptr(), 10) };
        for (old, new) in [(10, 60), (60, 600), (600, 20)] {
            // SAFETY: of this allocator, with that layout.
            address = unsafe { OTHER.realloc(address, layout(old, 1), new) };
            // SAFETY: at least so many bytes are there.
            assert_eq!(unsafe { std::slice::from_raw_parts(address, 10) }, b"0123456789");
        }
        // SAFETY: of this allocator, with that layout.
        unsafe { OTHER.dealloc(address, layout(20, 1)) };
        assert_eq!(OTHER.used.load(Ordering::Relaxed), 0);
    }
}
