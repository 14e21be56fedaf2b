/**
 * @file alog.h
 * alog: one asynchronous logger for every language of a process.
 *
 * Generated from src/ffi by cbindgen; edit there and run `make header`.
 *
 * Words used throughout, never mixed:
 *   accepted   alog_write() returned ALOG_OK: the bytes are copied, your buffer is free again
 *   written    handed to the operating system: survives the death of the process
 *   durable    on the medium: survives power loss
 *
 * Conventions:
 *   - alog_status is 0 for success, negative for an error, positive for "no, and that is fine".
 *   - A handle (alog_logger) is a number. A stale, zero or made-up one gives ALOG_ERR_HANDLE, never a crash.
 *   - Every function may be called from any thread unless it says otherwise, and none of them keeps
 *     a pointer that you pass unless it says so.
 *   - out_* is written only on success, except out_error, which is written only on an error.
 *     out_error may be NULL everywhere.
 *   - There is no thread-local "last error".
 *   - From a signal handler only alog_write() may be called, and only on a thread that has logged to
 *     that logger before: the first message of a thread allocates its queue. If the handler interrupted
 *     alog_write() itself, the message is refused with ALOG_ERR_WOULD_DEADLOCK.
 *   - After fork() the child may use every handle at once: it has its own writer thread and an empty
 *     queue. Records that the parent had accepted are written by the parent, and by it alone.
 *
 * Smallest use:
 *
 *   alog_logger log;
 *   if (alog_new(NULL, &log, NULL) == ALOG_OK) {
 *       alog_write(log, ALOG_LEVEL_INFO, "hello", 5);
 *       alog_stop(log, -1);
 *       alog_free(log);
 *   }
 */

#ifndef ALOG_H
#define ALOG_H

#include <stddef.h>
#include <stdint.h>

/**
 * Success.
 */
#define ALOG_OK 0

/**
 * Nothing there: no error to poll, no sink of that index, no logger of that name.
 */
#define ALOG_EMPTY 1

/**
 * The level is switched off: the message was not taken, and not counted as an attempt.
 */
#define ALOG_DISABLED 2

/**
 * The queue was full and the policy is `overflow=drop-newest`, or `drop-oldest` and there was none to drop: the
 * message was not taken.
 * Counted in `rejected[ALOG_REJECT_FULL]`, reported by `alog_poll_error()` and by a line in the log.
 */
#define ALOG_DROPPED 3

/**
 * An argument is wrong: a NULL that must not be, a level out of range, a negative deadline other than -1.
 */
#define ALOG_ERR_ARGUMENT -1

/**
 * The handle is no logger: zero, made up, or freed.
 */
#define ALOG_ERR_HANDLE -2

/**
 * The logger was stopped and takes no more messages.
 */
#define ALOG_ERR_STOPPED -3

/**
 * The deadline passed. What was to be done goes on in the background; the call can be repeated.
 */
#define ALOG_ERR_TIMEOUT -4

/**
 * Waiting here would never end: the call came from a writer thread (a callback), or from a signal
 * handler that interrupted the same call.
 */
#define ALOG_ERR_WOULD_DEADLOCK -5

/**
 * The message is longer than `max_message_bytes`. Nothing of it was taken.
 */
#define ALOG_ERR_TOO_LARGE -6

/**
 * A field is malformed: its type, its key, or groups that do not end.
 */
#define ALOG_ERR_FIELD -7

/**
 * The logger has another writer: threads of its own, or another thread that runs it.
 */
#define ALOG_ERR_MODE -8

/**
 * No such configuration key.
 */
#define ALOG_ERR_KEY -20

/**
 * The key does not take that value.
 */
#define ALOG_ERR_VALUE -21

/**
 * There is no such sink, or its specification is malformed or names a kind that does not exist.
 */
#define ALOG_ERR_SINK -22

/**
 * The text of a configuration is no TOML.
 */
#define ALOG_ERR_SYNTAX -23

/**
 * Memory could not be had.
 */
#define ALOG_ERR_MEMORY -40

/**
 * The writer thread could not be started.
 */
#define ALOG_ERR_THREAD -41

/**
 * A limit of the library or of the system was reached: loggers, descriptors.
 */
#define ALOG_ERR_LIMIT -42

/**
 * A destination could not be opened; `os_error` says why.
 */
#define ALOG_ERR_OPEN -60

/**
 * A destination did not take what was written to it; `os_error` says why.
 */
#define ALOG_ERR_IO -61

/**
 * Only in polled errors: messages were refused because the queue was full.
 */
#define ALOG_ERR_QUEUE_FULL -80

/**
 * Only in polled errors: a hook failed. The record went out all the same.
 */
#define ALOG_ERR_HOOK -81

/**
 * Only in polled errors: a scheduler picked a worker that does not exist. Worker 0 took the record.
 */
#define ALOG_ERR_SCHEDULER -82

/**
 * A panic inside the library was caught. What the call was to do may not have happened.
 */
#define ALOG_ERR_PANIC -100

/**
 * The version of the C ABI that this header describes; the number in the SONAME.
 * Compare it with `alog_abi_version()` when you load the library at run time.
 */
#define ALOG_ABI_VERSION 1

/**
 * Every step of the way; for the author of the code.
 */
#define ALOG_LEVEL_TRACE 0

/**
 * What helps to find a fault.
 */
#define ALOG_LEVEL_DEBUG 1

/**
 * What happens in normal service.
 */
#define ALOG_LEVEL_INFO 2

/**
 * Normal but worth a look.
 */
#define ALOG_LEVEL_NOTICE 3

/**
 * Something is off; the service goes on.
 */
#define ALOG_LEVEL_WARN 4

/**
 * Something failed.
 */
#define ALOG_LEVEL_ERROR 5

/**
 * The program cannot go on. alog ends it only with `on_fatal=abort`.
 */
#define ALOG_LEVEL_FATAL 6

/**
 * `alog_field.type`: no value; shown as `null`.
 */
#define ALOG_FIELD_NULL 0

/**
 * `alog_field.type`: a truth value: `value.u64` is 0 for false.
 */
#define ALOG_FIELD_BOOL 1

/**
 * `alog_field.type`: a signed number: `value.i64`.
 */
#define ALOG_FIELD_I64 2

/**
 * `alog_field.type`: an unsigned number: `value.u64`.
 */
#define ALOG_FIELD_U64 3

/**
 * `alog_field.type`: a floating-point number: `value.f64`.
 */
#define ALOG_FIELD_F64 4

/**
 * `alog_field.type`: text, UTF-8 as a rule: `value.bytes`. Any bytes are taken and shown without loss.
 */
#define ALOG_FIELD_STR 5

/**
 * `alog_field.type`: bytes: `value.bytes`.
 */
#define ALOG_FIELD_BYTES 6

/**
 * `alog_field.type`: begins a group: the fields up to its `ALOG_FIELD_END` belong to it. At most 32 deep.
 */
#define ALOG_FIELD_GROUP 7

/**
 * `alog_field.type`: ends the group that was begun last; it has no key and no value.
 */
#define ALOG_FIELD_END 8

/**
 * `alog_entry.timeout_ms`: wait for space as the key `overflow` says.
 */
#define ALOG_BY_POLICY -1

/**
 * `alog_entry.flags`: `{name}` in the message stands for the field of that name.
 */
#define ALOG_TEMPLATE 1

/**
 * `alog_config_add_hook`: on the thread of the caller, before the record is queued.
 */
#define ALOG_HOOK_PRE 0

/**
 * `alog_config_add_hook`: on the writer thread, before the record is formatted.
 */
#define ALOG_HOOK_POST 1

/**
 * `alog_stats.rejected`: the queue was full and the policy is `drop-newest`, or there was no oldest to drop.
 */
#define ALOG_REJECT_FULL 0

/**
 * `alog_stats.rejected`: no space within the time of `overflow=block:TIME` or of the call's deadline.
 */
#define ALOG_REJECT_TIMEOUT 1

/**
 * `alog_stats.rejected`: longer than `max_message_bytes`.
 */
#define ALOG_REJECT_TOO_LARGE 2

/**
 * `alog_stats.rejected`: given after `alog_stop()`.
 */
#define ALOG_REJECT_STOPPED 3

/**
 * `alog_stats.rejected`: waiting would never have ended (a callback, a signal handler).
 */
#define ALOG_REJECT_WOULD_DEADLOCK 4

/**
 * `alog_stats.rejected`: no memory, or no thread in a child after `fork()`.
 */
#define ALOG_REJECT_MEMORY 5

/**
 * `alog_stats.rejected`: an argument was wrong.
 */
#define ALOG_REJECT_ARGUMENT 6

/**
 * How many entries `alog_stats.rejected` has; unused ones are 0.
 */
#define ALOG_REJECT_COUNT 8

/**
 * `alog_stats.dropped`: no sink takes records of that level.
 */
#define ALOG_DROP_FILTERED 0

/**
 * `alog_stats.dropped`: it made room for a newer one, by `overflow=drop-oldest`.
 */
#define ALOG_DROP_OLDEST 1

/**
 * `alog_stats.dropped`: every sink that takes its level kept it back, by `rate_limit` or `dedup`.
 */
#define ALOG_DROP_SUPPRESSED 2

/**
 * How many entries `alog_stats.dropped` has; unused ones are 0.
 */
#define ALOG_DROP_COUNT 8

/**
 * How a logger is to be made: a builder that is filled and then given to `alog_new()`.
 *
 * Made by `alog_config_new()`, freed by `alog_config_free()`; used by one thread at a time.
 */
typedef struct alog_config alog_config;

/**
 * A record as hooks and schedulers see it. Valid during the callback that received it, on its thread.
 */
typedef struct alog_record alog_record;

/**
 * What a call came to: `ALOG_OK` (0) for success, negative for an error, positive for "no, and that
 * is fine". `alog_status_str()` puts any value into words.
 */
typedef int32_t alog_status;

/**
 * The severity of a message: `ALOG_LEVEL_TRACE` (0) to `ALOG_LEVEL_FATAL` (6).
 */
typedef int32_t alog_level;

/**
 * What went wrong, in a struct that you own: fixed size, frozen layout, nothing in it to free.
 * Filled through an `out_error` argument, or by `alog_poll_error()`.
 */
typedef struct alog_error {
  /**
   * Which kind of error: one of `ALOG_ERR_*`.
   */
  alog_status code;
  /**
   * The `errno` of the operating system; 0 if none is behind it.
   */
  int32_t os_error;
  /**
   * How many identical consecutive errors this one stands for: at least 1. For lost records: one each.
   */
  uint64_t count;
  /**
   * When the first of them happened: nanoseconds since 1970-01-01T00:00:00Z.
   */
  int64_t first_unix_ns;
  /**
   * When the last of them happened: nanoseconds since 1970-01-01T00:00:00Z.
   */
  int64_t last_unix_ns;
  /**
   * Which sink or stage it comes from, for example `file:app.log`: NUL-terminated UTF-8.
   */
  char origin[64];
  /**
   * What happened, in words: NUL-terminated UTF-8, lower case, cut at a character boundary.
   */
  char message[256];
} alog_error;

/**
 * Receives a batch of lines: the destination behind `alog_config_add_callback()`.
 *
 * - `user_data`: what was registered with it.
 * - `lines`, `lines_len`: `line_count` whole lines, each ending in a newline; valid during the call only.
 *
 * Returns 0 if all of it was taken, otherwise a positive `errno` value: then the lines count as failed.
 * Called on the logger's writer thread, never from two threads at once for one logger, with no lock
 * held. It may call `alog_write()`, which then never waits; the calls that wait refuse with
 * `ALOG_ERR_WOULD_DEADLOCK`. It must not unwind (C++ exceptions, `longjmp`).
 */
typedef int32_t (*alog_sink_fn)(void *user_data,
                                const char *lines,
                                size_t lines_len,
                                uint64_t line_count);

/**
 * Gives `user_data` back when nobody will use it any more. Called exactly once, by whoever lets go
 * last: usually the caller of `alog_config_free()` or `alog_free()`, on its thread.
 */
typedef void (*alog_destroy_fn)(void *user_data);

/**
 * A logger: a number that is passed by value, never dereferenced. `{0}` is no logger.
 * Made by `alog_new()`, given back by `alog_free()`; usable from every thread until then.
 */
typedef struct alog_logger {
  /**
   * Slot and generation. Opaque: compare it for equality, nothing else.
   */
  uint64_t id;
} alog_logger;

/**
 * Bytes: where they begin, and how many. `ptr` may be NULL only if `len` is 0.
 */
typedef struct alog_bytes {
  /**
   * Where they begin.
   */
  const char *ptr;
  /**
   * How many there are.
   */
  size_t len;
} alog_bytes;

/**
 * The value of a field; its type says which member holds it.
 */
typedef union alog_value {
  /**
   * Of `ALOG_FIELD_I64`.
   */
  int64_t i64;
  /**
   * Of `ALOG_FIELD_U64`, and of `ALOG_FIELD_BOOL`: 0 or not.
   */
  uint64_t u64;
  /**
   * Of `ALOG_FIELD_F64`.
   */
  double f64;
  /**
   * Of `ALOG_FIELD_STR` and `ALOG_FIELD_BYTES`.
   */
  struct alog_bytes bytes;
} alog_value;

/**
 * A field: a key and a typed value. Frozen layout. alog_log.h makes them of C values by type.
 *
 * Of several fields with one key the last one counts, and stands at its own place.
 */
typedef struct alog_field {
  /**
   * The key: any bytes, UTF-8 as a rule. May be NULL only if `key_len` is 0.
   */
  const char *key;
  /**
   * How many bytes the key has: at most 65535.
   */
  size_t key_len;
  /**
   * `ALOG_FIELD_*`.
   */
  int32_t type;
  /**
   * 0; alog_log.h notes here whether the key is a literal.
   */
  uint32_t reserved;
  /**
   * The value.
   */
  union alog_value value;
} alog_field;

/**
 * One call of `alog_log()` or `alog_log_sync()`. Frozen layout; set what is not used to 0, and `timeout_ms` to `ALOG_BY_POLICY`.
 */
typedef struct alog_entry {
  /**
   * The message: any bytes. May be NULL only if `msg_len` is 0.
   */
  const char *msg;
  /**
   * How many bytes the message has.
   */
  size_t msg_len;
  /**
   * The fields. May be NULL only if `field_count` is 0.
   */
  const struct alog_field *fields;
  /**
   * How many fields there are.
   */
  size_t field_count;
  /**
   * How long to wait for space at most, in milliseconds; 0: not at all. A policy that waits less long or not
   * at all stays in force. `ALOG_BY_POLICY`: as the policy says. At level FATAL also how long to wait at most until
   * the record is written, and always in `alog_log_sync()`.
   */
  int64_t timeout_ms;
  /**
   * `ALOG_LEVEL_*`.
   */
  alog_level level;
  /**
   * Where in the program this is: of `alog_source_get()`; 0: unknown.
   */
  uint32_t source;
  /**
   * 0 or `ALOG_TEMPLATE`.
   */
  uint32_t flags;
  /**
   * 0.
   */
  uint32_t reserved;
} alog_entry;

/**
 * What can be read of a logger without a call. Live: read both with relaxed atomic loads.
 *
 * It is never freed, so the pointer may be kept for ever; it tells of a logger as long as `id` is the handle.
 */
typedef struct alog_switch {
  /**
   * `alog_logger.id` of the logger that this tells of; another value when that was freed.
   */
  uint64_t id;
  /**
   * Bit `n` is set if and only if level `n` is on.
   */
  uint32_t levels;
  /**
   * Unused.
   */
  uint32_t reserved;
} alog_switch;

/**
 * Sees every record, and may add fields to it: the function behind `alog_config_add_hook()`.
 *
 * - `user_data`: what was registered with it.
 * - `record`: ask it with `alog_record_*_get()`, add to it with `alog_record_field_set()`.
 *
 * Returns 0, or a positive `errno` value: that becomes an error to poll (`ALOG_ERR_HOOK`), and the record
 * goes out all the same. Called from any thread, also from several at once, with no lock held. It may log;
 * what it logs itself passes no pre-hooks. It must not unwind (C++ exceptions, `longjmp`).
 */
typedef int32_t (*alog_hook_fn)(void *user_data, struct alog_record *record);

/**
 * Chooses the worker of a record: the function behind `alog_config_set_scheduler()`.
 *
 * Returns a number from 0 to `worker_count - 1`. Another one becomes an error to poll
 * (`ALOG_ERR_SCHEDULER`), and worker 0 takes the record. Called on the thread of the caller, also on several
 * at once, with no lock held; not called where there is one worker. It must not unwind.
 */
typedef uint32_t (*alog_scheduler_fn)(void *user_data,
                                      const struct alog_record *record,
                                      uint32_t worker_count);

/**
 * Where every message given to a logger is now. Frozen layout. It always holds that
 * `attempted = accepted + sum(rejected)` and
 * `accepted = written + failed + sum(dropped) + pending`.
 *
 * Messages of a level that is switched off are no attempts. After `fork()` the child counts from 0.
 */
typedef struct alog_stats {
  /**
   * Messages given to the logger and not answered with `ALOG_DISABLED`: accepted and rejected ones.
   */
  uint64_t attempted;
  /**
   * Those that were taken: `alog_write()` returned `ALOG_OK`.
   */
  uint64_t accepted;
  /**
   * Accepted, and handed to the operating system by at least one sink.
   */
  uint64_t written;
  /**
   * Accepted, wanted by at least one sink, and written by none.
   */
  uint64_t failed;
  /**
   * Accepted, and neither written nor failed nor dropped yet.
   */
  uint64_t pending;
  /**
   * Not taken, by reason: index with `ALOG_REJECT_*`.
   */
  uint64_t rejected[8];
  /**
   * Accepted but not for any sink, by reason: index with `ALOG_DROP_*`.
   */
  uint64_t dropped[8];
  /**
   * Errors reported to `alog_poll_error()` so far; folded ones count one each.
   */
  uint64_t errors_raised;
  /**
   * Of those, how many did not fit into `error_capacity` and are gone.
   */
  uint64_t errors_lost;
  /**
   * Producing threads that hold a queue now.
   */
  uint64_t queues;
  /**
   * Bytes of address space held by those queues; memory is used only for what was touched.
   */
  uint64_t queue_bytes;
  /**
   * Lines of its own that the logger put into its destinations to say that records are missing; one
   * loss told by two sinks counts two.
   */
  uint64_t gap_lines;
  /**
   * Of the accepted ones, those that a process had accepted that is no more: by the key `crash_dir`.
   */
  uint64_t recovered;
  /**
   * 0; later versions count more here.
   */
  uint64_t reserved[5];
} alog_stats;

/**
 * What became of the records at one sink. Frozen layout. It always holds that every record of its loggers that
 * came to the writer is counted once in `written`, `failed`, `filtered` or `suppressed`.
 */
typedef struct alog_sink_stats {
  /**
   * Records handed to the operating system, or taken by the callback.
   */
  uint64_t written;
  /**
   * Records that this sink could not write.
   */
  uint64_t failed;
  /**
   * Records below this sink's level.
   */
  uint64_t filtered;
  /**
   * Writes that were tried again: interrupted, cut short, or not possible at that moment.
   */
  uint64_t retried;
  /**
   * Bytes handed over.
   */
  uint64_t bytes;
  /**
   * Records of a level that this sink takes, kept back by `rate_limit` or `dedup`.
   */
  uint64_t suppressed;
  /**
   * 0; later versions count more here.
   */
  uint64_t reserved[4];
  /**
   * The sink's name as in `alog_error.origin`: NUL-terminated UTF-8.
   */
  char name[64];
} alog_sink_stats;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Says in words what a status means.
 *
 * - `status`: any integer; one that is no status gives `"unknown status"`.
 *
 * # Returns
 * Static, NUL-terminated, lower-case English text; never NULL.
 *
 * # Ownership
 * The text belongs to the library and is never freed.
 *
 * # Threads
 * Any thread, any time. Never blocks.
 *
 * # Example
 * ```c
 * printf("%s\n", alog_status_str(ALOG_ERR_STOPPED));
 * ```
 *
 * # Safety
 * Safe with any argument.
 *
 * Since 0.1.0.
 */
const char *alog_status_str(alog_status status);

/**
 * Gives the version of the library, for example `"0.2.0"`.
 *
 * # Returns
 * Static, NUL-terminated text of the form `MAJOR.MINOR.PATCH`; never NULL.
 *
 * # Ownership
 * The text belongs to the library and is never freed.
 *
 * # Threads
 * Any thread, any time. Never blocks.
 *
 * # Example
 * ```c
 * printf("alog %s\n", alog_version());
 * ```
 *
 * # Safety
 * Always safe.
 *
 * Since 0.1.0.
 */
const char *alog_version(void);

/**
 * Gives the version of the C ABI that the loaded library implements.
 *
 * # Returns
 * `ALOG_ABI_VERSION` of the header that the library was built with. A program built with the same
 * number works with this library.
 *
 * # Ownership
 * Nothing is shared.
 *
 * # Threads
 * Any thread, any time. Never blocks.
 *
 * # Example
 * ```c
 * if (alog_abi_version() != ALOG_ABI_VERSION) abort();
 * ```
 *
 * # Safety
 * Always safe.
 *
 * Since 0.1.0.
 */
uint32_t alog_abi_version(void);

/**
 * Finds the level of a name, as every text of a configuration names it.
 *
 * `trace`, `debug`, `info`, `notice`, `warn`, `error` and `fatal`, without regard to case; `warning` is `warn`, and
 * `critical` is `fatal`. Sets of levels, such as `warn+`, are none.
 *
 * - `name`, `name_len`: UTF-8; no terminating NUL is needed.
 * - `out_level`: receives the level, one of `ALOG_LEVEL_*`.
 *
 * # Returns
 * - `ALOG_OK`: `*out_level` is the level.
 * - `ALOG_EMPTY`: no level has that name; `*out_level` is not written.
 * - `ALOG_ERR_ARGUMENT`: `out_level` is NULL, or `name` is NULL and `name_len` is not 0.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Borrows `name` for the call.
 *
 * # Threads
 * Any thread. Never blocks.
 *
 * # Example
 * ```c
 * alog_level level;
 * if (alog_level_find("warning", 7, &level) == ALOG_OK)
 *     printf("warning is %d\n", (int)level);
 * ```
 *
 * # Safety
 * `name` points to `name_len` readable bytes, or `name_len` is 0; `out_level` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_level_find(const char *name,
                            size_t name_len,
                            alog_level *out_level);

/**
 * Makes a configuration with every key at its default and no sink.
 *
 * - `out_config`: receives the configuration.
 *
 * # Returns
 * - `ALOG_OK`: `*out_config` is the new configuration.
 * - `ALOG_ERR_ARGUMENT`: `out_config` is NULL.
 * - `ALOG_ERR_PANIC`: an internal fault; nothing was made.
 *
 * # Ownership
 * Gives the configuration to the caller, who frees it with `alog_config_free()`.
 *
 * # Threads
 * Any thread. Never blocks.
 *
 * # Example
 * ```c
 * alog_config *config;
 * if (alog_config_new(&config) == ALOG_OK) {
 *     alog_config_set(config, "level", "debug", NULL);
 *     alog_config_free(config);
 * }
 * ```
 *
 * # Safety
 * `out_config` is NULL or points to writable memory for one pointer.
 *
 * Since 0.1.0.
 */
alog_status alog_config_new(struct alog_config **out_config);

/**
 * Sets one key of a configuration.
 *
 * - `key`, `value`: NUL-terminated UTF-8. Names are compared without regard to case, `-` and `_` alike.
 *
 * | key                 | value                                                      | default  |
 * |---------------------|------------------------------------------------------------|----------|
 * | `level`             | the levels that are on: `trace` `debug` `info` `notice` `warn` `error` `fatal`, each with what is more severe; or a set, see below | `info` |
 * | `queue_bytes`       | queue of each producing thread, 4KiB to 1GiB, rounded up to a power of two; `0` hands over: a write returns when the writer has taken the record | `1MiB` |
 * | `max_message_bytes` | longest message with its fields, 1 to 1GiB; one byte more is `ALOG_ERR_TOO_LARGE` | `1MiB` |
 * | `overflow`          | when the queue is full: see below                          | `block`  |
 * | `error_capacity`    | distinct errors kept for `alog_poll_error()`, 1 to 65536; more are counted as lost | `256` |
 * | `workers`           | writer threads, 0 to 64; `0`: the thread that logs writes  | `1`      |
 * | `scheduler`         | with several workers: `by-thread` (each thread has one for good, so its records stay in order), `round-robin` | `by-thread` |
 * | `writer`            | `thread`, or `caller`: no thread, see `alog_run()` and `alog_drain()` | `thread` |
 * | `crash_dir`         | a directory of the user's own, made if it is missing, for the queues, see below; empty: none | empty |
 * | `on_fatal`          | when a message of level FATAL is written, after 5 s at the latest: `continue`, or `abort` the program | `continue` |
 * | `reload`            | of a logger made from a file: `never`, or `on-change`, see below | `never` |
 * | `name`              | the logger's name, 1 to 255 bytes                          | none     |
 * | `format`            | of sinks that name none: `text`, `raw`, `json`, `logfmt`   | `text`   |
 * | `pattern`           | instead of a format: text with tokens, see below           |          |
 * | `time_zone`         | `utc`, `local`, or an IANA name such as `Europe/Berlin`    | `utc`    |
 * | `color`             | of text and patterns: `auto` (on a terminal, unless `NO_COLOR` is set), `always`, `never` | `auto` |
 * | `time_key` `level_key` `message_key` `logger_key` `source_key` | names of elements in json and logfmt; empty leaves one out; equal ones are refused by `alog_new()` | `time` `level` `message` `logger` `source` |
 * | `thread_key` `pid_key` | the same for the thread's name and the process             | empty    |
 * | `seq_key`           | the same for the number of a record in its sink, by which `alog verify` proves that a log is complete | empty |
 * | `redact`            | keys of fields with commas between them, such as `password,req.token`: their values are shown as `***` in every format, in groups too | none |
 * | `replace`           | of derived loggers: see `alog_child_new()`                 | `none`   |
 *
 * Sizes are a number of bytes or carry `KiB`, `MiB`, `GiB`.
 *
 * A set of levels is `all`, `off`, or parts with `|` between them, each a level alone, a level with what is
 * more (`info+`) or less (`info-`) severe: `"debug|warn|fatal"`, `"debug|error+"`. Alone, `info` is `info+`.
 *
 * `overflow` is a policy, or rules for some levels behind it: `"drop-oldest, error+=block:2s"`. A policy is
 * `block` (waits for space), `block:TIME` (at most so many `ms` or `s`), `drop-newest` (refuses the new
 * message), `drop-oldest` (drops the oldest record of this thread that the writer has not begun with),
 * `grow:SIZE` (a larger queue, while all queues of the logger stay within SIZE; then waits).
 * Level FATAL waits for space, 5 s at most, unless a rule names it: `"drop-newest, fatal=drop-newest"`; `error+` does so, too.
 *
 * With `crash_dir` the queues are files: what was accepted when the process was killed, aborted or ended without a stop is
 * written by the next `alog_new()` with that directory, through its sinks, with the times, threads, places and names
 * that it had, and counted in `alog_stats.recovered`; or by the command `alog recover`. Each record once: in regular
 * files always, elsewhere (consoles, pipes, sockets, callbacks) the last of them may come twice; what the thread of a
 * sink had taken over (network; consoles and pipes with `own_thread=yes`, which a file does not take then) is not in the queue any more. `max_message_bytes` is at most, and by
 * default, a quarter of `queue_bytes` less 32; `overflow` takes no `drop-oldest`. A thread whose queue cannot be made,
 * because the disk is full, is refused with `ALOG_ERR_IO`, counted, and told of by an error.
 *
 * `reload=on-change` follows the files of `alog_config_load_file()`: a thread sleeps until the system tells that one was
 * written, replaced or, by a symbolic link, exchanged, and then does what `alog_reload()` with NULL does: a file with
 * an error in it is an error to poll, with file, line and column, and what ran goes on until the file is right. Needs
 * inotify, which Linux has; without it, or where its limits are reached, that is an error to poll, too. The thread
 * ends with the logger; a child after `fork()` has its own.
 *
 * `text` is `[2026-01-31 23:59:59.123456Z] INFO - message key=value` in UTC, with the logger's name in front
 * of the `-` if it has one, and with control characters, invalid UTF-8 and backslashes escaped so that one
 * message stays one line and can be restored; `raw` is the bytes of the message alone; `json` is one object
 * per line; `logfmt` is `key=value` for everything. All end a line in exactly one newline: one that ends
 * the message already is not doubled. Text and patterns never show
 * a field that is called like `level_key` or `message_key`, json and logfmt none that is called like any element
 * of the line.
 *
 * Tokens of a pattern: `{time}` or `{time:%Y-%m-%d %H:%M:%S.%3f}` (strftime; `%Nf` is N digits below a second),
 * `{level}` (`:upper` `:lower` `:title` `:short`), `{logger}`, `{message}`, `{fields}` (those that the
 * message does not name), `{all_fields}`, `{field:KEY}`, `{thread}`, `{thread_id}`, `{pid}`, `{seq}`, `{file}`, `{path}`,
 * `{line}`, `{function}`, `{source}`, `{color}`, `{reset}`. `{level|<6}` fills up to 6 characters, `>` and `^`
 * align; `{{` and `}}` are braces.
 *
 * # Returns
 * - `ALOG_OK`: the key has its new value.
 * - `ALOG_ERR_KEY`: no such key. The error names it and what there is.
 * - `ALOG_ERR_VALUE`: the key does not take that value. The error names key, value and what is allowed.
 * - `ALOG_ERR_ARGUMENT`: `config`, `key` or `value` is NULL, or not UTF-8.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * On every error the configuration is unchanged.
 *
 * # Ownership
 * Borrows everything for the call.
 *
 * # Threads
 * One thread at a time for one configuration. Never blocks.
 *
 * # Example
 * ```c
 * alog_error error;
 * if (alog_config_set(config, "overflow", "block:250ms", &error) != ALOG_OK)
 *     fprintf(stderr, "%s\n", error.message);
 * ```
 *
 * # Safety
 * `config` is NULL or from `alog_config_new()` and not freed; texts are NULL or NUL-terminated;
 * `out_error` is NULL or writable.
 *
 * Since 0.1.0.
 */
alog_status alog_config_set(struct alog_config *config,
                            const char *key,
                            const char *value,
                            struct alog_error *out_error);

/**
 * Adds a sink: a destination for what is logged, as a URL.
 *
 * - `spec`: NUL-terminated UTF-8, one of
 *
 * | spec        | destination                                                                       |
 * |-------------|-----------------------------------------------------------------------------------|
 * | `console:`  | standard output, descriptor 1                                                     |
 * | `stderr:`   | standard error, descriptor 2                                                      |
 * | `file:PATH` | a file, appended to, made with mode 0640 if missing; the last part of PATH must not be a symbolic link; one that is not absolute begins at the working directory of `alog_new()`, also later on |
 * | `fd:N`      | a duplicate of descriptor N, made by `alog_new()`; N stays yours                   |
 * | `tcp://HOST:PORT` | a TCP peer, one JSON object per line                                            |
 * | `udp://HOST:PORT` | a UDP peer, one datagram per line                                               |
 * | `unix:PATH`, `unixgram:PATH` | a socket of this machine                                             |
 * | `syslog:`, `syslog:PATH` | the syslog daemon of this machine                                        |
 * | `syslog+tcp://HOST:PORT`, `syslog+udp://HOST:PORT` | a syslog daemon elsewhere; port 601 and 514 unless one is given |
 * | `journald:` | the systemd journal, with fields                                                   |
 * | `otlp://HOST:PORT` | an OpenTelemetry collector, over HTTP                                       |
 * | `memory:NAME` | the last lines, in memory: read with `alog_memory_read()`                        |
 * | `pull:NAME` | nowhere: you take the lines with `alog_pull()`; NAME of letters, digits, `-`, `_`, `.` |
 *
 * each with optional parameters `?level=warn&format=json`. Those that (almost) every sink has:
 *
 * | parameter         | value                                                          | default |
 * |-------------------|----------------------------------------------------------------|---------|
 * | `level`           | the levels that it takes, of those that the logger takes       | all     |
 * | `format` `pattern` `time_zone` `color` | as in `alog_config_set()`, for this sink alone | the logger's |
 * | `redact`          | as in `alog_config_set()`, in addition                         | none    |
 * | `rate_limit` `rate_burst` `rate_exempt` | `100/s`, `/m` or `/h`: more are counted and told; how many at once; from which level on all are written | none, the same number, `error` |
 * | `dedup`           | how long repetitions are counted instead of written, such as `5s` | `0`  |
 * | `backtrace` `backtrace_level` `backtrace_bytes` | how many records below `level` are kept and written in front of one of that level | `0`, `error`, `1MiB` |
 * | `own_thread`      | `auto`, `yes`, `no`: `auto` gives each of several sinks a thread, but not functions; network sinks always | `auto` |
 * | `queue_bytes`     | how many bytes of lines may wait for that thread; what comes then is counted as failed for this sink, if another one takes it | `16MiB` |
 * | `batch_bytes` `batch_delay` `flush_level` | how much is written at once; how long lines may wait for more; from which level on they do not | `256KiB`, `0`, `error` |
 * | `hold`            | how long what a full disk (or a peer that is away) does not take is kept and tried again: a time, `0`, `forever` | `5s`; network: `forever` |
 *
 * CONFIGURATION.md, which is generated from the code, lists all of them, with those of files and networks.
 * In PATH and in values, `%3F` stands for `?`, `%26` for `&` and
 * `%25` for `%`.
 *
 * A configuration without a sink gives `console:`. At most 64 sinks.
 *
 * # Returns
 * - `ALOG_OK`: the sink is part of the configuration. Nothing is opened before `alog_new()`.
 * - `ALOG_ERR_SINK`: the specification is malformed, of no known kind, or one too many.
 * - `ALOG_ERR_KEY`, `ALOG_ERR_VALUE`: a parameter is unknown, or does not take that value.
 * - `ALOG_ERR_ARGUMENT`: `config` or `spec` is NULL, or not UTF-8.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * On every error the configuration is unchanged.
 *
 * # Ownership
 * Borrows everything for the call.
 *
 * # Threads
 * One thread at a time for one configuration. Never blocks.
 *
 * # Example
 * ```c
 * alog_config_add_sink(config, "file:app.log", NULL);
 * alog_config_add_sink(config, "stderr:?level=error", NULL);
 * ```
 *
 * # Safety
 * As for `alog_config_set()`.
 *
 * Since 0.1.0.
 */
alog_status alog_config_add_sink(struct alog_config *config,
                                 const char *spec,
                                 struct alog_error *out_error);

/**
 * Adds a sink that hands its lines to a function of yours.
 *
 * - `spec`: NUL-terminated UTF-8: a name for errors and statistics, with the optional parameters of
 *   `alog_config_add_sink()`, for example `"screen?level=warn"`. The sink is then called `callback:screen`.
 * - `write`: the function; see `alog_sink_fn`.
 * - `user_data`: passed to `write` as it is; may be NULL.
 * - `destroy`: called once with `user_data` when it is used no more; may be NULL.
 *
 * # Returns
 * - `ALOG_OK`: the sink is part of the configuration.
 * - `ALOG_ERR_SINK`, `ALOG_ERR_KEY`, `ALOG_ERR_VALUE`: as for `alog_config_add_sink()`.
 * - `ALOG_ERR_ARGUMENT`: `config`, `spec` or `write` is NULL, or `spec` is not UTF-8.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Takes `user_data` if and only if it returns `ALOG_OK`: it is then shared by the configuration and
 * every logger made from it, and given back through `destroy` when the last of them is gone.
 *
 * # Threads
 * One thread at a time for one configuration. Never blocks. Two loggers made from one configuration
 * may call `write` at the same time, each from its own writer thread.
 *
 * # Example
 * ```c
 * static int32_t to_stream(void *user_data, const char *lines, size_t lines_len, uint64_t line_count) {
 *     (void)line_count;
 *     return fwrite(lines, 1, lines_len, (FILE *)user_data) == lines_len ? 0 : EIO;
 * }
 * static void example(alog_config *config) {
 *     alog_config_add_callback(config, "stream", to_stream, stdout, NULL, NULL);
 * }
 * ```
 *
 * # Safety
 * As for `alog_config_set()`; `write` and `destroy` may be called from any thread with `user_data`
 * until `destroy` was called.
 *
 * Since 0.1.0.
 */
alog_status alog_config_add_callback(struct alog_config *config,
                                     const char *spec,
                                     alog_sink_fn write,
                                     void *user_data,
                                     alog_destroy_fn destroy,
                                     struct alog_error *out_error);

/**
 * Frees a configuration. Loggers made from it are not affected.
 *
 * - `config`: NULL is a harmless no-op.
 *
 * # Returns
 * Nothing.
 *
 * # Ownership
 * Takes `config`.
 *
 * # Threads
 * One thread at a time for one configuration. May call the `destroy` of callback sinks.
 *
 * # Example
 * ```c
 * alog_config_free(config);
 * ```
 *
 * # Safety
 * `config` is NULL or from `alog_config_new()` and not freed before.
 *
 * Since 0.1.0.
 */
void alog_config_free(struct alog_config *config);

/**
 * Takes over what a TOML text says: the keys of `alog_config_set()`, base fields, sinks.
 *
 * - `text`, `text_len`: UTF-8, at most 1 MiB; `text` may be NULL only if `text_len` is 0.
 *
 * At the top stand keys: `queue_bytes = "4MiB"`. Numbers, truth values and texts are all taken as the text that
 * they stand for; `true` is `yes`, `false` is `no`. The table `[fields]` has base fields, each with its type; a table
 * in it is a group, a date or time is text, an array is refused. Each table `[[sink]]` adds a sink:
 * `to` is its URL, as for `alog_config_add_sink()`, and everything else a parameter, which needs no `%` escapes
 * and counts above the same one in the URL. CONFIGURATION.md lists all of it.
 *
 * What the text does not mention stays as it is. Sinks and fields are added to those that are there.
 *
 * # Returns
 * - `ALOG_OK`: all of it was taken over.
 * - `ALOG_ERR_SYNTAX`: it is no TOML, no UTF-8, or too long.
 * - `ALOG_ERR_KEY`, `ALOG_ERR_VALUE`: a key or parameter is unknown, or does not take that value.
 * - `ALOG_ERR_SINK`: a sink is malformed, has no `to`, or is one too many.
 * - `ALOG_ERR_FIELD`: a field is an array, a number of more than 64 bits, too long, or nests too deep.
 * - `ALOG_ERR_ARGUMENT`: `config` is NULL, or `text` is NULL and `text_len` is not 0.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * The message of an error begins with the place, `config:LINE:COLUMN: `, both counted from 1, the column in
 * characters; then follows what is wrong and, if it is near to something that exists, what that is. On every error the
 * configuration is unchanged.
 *
 * # Ownership
 * Borrows everything for the call.
 *
 * # Threads
 * One thread at a time for one configuration. Never blocks.
 *
 * # Example
 * ```c
 * const char *text = "level = 'debug'\n"
 *                    "[fields]\n"
 *                    "service = 'shop'\n"
 *                    "[[sink]]\n"
 *                    "to = 'file:shop.log'\n"
 *                    "format = 'json'\n";
 * if (alog_config_load(config, text, strlen(text), &error) != ALOG_OK)
 *     fprintf(stderr, "%s\n", error.message);
 * ```
 *
 * # Safety
 * `config` is NULL or from `alog_config_new()` and not freed; `text` points to `text_len` readable bytes;
 * `out_error` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_config_load(struct alog_config *config,
                             const char *text,
                             size_t text_len,
                             struct alog_error *out_error);

/**
 * Takes over what a TOML file says.
 *
 * - `path`: NUL-terminated UTF-8; a regular file of at most 1 MiB, or a symbolic link to one.
 *
 * # Returns
 * - `ALOG_OK`: all of it was taken over.
 * - `ALOG_ERR_OPEN`: the file cannot be read; `os_error` says why, if the system did.
 * - Everything else as for `alog_config_load()`. The message begins with `FILE:LINE:COLUMN: `, FILE being the last
 *   part of `path`; the origin is `config:` and `path`, cut to its length.
 *
 * On every error the configuration is unchanged.
 *
 * # Ownership
 * Borrows everything for the call. The file is closed when it returns.
 *
 * # Threads
 * One thread at a time for one configuration. Blocks as long as the file system does.
 *
 * # Example
 * ```c
 * if (alog_config_load_file(config, "shop.toml", &error) != ALOG_OK)
 *     fprintf(stderr, "%s\n", error.message); // shop.toml:3:1: no key "levle"; is it "level"?
 * ```
 *
 * # Safety
 * As for `alog_config_set()`.
 *
 * Since 0.2.0.
 */
alog_status alog_config_load_file(struct alog_config *config,
                                  const char *path,
                                  struct alog_error *out_error);

/**
 * Takes over what the environment says: `$ALOG_LEVEL`, `$ALOG_QUEUE_BYTES` and so on.
 *
 * - `prefix`: NUL-terminated UTF-8, not empty: what the names begin with; NULL means `ALOG_`.
 *
 * The variable of a key of `alog_config_set()` is the prefix and the key's name in capitals. `$ALOG_SINKS` has sinks as
 * for `alog_config_add_sink()` with `;` or newlines between them (`%3B` is a `;` in one of them): they stand instead
 * of the sinks that were added by URL before; those of `alog_config_add_callback()` stay. There is no variable for base
 * fields. A variable that is empty counts as not set.
 *
 * A variable with the prefix that is no key is refused if its name is near to one, and left alone otherwise: other
 * programs may use the prefix, too. Nothing is read if the program has more rights than its user (set-user-ID,
 * set-group-ID, file capabilities): the environment is then somebody else's word.
 *
 * # Returns
 * - `ALOG_OK`: all of it was taken over, or there was nothing, or nothing was read.
 * - `ALOG_ERR_KEY`: a variable is near to one that exists; the error names it.
 * - `ALOG_ERR_VALUE`, `ALOG_ERR_SINK`: as for `alog_config_set()` and `alog_config_add_sink()`. The message begins
 *   with the name of the variable; the origin is `config:environment`.
 * - `ALOG_ERR_ARGUMENT`: `config` is NULL, or `prefix` is empty or not UTF-8.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * On every error the configuration is unchanged.
 *
 * # Ownership
 * Borrows everything for the call.
 *
 * # Threads
 * One thread at a time for one configuration, and while no thread changes the environment. Never blocks.
 *
 * # Example
 * ```c
 * alog_config_load_file(config, "shop.toml", NULL);
 * if (alog_config_load_env(config, NULL, &error) != ALOG_OK) // counts above the file
 *     fprintf(stderr, "%s\n", error.message);
 * ```
 *
 * # Safety
 * As for `alog_config_set()`.
 *
 * Since 0.2.0.
 */
alog_status alog_config_load_env(struct alog_config *config,
                                 const char *prefix,
                                 struct alog_error *out_error);

/**
 * Tells whether the parts of a configuration fit together. Opens nothing.
 *
 * - `config`: NULL is the default, which does.
 *
 * Each key and each sink was checked when it was set; this checks the whole as `alog_new()` will.
 *
 * # Returns
 * - `ALOG_OK`: they do. `alog_new()` can still fail at a destination that cannot be opened, or for lack of memory.
 * - `ALOG_ERR_KEY`: a key is set that is for derived loggers only.
 * - `ALOG_ERR_VALUE`: two values exclude each other. The error names both.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Borrows everything for the call.
 *
 * # Threads
 * Any thread, while no other changes the configuration. Never blocks.
 *
 * # Example
 * ```c
 * if (alog_config_check(config, &error) != ALOG_OK)
 *     fprintf(stderr, "%s\n", error.message);
 * ```
 *
 * # Safety
 * As for `alog_config_set()`.
 *
 * Since 0.2.0.
 */
alog_status alog_config_check(const struct alog_config *config,
                              struct alog_error *out_error);

/**
 * Makes a logger, opens its sinks and starts its writer thread.
 *
 * - `config`: how; NULL means INFO and up, to standard output. It may be used again afterwards.
 * - `out_logger`: receives the handle.
 * - `out_error`: receives what went wrong; may be NULL.
 *
 * # Returns
 * - `ALOG_OK`: `*out_logger` runs.
 * - `ALOG_ERR_OPEN`: a sink could not be opened.
 * - `ALOG_ERR_THREAD`, `ALOG_ERR_MEMORY`, `ALOG_ERR_LIMIT`: the system refused; `os_error` says why.
 * - `ALOG_ERR_ARGUMENT`: `out_logger` is NULL.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * On every error nothing is left open or running, and `*out_logger` is not written.
 *
 * # Ownership
 * Borrows `config`. Gives a handle that is to be given back with `alog_free()`.
 *
 * # Threads
 * Any thread. May block for as long as opening a file does. The first call of a process registers an
 * exit hook that writes what was accepted if the program ends without `alog_stop()`.
 *
 * # Example
 * ```c
 * alog_logger log;
 * alog_error error;
 * if (alog_new(NULL, &log, &error) != ALOG_OK)
 *     fprintf(stderr, "no logger: %s\n", error.message);
 * ```
 *
 * # Safety
 * `config` is NULL or from `alog_config_new()` and not freed; `out_logger` and `out_error` are NULL or
 * writable.
 *
 * Since 0.1.0.
 */
alog_status alog_new(const struct alog_config *config,
                     struct alog_logger *out_logger,
                     struct alog_error *out_error);

/**
 * Hands one message to the logger's queue.
 *
 * Success means *accepted*: the bytes are copied and the buffer is yours again; the writer thread
 * formats and writes them. Records of one thread are written in the order of its calls; of two
 * threads, a record whose call began after another's call had returned is written after it.
 *
 * With `ALOG_LEVEL_FATAL` success means more, for it may be the last word of a program: when the call returns, every
 * sink that takes the record has written it or has failed, or 5 s have passed since it was accepted.
 *
 * - `level`: `ALOG_LEVEL_*`.
 * - `msg`, `msg_len`: any bytes, at most `max_message_bytes`; `msg` may be NULL only if `msg_len` is 0.
 *   A `%` means nothing, and no terminating NUL is needed.
 *
 * # Returns
 * - `ALOG_OK`: accepted. What a sink says of it is polled: also if it failed, or was late, at level FATAL.
 * - `ALOG_DISABLED`: the level is switched off; not taken, not counted.
 * - `ALOG_DROPPED`: the queue is full and the policy is `drop-newest`; not taken, counted and reported.
 * - `ALOG_ERR_TIMEOUT`: the queue stayed full for the time of `overflow=block:TIME`, at level FATAL for 5 s unless
 *   a rule names it; not taken, counted and reported. With `queue_bytes=0`: the writer has not taken it in that time; it stays accepted.
 * - `ALOG_ERR_STOPPED`: `alog_stop()` was called; not taken.
 * - `ALOG_ERR_TOO_LARGE`: longer than `max_message_bytes`; not taken.
 * - `ALOG_ERR_WOULD_DEADLOCK`: the queue is full and this is a writer thread (the call came from a
 *   callback), or a signal handler interrupted `alog_write()` on this thread; not taken.
 * - `ALOG_ERR_MEMORY`: no memory for this thread's queue or for a very large message; not taken.
 * - `ALOG_ERR_IO`: no file for this thread's queue in `crash_dir`; not taken.
 * - `ALOG_ERR_ARGUMENT`: `level` is out of range, or `msg` is NULL and `msg_len` is not 0; not taken.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_THREAD`: in a child after `fork()`, its writer thread could not be started; not taken.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Borrows `msg` for the call.
 *
 * # Threads
 * Any thread, any number of them. Takes no lock, allocates nothing, makes no system call and never
 * waits for a destination; only with `overflow=block` and a full queue does it wait, for space. At level
 * FATAL it waits, but never on a writer thread (from a callback) and never in a signal handler that interrupted a
 * call of this library; where the caller writes (`workers=0`, `writer=caller`), it writes itself. The
 * first message of a thread sets up its queue, the first after a long idle time wakes the writer, and
 * one longer than a quarter of the queue is copied to memory of its own. In a signal handler that
 * interrupted a call of this library, a message that cannot be taken at once is refused; if this thread
 * has no queue of that logger, the refusal is not counted.
 *
 * # Example
 * ```c
 * alog_write(log, ALOG_LEVEL_INFO, "user 5 logged in", 16);
 * ```
 *
 * # Safety
 * `msg` points to `msg_len` readable bytes, or `msg_len` is 0.
 *
 * Since 0.1.0.
 */
alog_status alog_write(struct alog_logger logger,
                       alog_level level,
                       const char *msg,
                       size_t msg_len);

/**
 * Hands over one message, waits until it is written, and returns the destination's own result.
 *
 * It takes its place in the queue behind everything this thread logged before. `alog_log_sync()` does the same with
 * fields, and with a place in the program.
 *
 * - `level`, `msg`, `msg_len`: as for `alog_write()`.
 * - `timeout_ms`: how long to wait, in milliseconds; -1: no deadline.
 * - `out_error`: receives what the destination said, with its `os_error`; may be NULL.
 *
 * # Returns
 * - `ALOG_OK`: every sink that takes this level has written it.
 * - `ALOG_ERR_IO`: at least one sink failed; the error is that of the first one.
 * - `ALOG_ERR_TIMEOUT`: the deadline passed while it waited. If it was in the queue by then, it stays
 *   accepted and will be written; if there was no space for it, it was not taken. `alog_stats_get()`
 *   counts which.
 * - `ALOG_ERR_WOULD_DEADLOCK`: called on a writer thread; not taken.
 * - otherwise what `alog_write()` would return.
 *
 * # Ownership
 * Borrows `msg` for the call.
 *
 * # Threads
 * Any thread but a writer thread. Blocks until written or until the deadline.
 *
 * # Example
 * ```c
 * alog_error error;
 * if (alog_write_sync(log, ALOG_LEVEL_FATAL, "giving up", 9, 1000, &error) == ALOG_ERR_IO)
 *     fprintf(stderr, "%s\n", error.message);
 * ```
 *
 * # Safety
 * As for `alog_write()`; `out_error` is NULL or writable.
 *
 * Since 0.1.0.
 */
alog_status alog_write_sync(struct alog_logger logger,
                            alog_level level,
                            const char *msg,
                            size_t msg_len,
                            int64_t timeout_ms,
                            struct alog_error *out_error);

/**
 * Waits until everything accepted before the call was handed to every sink.
 *
 * What a sink refused counts as failed and is reported by `alog_poll_error()`, not here. So does what
 * comes while a sink that failed is left alone: for 10 ms, then twice as long each time, up to 1 s.
 *
 * - `timeout_ms`: how long to wait, in milliseconds; -1: no deadline; 0: ask only.
 *
 * # Returns
 * - `ALOG_OK`: all of it is written or counted as failed. At once if the logger is stopped.
 * - `ALOG_ERR_TIMEOUT`: not yet; the writer goes on, `alog_stats_get()` tells what is pending, and the
 *   call can be repeated.
 * - `ALOG_ERR_WOULD_DEADLOCK`: called on a writer thread.
 * - `ALOG_ERR_ARGUMENT`: `timeout_ms` is below -1.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Nothing is shared.
 *
 * # Threads
 * Any thread but a writer thread. Blocks until done or until the deadline.
 *
 * # Example
 * ```c
 * if (alog_flush(log, 1000) == ALOG_ERR_TIMEOUT)
 *     fputs("the disk is slow\n", stderr);
 * ```
 *
 * # Safety
 * Safe with any handle.
 *
 * Since 0.1.0.
 */
alog_status alog_flush(struct alog_logger logger,
                       int64_t timeout_ms);

/**
 * Takes the oldest error that nobody has taken yet.
 *
 * Errors of every stage come here, told by `code`: a sink that fails (`ALOG_ERR_IO`, `ALOG_ERR_MEMORY`);
 * messages refused because the queue was full (`ALOG_ERR_QUEUE_FULL`), stayed full
 * (`ALOG_ERR_TIMEOUT`), because they were too large (`ALOG_ERR_TOO_LARGE`), could not wait
 * (`ALOG_ERR_WOULD_DEADLOCK`) or found no memory (`ALOG_ERR_MEMORY`); a panic that was caught
 * (`ALOG_ERR_PANIC`). Each refusal of these leaves a line in the log, too. Identical consecutive errors are folded into one with a count. At most
 * `error_capacity` are kept; what did not fit is counted in `errors_lost`. If nobody polls, nothing
 * waits.
 *
 * - `out_error`: receives the error; NULL takes it and throws it away.
 *
 * # Returns
 * - `ALOG_OK`: one error was taken.
 * - `ALOG_EMPTY`: there is none.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * The caller owns `*out_error`; nothing in it needs freeing.
 *
 * # Threads
 * Any thread. Never blocks. Works until `alog_free()`, also after `alog_stop()`.
 *
 * # Example
 * ```c
 * alog_error error;
 * while (alog_poll_error(log, &error) == ALOG_OK)
 *     fprintf(stderr, "%s: %s\n", error.origin, error.message);
 * ```
 *
 * # Safety
 * `out_error` is NULL or writable.
 *
 * Since 0.1.0.
 */
alog_status alog_poll_error(struct alog_logger logger,
                            struct alog_error *out_error);

/**
 * Gives a descriptor that is readable if and only if there is an error to poll.
 *
 * It fits `poll`, `epoll`, libuv, asyncio and Go's poller. Do not read from it: `alog_poll_error()`
 * clears it when it takes the last error.
 *
 * - `out_fd`: receives the descriptor.
 *
 * # Returns
 * - `ALOG_OK`: `*out_fd` is the descriptor, the same at every call in one process.
 * - `ALOG_ERR_LIMIT`: the system has no descriptor left.
 * - `ALOG_ERR_ARGUMENT`: `out_fd` is NULL.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Shares the descriptor: it belongs to the logger and is closed by `alog_free()`. Never close it.
 * A child after `fork()` asks for its own.
 *
 * # Threads
 * Any thread. Never blocks.
 *
 * # Example
 * ```c
 * struct pollfd wait = {0, POLLIN, 0};
 * if (alog_error_fd_get(log, &wait.fd) == ALOG_OK && poll(&wait, 1, 1000) == 1)
 *     puts("there is an error to poll");
 * ```
 *
 * # Safety
 * `out_fd` is NULL or writable.
 *
 * Since 0.1.0.
 */
alog_status alog_error_fd_get(struct alog_logger logger, int32_t *out_fd);

/**
 * Gives a descriptor that is readable if and only if the logger has stopped, whoever stopped it.
 *
 * Then no error comes any more: what `alog_poll_error()` has left are the last ones. It fits `poll`, `epoll`, libuv,
 * asyncio and Go's poller. Do not read from it.
 *
 * - `out_fd`: receives the descriptor.
 *
 * # Returns
 * - `ALOG_OK`: `*out_fd` is the descriptor, the same at every call in one process.
 * - `ALOG_ERR_LIMIT`: the system has no descriptor left.
 * - `ALOG_ERR_ARGUMENT`: `out_fd` is NULL.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Shares the descriptor: it belongs to the logger and is closed by `alog_free()`, so wait on a duplicate where
 * another part of the process may free the logger: that becomes readable before. Never close it.
 * A child after `fork()` asks for its own.
 *
 * # Threads
 * Any thread. Never blocks.
 *
 * # Example
 * ```c
 * struct pollfd wait = {0, POLLIN, 0};
 * if (alog_end_fd_get(log, &wait.fd) == ALOG_OK && poll(&wait, 1, 1000) == 1)
 *     puts("the logger has stopped");
 * ```
 *
 * # Safety
 * `out_fd` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_end_fd_get(struct alog_logger logger,
                            int32_t *out_fd);

/**
 * Stops a logger: closes its intake, writes everything that was accepted, and ends its thread.
 *
 * What a full disk or an absent peer does not take is tried again meanwhile, as long as the sink's `hold` says, for at
 * most 5 s with `hold=forever`, and counted as failed then.
 *
 * - `timeout_ms`: how long to wait for that, in milliseconds; -1: no deadline.
 *
 * # Returns
 * - `ALOG_OK`: stopped; everything accepted is written or counted as failed. Again and again the same
 *   (idempotent). Errors of the drain are still there for `alog_poll_error()`.
 * - `ALOG_ERR_TIMEOUT`: the intake is closed but not all is written; the writer goes on,
 *   `alog_stats_get()` tells what is pending, and the call can be repeated.
 * - `ALOG_ERR_WOULD_DEADLOCK`: called on a writer thread; nothing was done.
 * - `ALOG_ERR_ARGUMENT`: `timeout_ms` is below -1; nothing was done.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * The handle stays valid until `alog_free()`.
 *
 * # Threads
 * Any thread but a writer thread; any number at once, all wait for the same end. Threads that wait for
 * space in `alog_write()` return `ALOG_ERR_STOPPED`. After a deadline that passed, `alog_free()` and the
 * end of the program (not `_exit`) each wait up to 5 seconds again.
 *
 * # Example
 * ```c
 * if (alog_stop(log, 5000) == ALOG_ERR_TIMEOUT)
 *     fputs("log records are still unwritten\n", stderr);
 * ```
 *
 * # Safety
 * Safe with any handle.
 *
 * Since 0.1.0.
 */
alog_status alog_stop(struct alog_logger logger,
                      int64_t timeout_ms);

/**
 * Gives a logger's slot back; stops it first if it still runs, for at most 5 seconds.
 *
 * # Returns
 * - `ALOG_OK`: the handle is no logger any more; every later use gives `ALOG_ERR_HANDLE`.
 * - `ALOG_ERR_TIMEOUT`: a destination did not even answer in 5 seconds, such as a pipe whose reader stalls. The intake
 *   is closed, the writer goes on, the handle is still valid, and the call can be repeated. What a full disk or an
 *   absent peer does not take by then, and what nobody pulls, is given up instead and counted as failed.
 * - `ALOG_ERR_WOULD_DEADLOCK`: called on a writer thread; nothing was done.
 * - `ALOG_ERR_HANDLE`: no such logger: a second free is refused, not undefined.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Takes the handle if and only if it returns `ALOG_OK`. Errors not polled by then are gone.
 *
 * # Threads
 * Any thread but a writer thread. Other threads may use the handle meanwhile; they get a status.
 *
 * # Example
 * ```c
 * alog_free(log);
 * ```
 *
 * # Safety
 * Safe with any handle.
 *
 * Since 0.1.0.
 */
alog_status alog_free(struct alog_logger logger);

/**
 * Adds base fields: every record of a logger made from this configuration has them.
 *
 * They are copied once and cost nothing per record. Fields of hooks and of the call override them.
 *
 * - `fields`, `field_count`: the fields; `fields` may be NULL only if `field_count` is 0.
 *
 * # Returns
 * - `ALOG_OK`: they are part of the configuration, behind those that were added before.
 * - `ALOG_ERR_FIELD`: a field is malformed: its type, its key, or groups that do not end.
 * - `ALOG_ERR_ARGUMENT`: `config` is NULL, or `fields` is NULL and `field_count` is not 0.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * On every error the configuration is unchanged.
 *
 * # Ownership
 * Borrows everything for the call.
 *
 * # Threads
 * One thread at a time for one configuration. Never blocks.
 *
 * # Example
 * ```c
 * alog_field field = {"app", 3, ALOG_FIELD_STR, 0, {0}};
 * field.value.bytes.ptr = "shop";
 * field.value.bytes.len = 4;
 * alog_config_add_fields(config, &field, 1, NULL);
 * ```
 *
 * # Safety
 * As for `alog_config_set()`; the fields, their keys and their values are readable.
 *
 * Since 0.2.0.
 */
alog_status alog_config_add_fields(struct alog_config *config,
                                   const struct alog_field *fields,
                                   size_t field_count,
                                   struct alog_error *out_error);

/**
 * The same with fields in one piece, for languages that have no C structs.
 *
 * - `fields`, `fields_len`: items without space between them, each: type (1 byte, `ALOG_FIELD_*`), 0
 *   (1 byte), length of the key (2 bytes), length of the value (4 bytes), the key, the value; lengths and
 *   numbers in the byte order of the machine. A boolean is one byte, a number 8.
 *
 * # Returns
 * As for `alog_config_add_fields()`.
 *
 * # Ownership
 * Borrows everything for the call.
 *
 * # Threads
 * One thread at a time for one configuration. Never blocks.
 *
 * # Example
 * ```c
 * const uint8_t item[] = {ALOG_FIELD_BOOL, 0, 2, 0, 1, 0, 0, 0, 'o', 'k', 1};
 * alog_config_add_encoded_fields(config, item, sizeof item, NULL);
 * ```
 *
 * # Safety
 * As for `alog_config_set()`; `fields` points to `fields_len` readable bytes, or `fields_len` is 0.
 *
 * Since 0.2.0.
 */
alog_status alog_config_add_encoded_fields(struct alog_config *config,
                                           const uint8_t *fields,
                                           size_t fields_len,
                                           struct alog_error *out_error);

/**
 * Hands one record to the logger's queue: a message with fields.
 *
 * Everything is copied as it is and rendered on the writer thread. With `ALOG_TEMPLATE`, `{name}` in the
 * message is replaced by the field of that name (`{a.b}`: field `b` of group `a`; `{{` and `}}` are
 * braces; what has no field stays as it is), and the field stays a field. A field counts more than one of
 * the same key from a pre-hook, which counts more than a base field; a post-hook's counts most, and level
 * and message are never overridden.
 *
 * - `entry`: see `alog_entry`.
 *
 * # Returns
 * What `alog_write()` returns, with these differences:
 * - `ALOG_ERR_FIELD`: a field is malformed: its type, a key beyond 65535 bytes, groups that do not end or
 *   are nested too deep; not taken.
 * - `ALOG_ERR_ARGUMENT`: `entry` or something in it is NULL that must not be, or `level`, `flags` or
 *   `timeout_ms` is out of range; not taken.
 * - `ALOG_ERR_TIMEOUT`: no space within `timeout_ms` or the policy's time; not taken, counted and reported. With
 *   `queue_bytes=0`: the writer has not taken it in that time; it stays accepted and will be written.
 * - `ALOG_ERR_TOO_LARGE`: message and fields together are longer than `max_message_bytes`; not taken.
 *
 * # Ownership
 * Borrows everything for the call.
 *
 * # Threads
 * As for `alog_write()`. Pre-hooks and a scheduler of the program run on this thread.
 *
 * # Example
 * ```c
 * alog_field field = {"id", 2, ALOG_FIELD_I64, 0, {5}};
 * alog_entry entry = {"user {id} logged in", 19, &field, 1, ALOG_BY_POLICY, ALOG_LEVEL_INFO, 0,
 *                     ALOG_TEMPLATE, 0};
 * alog_log(log, &entry);
 * ```
 *
 * # Safety
 * `entry` is NULL or readable, and so is what its pointers say.
 *
 * Since 0.2.0.
 */
alog_status alog_log(struct alog_logger logger,
                     const struct alog_entry *entry);

/**
 * The same as `alog_log()` with fields in one piece, for languages that have no C structs.
 *
 * - `level`, `flags`, `source`, `timeout_ms`, `msg`, `msg_len`: as in `alog_entry`.
 * - `fields`, `fields_len`: as in `alog_config_add_encoded_fields()`.
 *
 * # Returns
 * As `alog_log()`.
 *
 * # Ownership
 * Borrows everything for the call.
 *
 * # Threads
 * As for `alog_log()`.
 *
 * # Example
 * ```c
 * const uint8_t item[] = {ALOG_FIELD_BOOL, 0, 2, 0, 1, 0, 0, 0, 'o', 'k', 1};
 * alog_log_encoded(log, ALOG_LEVEL_INFO, 0, 0, ALOG_BY_POLICY, "done", 4, item, sizeof item);
 * ```
 *
 * # Safety
 * `msg` and `fields` point to so many readable bytes, or their lengths are 0.
 *
 * Since 0.2.0.
 */
alog_status alog_log_encoded(struct alog_logger logger,
                             alog_level level,
                             uint32_t flags,
                             uint32_t source,
                             int64_t timeout_ms,
                             const char *msg,
                             size_t msg_len,
                             const uint8_t *fields,
                             size_t fields_len);

/**
 * Hands over one record as `alog_log()` does, waits until it is written, and returns the destination's own result.
 *
 * It takes its place in the queue behind everything this thread logged before.
 *
 * - `entry`: see `alog_entry`; its `timeout_ms` is how long to wait for all of it: `ALOG_BY_POLICY`, which is -1: no
 *   deadline.
 * - `out_error`: receives what the destination said, with its `os_error`; may be NULL.
 *
 * # Returns
 * What `alog_write_sync()` returns, and:
 * - `ALOG_ERR_FIELD`, `ALOG_ERR_ARGUMENT`, `ALOG_ERR_TOO_LARGE`: as `alog_log()`; not taken.
 *
 * # Ownership
 * Borrows everything for the call.
 *
 * # Threads
 * Any thread but a writer thread. Blocks until written or until the deadline. Pre-hooks and a scheduler of the
 * program run on this thread.
 *
 * # Example
 * ```c
 * alog_entry entry = {"giving up", 9, NULL, 0, 1000, ALOG_LEVEL_FATAL, 0, 0, 0};
 * alog_error error;
 * alog_source_get(__FILE__, sizeof __FILE__ - 1, __LINE__, "main", 4, &entry.source);
 * if (alog_log_sync(log, &entry, &error) == ALOG_ERR_IO)
 *     fprintf(stderr, "%s\n", error.message);
 * ```
 *
 * # Safety
 * As for `alog_log()`; `out_error` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_log_sync(struct alog_logger logger,
                          const struct alog_entry *entry,
                          struct alog_error *out_error);

/**
 * Gives the number of a place in the program, to be shown with the records that carry it.
 *
 * Equal places have one number. The texts are copied and kept for the life of the process, so they may come
 * from a module that is unloaded later. Ask once per place and keep the number.
 *
 * - `file`, `file_len`, `function`, `function_len`: UTF-8, cut behind 4096 bytes; may be empty.
 * - `line`: from 1; 0: unknown.
 * - `out_source`: receives the number; 0, for "unknown", when a million places are known already.
 *
 * # Returns
 * - `ALOG_OK`: `*out_source` is the number.
 * - `ALOG_ERR_ARGUMENT`: `out_source` is NULL, or a text is NULL and its length is not 0.
 * - `ALOG_ERR_MEMORY`: the process could not be prepared.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Borrows the texts for the call.
 *
 * # Threads
 * Any thread. Takes a short lock.
 *
 * # Example
 * ```c
 * uint32_t source;
 * if (alog_source_get(__FILE__, sizeof __FILE__ - 1, __LINE__, "main", 4, &source) == ALOG_OK)
 *     printf("records of this place carry the number %u\n", (unsigned)source);
 * ```
 *
 * # Safety
 * The texts point to so many readable bytes, or their lengths are 0; `out_source` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_source_get(const char *file,
                            size_t file_len,
                            uint32_t line,
                            const char *function,
                            size_t function_len,
                            uint32_t *out_source);

/**
 * Names the calling thread in all logs: what the pattern's `{thread}` and the key `thread_key` show.
 *
 * Without it that is the name which the system has for the thread when it logs first.
 *
 * - `name`, `name_len`: UTF-8, cut behind 255 bytes.
 *
 * # Returns
 * - `ALOG_OK`: records that are not written yet carry the name.
 * - `ALOG_ERR_ARGUMENT`: `name` is NULL and `name_len` is not 0, or it is not UTF-8.
 * - `ALOG_ERR_WOULD_DEADLOCK`: called in a signal handler that interrupted a call of this library.
 * - `ALOG_ERR_MEMORY`: the process could not be prepared.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Borrows `name` for the call.
 *
 * # Threads
 * Any thread; it names itself. Never blocks.
 *
 * # Example
 * ```c
 * alog_thread_name_set("reader", 6);
 * ```
 *
 * # Safety
 * `name` points to `name_len` readable bytes, or `name_len` is 0.
 *
 * Since 0.2.0.
 */
alog_status alog_thread_name_set(const char *name,
                                 size_t name_len);

/**
 * Gives the number of a call site: a place in the program that logs one message with one list of keys.
 *
 * A record of `alog_log_site()` carries the number and the values; message, keys and place are added on the
 * writer thread. Equal sites have one number. Everything is copied and kept for the life of the process, so
 * it may come from a module that is unloaded later. Ask once per site and keep the number; the macros of
 * alog_log.h do so.
 *
 * - `file`, `file_len`, `line`, `function`, `function_len`: as for `alog_source_get()`.
 * - `msg`, `msg_len`: the message; with fields a template, as with `ALOG_TEMPLATE`.
 * - `fields`, `field_count`: only their keys count. A group's beginning and its end have one each; that of the
 *   end is empty.
 * - `out_site`: receives the number; 0 when a million places are known already: then use `alog_log()`.
 *
 * # Returns
 * - `ALOG_OK`: `*out_site` is the number.
 * - `ALOG_ERR_ARGUMENT`: `out_site` is NULL, or something is NULL and its length or count is not 0.
 * - `ALOG_ERR_FIELD`: a key is longer than 65535 bytes.
 * - `ALOG_ERR_MEMORY`: the process could not be prepared.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Borrows everything for the call.
 *
 * # Threads
 * Any thread. Takes a short lock; in a signal handler that interrupted it, the number is 0.
 *
 * # Example
 * ```c
 * alog_field field = {"id", 2, ALOG_FIELD_I64, 0, {5}};
 * uint32_t site;
 * if (alog_site_get(__FILE__, sizeof __FILE__ - 1, __LINE__, "main", 4, "user {id} logged in", 19, &field, 1,
 *                   &site) == ALOG_OK && site != 0)
 *     alog_log_site(log, ALOG_LEVEL_INFO, site, &field, 1);
 * ```
 *
 * # Safety
 * Texts point to so many readable bytes, `fields` to so many fields with readable keys, or their lengths are
 * 0; `out_site` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_site_get(const char *file,
                          size_t file_len,
                          uint32_t line,
                          const char *function,
                          size_t function_len,
                          const char *msg,
                          size_t msg_len,
                          const struct alog_field *fields,
                          size_t field_count,
                          uint32_t *out_site);

/**
 * Hands one record to the logger's queue: values for the keys of a call site. The cheapest way to log fields.
 *
 * What comes out is what `alog_log()` writes of the site's message, keys and place and these values.
 *
 * - `level`: as for `alog_write()`.
 * - `site`: of `alog_site_get()`, and not 0. A number that is none has no message and no keys.
 * - `fields`, `field_count`: the values in the order of the site's keys, of any types; their own keys are not
 *   looked at. Groups begin and end where the site's do. Values without a key are left out.
 *
 * # Returns
 * What `alog_log()` returns. `max_message_bytes` counts 8 bytes and the value for each field.
 *
 * # Ownership
 * Borrows everything for the call.
 *
 * # Threads
 * As for `alog_log()`.
 *
 * # Example
 * ```c
 * uint32_t site = 0;
 * alog_field values[] = {{"order", 5, ALOG_FIELD_I64, 0, {5}}, {"ok", 2, ALOG_FIELD_BOOL, 0, {1}}};
 * if (alog_site_get(NULL, 0, 0, NULL, 0, "order {order} is done", 21, values, 2, &site) == ALOG_OK)
 *     alog_log_site(log, ALOG_LEVEL_INFO, site, values, 2);
 * ```
 *
 * # Safety
 * `fields` points to so many fields with readable values, or `field_count` is 0.
 *
 * Since 0.2.0.
 */
alog_status alog_log_site(struct alog_logger logger,
                          alog_level level,
                          uint32_t site,
                          const struct alog_field *fields,
                          size_t field_count);

/**
 * Makes a logger that is derived from another.
 *
 * It has a name, base fields, hooks and sinks of its own in addition to those of its parent, or instead of
 * them. It shares everything else with the logger at the root: queues, writer threads, levels, policies, errors and
 * figures. Making one starts no thread; its base fields cost nothing per record.
 *
 * - `parent`: a logger, root or derived.
 * - `config`: what is its own: the keys `name` and `replace`, fields, hooks, sinks; NULL: nothing. The name
 *   follows the parent's and a dot. `replace` says what it does not take over: `fields`, `pre_hooks`,
 *   `post_hooks`, `sinks`, several with `|` between them.
 * - `out_child`: receives the handle.
 * - `out_error`: receives what went wrong; may be NULL.
 *
 * # Returns
 * - `ALOG_OK`: `*out_child` may be used like any logger.
 * - `ALOG_ERR_KEY`: a key was set that is not for derived loggers.
 * - `ALOG_ERR_STOPPED`: the logger was stopped.
 * - `ALOG_ERR_OPEN`: a sink could not be opened.
 * - `ALOG_ERR_LIMIT`: too many loggers, or more than 64 sinks all in all.
 * - `ALOG_ERR_HANDLE`: `parent` is no logger.
 * - `ALOG_ERR_ARGUMENT`: `out_child` is NULL.
 * - `ALOG_ERR_MEMORY`, `ALOG_ERR_PANIC`.
 *
 * # Ownership
 * Borrows `config`. Gives a handle that is to be given back with `alog_free()`, in any order: without its
 * parent a derived logger goes on, and when the root is stopped or freed it answers `ALOG_ERR_STOPPED`.
 * `alog_stop()` and `alog_flush()` on a derived logger are those of the root.
 *
 * # Threads
 * Any thread. May block for as long as opening a file does.
 *
 * # Example
 * ```c
 * alog_config *config;
 * alog_logger db;
 * if (alog_config_new(&config) == ALOG_OK) {
 *     alog_config_set(config, "name", "db", NULL);
 *     if (alog_child_new(log, config, &db, NULL) == ALOG_OK)
 *         alog_write(db, ALOG_LEVEL_INFO, "connected", 9);
 *     alog_config_free(config);
 * }
 * ```
 *
 * # Safety
 * As for `alog_new()`.
 *
 * Since 0.2.0.
 */
alog_status alog_child_new(struct alog_logger parent,
                           const struct alog_config *config,
                           struct alog_logger *out_child,
                           struct alog_error *out_error);

/**
 * Finds a logger by its name, whichever part of the process made it, in whatever language.
 *
 * Found is the oldest that was made by `alog_new()` with that `name` and runs; derived ones are not looked at, and a
 * configuration that names none gives a logger that cannot be found.
 *
 * - `name`: NUL-terminated UTF-8, as set with the key `name`; compared byte by byte.
 * - `out_logger`: receives the handle.
 *
 * # Returns
 * - `ALOG_OK`: `*out_logger` is its handle.
 * - `ALOG_EMPTY`: there is none; `*out_logger` is not written.
 * - `ALOG_ERR_ARGUMENT`: `name` or `out_logger` is NULL, or `name` is not UTF-8.
 * - `ALOG_ERR_WOULD_DEADLOCK`: called in a signal handler that interrupted a call of this library.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * The handle stays that of whoever made the logger: who found it does not free it, and gets `ALOG_ERR_HANDLE` once its
 * owner has. A part that wants a name, fields or a lifetime of its own derives a logger from it (`alog_child_new()`).
 *
 * # Threads
 * Any thread. Never waits for a destination. Looks at every logger there is: to be called once, not for each record.
 *
 * # Example
 * ```c
 * alog_logger app;
 * if (alog_find("app", &app) == ALOG_OK)
 *     alog_write(app, ALOG_LEVEL_INFO, "the plugin is loaded", 20);
 * ```
 *
 * # Safety
 * `name` is NULL or NUL-terminated; `out_logger` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_find(const char *name,
                      struct alog_logger *out_logger);

/**
 * Gives what can be read of a logger without a call: whether a level is on, in about a nanosecond.
 *
 * - `out_switch`: receives the pointer.
 *
 * # Returns
 * - `ALOG_OK`: `*out_switch` is set.
 * - `ALOG_ERR_ARGUMENT`: `out_switch` is NULL.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * The switch belongs to the library, which never frees it.
 *
 * # Threads
 * Any thread. Never blocks.
 *
 * # Example
 * ```c
 * const alog_switch *live;
 * if (alog_switch_get(log, &live) == ALOG_OK && live->levels >> ALOG_LEVEL_DEBUG & 1)
 *     puts("debug is on");
 * ```
 *
 * # Safety
 * `out_switch` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_switch_get(struct alog_logger logger, const struct alog_switch **out_switch);

/**
 * Switches levels on and off, for a logger and everything that shares its root.
 *
 * - `levels`: NUL-terminated UTF-8, as the key `level`: `info` or `info+` (it and what is more severe),
 *   `info-` (it and what is less severe), `debug|warn|fatal`, `all`, `off`.
 * - `out_error`: receives what went wrong; may be NULL.
 *
 * # Returns
 * - `ALOG_OK`: from now on these levels are on, and no others.
 * - `ALOG_ERR_VALUE`: `levels` is no set of levels; nothing was changed.
 * - `ALOG_ERR_ARGUMENT`: `levels` is NULL or not UTF-8.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Borrows `levels` for the call.
 *
 * # Threads
 * Any thread. Never blocks.
 *
 * # Example
 * ```c
 * alog_levels_set(log, "debug|warn|fatal", NULL);
 * ```
 *
 * # Safety
 * `levels` is NULL or NUL-terminated; `out_error` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_levels_set(struct alog_logger logger,
                            const char *levels,
                            struct alog_error *out_error);

/**
 * Changes several settings at once while the logger runs, for a logger and everything that shares its root.
 *
 * Whoever meets one of the new settings meets all of them.
 *
 * - `changes`: a configuration in which exactly the keys were set that are to change. Of all keys `level`,
 *   `overflow` and `max_message_bytes` can.
 * - `out_error`: receives what went wrong; may be NULL.
 *
 * # Returns
 * - `ALOG_OK`: all of them have their new values.
 * - `ALOG_ERR_KEY`: a key, sink, hook or field was set that cannot be changed; nothing was changed.
 * - `ALOG_ERR_VALUE`: the logger hands over and `overflow` would drop; nothing was changed.
 * - `ALOG_ERR_ARGUMENT`: `changes` is NULL.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Borrows `changes` for the call.
 *
 * # Threads
 * Any thread. Never blocks.
 *
 * # Example
 * ```c
 * alog_config *changes;
 * if (alog_config_new(&changes) == ALOG_OK) {
 *     alog_config_set(changes, "level", "debug", NULL);
 *     alog_config_set(changes, "overflow", "drop-oldest, error+=block", NULL);
 *     alog_reconfigure(log, changes, NULL);
 *     alog_config_free(changes);
 * }
 * ```
 *
 * # Safety
 * `changes` is NULL or from `alog_config_new()` and not freed; `out_error` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_reconfigure(struct alog_logger logger,
                             const struct alog_config *changes,
                             struct alog_error *out_error);

/**
 * Writes on the calling thread, in place of a writer thread, until the logger is stopped.
 *
 * For loggers made with `writer=caller`.
 *
 * # Returns
 * - `ALOG_OK`: the logger was stopped, and everything accepted is written or counted as failed.
 * - `ALOG_ERR_MODE`: the logger has writer threads of its own or none (`workers=0`), another thread runs or
 *   drains it, or it is stopped already.
 * - `ALOG_ERR_WOULD_DEADLOCK`: called on a thread that writes, in a callback.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Nothing is shared.
 *
 * # Threads
 * One thread at a time for one logger. Blocks until another thread calls `alog_stop()`. Sleeps while nobody
 * logs. All signals are blocked on this thread meanwhile, so let other threads handle them.
 *
 * # Example
 * ```c
 * static void *writer(void *logger) {
 *     alog_run(*(const alog_logger *)logger);
 *     return NULL;
 * }
 * ```
 *
 * # Safety
 * Safe with any handle.
 *
 * Since 0.2.0.
 */
alog_status alog_run(struct alog_logger logger);

/**
 * Writes on the calling thread what is there, and returns: for event loops.
 *
 * For loggers made with `writer=caller`.
 *
 * - `max_records`: at most so many records; 0: as many as there are.
 * - `out_count`: receives how many it wrote; may be NULL.
 *
 * # Returns
 * - `ALOG_OK`: at least one record was written or counted as failed.
 * - `ALOG_EMPTY`: there was none, or another thread is writing.
 * - `ALOG_ERR_MODE`: the logger has writer threads of its own.
 * - `ALOG_ERR_WOULD_DEADLOCK`: called in a signal handler that interrupted a call of this library.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Nothing is shared.
 *
 * # Threads
 * Any thread. Blocks for as long as the destinations take. Signals are blocked on this thread meanwhile.
 *
 * # Example
 * ```c
 * while (alog_drain(log, 100, NULL) == ALOG_OK) {
 *     // more may have come meanwhile
 * }
 * ```
 *
 * # Safety
 * `out_count` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_drain(struct alog_logger logger,
                       size_t max_records,
                       size_t *out_count);

/**
 * Adds a hook, behind those of its phase that were added before.
 *
 * - `phase`: `ALOG_HOOK_PRE` or `ALOG_HOOK_POST`.
 * - `name`: NUL-terminated UTF-8, not empty: errors come from `hook:NAME`.
 * - `hook`: the function; see `alog_hook_fn`.
 * - `user_data`: passed to `hook` as it is; may be NULL.
 * - `destroy`: called once with `user_data` when it is used no more; may be NULL.
 *
 * # Returns
 * - `ALOG_OK`: the hook is part of the configuration.
 * - `ALOG_ERR_ARGUMENT`: `config`, `name` or `hook` is NULL, `name` is empty or not UTF-8, or `phase` is none.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Takes `user_data` if and only if it returns `ALOG_OK`: it is then shared by the configuration and
 * every logger made from it, and given back through `destroy` when the last of them is gone.
 *
 * # Threads
 * One thread at a time for one configuration. Never blocks.
 *
 * # Example
 * ```c
 * static int32_t add_host(void *user_data, alog_record *record) {
 *     alog_field field = {"host", 4, ALOG_FIELD_STR, 0, {0}};
 *     field.value.bytes.ptr = (const char *)user_data;
 *     field.value.bytes.len = strlen((const char *)user_data);
 *     return alog_record_field_set(record, &field) == ALOG_OK ? 0 : EINVAL;
 * }
 * static void example(alog_config *config) {
 *     static char host[] = "web-1";
 *     alog_config_add_hook(config, ALOG_HOOK_POST, "host", add_host, host, NULL, NULL);
 * }
 * ```
 *
 * # Safety
 * As for `alog_config_set()`; `hook` and `destroy` may be called from any thread with `user_data`
 * until `destroy` was called.
 *
 * Since 0.2.0.
 */
alog_status alog_config_add_hook(struct alog_config *config,
                                 int32_t phase,
                                 const char *name,
                                 alog_hook_fn hook,
                                 void *user_data,
                                 alog_destroy_fn destroy,
                                 struct alog_error *out_error);

/**
 * Lets a function of yours choose the worker of each record, instead of the key `scheduler`.
 *
 * - `scheduler`: the function; see `alog_scheduler_fn`.
 * - `user_data`: passed to `scheduler` as it is; may be NULL.
 * - `destroy`: called once with `user_data` when it is used no more; may be NULL.
 *
 * # Returns
 * - `ALOG_OK`: it replaces what was set before.
 * - `ALOG_ERR_ARGUMENT`: `config` or `scheduler` is NULL.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * As for `alog_config_add_hook()`.
 *
 * # Threads
 * One thread at a time for one configuration. Never blocks.
 *
 * # Example
 * ```c
 * static uint32_t by_level(void *user_data, const alog_record *record, uint32_t worker_count) {
 *     (void)user_data;
 *     return alog_record_level_get(record) >= ALOG_LEVEL_ERROR ? worker_count - 1 : 0;
 * }
 * static void example(alog_config *config) {
 *     alog_config_set(config, "workers", "2", NULL);
 *     alog_config_set_scheduler(config, by_level, NULL, NULL, NULL);
 * }
 * ```
 *
 * # Safety
 * As for `alog_config_add_hook()`.
 *
 * Since 0.2.0.
 */
alog_status alog_config_set_scheduler(struct alog_config *config,
                                      alog_scheduler_fn scheduler,
                                      void *user_data,
                                      alog_destroy_fn destroy,
                                      struct alog_error *out_error);

/**
 * Gives the level of a record.
 *
 * # Returns
 * `ALOG_LEVEL_*`; -1 if `record` is NULL.
 *
 * # Ownership
 * Borrows `record`.
 *
 * # Threads
 * In a callback, on its thread. Never blocks.
 *
 * # Example
 * ```c
 * static int32_t count_errors(void *user_data, alog_record *record) {
 *     *(int *)user_data += alog_record_level_get(record) >= ALOG_LEVEL_ERROR;
 *     return 0;
 * }
 * ```
 *
 * # Safety
 * `record` is NULL or was passed to the callback that is running.
 *
 * Since 0.2.0.
 */
alog_level alog_record_level_get(const struct alog_record *record);

/**
 * Gives the message of a record as it was logged: a template is not rendered.
 *
 * - `out_msg`, `out_msg_len`: receive the bytes, which do not end in NUL.
 *
 * # Returns
 * - `ALOG_OK`: both are set.
 * - `ALOG_ERR_ARGUMENT`: something is NULL.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * The bytes belong to the record and are valid during the callback.
 *
 * # Threads
 * In a callback, on its thread. Never blocks.
 *
 * # Example
 * ```c
 * static int32_t print(void *user_data, alog_record *record) {
 *     const char *msg;
 *     size_t msg_len;
 *     if (alog_record_message_get(record, &msg, &msg_len) == ALOG_OK)
 *         fwrite(msg, 1, msg_len, (FILE *)user_data);
 *     return 0;
 * }
 * ```
 *
 * # Safety
 * `record` is NULL or was passed to the callback that is running; outputs are NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_record_message_get(const struct alog_record *record,
                                    const char **out_msg,
                                    size_t *out_msg_len);

/**
 * Gives the name of the logger that a record was logged with.
 *
 * - `out_name`, `out_name_len`: receive the bytes, which do not end in NUL; none for a nameless logger.
 *
 * # Returns
 * As `alog_record_message_get()`.
 *
 * # Ownership
 * The bytes belong to the record and are valid during the callback.
 *
 * # Threads
 * In a callback, on its thread. Never blocks.
 *
 * # Example
 * ```c
 * static int32_t print(void *user_data, alog_record *record) {
 *     const char *name;
 *     size_t name_len;
 *     if (alog_record_name_get(record, &name, &name_len) == ALOG_OK)
 *         fwrite(name, 1, name_len, (FILE *)user_data);
 *     return 0;
 * }
 * ```
 *
 * # Safety
 * As for `alog_record_message_get()`: `record` is NULL or was passed to the callback that is running.
 *
 * Since 0.2.0.
 */
alog_status alog_record_name_get(const struct alog_record *record,
                                 const char **out_name,
                                 size_t *out_name_len);

/**
 * Looks a field up, as far as it is known in this phase, overrides included.
 *
 * - `key`, `key_len`: the key; `a.b` is field `b` of group `a`.
 * - `out_field`: receives the field. The key is the one that was asked for. A group gives its fields as
 *   `value.bytes`, encoded as in `alog_config_add_encoded_fields()`.
 *
 * # Returns
 * - `ALOG_OK`: `*out_field` is set.
 * - `ALOG_EMPTY`: there is no such field so far.
 * - `ALOG_ERR_ARGUMENT`: something is NULL that must not be.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * What `*out_field` points to belongs to the record and is valid until `alog_record_field_set()` is called
 * or the callback returns.
 *
 * # Threads
 * In a callback, on its thread. Never blocks.
 *
 * # Example
 * ```c
 * static int32_t refuse_guests(void *user_data, alog_record *record) {
 *     alog_field user;
 *     (void)user_data;
 *     return alog_record_field_get(record, "user.name", 9, &user) == ALOG_OK ? 0 : EPERM;
 * }
 * ```
 *
 * # Safety
 * `record` is NULL or was passed to the callback that is running; `key` points to `key_len` readable bytes,
 * or `key_len` is 0; `out_field` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_record_field_get(const struct alog_record *record,
                                  const char *key,
                                  size_t key_len,
                                  struct alog_field *out_field);

/**
 * Adds a field to a record, or overrides one.
 *
 * A pre-hook overrides base fields, a post-hook all; nothing overrides level and message.
 *
 * - `field`: the field; no group.
 *
 * # Returns
 * - `ALOG_OK`: the record has it.
 * - `ALOG_ERR_FIELD`: it is malformed, or a group.
 * - `ALOG_ERR_MEMORY`: no memory; the record is as it was.
 * - `ALOG_ERR_ARGUMENT`: something is NULL.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Borrows `field` for the call.
 *
 * # Threads
 * In a hook, on its thread; not in a scheduler. Never blocks.
 *
 * # Example
 * ```c
 * static int32_t add_shard(void *user_data, alog_record *record) {
 *     alog_field field = {"shard", 5, ALOG_FIELD_I64, 0, {0}};
 *     field.value.i64 = *(const int64_t *)user_data;
 *     return alog_record_field_set(record, &field) == ALOG_OK ? 0 : EINVAL;
 * }
 * ```
 *
 * # Safety
 * `record` is NULL or was passed to the hook that is running; `field`, its key and its value are readable.
 *
 * Since 0.2.0.
 */
alog_status alog_record_field_set(struct alog_record *record,
                                  const struct alog_field *field);

/**
 * Reads the exact account of a logger.
 *
 * - `out_stats`: receives the figures.
 *
 * # Returns
 * - `ALOG_OK`: `*out_stats` is filled; its two equations hold exactly, also while others write.
 * - `ALOG_ERR_ARGUMENT`: `out_stats` is NULL.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * The caller owns `*out_stats`.
 *
 * # Threads
 * Any thread. Works until `alog_free()`, also after `alog_stop()`. Does not slow writers down.
 *
 * # Example
 * ```c
 * alog_stats stats;
 * if (alog_stats_get(log, &stats) == ALOG_OK && stats.pending == 0)
 *     puts("everything is written");
 * ```
 *
 * # Safety
 * `out_stats` is NULL or writable.
 *
 * Since 0.1.0.
 */
alog_status alog_stats_get(struct alog_logger logger, struct alog_stats *out_stats);

/**
 * Reads the exact account of one sink of a logger.
 *
 * - `index`: 0 is the sink that was added first.
 * - `out_stats`: receives the figures.
 *
 * # Returns
 * - `ALOG_OK`: `*out_stats` is filled.
 * - `ALOG_EMPTY`: the logger has no sink of that index.
 * - `ALOG_ERR_ARGUMENT`: `out_stats` is NULL.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * The caller owns `*out_stats`.
 *
 * # Threads
 * Any thread. Works until `alog_free()`, also after `alog_stop()`.
 *
 * # Example
 * ```c
 * alog_sink_stats sink;
 * for (uint32_t i = 0; alog_sink_stats_get(log, i, &sink) == ALOG_OK; i++)
 *     printf("%s: %llu written\n", sink.name, (unsigned long long)sink.written);
 * ```
 *
 * # Safety
 * `out_stats` is NULL or writable.
 *
 * Since 0.1.0.
 */
alog_status alog_sink_stats_get(struct alog_logger logger,
                                uint32_t index,
                                struct alog_sink_stats *out_stats);

/**
 * Goes on with another configuration while the logger runs, as if it had been made with it.
 *
 * - `config`: what to go on with; NULL: what the files say now that the logger was made from, or was reloaded from last.
 *
 * Everything is validated and opened first, then applied as a whole, or not at all. What can differ is `level`,
 * `overflow`, `max_message_bytes`, `reload`, the sinks, and how their lines look. A key that is not set has its default,
 * as for `alog_new()`; `alog_reconfigure()` changes single keys.
 *
 * With NULL the configuration is made again as it was made: what was set, added or loaded before and after
 * `alog_config_load_file()` still counts in that order, and only the files are read anew, by the paths that they had.
 * The environment is as it was. With the key `reload=on-change` a thread does this whenever a file changes: see
 * `alog_config_set()`.
 *
 * A sink that is the same stays open and keeps its figures. One that differs in its parameters or its look takes the
 * place of the one before it: that one writes first what it was given, held as its `hold` says; and numbers, memory,
 * backtrace, limit and spool go on, the spool also at another address. One that is gone writes what it was given,
 * within a second before the call returns or later by itself; what it cannot write in 5 s counts as failed. What is
 * logged when the call has returned goes to the new sinks. Derived loggers follow, and keep the sinks of their own. Hooks
 * stay as they are.
 *
 * # Returns
 * - `ALOG_OK`: all of it applies.
 * - `ALOG_ERR_KEY`: something differs that cannot be changed while the logger runs; the error names it.
 * - `ALOG_ERR_VALUE`: two values exclude each other.
 * - `ALOG_ERR_OPEN`: a sink could not be opened.
 * - `ALOG_ERR_THREAD`, `ALOG_ERR_MEMORY`, `ALOG_ERR_LIMIT`: the system refused; `os_error` says why. 64 sinks is the limit
 *   with those of derived loggers, those that are replaced, and those that are gone but have something to write.
 * - `ALOG_ERR_STOPPED`: the logger is stopped.
 * - `ALOG_ERR_WOULD_DEADLOCK`: called on a writer thread.
 * - `ALOG_ERR_ARGUMENT`: `config` is NULL, and the logger was not made from a file.
 * - With NULL also what `alog_config_load_file()` returns. The message begins with the name of the file.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * On every error the logger goes on as it was.
 *
 * # Ownership
 * Borrows `config`, which may be used again. Functions that the logger does not use any more are given back
 * by their `destroy`.
 *
 * # Threads
 * Any thread but a writer thread; one change at a time, others wait. Blocks as long as opening a file does, and at most
 * a second for what was logged before. Callers that log meanwhile are not held up. A child after `fork()`
 * reloads for itself alone. Not in a signal handler: for `kill -HUP` install one that sets a flag, and call this where
 * the program looks at the flag.
 *
 * # Example
 * ```c
 * alog_config *config;
 * if (alog_config_new(&config) == ALOG_OK) {
 *     if (alog_config_load_file(config, "shop.toml", &error) != ALOG_OK ||
 *         alog_reload(log, config, &error) != ALOG_OK)
 *         fprintf(stderr, "%s\n", error.message); // and the logger goes on as it was
 *     alog_config_free(config);
 * }
 * if (alog_reload(log, NULL, &error) != ALOG_OK) // shop.toml again
 *     fprintf(stderr, "%s\n", error.message);
 * ```
 *
 * # Safety
 * `config` is NULL or from `alog_config_new()` and not freed; `out_error` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_reload(struct alog_logger logger,
                        const struct alog_config *config,
                        struct alog_error *out_error);

/**
 * Lets every file of a logger be opened anew by its name, as after a rotation by another program.
 *
 * It is done by whoever writes: what was accepted before goes to the old file, what is logged after the call to the new
 * one; `alog_flush()` waits for it. With several workers what is logged after it may still go to the old one. A derived
 * logger means the sinks that it writes to.
 *
 * # Returns
 * - `ALOG_OK`: it is asked for. A file that then cannot be opened is an error to poll, and the old one goes on.
 * - `ALOG_ERR_STOPPED`: the logger is stopped.
 * - `ALOG_ERR_LIMIT`: 1024 of these calls wait already, for a writer that does not get on; this one does nothing.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Takes nothing.
 *
 * # Threads
 * Any thread, also a writer thread. Never blocks. Not in a signal handler, which sets a flag instead.
 *
 * # Example
 * ```c
 * if (rename("shop.log", "shop.log.1") == 0)
 *     alog_reopen(log);
 * ```
 *
 * # Safety
 * Nothing is asked of the caller.
 *
 * Since 0.2.0.
 */
alog_status alog_reopen(struct alog_logger logger);

/**
 * Lets every file of a logger be rotated now, as its parameters say, whether or not it is time.
 *
 * Everything else is as for `alog_reopen()`. Sinks that are no files have nothing to rotate.
 * A rotated file is compressed afterwards if its sink has `compress`, by a thread of its own; nothing waits for that.
 *
 * # Returns
 * - `ALOG_OK`: it is asked for. A file that then cannot be rotated is an error to poll.
 * - `ALOG_ERR_STOPPED`: the logger is stopped.
 * - `ALOG_ERR_LIMIT`: 1024 of these calls wait already, for a writer that does not get on; this one does nothing.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Takes nothing.
 *
 * # Threads
 * As for `alog_reopen()`.
 *
 * # Example
 * ```c
 * if (alog_rotate(log) == ALOG_OK)
 *     alog_flush(log, 1000); // then it is done
 * ```
 *
 * # Safety
 * Nothing is asked of the caller.
 *
 * Since 0.2.0.
 */
alog_status alog_rotate(struct alog_logger logger);

/**
 * Copies the lines that a sink `memory:NAME` keeps.
 *
 * Whole lines, the oldest first, each ending in a newline; a buffer that is too small for all gets the newest
 * that fit. They stay in the sink. A message is among them when it is *written*: see `alog_flush()`.
 *
 * - `name`: what stands behind `memory:` in the specification of the sink.
 * - `out`, `out_size`: receive the lines; no NUL is put behind them. `out` NULL: nothing is copied, and the two
 *   figures tell of all lines.
 * - `out_len`: receives how many bytes that is; may be NULL.
 * - `out_line_count`: receives how many lines that is; may be NULL.
 *
 * # Returns
 * - `ALOG_OK`: the lines are copied, which may be none.
 * - `ALOG_ERR_ARGUMENT`: `name` is NULL or not UTF-8.
 * - `ALOG_ERR_SINK`: the logger has no sink of that name.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_WOULD_DEADLOCK`: called in a signal handler that interrupted a call of this library.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Borrows `name` for the call. The caller owns what was written to.
 *
 * # Threads
 * Any thread. Works until `alog_free()`, also after `alog_stop()`. The writer waits while lines are copied. After
 * `fork()` the child begins with none.
 *
 * # Example
 * ```c
 * char lines[4096];
 * size_t len;
 * if (alog_memory_read(log, "recent", lines, sizeof lines, &len, NULL) == ALOG_OK)
 *     fwrite(lines, 1, len, stderr);
 * ```
 *
 * # Safety
 * `name` is NULL or NUL-terminated. `out` is NULL or has `out_size` writable bytes. `out_len` and
 * `out_line_count` are NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_memory_read(struct alog_logger logger,
                             const char *name,
                             char *out,
                             size_t out_size,
                             size_t *out_len,
                             uint64_t *out_line_count);

/**
 * Throws away the lines that a sink `memory:NAME` keeps.
 *
 * They count as written all the same.
 *
 * - `name`: what stands behind `memory:` in the specification of the sink.
 *
 * # Returns
 * - `ALOG_OK`: there are none left of those that were written before.
 * - `ALOG_ERR_ARGUMENT`: `name` is NULL or not UTF-8.
 * - `ALOG_ERR_SINK`: the logger has no sink of that name.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_WOULD_DEADLOCK`: called in a signal handler that interrupted a call of this library.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Borrows `name` for the call.
 *
 * # Threads
 * Any thread. Works until `alog_free()`, also after `alog_stop()`.
 *
 * # Example
 * ```c
 * alog_memory_clear(log, "recent");
 * ```
 *
 * # Safety
 * `name` is NULL or NUL-terminated.
 *
 * Since 0.2.0.
 */
alog_status alog_memory_clear(struct alog_logger logger, const char *name);

/**
 * Takes lines of a sink `pull:NAME`, as many whole ones as fit, oldest first.
 *
 * Such a sink has no thread and calls nobody: its lines wait, up to its `queue_bytes`, until a thread of yours
 * takes them. They count as written when they are taken. While there is no room for more, the sink misses
 * records if another sink takes them, and a line says how many; otherwise `overflow` says what happens to the
 * callers.
 *
 * `alog_flush()` and `alog_stop()` wait for the lines to be taken. A program whose only thread pulls and stops
 * says `alog_stop(log, 0)`, which is `ALOG_ERR_TIMEOUT` while lines are left, and pulls on until
 * `ALOG_ERR_STOPPED`. `alog_free()` waits 5 seconds for that; then what nobody took counts as failed.
 *
 * - `name`: NAME; of this logger, or of any that shares its queue.
 * - `out`: receives the lines, each with its newline; NULL only if `out_size` is 0.
 * - `out_size`: how many bytes there is room for.
 * - `timeout_ms`: how long to wait for a line, in milliseconds; -1: no deadline; 0: ask only.
 * - `out_len`: receives how many bytes were copied.
 * - `out_line_count`: receives how many lines those are; may be NULL.
 *
 * # Returns
 * - `ALOG_OK`: at least one line was copied.
 * - `ALOG_EMPTY`: there was none within the time.
 * - `ALOG_ERR_STOPPED`: the logger is stopped, or every logger with this sink was given back, and everything was
 *   taken.
 * - `ALOG_ERR_TOO_LARGE`: the next line is longer than `out_size`. It was not taken; `*out_len` is what it needs.
 * - `ALOG_ERR_SINK`: there is no such sink.
 * - `ALOG_ERR_WOULD_DEADLOCK`: called on a writer thread.
 * - `ALOG_ERR_ARGUMENT`: `name` or `out_len` is NULL, `out` is NULL though `out_size` is not 0, or `timeout_ms` is
 *   below -1.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * Borrows `name` and `out` for the call; the lines are yours.
 *
 * # Threads
 * Any thread but a writer thread; any number at once: each line goes to one of them. Blocks until there is a line
 * or until the deadline. A child after `fork()` has its own lines only.
 *
 * # Example
 * ```c
 * static void pull_all(alog_logger log) {
 *     static char lines[65536];
 *     alog_status status;
 *     size_t len;
 *     do {
 *         status = alog_pull(log, "screen", lines, sizeof lines, -1, &len, NULL);
 *         if (status == ALOG_OK)
 *             fwrite(lines, 1, len, stdout);
 *     } while (status == ALOG_OK);
 * }
 * ```
 *
 * # Safety
 * `name` is NULL or NUL-terminated; `out` points to `out_size` writable bytes, or that is 0; `out_len` and
 * `out_line_count` are NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_pull(struct alog_logger logger,
                      const char *name,
                      char *out,
                      size_t out_size,
                      int64_t timeout_ms,
                      size_t *out_len,
                      uint64_t *out_line_count);

/**
 * Gives a descriptor that is readable if and only if `alog_pull()` would not wait.
 *
 * For `poll()`, `epoll` and event loops. Never read from it and never close it. It belongs to the logger until
 * `alog_free()`; a child after `fork()` asks for its own.
 *
 * - `name`: as for `alog_pull()`.
 * - `out_fd`: receives the descriptor.
 *
 * # Returns
 * - `ALOG_OK`: `*out_fd` is the descriptor; every call for the same sink gives the same one.
 * - `ALOG_ERR_SINK`: there is no such sink.
 * - `ALOG_ERR_LIMIT`: the system has no more descriptors.
 * - `ALOG_ERR_ARGUMENT`: `name` or `out_fd` is NULL.
 * - `ALOG_ERR_HANDLE`: no such logger.
 * - `ALOG_ERR_PANIC`: an internal fault.
 *
 * # Ownership
 * The descriptor belongs to the logger.
 *
 * # Threads
 * Any thread. Never blocks.
 *
 * # Example
 * ```c
 * int fd;
 * if (alog_pull_fd_get(log, "screen", &fd) == ALOG_OK)
 *     printf("poll %d for lines\n", fd);
 * ```
 *
 * # Safety
 * `name` is NULL or NUL-terminated; `out_fd` is NULL or writable.
 *
 * Since 0.2.0.
 */
alog_status alog_pull_fd_get(struct alog_logger logger,
                             const char *name,
                             int32_t *out_fd);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ALOG_H */
