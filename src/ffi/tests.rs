//! The C names and their Rust counterparts agree.

use super::*;

/// Every code, by its C name.
const CODES: &[(alog_status, Code)] = &[
    (status::ALOG_OK, Code::Ok),
    (status::ALOG_EMPTY, Code::Empty),
    (status::ALOG_DISABLED, Code::Disabled),
    (status::ALOG_DROPPED, Code::Dropped),
    (status::ALOG_ERR_ARGUMENT, Code::Argument),
    (status::ALOG_ERR_HANDLE, Code::Handle),
    (status::ALOG_ERR_STOPPED, Code::Stopped),
    (status::ALOG_ERR_TIMEOUT, Code::Timeout),
    (status::ALOG_ERR_WOULD_DEADLOCK, Code::WouldDeadlock),
    (status::ALOG_ERR_TOO_LARGE, Code::TooLarge),
    (status::ALOG_ERR_FIELD, Code::Field),
    (status::ALOG_ERR_MODE, Code::Mode),
    (status::ALOG_ERR_KEY, Code::Key),
    (status::ALOG_ERR_VALUE, Code::Value),
    (status::ALOG_ERR_SINK, Code::Sink),
    (status::ALOG_ERR_SYNTAX, Code::Syntax),
    (status::ALOG_ERR_MEMORY, Code::Memory),
    (status::ALOG_ERR_THREAD, Code::Thread),
    (status::ALOG_ERR_LIMIT, Code::Limit),
    (status::ALOG_ERR_OPEN, Code::Open),
    (status::ALOG_ERR_IO, Code::Io),
    (status::ALOG_ERR_QUEUE_FULL, Code::QueueFull),
    (status::ALOG_ERR_HOOK, Code::Hook),
    (status::ALOG_ERR_SCHEDULER, Code::Scheduler),
    (status::ALOG_ERR_PANIC, Code::Panic),
];

#[test]
fn every_status_is_the_number_of_its_code() {
    for &(raw, code) in CODES {
        assert_eq!(raw, code.into_raw());
    }
    assert_eq!(CODES.len() + 1, Code::ALL.len(), "all but Unknown have a C name");
}

#[test]
fn levels_and_reasons_have_the_numbers_of_their_rust_names() {
    use crate::account::{DropReason, REASONS, RejectReason};
    use crate::level::Level;
    use {level::*, stats::*};
    let levels = [
        ALOG_LEVEL_TRACE,
        ALOG_LEVEL_DEBUG,
        ALOG_LEVEL_INFO,
        ALOG_LEVEL_NOTICE,
        ALOG_LEVEL_WARN,
        ALOG_LEVEL_ERROR,
        ALOG_LEVEL_FATAL,
    ];
    assert_eq!(levels, Level::ALL.map(|level| level as i32));
    let reasons = [
        (ALOG_REJECT_FULL, RejectReason::Full),
        (ALOG_REJECT_TIMEOUT, RejectReason::Timeout),
        (ALOG_REJECT_TOO_LARGE, RejectReason::TooLarge),
        (ALOG_REJECT_STOPPED, RejectReason::Stopped),
        (ALOG_REJECT_WOULD_DEADLOCK, RejectReason::WouldDeadlock),
        (ALOG_REJECT_MEMORY, RejectReason::Memory),
        (ALOG_REJECT_ARGUMENT, RejectReason::Argument),
    ];
    assert!(reasons.iter().all(|&(raw, reason)| raw == reason as usize));
    assert_eq!((ALOG_REJECT_COUNT, ALOG_DROP_COUNT), (REASONS, REASONS));
    assert_eq!(ALOG_DROP_FILTERED, DropReason::Filtered as usize);
    assert_eq!(ALOG_DROP_OLDEST, DropReason::Oldest as usize);
}

#[test]
fn the_status_text_is_total() {
    let text = |status| {
        // SAFETY: the function promises static, NUL-terminated text.
        unsafe { CStr::from_ptr(status::alog_status_str(status)) }.to_str().unwrap()
    };
    for status in -1000..1000 {
        assert!(!text(status).is_empty());
    }
    assert_eq!(text(i32::MIN), "unknown status");
    assert_eq!(text(i32::MAX), "unknown status");
    assert_eq!(text(status::ALOG_ERR_STOPPED), "the logger was stopped");
}

#[test]
fn a_panic_becomes_a_status() {
    assert_eq!(guard_status(|| panic!("inside")), ALOG_ERR_PANIC);
}
