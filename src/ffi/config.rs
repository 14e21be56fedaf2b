//! The configuration builder: keys and values as text, sinks as URLs, callbacks as functions.

use super::error::alog_error;
use super::status::*;
use super::{borrow_text, fail, guard_status, write_out};
use crate::config::{Config, Destination};
use crate::error::Error;
use std::ffi::{c_char, c_void};
use std::io;
use std::sync::Arc;

/// A function of the host, and what it is called with.
struct Callback {
    write: unsafe extern "C" fn(*mut c_void, *const c_char, usize, u64) -> i32,
    user_data: *mut c_void,
    destroy: alog_destroy_fn,
}

// SAFETY: `alog_config_add_callback` asks the caller that both functions may be called from any thread.
unsafe impl Send for Callback {}
// SAFETY: as above; loggers that share a configuration may call `write` at the same time.
unsafe impl Sync for Callback {}

impl Destination for Callback {
    fn write(&self, lines: &[u8], line_count: u64) -> io::Result<()> {
        // SAFETY: the caller of `alog_config_add_callback` promised that it can be called with this
        // `user_data` until `destroy` was, which only `drop` does.
        let taken =
            unsafe { (self.write)(self.user_data, lines.as_ptr().cast(), lines.len(), line_count) };
        if taken == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(taken)) }
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: promised as for `write`; a value is dropped once.
            unsafe { destroy(self.user_data) };
        }
    }
}

impl alog_config {
    /// A copy for a logger.
    pub(super) fn to_config(&self) -> Config {
        self.inner.clone()
    }
}

/// Borrows a configuration to change it.
///
/// # Safety
/// `config` is NULL or alive, and used by this thread alone as long as the result lives.
pub(super) unsafe fn config_mut<'a>(config: *mut alog_config) -> Result<&'a mut Config, Error> {
    // SAFETY: the caller promises just that.
    let config = unsafe { config.as_mut() };
    config.map(|config| &mut config.inner).ok_or_else(|| Error::null("config"))
}

/// How a logger is to be made: a builder that is filled and then given to `alog_new()`.
///
/// Made by `alog_config_new()`, freed by `alog_config_free()`; used by one thread at a time.
pub struct alog_config {
    inner: Config,
}

/// Receives a batch of lines: the destination behind `alog_config_add_callback()`.
///
/// - `user_data`: what was registered with it.
/// - `lines`, `lines_len`: `line_count` whole lines, each ending in a newline; valid during the call only.
///
/// Returns 0 if all of it was taken, otherwise a positive `errno` value: then the lines count as failed.
/// Called on the logger's writer thread, never from two threads at once for one logger, with no lock
/// held. It may call `alog_write()`, which then never waits; the calls that wait refuse with
/// `ALOG_ERR_WOULD_DEADLOCK`. It must not unwind (C++ exceptions, `longjmp`).
pub type alog_sink_fn = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        lines: *const c_char,
        lines_len: usize,
        line_count: u64,
    ) -> i32,
>;

/// Gives `user_data` back when nobody will use it any more. Called exactly once, by whoever lets go
/// last: usually the caller of `alog_config_free()` or `alog_free()`, on its thread.
pub type alog_destroy_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// Makes a configuration with every key at its default and no sink.
///
/// - `out_config`: receives the configuration.
///
/// # Returns
/// - `ALOG_OK`: `*out_config` is the new configuration.
/// - `ALOG_ERR_ARGUMENT`: `out_config` is NULL.
/// - `ALOG_ERR_PANIC`: an internal fault; nothing was made.
///
/// # Ownership
/// Gives the configuration to the caller, who frees it with `alog_config_free()`.
///
/// # Threads
/// Any thread. Never blocks.
///
/// # Example
/// ```c
/// alog_config *config;
/// if (alog_config_new(&config) == ALOG_OK) {
///     alog_config_set(config, "level", "debug", NULL);
///     alog_config_free(config);
/// }
/// ```
///
/// # Safety
/// `out_config` is NULL or points to writable memory for one pointer.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_config_new(out_config: *mut *mut alog_config) -> alog_status {
    guard_status(|| {
        if out_config.is_null() {
            return ALOG_ERR_ARGUMENT;
        }
        let config = Box::new(alog_config { inner: Config::new() });
        // SAFETY: the caller promises that a non-NULL `out_config` is writable; it was checked above.
        unsafe { write_out(out_config, Box::into_raw(config)) };
        ALOG_OK
    })
}

/// Sets one key of a configuration.
///
/// - `key`, `value`: NUL-terminated UTF-8. Names are compared without regard to case, `-` and `_` alike.
///
/// | key                 | value                                                      | default  |
/// |---------------------|------------------------------------------------------------|----------|
/// | `level`             | the levels that are on: `trace` `debug` `info` `notice` `warn` `error` `fatal`, each with what is more severe; or a set, see below | `info` |
/// | `queue_bytes`       | queue of each producing thread, 4KiB to 1GiB, rounded up to a power of two; `0` hands over: a write returns when the writer has taken the record | `1MiB` |
/// | `max_message_bytes` | longest message with its fields, 1 to 1GiB; one byte more is `ALOG_ERR_TOO_LARGE` | `1MiB` |
/// | `overflow`          | when the queue is full: see below                          | `block`  |
/// | `error_capacity`    | distinct errors kept for `alog_poll_error()`, 1 to 65536; more are counted as lost | `256` |
/// | `workers`           | writer threads, 0 to 64; `0`: the thread that logs writes  | `1`      |
/// | `scheduler`         | with several workers: `by-thread` (each thread has one for good, so its records stay in order), `round-robin` | `by-thread` |
/// | `writer`            | `thread`, or `caller`: no thread, see `alog_run()` and `alog_drain()` | `thread` |
/// | `crash_dir`         | a directory of the user's own, made if it is missing, for the queues, see below; empty: none | empty |
/// | `on_fatal`          | when a message of level FATAL is written, after 5 s at the latest: `continue`, or `abort` the program | `continue` |
/// | `reload`            | of a logger made from a file: `never`, or `on-change`, see below | `never` |
/// | `name`              | the logger's name, 1 to 255 bytes                          | none     |
/// | `format`            | of sinks that name none: `text`, `raw`, `json`, `logfmt`   | `text`   |
/// | `pattern`           | instead of a format: text with tokens, see below           |          |
/// | `time_zone`         | `utc`, `local`, or an IANA name such as `Europe/Berlin`    | `utc`    |
/// | `color`             | of text and patterns: `auto` (on a terminal, unless `NO_COLOR` is set), `always`, `never` | `auto` |
/// | `time_key` `level_key` `message_key` `logger_key` `source_key` | names of elements in json and logfmt; empty leaves one out; equal ones are refused by `alog_new()` | `time` `level` `message` `logger` `source` |
/// | `thread_key` `pid_key` | the same for the thread's name and the process             | empty    |
/// | `seq_key`           | the same for the number of a record in its sink, by which `alog verify` proves that a log is complete | empty |
/// | `redact`            | keys of fields with commas between them, such as `password,req.token`: their values are shown as `***` in every format, in groups too | none |
/// | `replace`           | of derived loggers: see `alog_child_new()`                 | `none`   |
///
/// Sizes are a number of bytes or carry `KiB`, `MiB`, `GiB`.
///
/// A set of levels is `all`, `off`, or parts with `|` between them, each a level alone, a level with what is
/// more (`info+`) or less (`info-`) severe: `"debug|warn|fatal"`, `"debug|error+"`. Alone, `info` is `info+`.
///
/// `overflow` is a policy, or rules for some levels behind it: `"drop-oldest, error+=block:2s"`. A policy is
/// `block` (waits for space), `block:TIME` (at most so many `ms` or `s`), `drop-newest` (refuses the new
/// message), `drop-oldest` (drops the oldest record of this thread that the writer has not begun with),
/// `grow:SIZE` (a larger queue, while all queues of the logger stay within SIZE; then waits).
/// Level FATAL waits for space, 5 s at most, unless a rule names it: `"drop-newest, fatal=drop-newest"`; `error+` does so, too.
///
/// With `crash_dir` the queues are files: what was accepted when the process was killed, aborted or ended without a stop is
/// written by the next `alog_new()` with that directory, through its sinks, with the times, threads, places and names
/// that it had, and counted in `alog_stats.recovered`; or by the command `alog recover`. Each record once: in regular
/// files always, elsewhere (consoles, pipes, sockets, callbacks) the last of them may come twice; what the thread of a
/// sink had taken over (network; consoles and pipes with `own_thread=yes`, which a file does not take then) is not in the queue any more. `max_message_bytes` is at most, and by
/// default, a quarter of `queue_bytes` less 32; `overflow` takes no `drop-oldest`. A thread whose queue cannot be made,
/// because the disk is full, is refused with `ALOG_ERR_IO`, counted, and told of by an error.
///
/// `reload=on-change` follows the files of `alog_config_load_file()`: a thread sleeps until the system tells that one was
/// written, replaced or, by a symbolic link, exchanged, and then does what `alog_reload()` with NULL does: a file with
/// an error in it is an error to poll, with file, line and column, and what ran goes on until the file is right. Needs
/// inotify, which Linux has; without it, or where its limits are reached, that is an error to poll, too. The thread
/// ends with the logger; a child after `fork()` has its own.
///
/// `text` is `[2026-01-31 23:59:59.123456Z] INFO - message key=value` in UTC, with the logger's name in front
/// of the `-` if it has one, and with control characters, invalid UTF-8 and backslashes escaped so that one
/// message stays one line and can be restored; `raw` is the bytes of the message alone; `json` is one object
/// per line; `logfmt` is `key=value` for everything. All end a line in exactly one newline: one that ends
/// the message already is not doubled. Text and patterns never show
/// a field that is called like `level_key` or `message_key`, json and logfmt none that is called like any element
/// of the line.
///
/// Tokens of a pattern: `{time}` or `{time:%Y-%m-%d %H:%M:%S.%3f}` (strftime; `%Nf` is N digits below a second),
/// `{level}` (`:upper` `:lower` `:title` `:short`), `{logger}`, `{message}`, `{fields}` (those that the
/// message does not name), `{all_fields}`, `{field:KEY}`, `{thread}`, `{thread_id}`, `{pid}`, `{seq}`, `{file}`, `{path}`,
/// `{line}`, `{function}`, `{source}`, `{color}`, `{reset}`. `{level|<6}` fills up to 6 characters, `>` and `^`
/// align; `{{` and `}}` are braces.
///
/// # Returns
/// - `ALOG_OK`: the key has its new value.
/// - `ALOG_ERR_KEY`: no such key. The error names it and what there is.
/// - `ALOG_ERR_VALUE`: the key does not take that value. The error names key, value and what is allowed.
/// - `ALOG_ERR_ARGUMENT`: `config`, `key` or `value` is NULL, or not UTF-8.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// On every error the configuration is unchanged.
///
/// # Ownership
/// Borrows everything for the call.
///
/// # Threads
/// One thread at a time for one configuration. Never blocks.
///
/// # Example
/// ```c
/// alog_error error;
/// if (alog_config_set(config, "overflow", "block:250ms", &error) != ALOG_OK)
///     fprintf(stderr, "%s\n", error.message);
/// ```
///
/// # Safety
/// `config` is NULL or from `alog_config_new()` and not freed; texts are NULL or NUL-terminated;
/// `out_error` is NULL or writable.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_config_set(
    config: *mut alog_config,
    key: *const c_char,
    value: *const c_char,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises that a non-NULL `config` is alive and used by this thread alone.
        let config = unsafe { config.as_mut() };
        // SAFETY: the caller promises that a non-NULL `key` ends in NUL and lives through the call.
        let key = unsafe { borrow_text(key, "key") };
        // SAFETY: the same promise for `value`.
        let value = unsafe { borrow_text(value, "value") };
        let outcome = (|| config.ok_or_else(|| Error::null("config"))?.inner.set(key?, value?))();
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Adds a sink: a destination for what is logged, as a URL.
///
/// - `spec`: NUL-terminated UTF-8, one of
///
/// | spec        | destination                                                                       |
/// |-------------|-----------------------------------------------------------------------------------|
/// | `console:`  | standard output, descriptor 1                                                     |
/// | `stderr:`   | standard error, descriptor 2                                                      |
/// | `file:PATH` | a file, appended to, made with mode 0640 if missing; the last part of PATH must not be a symbolic link; one that is not absolute begins at the working directory of `alog_new()`, also later on |
/// | `fd:N`      | a duplicate of descriptor N, made by `alog_new()`; N stays yours                   |
/// | `tcp://HOST:PORT` | a TCP peer, one JSON object per line                                            |
/// | `udp://HOST:PORT` | a UDP peer, one datagram per line                                               |
/// | `unix:PATH`, `unixgram:PATH` | a socket of this machine                                             |
/// | `syslog:`, `syslog:PATH` | the syslog daemon of this machine                                        |
/// | `syslog+tcp://HOST:PORT`, `syslog+udp://HOST:PORT` | a syslog daemon elsewhere; port 601 and 514 unless one is given |
/// | `journald:` | the systemd journal, with fields                                                   |
/// | `otlp://HOST:PORT` | an OpenTelemetry collector, over HTTP                                       |
/// | `memory:NAME` | the last lines, in memory: read with `alog_memory_read()`                        |
/// | `pull:NAME` | nowhere: you take the lines with `alog_pull()`; NAME of letters, digits, `-`, `_`, `.` |
///
/// each with optional parameters `?level=warn&format=json`. Those that (almost) every sink has:
///
/// | parameter         | value                                                          | default |
/// |-------------------|----------------------------------------------------------------|---------|
/// | `level`           | the levels that it takes, of those that the logger takes       | all     |
/// | `format` `pattern` `time_zone` `color` | as in `alog_config_set()`, for this sink alone | the logger's |
/// | `redact`          | as in `alog_config_set()`, in addition                         | none    |
/// | `rate_limit` `rate_burst` `rate_exempt` | `100/s`, `/m` or `/h`: more are counted and told; how many at once; from which level on all are written | none, the same number, `error` |
/// | `dedup`           | how long repetitions are counted instead of written, such as `5s` | `0`  |
/// | `backtrace` `backtrace_level` `backtrace_bytes` | how many records below `level` are kept and written in front of one of that level | `0`, `error`, `1MiB` |
/// | `own_thread`      | `auto`, `yes`, `no`: `auto` gives each of several sinks a thread, but not functions; network sinks always | `auto` |
/// | `queue_bytes`     | how many bytes of lines may wait for that thread; what comes then is counted as failed for this sink, if another one takes it | `16MiB` |
/// | `batch_bytes` `batch_delay` `flush_level` | how much is written at once; how long lines may wait for more; from which level on they do not | `256KiB`, `0`, `error` |
/// | `hold`            | how long what a full disk (or a peer that is away) does not take is kept and tried again: a time, `0`, `forever` | `5s`; network: `forever` |
///
/// CONFIGURATION.md, which is generated from the code, lists all of them, with those of files and networks.
/// In PATH and in values, `%3F` stands for `?`, `%26` for `&` and
/// `%25` for `%`.
///
/// A configuration without a sink gives `console:`. At most 64 sinks.
///
/// # Returns
/// - `ALOG_OK`: the sink is part of the configuration. Nothing is opened before `alog_new()`.
/// - `ALOG_ERR_SINK`: the specification is malformed, of no known kind, or one too many.
/// - `ALOG_ERR_KEY`, `ALOG_ERR_VALUE`: a parameter is unknown, or does not take that value.
/// - `ALOG_ERR_ARGUMENT`: `config` or `spec` is NULL, or not UTF-8.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// On every error the configuration is unchanged.
///
/// # Ownership
/// Borrows everything for the call.
///
/// # Threads
/// One thread at a time for one configuration. Never blocks.
///
/// # Example
/// ```c
/// alog_config_add_sink(config, "file:app.log", NULL);
/// alog_config_add_sink(config, "stderr:?level=error", NULL);
/// ```
///
/// # Safety
/// As for `alog_config_set()`.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_config_add_sink(
    config: *mut alog_config,
    spec: *const c_char,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises that a non-NULL `config` is alive and used by this thread alone.
        let config = unsafe { config.as_mut() };
        // SAFETY: the caller promises that a non-NULL `spec` ends in NUL and lives through the call.
        let spec = unsafe { borrow_text(spec, "spec") };
        let outcome = (|| config.ok_or_else(|| Error::null("config"))?.inner.add_sink(spec?))();
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Adds a sink that hands its lines to a function of yours.
///
/// - `spec`: NUL-terminated UTF-8: a name for errors and statistics, with the optional parameters of
///   `alog_config_add_sink()`, for example `"screen?level=warn"`. The sink is then called `callback:screen`.
/// - `write`: the function; see `alog_sink_fn`.
/// - `user_data`: passed to `write` as it is; may be NULL.
/// - `destroy`: called once with `user_data` when it is used no more; may be NULL.
///
/// # Returns
/// - `ALOG_OK`: the sink is part of the configuration.
/// - `ALOG_ERR_SINK`, `ALOG_ERR_KEY`, `ALOG_ERR_VALUE`: as for `alog_config_add_sink()`.
/// - `ALOG_ERR_ARGUMENT`: `config`, `spec` or `write` is NULL, or `spec` is not UTF-8.
/// - `ALOG_ERR_PANIC`: an internal fault.
///
/// # Ownership
/// Takes `user_data` if and only if it returns `ALOG_OK`: it is then shared by the configuration and
/// every logger made from it, and given back through `destroy` when the last of them is gone.
///
/// # Threads
/// One thread at a time for one configuration. Never blocks. Two loggers made from one configuration
/// may call `write` at the same time, each from its own writer thread.
///
/// # Example
/// ```c
/// static int32_t to_stream(void *user_data, const char *lines, size_t lines_len, uint64_t line_count) {
///     (void)line_count;
///     return fwrite(lines, 1, lines_len, (FILE *)user_data) == lines_len ? 0 : EIO;
/// }
/// static void example(alog_config *config) {
///     alog_config_add_callback(config, "stream", to_stream, stdout, NULL, NULL);
/// }
/// ```
///
/// # Safety
/// As for `alog_config_set()`; `write` and `destroy` may be called from any thread with `user_data`
/// until `destroy` was called.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_config_add_callback(
    config: *mut alog_config,
    spec: *const c_char,
    write: alog_sink_fn,
    user_data: *mut c_void,
    destroy: alog_destroy_fn,
    out_error: *mut alog_error,
) -> alog_status {
    guard_status(|| {
        // SAFETY: the caller promises that a non-NULL `config` is alive and used by this thread alone.
        let config = unsafe { config.as_mut() };
        // SAFETY: the caller promises that a non-NULL `spec` ends in NUL and lives through the call.
        let spec = unsafe { borrow_text(spec, "spec") };
        let outcome = (|| {
            let config = config.ok_or_else(|| Error::null("config"))?;
            let write = write.ok_or_else(|| Error::null("write"))?;
            // Made only if nothing is wrong: from then on it owns `user_data`.
            let make =
                || -> Arc<dyn Destination> { Arc::new(Callback { write, user_data, destroy }) };
            config.inner.add_made_destination(spec?, make)
        })();
        // SAFETY: the caller promises that a non-NULL `out_error` is writable.
        unsafe { fail(outcome, out_error) }
    })
}

/// Frees a configuration. Loggers made from it are not affected.
///
/// - `config`: NULL is a harmless no-op.
///
/// # Returns
/// Nothing.
///
/// # Ownership
/// Takes `config`.
///
/// # Threads
/// One thread at a time for one configuration. May call the `destroy` of callback sinks.
///
/// # Example
/// ```c
/// alog_config_free(config);
/// ```
///
/// # Safety
/// `config` is NULL or from `alog_config_new()` and not freed before.
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_config_free(config: *mut alog_config) {
    guard_status(|| {
        if !config.is_null() {
            // SAFETY: the caller promises that it came from `alog_config_new`, which made it of a Box.
            drop(unsafe { Box::from_raw(config) });
        }
        ALOG_OK
    });
}
