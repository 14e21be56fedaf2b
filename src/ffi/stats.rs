//! What became of every message, exact at any moment.

use super::error::c_chars;
use super::logger::alog_logger;
use super::status::*;
use super::{guard_status, write_out};
use crate::account::{SinkStats, Stats};
use crate::logger::Handle;
use std::ffi::c_char;

/// `alog_stats.rejected`: the queue was full and the policy is `drop-newest`, or there was no oldest to drop.
pub const ALOG_REJECT_FULL: usize = 0;
/// `alog_stats.rejected`: no space within the time of `overflow=block:TIME` or of the call's deadline.
pub const ALOG_REJECT_TIMEOUT: usize = 1;
/// `alog_stats.rejected`: longer than `max_message_bytes`.
pub const ALOG_REJECT_TOO_LARGE: usize = 2;
/// `alog_stats.rejected`: given after `alog_stop()`.
pub const ALOG_REJECT_STOPPED: usize = 3;
/// `alog_stats.rejected`: waiting would never have ended (a callback, a signal handler).
pub const ALOG_REJECT_WOULD_DEADLOCK: usize = 4;
/// `alog_stats.rejected`: no memory, or no thread in a child after `fork()`.
pub const ALOG_REJECT_MEMORY: usize = 5;
/// `alog_stats.rejected`: an argument was wrong.
pub const ALOG_REJECT_ARGUMENT: usize = 6;
/// How many entries `alog_stats.rejected` has; unused ones are 0.
pub const ALOG_REJECT_COUNT: usize = 8;

/// `alog_stats.dropped`: no sink takes records of that level.
pub const ALOG_DROP_FILTERED: usize = 0;
/// `alog_stats.dropped`: it made room for a newer one, by `overflow=drop-oldest`.
pub const ALOG_DROP_OLDEST: usize = 1;
/// `alog_stats.dropped`: every sink that takes its level kept it back, by `rate_limit` or `dedup`.
pub const ALOG_DROP_SUPPRESSED: usize = 2;
/// How many entries `alog_stats.dropped` has; unused ones are 0.
pub const ALOG_DROP_COUNT: usize = 8;

/// Where every message given to a logger is now. Frozen layout. It always holds that
/// `attempted = accepted + sum(rejected)` and
/// `accepted = written + failed + sum(dropped) + pending`.
///
/// Messages of a level that is switched off are no attempts. After `fork()` the child counts from 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_stats {
    /// Messages given to the logger and not answered with `ALOG_DISABLED`: accepted and rejected ones.
    pub attempted: u64,
    /// Those that were taken: `alog_write()` returned `ALOG_OK`.
    pub accepted: u64,
    /// Accepted, and handed to the operating system by at least one sink.
    pub written: u64,
    /// Accepted, wanted by at least one sink, and written by none.
    pub failed: u64,
    /// Accepted, and neither written nor failed nor dropped yet.
    pub pending: u64,
    /// Not taken, by reason: index with `ALOG_REJECT_*`.
    pub rejected: [u64; 8],
    /// Accepted but not for any sink, by reason: index with `ALOG_DROP_*`.
    pub dropped: [u64; 8],
    /// Errors reported to `alog_poll_error()` so far; folded ones count one each.
    pub errors_raised: u64,
    /// Of those, how many did not fit into `error_capacity` and are gone.
    pub errors_lost: u64,
    /// Producing threads that hold a queue now.
    pub queues: u64,
    /// Bytes of address space held by those queues; memory is used only for what was touched.
    pub queue_bytes: u64,
    /// Lines of its own that the logger put into its destinations to say that records are missing; one
    /// loss told by two sinks counts two.
    pub gap_lines: u64,
    /// Of the accepted ones, those that a process had accepted that is no more: by the key `crash_dir`.
    pub recovered: u64,
    /// 0; later versions count more here.
    pub reserved: [u64; 5],
}

/// What became of the records at one sink. Frozen layout. It always holds that every record of its loggers that
/// came to the writer is counted once in `written`, `failed`, `filtered` or `suppressed`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_sink_stats {
    /// Records handed to the operating system, or taken by the callback.
    pub written: u64,
    /// Records that this sink could not write.
    pub failed: u64,
    /// Records below this sink's level.
    pub filtered: u64,
    /// Writes that were tried again: interrupted, cut short, or not possible at that moment.
    pub retried: u64,
    /// Bytes handed over.
    pub bytes: u64,
    /// Records of a level that this sink takes, kept back by `rate_limit` or `dedup`.
    pub suppressed: u64,
    /// 0; later versions count more here.
    pub reserved: [u64; 4],
    /// The sink's name as in `alog_error.origin`: NUL-terminated UTF-8.
    pub name: [c_char; 64],
}

/// Reads the exact account of a logger.
///
/// - `out_stats`: receives the figures.
///
/// # Returns
/// - `ALOG_OK`: `*out_stats` is filled; its two equations hold exactly, also while others write.
/// - `ALOG_ERR_ARGUMENT`: `out_stats` is NULL.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// The caller owns `*out_stats`.
///
/// # Threads
/// Any thread. Works until `alog_free()`, also after `alog_stop()`. Does not slow writers down.
///
/// # Example
/// ```c
/// alog_stats stats;
/// if (alog_stats_get(log, &stats) == ALOG_OK && stats.pending == 0)
///     puts("everything is written");
/// ```
///
/// # Safety
/// `out_stats` is NULL or writable.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_stats_get(
    logger: alog_logger,
    out_stats: *mut alog_stats,
) -> alog_status {
    guard_status(|| {
        if out_stats.is_null() {
            return ALOG_ERR_ARGUMENT;
        }
        match Handle::from_id(logger.id).stats() {
            Ok(stats) => {
                // SAFETY: not NULL, checked above, and the caller promises that it is writable.
                unsafe { write_out(out_stats, alog_stats::from(&stats)) };
                ALOG_OK
            }
            Err(code) => code.into_raw(),
        }
    })
}

/// Reads the exact account of one sink of a logger.
///
/// - `index`: 0 is the sink that was added first.
/// - `out_stats`: receives the figures.
///
/// # Returns
/// - `ALOG_OK`: `*out_stats` is filled.
/// - `ALOG_EMPTY`: the logger has no sink of that index.
/// - `ALOG_ERR_ARGUMENT`: `out_stats` is NULL.
/// - `ALOG_ERR_HANDLE`: no such logger.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// The caller owns `*out_stats`.
///
/// # Threads
/// Any thread. Works until `alog_free()`, also after `alog_stop()`.
///
/// # Example
/// ```c
/// alog_sink_stats sink;
/// for (uint32_t i = 0; alog_sink_stats_get(log, i, &sink) == ALOG_OK; i++)
///     printf("%s: %llu written\n", sink.name, (unsigned long long)sink.written);
/// ```
///
/// # Safety
/// `out_stats` is NULL or writable.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_sink_stats_get(
    logger: alog_logger,
    index: u32,
    out_stats: *mut alog_sink_stats,
) -> alog_status {
    guard_status(|| {
        if out_stats.is_null() {
            return ALOG_ERR_ARGUMENT;
        }
        match Handle::from_id(logger.id).sink_stats(index as usize) {
            Ok(Some(stats)) => {
                // SAFETY: not NULL, checked above, and the caller promises that it is writable.
                unsafe { write_out(out_stats, alog_sink_stats::from(&stats)) };
                ALOG_OK
            }
            Ok(None) => ALOG_EMPTY,
            Err(code) => code.into_raw(),
        }
    })
}

impl From<&Stats> for alog_stats {
    fn from(stats: &Stats) -> Self {
        Self {
            attempted: stats.attempted(),
            accepted: stats.accepted,
            written: stats.written,
            failed: stats.failed,
            pending: stats.pending(),
            rejected: stats.rejected,
            dropped: stats.dropped,
            errors_raised: stats.errors_raised,
            errors_lost: stats.errors_lost,
            queues: stats.queues,
            queue_bytes: stats.queue_bytes,
            gap_lines: stats.gap_lines,
            recovered: stats.recovered,
            reserved: [0; 5],
        }
    }
}

impl From<&SinkStats> for alog_sink_stats {
    fn from(stats: &SinkStats) -> Self {
        Self {
            written: stats.written,
            failed: stats.failed,
            filtered: stats.filtered,
            retried: stats.retried,
            bytes: stats.bytes,
            suppressed: stats.suppressed,
            reserved: [0; 4],
            name: c_chars(&stats.name),
        }
    }
}
