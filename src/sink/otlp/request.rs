//! What stands around the records of a request, and what the collector's answer says of them: the messages
//! `ExportLogsServiceRequest`, `ExportLogsServiceResponse` and `google.rpc.Status`.

use crate::config::Collector;
use crate::format::protobuf::{Members, Value, begin, bytes, number, varint};
use std::fs;

/// Members of the messages, by their numbers in the definitions.
mod member {
    /// Of the request.
    pub const RESOURCE_LOGS: u32 = 1;

    /// Of `ResourceLogs`.
    pub const RESOURCE: u32 = 1;
    pub const SCOPE_LOGS: u32 = 2;

    /// Of `ScopeLogs`.
    pub const SCOPE: u32 = 1;

    /// Of `InstrumentationScope`.
    pub const NAME: u32 = 1;
    pub const VERSION: u32 = 2;

    /// Of `Resource`, of its attributes, and of their values.
    pub const ATTRIBUTES: u32 = 1;
    pub const KEY: u32 = 1;
    pub const VALUE: u32 = 2;
    pub const STRING: u32 = 1;
    pub const INT: u32 = 3;

    /// Of the answer, and of what it says.
    pub const PARTIAL_SUCCESS: u64 = 1;
    pub const REJECTED: u64 = 1;
    pub const ERROR_MESSAGE: u64 = 2;

    /// Of `Status`.
    pub const MESSAGE: u64 = 2;
}

/// What is the same in every request.
pub struct Envelope {
    /// The resource, as a member of `ResourceLogs`.
    resource: Vec<u8>,
    /// The scope, as a member of `ScopeLogs`.
    scope: Vec<u8>,
}

impl Envelope {
    /// Of this process.
    pub fn new(collector: &Collector) -> Self {
        let mut resource = Vec::new();
        let is_given = |name: &str| collector.resource.iter().any(|(given, _)| given == name);
        let mut put = |name: &str, value: &dyn Fn(&mut Vec<u8>)| {
            let mut any = Vec::new();
            value(&mut any);
            let mut attribute = Vec::new();
            bytes(member::KEY, name.as_bytes(), &mut attribute);
            bytes(member::VALUE, &any, &mut attribute);
            bytes(member::ATTRIBUTES, &attribute, &mut resource);
        };
        let text =
            |text: String| move |out: &mut Vec<u8>| bytes(member::STRING, text.as_bytes(), out);
        if !is_given("service.name") {
            put("service.name", &text(program()));
        }
        if !is_given("process.pid") {
            put("process.pid", &|out| number(member::INT, std::process::id().into(), out));
        }
        if let Some(name) = host().filter(|_| !is_given("host.name")) {
            put("host.name", &text(name));
        }
        for (at, (name, value)) in collector.resource.iter().enumerate() {
            // Of several with one name the last one counts.
            let is_last = collector.resource[at + 1..].iter().all(|(later, _)| later != name);
            if is_last && !value.is_empty() {
                put(name, &text(value.clone()));
            }
        }
        let mut scope = Vec::new();
        bytes(member::NAME, env!("CARGO_PKG_NAME").as_bytes(), &mut scope);
        bytes(member::VERSION, env!("CARGO_PKG_VERSION").as_bytes(), &mut scope);
        let member_of = |number, message: &[u8]| {
            let mut out = Vec::new();
            bytes(number, message, &mut out);
            out
        };
        Self {
            resource: member_of(member::RESOURCE, &resource),
            scope: member_of(member::SCOPE, &scope),
        }
    }

    /// The beginning of a request, which `lines` bytes of records make whole.
    pub fn begin(&self, lines: usize) -> Vec<u8> {
        let scope_logs = self.scope.len() + lines;
        let len_bytes = varint(scope_logs as u64).1;
        let resource_logs = self.resource.len() + 1 + len_bytes + scope_logs;
        let mut out = Vec::with_capacity(self.resource.len() + self.scope.len() + 32);
        begin(member::RESOURCE_LOGS, resource_logs, &mut out);
        out.extend_from_slice(&self.resource);
        begin(member::SCOPE_LOGS, scope_logs, &mut out);
        out.extend_from_slice(&self.scope);
        out
    }
}

/// The name of the program, or what OpenTelemetry calls one without a name.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_ref().and_then(|path| path.file_name());
    name.map_or("unknown_service".into(), |name| name.to_string_lossy().into_owned())
}

/// The name of the machine, where the system says it in a file.
fn host() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim()).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// How many records an answer says were rejected, and what else it says.
pub fn partial_success(answer: &[u8]) -> (u64, String) {
    let (mut rejected, mut message) = (0, String::new());
    let partial = Members(answer).filter(|(number, _)| *number == member::PARTIAL_SUCCESS);
    for (_, value) in partial {
        let Value::Bytes(partial) = value else { continue };
        for (number, value) in Members(partial) {
            match (number, value) {
                // A negative number is none.
                (member::REJECTED, Value::Number(count)) => {
                    rejected = if count > i64::MAX as u64 { 0 } else { count };
                }
                (member::ERROR_MESSAGE, Value::Bytes(text)) => message = shown(text),
                _ => {}
            }
        }
    }
    (rejected, message)
}

/// What a `Status` says.
pub fn status_message(answer: &[u8]) -> String {
    let texts = Members(answer).filter_map(|member| match member {
        (member::MESSAGE, Value::Bytes(text)) => Some(shown(text)),
        _ => None,
    });
    texts.last().unwrap_or_default()
}

/// The longest text of a collector that errors show.
const MAX_SHOWN: usize = 160;

/// The beginning of a text that somebody else wrote, without characters that control anything.
pub fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(MAX_SHOWN)]);
    let chars = text.trim().chars().map(|ch| if ch.is_control() { ' ' } else { ch });
    chars.collect()
}
