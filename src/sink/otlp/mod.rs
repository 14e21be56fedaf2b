//! An OpenTelemetry collector takes the records: OTLP over HTTP, in Protocol Buffers.
//!
//! | module | what |
//! |---|---|
//! | `request` | what stands around records, and what a collector says of them |
//! | `gzip` | a request, compressed |
//! | `client` | a request out, an answer in, over a connection that is kept |
//! | `response` | an answer, taken apart |
//!
//! A batch goes as one request, or as several that `max_request` allows. One that a collector takes is out; one
//! that it refuses for good is out as well, and its records count as refused, so what follows is not held up.
//! Everything else (no connection, no answer, the statuses 429, 502, 503 and 504) leaves the request where it is,
//! to be tried again: whether the collector has it already is not known then, so it may come twice. Nothing is
//! connected before the first record, so a collector that is not there yet keeps no logger from being made.

mod client;
mod gzip;
mod request;
mod response;

use super::batch::Batch;
use super::outlet::{Context, Outlet, Refused, Sent, Source};
use crate::config::Collector;
use client::{Client, Request};
use gzip::Gzip;
use request::{Envelope, partial_success, shown, status_message};
use response::Response;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The longest time that a request may take while the logger is being stopped.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(1);

/// Reads what a collector may answer, for the fuzzer.
#[cfg(fuzzing)]
pub fn read_response(bytes: &[u8]) {
    if let Ok(Response { body, .. }) = response::read(bytes) {
        let _ = (partial_success(&body), status_message(&body), shown(&body)); // whatever they are
    }
}

/// A collector, before anything is said to it.
pub struct Exporter(Arc<Collector>);

impl Exporter {
    /// Shares nothing with the configuration.
    pub fn new(collector: &Collector) -> Self {
        Self(Arc::new(collector.clone()))
    }
}

impl Source for Exporter {
    fn outlet(&self) -> Box<dyn Outlet> {
        Box::new(Export {
            client: Client::new(&self.0),
            envelope: Envelope::new(&self.0),
            gzip: self.0.gzip.then(Gzip::new),
            collector: Arc::clone(&self.0),
            retry_after: None,
        })
    }
}

/// What one process says to a collector.
struct Export {
    collector: Arc<Collector>,
    client: Client,
    envelope: Envelope,
    /// If it is compressed.
    gzip: Option<Gzip>,
    /// How long the collector asked to be left alone, if nobody was told yet.
    retry_after: Option<Duration>,
}

/// What became of a request that is out.
enum Verdict {
    /// The collector has all but so many of its records; what it says of them.
    Taken(u64, String),
    /// It has none of them, and never will.
    Refused(String),
}

impl Outlet for Export {
    fn write(&mut self, batch: &Batch, from: usize, context: &Context<'_>) -> Sent {
        let mut sent = Sent { bytes: 0, refused: None, error: None };
        let mut ends = batch.line_ends().skip_while(|&end| end <= from).peekable();
        while let Some(first) = ends.next() {
            let start = from + sent.bytes;
            let mut end = first;
            while let Some(next) = ends.next_if(|end| end - start <= self.collector.max_request) {
                end = next;
            }
            let records = batch.lines_between(start, end) as u64;
            match self.post(&batch.bytes()[start..end], context) {
                Ok(verdict) => {
                    let of = (records, end - start);
                    refuse(verdict, of, &mut sent.refused, context);
                }
                Err(error) => {
                    sent.error = Some(error);
                    break;
                }
            }
            sent.bytes = end - from;
        }
        sent
    }

    /// What nothing could cure was no error: it was refused.
    fn holds(&self, _error: &io::Error) -> bool {
        true
    }

    fn retry_after(&mut self) -> Option<Duration> {
        self.retry_after.take()
    }
}

impl Export {
    /// Sends one request. An error: it is to be sent again.
    fn post(&mut self, lines: &[u8], context: &Context<'_>) -> io::Result<Verdict> {
        self.retry_after = None;
        let is_gzip = self.gzip.is_some();
        let head = self.envelope.begin(lines.len());
        let body = match &mut self.gzip {
            Some(gzip) => [gzip.pack([&head, lines])?, b""],
            None => [&head, lines],
        };
        let timeout = self.collector.timeout;
        let timeout = if context.is_closing { timeout.min(CLOSING_TIMEOUT) } else { timeout };
        let response = self.client.post(&Request {
            is_gzip,
            body,
            deadline: Instant::now() + timeout,
            is_hurried: context.is_closing,
        })?;
        match response.status {
            200..300 => {
                let (rejected, message) = partial_success(&response.body);
                Ok(Verdict::Taken(rejected, message))
            }
            429 | 502..=504 => {
                self.retry_after = response.retry_after;
                Err(io::Error::other(status(&response)))
            }
            _ => Ok(Verdict::Refused(status(&response))),
        }
    }
}

/// The status of an answer, and what it says beside it.
fn status(response: &Response) -> String {
    let says = match response.content_type.as_str() {
        "application/x-protobuf" => status_message(&response.body),
        "text/plain" | "application/json" => shown(&response.body),
        _ => String::new(),
    };
    let colon = if says.is_empty() { "" } else { ": " };
    format!("the collector gives status {}{colon}{says}", response.status)
}

/// Adds what a verdict says of a request's records and bytes to what is refused of a batch. Of several reasons the first
/// one is told.
fn refuse(
    verdict: Verdict,
    (records, bytes): (u64, usize),
    refused: &mut Option<Refused>,
    context: &Context<'_>,
) {
    let (count, bytes, why) = match verdict {
        Verdict::Taken(0, message) if message.is_empty() => return,
        Verdict::Taken(0, message) => {
            let name = context.name;
            return context.tell(format_args!("\"{name}\" took everything, and warns: {message}"));
        }
        Verdict::Taken(count, message) => {
            // Which of them it does not say.
            (count, 0, format!("the collector rejects records: {message}"))
        }
        Verdict::Refused(why) => (records, bytes, why),
    };
    // Lines of the logger's own may be among them, but are no records.
    let records = count.min(records);
    match refused {
        Some(refused) => {
            refused.records += records;
            refused.bytes += bytes;
        }
        None if records > 0 => {
            *refused = Some(Refused { records, bytes, error: io::Error::other(why) });
        }
        None => {}
    }
}

#[cfg(test)]
mod tests;
