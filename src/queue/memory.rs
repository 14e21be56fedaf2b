//! The bytes of a ring. At any moment each granule belongs to one side, which the ring's positions
//! say; the models check that nobody touches a granule out of turn.
#![expect(unsafe_code, reason = "shared memory; the ring's positions say whose turn it is")]

use crate::crash::{DATA, Home, POSITIONS};
use crate::os::Mapping;
use crate::os::mapped::Shared;
use crate::record::Thread;
use crate::sync::{AtomicU64, Padded};
use std::io;
use std::ptr::NonNull;

/// What records are aligned to and made of, in bytes: the size of a record's header.
pub const GRANULE: usize = 16;

/// How far each side of a ring got.
#[repr(C)]
pub struct Positions {
    /// Written by the producer.
    pub tail: Padded<Tail>,
    /// Written by the consumer: what is before it is free again. In a lossy ring the producer moves it, too.
    pub head: Padded<AtomicU64>,
}

/// The producer's side.
#[repr(C)]
pub struct Tail {
    /// What is before it is written.
    pub position: AtomicU64,
    /// How many records that is.
    pub records: AtomicU64,
}

impl Positions {
    fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self { tail: Padded(Tail { position: zero(), records: zero() }), head: Padded(zero()) }
    }
}

/// The memory of one ring: positions, and a power of two of bytes, there as long as this lives.
pub struct Memory {
    backing: Backing,
    span: Span,
    #[cfg(loom)]
    _granules: Box<[loom::cell::UnsafeCell<()>]>,
}

/// What it is in.
#[expect(
    clippy::large_enum_variant,
    reason = "a box would be a second, scattered allocation for each thread"
)]
enum Backing {
    /// Memory of this process, with the positions beside it.
    Private(Mapping, Positions),
    /// A file that outlives the process, its number, and the positions, which are in its first page.
    File(Shared, u64, NonNull<Positions>),
}

/// Where that memory is, addressed by positions that only ever grow: what both ends keep at hand.
#[derive(Clone, Copy)]
pub struct Span {
    start: NonNull<u8>,
    /// The capacity less one.
    mask: usize,
    #[cfg(loom)]
    granules: NonNull<[loom::cell::UnsafeCell<()>]>,
}

// SAFETY: plain memory; who may touch which byte of it is what every unsafe function here asks its caller.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// Maps `capacity` bytes, a power of two and at least a page.
    pub fn new(capacity: usize) -> io::Result<Self> {
        let mapping = Mapping::new(capacity)?;
        let start = mapping.start();
        Ok(Self::at(Backing::Private(mapping, Positions::new()), start, capacity))
    }

    /// The same in a file of its own.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn in_file(home: &Home, capacity: usize, thread: &Thread) -> io::Result<Self> {
        if cfg!(loom) {
            return Err(io::ErrorKind::Unsupported.into()); // the model's atomics cannot lie in a file
        }
        let (file, number) = home.ring(capacity, thread)?;
        if file.len() != DATA + capacity || POSITIONS % align_of::<Positions>() != 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        // SAFETY: the file has `DATA` and `capacity` bytes.
        let start = unsafe { file.start().add(DATA) };
        // SAFETY: as above; a page has room for the positions, and zeros are positions.
        let positions = unsafe { file.start().add(POSITIONS) };
        Ok(Self::at(Backing::File(file, number, positions.cast()), start, capacity))
    }

    fn at(backing: Backing, start: NonNull<u8>, capacity: usize) -> Self {
        #[cfg(loom)]
        let granules: Box<[_]> = (0..capacity / GRANULE).map(|_| Default::default()).collect();
        let span = Span {
            start,
            mask: capacity - 1,
            #[cfg(loom)]
            granules: NonNull::from(&*granules),
        };
        Self {
            backing,
            span,
            #[cfg(loom)]
            _granules: granules,
        }
    }

    /// How far each side got.
    pub fn positions(&self) -> &Positions {
        match &self.backing {
            Backing::Private(_, positions) => positions,
            // SAFETY: in the mapping beside it, as long as `self`; only atomics are behind it.
            Backing::File(.., positions) => unsafe { positions.as_ref() },
        }
    }

    /// The number of the file that it is in, if it is in one.
    pub fn file(&self) -> Option<u64> {
        match self.backing {
            Backing::Private(..) => None,
            Backing::File(_, number, _) => Some(number),
        }
    }

    /// The thread that writes there has another name now.
    pub fn rename(&self, thread: &Thread) {
        if let Backing::File(file, ..) = &self.backing {
            Home::rename(file.words(), thread);
        }
    }

    /// A copy of what is between two positions.
    #[cfg(all(test, not(loom)))]
    pub fn copy(&self, from: u64, to: u64) -> Vec<u8> {
        // SAFETY: in a test with one thread it is its turn everywhere, and no byte reaches over the end.
        (from..to).map(|at| unsafe { self.span.read(at, 1) }[0]).collect()
    }

    /// Where it is.
    pub fn span(&self) -> Span {
        self.span
    }

    /// How many bytes there are.
    pub fn capacity(&self) -> usize {
        self.span.capacity()
    }

    /// Gives the physical pages back, if they are this process's: every byte is 0 then.
    pub fn discard(&self) {
        if let Backing::Private(mapping, _) = &self.backing {
            mapping.discard();
        }
    }
}

/// The caller of each unsafe function promises, beside what it says itself, that the memory is mapped as long
/// as the call and what it gives live.
impl Span {
    /// How many bytes there are.
    #[inline(always)]
    pub fn capacity(self) -> usize {
        self.mask + 1
    }

    /// How many bytes lie between `position` and the end, where a record cannot go on.
    #[inline(always)]
    pub fn run(self, position: u64) -> usize {
        self.capacity() - self.offset(position)
    }

    /// Writes a header: one granule.
    ///
    /// # Safety
    /// It is the caller's turn at the granule at `position`, a multiple of [`GRANULE`].
    #[inline(always)]
    pub unsafe fn write_header(self, position: u64, header: [u64; 2]) {
        self.track(position, GRANULE, true);
        let to = self.at(position).cast::<[u64; 2]>();
        // SAFETY: the granule lies in the mapping and is 16-aligned; the caller has the turn.
        unsafe { to.write(header) };
    }

    /// Reads a header.
    ///
    /// # Safety
    /// As for [`write_header`](Self::write_header).
    #[inline(always)]
    pub unsafe fn read_header(self, position: u64) -> [u64; 2] {
        self.track(position, GRANULE, false);
        let from = self.at(position).cast::<[u64; 2]>();
        // SAFETY: the granule lies in the mapping and is 16-aligned; the caller has the turn.
        unsafe { from.read() }
    }

    /// Borrows `len` bytes at `position` to write them.
    ///
    /// # Safety
    /// It is the caller's turn at the granules of that range as long as the borrow lives, and it does not
    /// reach over the end ([`run`](Self::run)).
    #[inline(always)]
    pub unsafe fn free<'a>(self, position: u64, len: usize) -> &'a mut [u8] {
        // SAFETY: the range lies in the mapping, which is initialised, and the caller has the turn.
        unsafe { std::slice::from_raw_parts_mut(self.at(position), len) }
    }

    /// Borrows `len` bytes at `position`.
    ///
    /// # Safety
    /// As for [`free`](Self::free), and the turn is kept as long as the borrow lives.
    #[inline(always)]
    pub unsafe fn read<'a>(self, position: u64, len: usize) -> &'a [u8] {
        self.track(position, len, false);
        // SAFETY: the range lies in the mapping, was written before, and nobody writes it meanwhile.
        unsafe { std::slice::from_raw_parts(self.at(position), len) }
    }

    #[inline(always)]
    fn offset(self, position: u64) -> usize {
        position as usize & self.mask
    }

    #[inline(always)]
    fn at(self, position: u64) -> *mut u8 {
        // SAFETY: the offset is below the capacity, which is the length of the mapping.
        unsafe { self.start.as_ptr().add(self.offset(position)) }
    }

    /// Tells the model which granules are touched: the first and the last of a run stand for all.
    #[cfg(loom)]
    pub fn track(self, position: u64, len: usize, write: bool) {
        // SAFETY: of the box in `Memory`, which lives as long as the mapping.
        let granules = unsafe { self.granules.as_ref() };
        let first = self.offset(position);
        for index in [first, (first + len).saturating_sub(1).max(first)] {
            let granule = &granules[index / GRANULE];
            if write {
                granule.with_mut(|_| ());
            } else {
                granule.with(|_| ());
            }
        }
    }

    /// Only the model looks.
    #[cfg(not(loom))]
    #[inline(always)]
    pub fn track(self, _: u64, _: usize, _: bool) {}
}

/// Lets the processor fetch `from` while it does something else.
#[inline(always)]
pub fn prefetch<T>(from: &T) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a hint that changes nothing, at an address that is valid besides.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(from).cast()) };
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = from;
}

/// The message behind address and length in the second granule of a boxed record.
///
/// # Safety
/// `place` is that of a record which `Producer::push_boxed` wrote, and nobody unboxes it again.
pub unsafe fn unbox(place: [u64; 2]) -> Box<[u8]> {
    let [address, len] = place;
    let slice = std::ptr::slice_from_raw_parts_mut(address as *mut u8, len as usize);
    // SAFETY: `push_boxed` leaked this very box, and the caller promises to be the only one to take it.
    unsafe { Box::from_raw(slice) }
}
