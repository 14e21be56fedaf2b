//! Sets of levels: what is taken is what a naive reading gives.
#![no_main]

use alog::{Level, LevelSet};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 7] = ["trace", "debug", "info", "notice", "warn", "error", "fatal"];

/// What one part says.
fn part(text: &str) -> Option<u32> {
    let text = text.trim().to_lowercase();
    let place = |name: &str| {
        NAMES.iter().position(|known| *known == name || (*known == "warn" && name == "warning"))
    };
    match text.as_str() {
        "all" => return Some(0x7f),
        "off" => return Some(0),
        _ => {}
    }
    if let Some(name) = text.strip_suffix('+') {
        return place(name).map(|at| (at..7).map(|bit| 1 << bit).sum());
    }
    if let Some(name) = text.strip_suffix('-') {
        return place(name).map(|at| (0..=at).map(|bit| 1 << bit).sum());
    }
    place(&text).map(|at| 1 << at)
}

fuzz_target!(|text: &str| {
    let found = LevelSet::parse(text);
    if let Some(set) = found {
        assert_eq!(set.0 & !LevelSet::ALL.0, 0);
        if text.contains('|') && text.is_ascii() {
            let naive =
                text.split('|').map(part).try_fold(0, |sum, part| part.map(|part| sum | part));
            assert_eq!(naive, Some(set.0), "{text:?}");
        }
        let has = |level| set.has(level);
        assert_eq!(has(Level::Fatal), set.0 & 1 << 6 != 0);
    }
});
