//! Configuration files: what is refused takes nothing over.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut config = alog::Config::new();
    match config.load(text) {
        Ok(()) => alog_fuzz::check(config),
        Err(error) => alog_fuzz::is_good(&error),
    }
});
