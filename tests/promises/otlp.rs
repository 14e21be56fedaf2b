//! OpenTelemetry: each record reaches a collector once, as its own definitions read it, and what it does not take
//! is known.

use crate::http::{self, Server, answer, ok};
use crate::raw;
use crate::setup::*;
use alog::{Level, Logger};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// `tests/otlp/collector.py`, which decodes with the definitions of OpenTelemetry.
struct Collector {
    process: Child,
    /// Reads what it says at once: it must not have to wait.
    reading: JoinHandle<String>,
    port: u16,
}

impl Collector {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = root.join("target/venv/bin/python");
        let started = Command::new(&python)
            .arg(root.join("tests/otlp/collector.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut process = started.unwrap_or_else(|error| {
            panic!("{}: {error}; `make setup` installs it", python.display())
        });
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut port = String::new();
        output.read_line(&mut port).unwrap();
        let port = port.trim().parse().expect("a port; `make setup` installs what it needs");
        let reading = thread::spawn(move || {
            let mut text = String::new();
            output.read_to_string(&mut text).unwrap();
            text
        });
        Self { process, reading, port }
    }

    /// A logger to it.
    fn logger(&self, settings: &str, parameters: &str) -> Logger {
        logger_at(settings, &[&format!("otlp://127.0.0.1:{}?{parameters}", self.port)])
    }

    /// What it says of everything it was sent.
    fn text(mut self) -> String {
        drop(self.process.stdin.take());
        assert!(self.process.wait().expect("its end").success());
        self.reading.join().unwrap()
    }

    /// Everything it was sent.
    fn requests(self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }
}

/// The records of a request, which has one resource and one scope.
fn records(request: &Value) -> &[Value] {
    let logs = |value: &'_ Value, name: &str| value[name].as_array().map_or(0, Vec::len);
    let request = &request["request"];
    assert_eq!(logs(request, "resource_logs"), 1, "{request}");
    let resource_logs = &request["resource_logs"][0];
    assert_eq!(logs(resource_logs, "scope_logs"), 1, "{request}");
    resource_logs["scope_logs"][0]["log_records"].as_array().expect("records")
}

/// Attributes by their names, each of which stands there once.
fn attributes(of: &Value) -> HashMap<&str, &Value> {
    let all = of["attributes"].as_array().map_or(&[][..], Vec::as_slice);
    let by_name = all.iter().map(|pair| (pair["key"].as_str().unwrap(), &pair["value"]));
    let by_name: HashMap<_, _> = by_name.collect();
    assert_eq!(by_name.len(), all.len(), "{of}");
    by_name
}

#[test]
fn every_record_reaches_a_collector_exactly_once_compressed_or_not() {
    const THREADS: usize = 3;
    const RECORDS: usize = 700;
    for gzip in ["yes", "no"] {
        let collector = Collector::new();
        let parameters = format!("gzip={gzip}&max_request=16KiB&hold=1h&headers=X-Scope-OrgID=1");
        let log = collector.logger("", &parameters);
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let log = &log;
                scope.spawn(move || {
                    for number in 0..RECORDS {
                        let event = log.event(Level::Info, "a record");
                        event.field("thread", thread).field("number", number).send().unwrap();
                    }
                });
            }
        });
        log.flush(Some(PATIENCE)).unwrap();
        assert_eq!(close(&log).written as usize, THREADS * RECORDS);
        let requests = collector.requests();
        let mut next = [0; THREADS];
        for request in &requests {
            let headers = &request["headers"];
            assert_eq!(request["path"], "/v1/logs");
            assert_eq!(headers["content-type"], "application/x-protobuf");
            assert_eq!(headers["content-encoding"] == "gzip", gzip == "yes");
            assert_eq!(headers["x-scope-orgid"], "1");
            for record in records(request) {
                let attributes = attributes(record);
                let number = |name: &str| {
                    let value = attributes[name]["int_value"].as_str().expect("an integer");
                    value.parse::<usize>().unwrap()
                };
                let expected = &mut next[number("thread")];
                assert_eq!(number("number"), *expected, "each thread's records in their order");
                *expected += 1;
                assert_eq!(record["body"], json!({ "string_value": "a record" }));
            }
        }
        assert_eq!(next, [RECORDS; THREADS]);
        assert!(requests.len() > 1, "max_request cuts");
    }
}

/// So many groups in a group, and a field in the innermost one.
fn nested(group: alog::Group<'_>, depth: usize) -> alog::Group<'_> {
    if depth == 0 {
        return group.field("leaf", 1);
    }
    group.group("g", |group| nested(group, depth - 1))
}

#[test]
fn a_record_means_to_a_collector_what_it_meant_to_the_caller() {
    let collector = Collector::new();
    let settings = "name=shop level=trace";
    let log =
        collector.logger(settings, "resource=service.name=shop,deployment.environment.name=prod");
    let place = raw::source(b"src/cart.rs", 12, b"add");
    log.event(Level::Notice, "{id} taken")
        .field("id", -5)
        .field("huge", u64::MAX)
        .field("ratio", 0.25)
        .field("on", true)
        .field("text", "ü")
        .field("bytes", &b"\xff\0"[..])
        .field("none", None::<i64>)
        .field("trace_id", "0af7651916cd43dd8448eb211c80319c")
        .field("span_id", "b7ad6b7169203331")
        .field("trace_flags", 1)
        .group("g", |g| g.field("a", 1).group("h", |h| h.field("b", "c")))
        .source(place)
        .send()
        .unwrap();
    log.write(Level::Fatal, b"a\xffb\0").unwrap();
    log.write(Level::Trace, "").unwrap();
    log.flush(Some(PATIENCE)).unwrap();
    assert_eq!(close(&log).written, 3);

    let requests = collector.requests();
    let all: Vec<&Value> = requests.iter().flat_map(records).collect();
    let [typed, raw, empty] = all[..] else { panic!("{all:?}") };

    let resource_logs = &requests[0]["request"]["resource_logs"][0];
    let resource = attributes(&resource_logs["resource"]);
    assert_eq!(resource["service.name"]["string_value"], "shop");
    assert_eq!(resource["deployment.environment.name"]["string_value"], "prod");
    assert_eq!(resource["process.pid"]["int_value"], std::process::id().to_string());
    let scope = &resource_logs["scope_logs"][0]["scope"];
    assert_eq!(*scope, json!({ "name": "alog", "version": env!("CARGO_PKG_VERSION") }));

    assert_eq!(typed["severity_number"], "SEVERITY_NUMBER_INFO2");
    assert_eq!(typed["severity_text"], "NOTICE");
    assert_eq!(typed["body"], json!({ "string_value": "-5 taken" }));
    assert_eq!(typed["trace_id"], "CvdlGRbNQ92ESOshHIAxnA==");
    assert_eq!(typed["span_id"], "t61rcWkgMzE=");
    assert_eq!(typed["flags"], 1);
    assert_eq!(typed["time_unix_nano"], typed["observed_time_unix_nano"]);
    let fields = attributes(typed);
    let expected = json!({
        "id": { "int_value": "-5" },
        "huge": { "string_value": "18446744073709551615" },
        "ratio": { "double_value": 0.25 },
        "on": { "bool_value": true },
        "text": { "string_value": "ü" },
        "bytes": { "bytes_value": "/wA=" },
        "none": {},
        "g": { "kvlist_value": { "values": [
            { "key": "a", "value": { "int_value": "1" } },
            { "key": "h", "value": { "kvlist_value": { "values": [
                { "key": "b", "value": { "string_value": "c" } },
            ] } } },
        ] } },
        "logger.name": { "string_value": "shop" },
        "code.file.path": { "string_value": "src/cart.rs" },
        "code.line.number": { "int_value": "12" },
        "code.function.name": { "string_value": "add" },
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(fields.get(name.as_str()), Some(&value), "{name}");
    }
    assert!(["trace_id", "span_id", "trace_flags"].iter().all(|name| !fields.contains_key(name)));
    assert!(fields.contains_key("thread.id"));

    assert_eq!(raw["severity_number"], "SEVERITY_NUMBER_FATAL");
    assert_eq!(raw["body"], json!({ "bytes_value": "Yf9iAA==" }));
    assert_eq!(empty["body"], json!({ "string_value": "" }));
}

#[test]
fn groups_nested_as_deep_as_they_may_be_do_not_spoil_the_request() {
    let collector = Collector::new();
    let log = collector.logger("", "");
    log.event(Level::Info, "deep").group("g", |group| nested(group, 31)).send().unwrap();
    log.flush(Some(PATIENCE)).unwrap();
    assert_eq!(close(&log).written, 1);
    let text = collector.text();
    assert!(text.contains("leaf") && !text.contains("\"error\":"), "{text}");
}

/// A logger to a server that answers as it is told to.
fn logger(server: &Server, parameters: &str) -> Logger {
    logger_at("", &[&format!("otlp://{}?{parameters}", server.address)])
}

#[test]
fn what_a_busy_collector_does_not_take_comes_again_until_it_does() {
    let busy = || answer("503 Busy", "Retry-After: 0\r\n", b"");
    let server = Server::new(vec![busy(), answer("429", "", b""), busy(), ok()]);
    let log = logger(&server, "hold=forever");
    log.write(Level::Info, "patient").unwrap();
    log.flush(Some(PATIENCE)).unwrap();
    assert_eq!(close(&log).written, 1);
    let bodies = server.bodies();
    assert_eq!(bodies.len(), 4);
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[test]
fn a_collector_that_asks_for_an_hour_is_left_alone_by_everything_that_is_logged_in_it() {
    let (address, requests) = http::always(answer("503 Busy", "Retry-After: 3600\r\n", b""));
    let log = logger_at("", &[&format!("otlp://{address}?hold=0")]);
    for _ in 0..500 {
        log.write(Level::Info, "lost").unwrap();
        log.flush(Some(PATIENCE)).unwrap();
    }
    assert_eq!((log.stats().failed, requests.load(Ordering::Relaxed)), (500, 1));
    close(&log);
}

#[test]
fn a_stop_in_many_steps_asks_a_busy_collector_no_more_often_than_one_does() {
    /// At first, when the stop begins, when the sink's thread is told to end, when the time is up, and twice for what is to
    /// be told of the loss.
    const MOST: u64 = 6;
    let (address, requests) = http::always(answer("503 Busy", "Retry-After: 3600\r\n", b""));
    let log = logger_at("", &[&format!("otlp://{address}?hold=300ms")]);
    log.write(Level::Info, "lost").unwrap();
    wait_until("it is asked", || requests.load(Ordering::Relaxed) > 0);
    let mut steps = 0;
    while log.stop(Some(Duration::from_millis(1))).is_err() {
        steps += 1;
    }
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed), (0, 1));
    let requests = requests.load(Ordering::Relaxed);
    assert!(requests <= MOST, "{requests} requests in {steps} steps");
}

#[test]
fn what_a_collector_refuses_is_tried_once_and_holds_up_nothing() {
    let server = Server::new(vec![answer("400 Bad", "", b""), ok()]);
    let log = logger(&server, "hold=forever");
    log.write(Level::Info, "bad").unwrap();
    // No flush: it has the loss told at once, in a request of its own, if it comes late enough.
    let told = wait_until_told(&log, 1);
    let name = format!("otlp://{}", server.address);
    let why = format!("cannot write \"{name}\": the collector gives status 400");
    assert_eq!(told[0].message.as_str(), why);
    log.write(Level::Info, "good").unwrap();
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed), (1, 1));
    let bodies = server.bodies();
    assert_eq!(bodies.len(), 2);
    let text = String::from_utf8_lossy(&bodies[1]);
    assert!(text.contains("good") && text.contains("alog: 1 record lost: destination failed"));
}

#[test]
fn a_record_that_a_collector_rejects_is_failed_and_its_caller_hears_why() {
    // Two records rejected: "too old".
    let partial = b"\x0a\x0b\x08\x02\x12\x07too old";
    let server = Server::new(vec![answer("200 OK", "", partial)]);
    let log = logger(&server, "");
    let error = log.write_sync(Level::Info, "old", Some(PATIENCE)).unwrap_err();
    let said = error.message.as_str();
    assert!(said.ends_with("the collector rejects records: too old"), "{said}");
    let stats = log.stats();
    assert_eq!((stats.written, stats.failed), (0, 1));
}

#[test]
fn a_collector_that_comes_late_gets_what_was_logged_before() {
    // The near end of a connection: nobody listens at its port, and nobody else gets it.
    let far = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(far.local_addr().unwrap()).unwrap();
    let address = near.local_addr().unwrap();
    let log = logger_at("", &[&format!("otlp://{address}?hold=forever")]);
    log.write(Level::Info, "early").unwrap();
    wait_until("it finds nobody", || log.poll_error().is_some());
    // The side that closes first keeps its port for a while: not the one whose port is wanted.
    drop(far.accept().unwrap());
    assert_eq!((&near).read(&mut [0]).unwrap(), 0);
    drop(near);
    let mut listener = None;
    wait_until("the port is free", || {
        listener = TcpListener::bind(address).ok();
        listener.is_some()
    });
    let server = Server::at(listener.unwrap(), vec![ok()]);
    log.flush(Some(PATIENCE)).unwrap();
    assert_eq!(close(&log).written, 1);
    assert_eq!(server.bodies().len(), 1);
}

#[test]
fn a_collector_that_never_comes_keeps_no_logger_from_stopping_and_each_loss_is_known() {
    let far = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(far.local_addr().unwrap()).unwrap();
    let log = logger_at("", &[&format!("otlp://{}?hold=forever", near.local_addr().unwrap())]);
    (0..10).for_each(|_| log.write(Level::Info, "lost").unwrap());
    let stats = close(&log);
    assert_eq!((stats.written, stats.failed), (0, 10));
    let told: u64 = std::iter::from_fn(|| log.poll_error()).map(|error| error.count).sum();
    assert!(told >= 10, "{told}");
}
