//! Every key with any value: durations, sizes, formats, zones, policies, names.
#![no_main]

use libfuzzer_sys::fuzz_target;

const KEYS: [&str; 22] = [
    "level",
    "format",
    "pattern",
    "time",
    "zone",
    "color",
    "overflow",
    "queue_bytes",
    "max_message_bytes",
    "workers",
    "scheduler",
    "writer",
    "error_capacity",
    "name",
    "level_key",
    "message_key",
    "time_key",
    "redact",
    "on_fatal",
    "replace",
    "reload",
    "",
];

fuzz_target!(|data: (u8, &str, &str)| {
    let (which, key, value) = data;
    let key = KEYS.get(usize::from(which)).copied().unwrap_or(key);
    let mut config = alog::Config::new();
    match config.set(key, value) {
        Ok(()) => assert!(config.set(key, value).is_ok(), "what was taken is taken again"),
        Err(error) => alog_fuzz::is_good(&error),
    }
});
