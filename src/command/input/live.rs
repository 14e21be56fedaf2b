//! A pipe that a thread of its own reads, so that nobody has to wait for what may never come.

use super::Source;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// So much is read at once, and so many of these wait to be taken.
const CHUNK_BYTES: usize = 64 * 1024;
const CHUNKS: usize = 16;
/// What is busy is waited for so long: longer than a chunk takes, shorter than anybody notices.
const PATIENCE: Duration = Duration::from_millis(20);

/// What was read, or why not.
type Chunk = io::Result<Vec<u8>>;

/// The bytes of a pipe. Where there are none yet, reading is an error of the kind `WouldBlock`.
pub struct Live {
    chunks: Receiver<Chunk>,
    chunk: Vec<u8>,
    /// How much of it is taken.
    taken: usize,
    is_over: bool,
}

impl Live {
    /// Opens a file by its name, which may take until somebody writes to it; `-` is standard input.
    pub fn new(name: &str) -> Self {
        let (sender, chunks) = sync_channel(CHUNKS);
        let name = name.to_owned();
        // Nobody waits for it: it ends with the program, or with its input.
        drop(thread::spawn(move || send(&name, &sender)));
        Self { chunks, chunk: Vec::new(), taken: 0, is_over: false }
    }

    /// Whether nothing follows.
    pub fn is_over(&self) -> bool {
        self.is_over
    }
}

fn unpacked_of(name: &str) -> io::Result<Box<dyn Read>> {
    super::unpacked(Source::new(name).open()?)
}

fn send(name: &str, sender: &SyncSender<Chunk>) {
    let sent = unpacked_of(name).and_then(|mut reader| {
        loop {
            let mut chunk = vec![0; CHUNK_BYTES];
            let len = match reader.read(&mut chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // Whoever gave it does not wait for it; this does.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    thread::sleep(PATIENCE);
                    continue;
                }
                other => other?,
            };
            chunk.truncate(len);
            if len == 0 || sender.send(Ok(chunk)).is_err() {
                return Ok(());
            }
        }
    });
    if let Err(error) = sent {
        // Nobody is there to be told any more.
        let _ = sender.send(Err(error));
    }
}

impl Read for Live {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.chunk.len() {
            self.chunk = match self.chunks.recv_timeout(PATIENCE) {
                Ok(chunk) => chunk?,
                Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(RecvTimeoutError::Disconnected) => {
                    self.is_over = true;
                    return Ok(0);
                }
            };
            self.taken = 0;
        }
        let len = (self.chunk.len() - self.taken).min(buffer.len());
        buffer[..len].copy_from_slice(&self.chunk[self.taken..self.taken + len]);
        self.taken += len;
        Ok(len)
    }
}
