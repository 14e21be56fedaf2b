//! What is said to a collector that answers as it is told to, and what comes of its answers.

use super::*;
use crate::account::SinkAccount;
use crate::config::{Config, Format, Look, Target};
use crate::error::Text;
use crate::fault::Faults;
use crate::format::Formatter;
use crate::format::protobuf::{Members, Value, bytes, number};
use crate::level::Level;
use crate::record::{Event, Layers, Thread};
use flate2::read::GzDecoder;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// One request: its head, line by line, and its body.
struct Seen {
    /// Which connection it came on.
    connection: usize,
    head: Vec<String>,
    body: Vec<u8>,
}

/// What a connection is answered, request by request; then it is closed.
type Script = Vec<Vec<u8>>;

/// A server that takes one connection for each script, and ends. The value of its thread is what it has seen.
fn serve(scripts: Vec<Script>) -> (SocketAddr, JoinHandle<Vec<Seen>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = thread::spawn(move || {
        let mut seen = Vec::new();
        for (connection, script) in scripts.into_iter().enumerate() {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            for answer in script {
                let Some((head, body)) = request(&mut stream) else { break };
                seen.push(Seen { connection, head, body });
                stream.get_mut().write_all(&answer).unwrap();
            }
        }
        seen
    });
    (address, serving)
}

/// Reads a request; `None` if the connection ends.
fn request(stream: &mut impl BufRead) -> Option<(Vec<String>, Vec<u8>)> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let len = head.iter().find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; len.expect("a length").parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn ok() -> Vec<u8> {
    answer("200 OK", "Content-Type: application/x-protobuf\r\n", b"")
}

fn rejecting(count: u64, message: &str) -> Vec<u8> {
    let (mut partial, mut body) = (Vec::new(), Vec::new());
    number(1, count, &mut partial);
    bytes(2, message.as_bytes(), &mut partial);
    bytes(1, &partial, &mut body);
    answer("200 OK", "Content-Type: application/x-protobuf\r\n", &body)
}

/// A sink to a server, and what it has of its surroundings.
struct Bench {
    outlet: Box<dyn Outlet>,
    account: SinkAccount,
    faults: Faults,
    is_closing: bool,
}

impl Bench {
    fn new(address: SocketAddr, parameters: &str) -> Self {
        let mut config = Config::new();
        config.add_sink(&format!("otlp://{address}?{parameters}")).unwrap();
        let Target::Otlp(collector) = &config.sinks[0].target else { panic!("another kind") };
        let outlet = Exporter::new(collector).outlet();
        let (account, faults) = (SinkAccount::default(), Faults::new(16));
        Self { outlet, account, faults, is_closing: false }
    }

    fn write(&mut self, batch: &Batch, from: usize) -> Sent {
        let (name, account, faults) = (&Text::new("otlp:here"), &self.account, &self.faults);
        let is_closing = self.is_closing;
        self.outlet.write(
            batch,
            from,
            &Context { name, account, faults, unix_ns: 0, is_closing, slot: None },
        )
    }

    /// Writes a batch; gives how many bytes are out, what is refused, and the error.
    fn send(&mut self, batch: &Batch) -> (usize, Option<(u64, String)>, Option<String>) {
        let Sent { bytes, refused, error } = self.write(batch, 0);
        if let Some(error) = &error {
            assert!(self.outlet.holds(error), "what cannot be cured is refused: {error}");
        }
        let refused = refused.map(|refused| (refused.records, refused.error.to_string()));
        (bytes, refused, error.map(|error| error.to_string()))
    }

    fn errors(&self) -> Vec<(String, u64)> {
        std::iter::from_fn(|| self.faults.poll())
            .map(|error| (error.message.as_str().to_owned(), error.count))
            .collect()
    }
}

fn batch(messages: &[&str]) -> Batch {
    let look = Look { format: Format::Otlp, ..Look::default() };
    let (mut batch, mut formatter) = (Batch::new(), Formatter::new(&look, false));
    for message in messages {
        assert!(batch.push(
            &mut formatter,
            &Event {
                unix_ns: 1,
                level: Level::Info,
                message: message.as_bytes(),
                is_template: false,
                fields: Layers::default(),
                logger: "",
                source: None,
                thread: &Thread::default(),
                seq: 0,
            }
        ));
    }
    batch
}

/// The member of a message, if there is exactly one of that number.
fn member(message: &[u8], wanted: u64) -> &[u8] {
    let mut found = Members(message).filter(|(number, _)| *number == wanted);
    match (found.next(), found.next()) {
        (Some((_, Value::Bytes(bytes))), None) => bytes,
        other => panic!("{wanted} in {message:?}: {other:?}"),
    }
}

/// The messages in a request, from its member of members.
fn messages(body: &[u8]) -> Vec<String> {
    let scope_logs = member(member(body, 1), 2);
    let records = Members(scope_logs).filter(|(number, _)| *number == 2);
    let messages = records.map(|(_, record)| {
        let Value::Bytes(record) = record else { panic!("{record:?} is no record") };
        String::from_utf8(member(member(record, 5), 1).to_vec()).unwrap()
    });
    messages.collect()
}

#[test]
fn a_batch_is_one_request_and_a_connection_is_kept_for_the_next_one() {
    let (address, serving) = serve(vec![vec![ok(), ok()]]);
    let mut bench = Bench::new(address, "headers=X-Scope-OrgID=1,Authorization=Bearer x");
    for messages in [&["a", "b"][..], &["c"]] {
        let batch = batch(messages);
        assert_eq!(bench.send(&batch), (batch.len(), None, None));
    }
    let seen = serving.join().unwrap();
    assert!(seen.iter().all(|seen| seen.connection == 0));
    let all: Vec<_> = seen.iter().map(|seen| messages(&seen.body)).collect();
    assert_eq!(all, [vec!["a", "b"], vec!["c"]]);
    let host = format!("Host: {address}");
    let agent = format!("User-Agent: alog/{}", env!("CARGO_PKG_VERSION"));
    let length = format!("Content-Length: {}", seen[0].body.len());
    let expected = [
        "POST /v1/logs HTTP/1.1",
        &host,
        &agent,
        "Content-Type: application/x-protobuf",
        "X-Scope-OrgID: 1",
        "Authorization: Bearer x",
        &length,
    ];
    assert_eq!(seen[0].head, expected);
    assert_eq!(bench.errors(), []);
}

#[test]
fn a_compressed_request_is_the_same_request() {
    let (address, serving) = serve(vec![vec![ok(), ok()], vec![ok()]]);
    let batch = batch(&["a", "b"]);
    let mut packed = Bench::new(address, "gzip=yes");
    assert_eq!(packed.send(&batch), (batch.len(), None, None));
    assert_eq!(packed.send(&batch), (batch.len(), None, None));
    let mut plain = Bench::new(address, "");
    assert_eq!(plain.send(&batch), (batch.len(), None, None));
    let seen = serving.join().unwrap();
    for packed in &seen[..2] {
        assert!(packed.head.contains(&"Content-Encoding: gzip".to_owned()));
        let mut body = Vec::new();
        GzDecoder::new(&*packed.body).read_to_end(&mut body).unwrap();
        assert_eq!(body, seen[2].body);
    }
}

#[test]
fn a_batch_is_cut_between_records_into_requests_of_the_size_that_is_allowed() {
    let (address, serving) = serve(vec![vec![ok(), ok(), ok(), ok()]]);
    let (short, long) = ("s".repeat(1500), "l".repeat(5000));
    let batch = batch(&[&short, &short, &short, &long, &short, &short]);
    let mut bench = Bench::new(address, "max_request=4KiB");
    assert_eq!(bench.send(&batch), (batch.len(), None, None));
    let seen = serving.join().unwrap();
    let lengths: Vec<Vec<usize>> =
        seen.iter().map(|seen| messages(&seen.body).iter().map(String::len).collect()).collect();
    assert_eq!(lengths, [vec![1500, 1500], vec![1500], vec![5000], vec![1500, 1500]]);
}

#[test]
fn a_busy_collector_gets_the_rest_later_and_says_when() {
    let busy = answer("503 Busy", "Retry-After: 7\r\nContent-Type: text/plain\r\n", b"too\nbusy");
    let (address, serving) = serve(vec![vec![ok(), busy, ok()]]);
    let (first, second) = ("1".repeat(3000), "2".repeat(3000));
    let batch = batch(&[&first, &second]);
    let mut bench = Bench::new(address, "max_request=4KiB");
    let (out, refused, error) = bench.send(&batch);
    assert_eq!(out, batch.line_ends().next().unwrap());
    assert_eq!(
        (refused, error.as_deref()),
        (None, Some("the collector gives status 503: too busy"))
    );
    assert_eq!(bench.outlet.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(bench.outlet.retry_after(), None);
    let rest = bench.write(&batch, out);
    assert_eq!((rest.bytes, rest.error.is_none()), (batch.len() - out, true));
    let all: Vec<_> = serving.join().unwrap().iter().map(|seen| messages(&seen.body)).collect();
    assert_eq!(all, [[first], [second.clone()], [second]]);
    assert_eq!(bench.errors(), []);
}

#[test]
fn each_status_that_the_specification_names_is_tried_again_and_no_other() {
    for status in [429, 502, 503, 504] {
        let (address, serving) = serve(vec![vec![answer(&status.to_string(), "", b"")]]);
        let mut bench = Bench::new(address, "");
        let error = Some(format!("the collector gives status {status}"));
        assert_eq!(bench.send(&batch(&["a"])), (0, None, error));
        assert_eq!(serving.join().unwrap().len(), 1);
    }
    for status in [301, 400, 401, 404, 413, 500, 501] {
        let (address, serving) = serve(vec![vec![answer(&status.to_string(), "", b"")]]);
        let mut bench = Bench::new(address, "");
        let batch = batch(&["a", "b"]);
        let error = format!("the collector gives status {status}");
        assert_eq!(bench.send(&batch), (batch.len(), Some((2, error)), None));
        assert_eq!(serving.join().unwrap().len(), 1);
    }
}

#[test]
fn what_is_refused_holds_up_nothing_that_follows() {
    let mut says = Vec::new();
    number(1, 3, &mut says);
    bytes(2, b"bad \x1b[31mrecord", &mut says);
    let bad = answer("400 Bad", "Content-Type: application/x-protobuf\r\n", &says);
    let (address, serving) = serve(vec![vec![bad, ok()]]);
    let (first, second) = ("1".repeat(3000), "2".repeat(3000));
    let batch = batch(&[&first, &second]);
    let mut bench = Bench::new(address, "max_request=4KiB");
    let why = "the collector gives status 400: bad  [31mrecord".to_owned();
    let sent = bench.write(&batch, 0);
    let refused = sent.refused.map(|it| (it.records, it.bytes, it.error.to_string()));
    let first = batch.line_ends().next().unwrap();
    assert_eq!((sent.bytes, refused), (batch.len(), Some((1, first, why))));
    assert!(sent.error.is_none());
    assert_eq!(messages(&serving.join().unwrap()[1].body), [second]);
}

#[test]
fn records_that_a_collector_rejects_are_refused_and_a_warning_costs_none() {
    let (address, serving) = serve(vec![vec![
        rejecting(2, "too old"),
        rejecting(100, "too many"),
        rejecting(0, "slow down"),
        rejecting(u64::MAX, ""),
    ]]);
    let batch = batch(&["a", "b", "c"]);
    let mut bench = Bench::new(address, "");
    let why = |why: &str| format!("the collector rejects records: {why}");
    for refused in [Some((2, why("too old"))), Some((3, why("too many"))), None, None] {
        assert_eq!(bench.send(&batch), (batch.len(), refused, None));
    }
    let warning = "\"otlp:here\" took everything, and warns: slow down";
    assert_eq!(bench.errors(), [(warning.to_owned(), 1)]);
    serving.join().unwrap();
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_replaced() {
    let (address, serving) = serve(vec![vec![ok()], vec![ok()]]);
    let mut bench = Bench::new(address, "");
    let batch = batch(&["a"]);
    assert_eq!(bench.send(&batch), (batch.len(), None, None));
    assert_eq!(bench.send(&batch), (batch.len(), None, None));
    let connections: Vec<_> = serving.join().unwrap().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 1]);
}

#[test]
fn a_collector_that_is_not_there_yet_is_tried_again() {
    // The near end of a connection: nobody listens there, and nobody else gets its port.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let mut bench = Bench::new(taken.local_addr().unwrap(), "");
    let batch = batch(&["a"]);
    let sent = bench.write(&batch, 0);
    assert_eq!((sent.bytes, sent.refused.is_none()), (0, true));
    assert_eq!(sent.error.unwrap().raw_os_error(), Some(libc::ECONNREFUSED));
}

#[test]
fn an_answer_that_never_comes_is_waited_for_no_longer_than_allowed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut bench = Bench::new(listener.local_addr().unwrap(), "timeout=20ms");
    let batch = batch(&["a"]);
    assert_eq!(bench.send(&batch), (0, None, Some("no answer in time".into())));

    let mut bench = Bench::new(listener.local_addr().unwrap(), "timeout=1h");
    bench.is_closing = true;
    assert_eq!(bench.send(&batch), (0, None, Some("no answer in time".into())));
}

#[test]
fn what_speaks_another_protocol_is_an_error_of_its_own() {
    let (address, serving) = serve(vec![vec![b"\0\0\x12\x04\0\0\0\0\0".to_vec()], vec![]]);
    let mut bench = Bench::new(address, "");
    let (out, refused, error) = bench.send(&batch(&["a"]));
    assert_eq!((out, refused), (0, None));
    assert!(error.unwrap().starts_with("the answer is no HTTP: "));
    let (_, _, error) = bench.send(&batch(&["a"]));
    assert!(error.is_some());
    serving.join().unwrap();
}

#[test]
fn the_resource_is_the_program_unless_something_else_is_said() {
    let resource = |parameters: &str| {
        let (address, serving) = serve(vec![vec![ok()]]);
        let mut bench = Bench::new(address, parameters);
        bench.send(&batch(&["a"]));
        let seen = serving.join().unwrap();
        let resource = member(member(&seen[0].body, 1), 1);
        let pairs = Members(resource).map(|(_, pair)| {
            let Value::Bytes(pair) = pair else { panic!("{pair:?} is no pair") };
            let name = String::from_utf8(member(pair, 1).to_vec()).unwrap();
            let value = Members(member(pair, 2)).next().unwrap().1;
            match value {
                Value::Bytes(text) => (name, String::from_utf8(text.to_vec()).unwrap()),
                Value::Number(number) => (name, format!("number {number}")),
            }
        });
        pairs.collect::<Vec<_>>()
    };
    let names =
        |pairs: &[(String, String)]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let program = resource("");
    assert!(program[0].1.starts_with("alog-"), "{program:?}");
    assert_eq!(program[1].1, format!("number {}", std::process::id()));
    assert_eq!(names(&program)[..2], ["service.name", "process.pid"]);
    let said = resource("resource=host.name=,service.name=shop,process.pid=,a=1%2C2,a=2%2C3");
    let expected = [("service.name", "shop"), ("a", "2,3")];
    assert_eq!(said, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}
