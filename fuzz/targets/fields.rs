//! Encoded fields as C and Go hand them over: malformed ones are refused, others make one line of JSON.
#![no_main]
#![expect(unsafe_code, reason = "C functions")]

use alog::ffi::entry::alog_log_encoded;
use alog::ffi::logger::alog_logger;
use alog::{Code, Logger};
use alog_fuzz::Lines;
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static JSON: LazyLock<(Logger, Arc<Lines>)> =
    LazyLock::new(|| alog_fuzz::synchronous(&[("format", "json")]).expect("a logger"));

fuzz_target!(|data: (bool, u8, &[u8], &[u8])| {
    let (template, level, message, fields) = data;
    let ((log, lines), level) = (&*JSON, i32::from(level % 8));
    let id = alog_logger { id: log.id() };
    let text = message.as_ptr().cast();
    // SAFETY: pointers and lengths are those of slices.
    let raw = unsafe {
        alog_log_encoded(
            id,
            level,
            template.into(),
            0,
            0,
            text,
            message.len(),
            fields.as_ptr(),
            fields.len(),
        )
    };
    match Code::from_raw(raw) {
        Code::Ok => {
            let [line] = lines.take().try_into().expect("one line");
            serde_json::from_str::<serde_json::Value>(&line)
                .unwrap_or_else(|error| panic!("{error}: {line}"));
        }
        Code::Disabled | Code::Argument | Code::Field | Code::TooLarge => {}
        code => panic!("{code}"),
    }
});
