//! An HTTP server that answers each request as it is told to.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

/// A server with so many answers; then it is gone.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    serving: JoinHandle<Vec<Vec<u8>>>,
}

/// An answer with a body.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// That everything is well.
pub fn ok() -> Vec<u8> {
    answer("200 OK", "", b"")
}

impl Server {
    /// One at a port that the system picks.
    pub fn new(answers: Vec<Vec<u8>>) -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").expect("a port"), answers)
    }

    /// One that listens already.
    pub fn at(listener: TcpListener, answers: Vec<Vec<u8>>) -> Self {
        let address = listener.local_addr().expect("an address");
        let serving = thread::spawn(move || {
            let mut bodies = Vec::new();
            while bodies.len() < answers.len() {
                let mut stream = BufReader::new(listener.accept().expect("a connection").0);
                for answer in &answers[bodies.len()..] {
                    let Some(body) = body(&mut stream) else { break };
                    bodies.push(body);
                    stream.get_mut().write_all(answer).expect("a client that waits");
                }
            }
            bodies
        });
        Self { address, serving }
    }

    /// The bodies that it has seen, when it has answered everything that it was to.
    pub fn bodies(self) -> Vec<Vec<u8>> {
        self.serving.join().expect("a server without a panic")
    }
}

/// A server that gives the same answer for as long as the program runs, and counts how often.
pub fn always(answer: Vec<u8>) -> (SocketAddr, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let count = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&count);
    thread::spawn(move || {
        loop {
            let mut stream = BufReader::new(listener.accept().expect("a connection").0);
            while body(&mut stream).is_some() {
                counter.fetch_add(1, Ordering::Relaxed);
                if stream.get_mut().write_all(&answer).is_err() {
                    break; // a client that is gone
                }
            }
        }
    });
    (address, count)
}

/// The body of the next request; `None` if there is none.
fn body(stream: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut len = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(said) = line.strip_prefix("Content-Length: ") {
            len = said.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; len];
    stream.read_exact(&mut body).ok()?;
    Some(body)
}
