//! Every key with any value: durations, sizes, formats, zones, policies, names.
#![no_main]

use libfuzzer_sys::fuzz_target;

const KEYS: [&str; 26] = [
    "level",
    "queue_bytes",
    "max_message_bytes",
    "overflow",
    "error_capacity",
    "workers",
    "scheduler",
    "writer",
    "crash_dir",
    "on_fatal",
    "reload",
    "format",
    "pattern",
    "time_zone",
    "color",
    "redact",
    "time_key",
    "level_key",
    "message_key",
    "logger_key",
    "source_key",
    "thread_key",
    "pid_key",
    "seq_key",
    "name",
    "replace",
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
