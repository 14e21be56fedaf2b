//! Specifications of sinks: parsed, checked, and never opened.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|spec: &str| {
    let mut config = alog::Config::new();
    match config.add_sink(spec) {
        Ok(()) => alog_fuzz::check(config),
        Err(error) => alog_fuzz::is_good(&error),
    }
});
