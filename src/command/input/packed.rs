//! What is compressed becomes bytes: gzip and zstd, known by how they begin, several behind each other.

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;
use std::io::{self, BufRead, BufReader, Cursor, Read};

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Whether it is compressed, by how it begins.
pub fn is_packed(reader: &mut impl Read) -> io::Result<bool> {
    let front = front(reader)?;
    Ok(front.starts_with(GZIP) || front == ZSTD)
}

fn front(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut front = Vec::new();
    reader.take(ZSTD.len() as u64).read_to_end(&mut front)?;
    Ok(front)
}

/// What is in it, if it is compressed, or the bytes themselves.
pub fn unpacked(mut reader: Box<dyn Read>) -> io::Result<Box<dyn Read>> {
    let front = front(&mut reader)?;
    let is_gzip = front.starts_with(GZIP);
    let is_zstd = front == ZSTD;
    let whole = Cursor::new(front).chain(reader);
    Ok(match (is_gzip, is_zstd) {
        (true, _) => Box::new(MultiGzDecoder::new(whole)),
        (_, true) => Box::new(Frames { rest: Some(BufReader::new(Box::new(whole))), frame: None }),
        _ => Box::new(whole),
    })
}

type Rest = BufReader<Box<dyn Read>>;
type Frame = StreamingDecoder<Rest, ruzstd::decoding::FrameDecoder>;

/// The frames of zstd behind each other.
struct Frames {
    /// What is behind the last frame, between two of them.
    rest: Option<Rest>,
    frame: Option<Box<Frame>>,
}

impl Read for Frames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let len = frame.read(buffer)?;
                if len > 0 || buffer.is_empty() {
                    return Ok(len);
                }
                self.rest = self.frame.take().map(|frame| frame.into_inner());
            }
            let Some(mut rest) = self.rest.take() else { return Ok(0) };
            if rest.fill_buf()?.is_empty() {
                return Ok(0);
            }
            let frame = StreamingDecoder::new(rest).map_err(io::Error::other)?;
            self.frame = Some(Box::new(frame));
        }
    }
}
