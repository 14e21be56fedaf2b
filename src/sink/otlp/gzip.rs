//! Compresses the bodies of requests, each as a gzip file of one member. What it works with is made at the first
//! request and kept.

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use std::io::{self, ErrorKind};

/// Magic, deflate, no flags, no time, no extra flags, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// How much room there is for what comes out next.
const STEP: usize = 32 * 1024;
/// What a large request needed beyond this is given back.
const KEPT_BYTES: usize = 1024 * 1024;

/// Ready for the next request.
pub struct Gzip {
    deflate: Compress,
    out: Vec<u8>,
}

impl Gzip {
    /// Ready for the first one.
    pub fn new() -> Self {
        // Fast: most of what there is to gain, at a third of the processor time.
        Self { deflate: Compress::new(Compression::fast(), false), out: Vec::new() }
    }

    /// `parts`, one behind the other, compressed.
    pub fn pack(&mut self, parts: [&[u8]; 2]) -> io::Result<&[u8]> {
        self.out.clear();
        self.out.shrink_to(KEPT_BYTES);
        self.deflate.reset();
        self.reserve()?;
        self.out.extend_from_slice(&HEADER);
        let mut crc = Crc::new();
        for (part, is_last) in parts.into_iter().zip([false, true]) {
            crc.update(part);
            self.deflate(part, is_last)?;
        }
        self.reserve()?;
        self.out.extend_from_slice(&crc.sum().to_le_bytes());
        self.out.extend_from_slice(&crc.amount().to_le_bytes());
        Ok(&self.out)
    }

    fn deflate(&mut self, mut part: &[u8], is_last: bool) -> io::Result<()> {
        let flush = if is_last { FlushCompress::Finish } else { FlushCompress::None };
        while is_last || !part.is_empty() {
            self.reserve()?;
            let before = self.deflate.total_in();
            let status = self.deflate.compress_vec(part, &mut self.out, flush)?;
            part = &part[(self.deflate.total_in() - before) as usize..];
            if status == Status::StreamEnd {
                break;
            }
        }
        Ok(())
    }

    fn reserve(&mut self) -> io::Result<()> {
        self.out.try_reserve(STEP).map_err(|_| ErrorKind::OutOfMemory.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    #[test]
    fn what_was_packed_is_unpacked_again_each_time() {
        let mut gzip = Gzip::new();
        let mut noise = 1_u32;
        let mut byte = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        };
        let long: Vec<u8> = (0..300_000).map(|_| byte()).collect();
        let flat = vec![b'x'; 500_000];
        for parts in [[&b""[..], &b""[..]], [b"head", b"body"], [b"", &long], [&flat, &long]] {
            let packed = gzip.pack(parts).unwrap();
            let mut unpacked = Vec::new();
            GzDecoder::new(packed).read_to_end(&mut unpacked).unwrap();
            assert!(unpacked == parts.concat());
        }
    }
}
