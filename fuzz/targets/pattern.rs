//! Patterns and time formats: what is taken makes one line of any record.
#![no_main]

use alog::Level;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (&str, &str, &[u8])| {
    let (pattern, time, message) = data;
    let token = if time.is_empty() { String::new() } else { format!("{{time:{time}}}") };
    let pattern = format!("{pattern}{token}");
    let Some((log, lines)) = alog_fuzz::synchronous(&[("pattern", &pattern)]) else { return };
    let lossy = String::from_utf8_lossy(message);
    let accepted = u64::from(log.write(Level::Warn, message).is_ok())
        + u64::from(log.event(Level::Info, &*lossy).field("key", &*lossy).send().is_ok());
    let stats = log.stats();
    assert_eq!((stats.accepted, stats.written + stats.failed), (accepted, accepted));
    assert_eq!(lines.take().len() as u64, stats.written + stats.gap_lines);
});
