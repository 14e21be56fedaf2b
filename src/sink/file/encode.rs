//! Compresses what one file has into another one, piece by piece, so that it can be broken off.

use crate::config::Packing;
use std::fs::File;
use std::io::{self, Read};

/// How much is read at once. A frame of zstd has as much, so that what is made can be compared before it is written.
const CHUNK: usize = 1024 * 1024;

/// Compresses all of `from` into `to`. Gives how many bytes that were; `None`: `goes_on` said no.
#[cfg(feature = "compress")]
pub fn encode(
    packing: Packing,
    from: &File,
    to: &File,
    goes_on: &dyn Fn() -> bool,
) -> io::Result<Option<u64>> {
    match packing {
        Packing::Gzip => {
            let mut gzip = flate2::write::GzEncoder::new(to, flate2::Compression::default());
            let read = each_chunk(from, goes_on, |chunk| io::Write::write_all(&mut gzip, chunk))?;
            gzip.finish()?;
            Ok(read)
        }
        Packing::Zstd => each_chunk(from, goes_on, |chunk| {
            let mut to = to;
            io::Write::write_all(&mut to, &zstd::frame(chunk))
        }),
    }
}

/// Without the feature nothing that is configured gets here.
#[cfg(not(feature = "compress"))]
pub fn encode(
    _packing: Packing,
    from: &File,
    _to: &File,
    goes_on: &dyn Fn() -> bool,
) -> io::Result<Option<u64>> {
    each_chunk(from, goes_on, |_| Err(io::ErrorKind::Unsupported.into()))
}

fn each_chunk(
    from: &File,
    goes_on: &dyn Fn() -> bool,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<Option<u64>> {
    let mut chunk = Vec::new();
    chunk.try_reserve_exact(CHUNK)?;
    let mut total = 0;
    while goes_on() {
        chunk.clear();
        let count = from.take(CHUNK as u64).read_to_end(&mut chunk)?;
        if count == 0 {
            return Ok(Some(total));
        }
        take(&chunk)?;
        total += count as u64;
    }
    Ok(None)
}

#[cfg(feature = "compress")]
mod zstd {
    use ruzstd::decoding::StreamingDecoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    use std::io::Read;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// A frame of its own. The encoder is young, and what it is given will be removed: so what it made is read back
    /// first, and a chunk that it fails at is stored as it is.
    pub fn frame(chunk: &[u8]) -> Vec<u8> {
        let made = catch_unwind(AssertUnwindSafe(|| {
            let frame = compress_to_vec(chunk, CompressionLevel::Fastest);
            is_right(&frame, chunk).then_some(frame)
        }));
        let made = made.ok().flatten();
        made.unwrap_or_else(|| compress_to_vec(chunk, CompressionLevel::Uncompressed))
    }

    fn is_right(frame: &[u8], chunk: &[u8]) -> bool {
        let Ok(mut decoder) = StreamingDecoder::new(frame) else { return false };
        let mut back = Vec::new();
        back.try_reserve_exact(chunk.len()).is_ok()
            && decoder.read_to_end(&mut back).is_ok()
            && back == chunk
    }
}
