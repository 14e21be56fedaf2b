//! The levels of a message, from most to least talkative.

/// The severity of a message: `ALOG_LEVEL_TRACE` (0) to `ALOG_LEVEL_FATAL` (6).
pub type alog_level = i32;

/// Every step of the way; for the author of the code.
pub const ALOG_LEVEL_TRACE: i32 = 0;
/// What helps to find a fault.
pub const ALOG_LEVEL_DEBUG: i32 = 1;
/// What happens in normal service.
pub const ALOG_LEVEL_INFO: i32 = 2;
/// Normal but worth a look.
pub const ALOG_LEVEL_NOTICE: i32 = 3;
/// Something is off; the service goes on.
pub const ALOG_LEVEL_WARN: i32 = 4;
/// Something failed.
pub const ALOG_LEVEL_ERROR: i32 = 5;
/// The program cannot go on. alog ends it only with `on_fatal=abort`.
pub const ALOG_LEVEL_FATAL: i32 = 6;
