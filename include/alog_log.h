/**
 * @file alog_log.h
 * Logging in one line: macros that check the level without a call, and fields made of C values by type.
 *
 *   ALOG_INFO(log, "user {id} logged in", ALOG_I64("id", 5), ALOG_STR("name", name));
 *   ALOG_WARN(log, "the disk is nearly full");
 *   ALOG_DEBUGF(log, "%d of %d", done, all);
 *
 * C99 and later, C++11 and later; gcc and clang. Everything here is a macro or a static inline function on
 * top of alog.h: the library has no part in it, so a program may mix units with and without this header.
 *
 * Conventions:
 *   - A macro that logs is a statement. It evaluates the logger and the level once, and the message and the
 *     fields once if the level is on, otherwise not at all. A level that is off costs about a nanosecond.
 *   - What comes of it is thrown away, as is right for most programs: losses at a full queue are counted,
 *     polled by alog_poll_error() and told by a line in the log; a malformed field (a group without its end),
 *     a wrong level and a stopped logger are only counted. ALOG_LOG_STATUS() gives what it came to.
 *   - A record carries its place: file, line and function of the macro.
 *   - Everything is borrowed for the statement. Where message and keys are literals, the library copies them once
 *     for the life of the process (alog_site_get()), and a record carries only the values, which is what
 *     `max_message_bytes` bounds then; the first record of a statement carries all. A message that is made at run
 *     time, or a key, is found out and costs what it always did. Of a field that a macro made, a program may
 *     change the value; one with another key is made anew.
 *   - All of it may be used from any thread. In signal handlers use alog_write().
 *   - Names that end in an underscore are not for programs.
 *
 * Since 0.2.0.
 */

#ifndef ALOG_LOG_H
#define ALOG_LOG_H

#include <alog.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__)
#define ALOG_PRINTF_(format, first) __attribute__((__format__(__printf__, format, first)))
#define ALOG_COLD_ __attribute__((__cold__, __noinline__, __unused__))
#else
#define ALOG_PRINTF_(format, first)
#define ALOG_COLD_
#endif
#ifdef __cplusplus
#define ALOG_AS_(type, value) static_cast<type>(value)
#define ALOG_AS_BITS_(pointer) reinterpret_cast<uintptr_t>(pointer)
#else
#define ALOG_AS_(type, value) ((type)(value))
#define ALOG_AS_BITS_(pointer) ((uintptr_t)(pointer))
#endif

/* ---- is it on ---------------------------------------------------------------------------------------- */

/* How many loggers a unit of the program finds without a call; two whose numbers collide take turns. */
#define ALOG_SWITCHES_ 64

/* By the low bits of the handle: its slot. Filled on the way, never freed. */
static const alog_switch *alog_switches_[ALOG_SWITCHES_];

/* Asks the library, once for each logger and unit. A handle that is no logger counts as on: the call says so. */
static ALOG_COLD_ int alog_find_on_(alog_logger logger, alog_level level)
{
    const alog_switch *found;
    if (alog_switch_get(logger, &found) != ALOG_OK)
        return 1;
    /* Release: pairs with the Acquire in alog_is_on(). */
    __atomic_store_n(&alog_switches_[logger.id % ALOG_SWITCHES_], found, __ATOMIC_RELEASE);
    return (__atomic_load_n(&found->levels, __ATOMIC_RELAXED) >> level & 1) != 0;
}

/**
 * Tells whether logging at a level is worth the work: 0 if and only if the level is switched off.
 *
 * A handle that is no logger, or a level that is none, gives 1, so that the call which follows tells what is
 * wrong. The answer is as fresh as a relaxed load: a change by alog_levels_set() on another thread is seen a
 * moment later.
 *
 * Any thread; about a nanosecond, no call but for the first use of a logger in a unit of the program.
 */
static inline int alog_is_on(alog_logger logger, alog_level level)
{
    const alog_switch *live;
    if (level < ALOG_LEVEL_TRACE || level > ALOG_LEVEL_FATAL)
        return 1;
    live = __atomic_load_n(&alog_switches_[logger.id % ALOG_SWITCHES_], __ATOMIC_ACQUIRE);
    /* Acquire: the levels are of this logger, not of one that had the slot before. */
    if (live == NULL || __atomic_load_n(&live->id, __ATOMIC_ACQUIRE) != logger.id || logger.id == 0)
        return alog_find_on_(logger, level);
    return (__atomic_load_n(&live->levels, __ATOMIC_RELAXED) >> level & 1) != 0;
}

/* ---- where is it ------------------------------------------------------------------------------------- */

/* Asks for the number of a place, and keeps it plus 1: 0 means that nobody has asked yet. */
static ALOG_COLD_ uint32_t alog_find_source_(uint32_t *place, const char *file, uint32_t line, const char *function)
{
    uint32_t source = 0;
    if (alog_source_get(file, strlen(file), line, function, strlen(function), &source) != ALOG_OK)
        source = 0; /* the record goes out without a place */
    __atomic_store_n(place, source + 1, __ATOMIC_RELEASE);
    return source;
}

static inline uint32_t alog_source_of_(uint32_t *place, const char *file, uint32_t line, const char *function)
{
    /* Acquire: who has the number may use it; pairs with the Release above. */
    uint32_t known = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    return known != 0 ? known - 1 : alog_find_source_(place, file, line, function);
}

/* Declares the place of a macro, and `alog_source_`, its number. */
#define ALOG_HERE_ \
    static uint32_t alog_place_; \
    const uint32_t alog_source_ = alog_source_of_(&alog_place_, __FILE__, __LINE__, __func__)

/* ---- fields ------------------------------------------------------------------------------------------ */

/* In `alog_field.reserved`: the key is a literal, the one at this address. Another key has no such mark. */
#define ALOG_LITERAL_(key) (ALOG_AS_(uint32_t, ALOG_AS_BITS_(key)) | 1u)
#if defined(__GNUC__)
#define ALOG_IS_LITERAL_(text) __builtin_constant_p(text)
#else
#define ALOG_IS_LITERAL_(text) 0
#endif
/* A key, and whether it is a literal. */
#define ALOG_KEY_(key) key, ALOG_IS_LITERAL_(key)

/* A field without its value. No half of it is written twice: the compiler would copy it through memory. */
static inline alog_field alog_field_(const char *key, int is_literal, int32_t type)
{
    alog_field field;
    field.key = key;
    field.key_len = key != NULL ? strlen(key) : 0;
    field.type = type;
    field.reserved = is_literal ? ALOG_LITERAL_(key) : 0;
    field.value.bytes.len = 0;
    return field;
}

static inline alog_field alog_field_u64_(const char *key, int is_literal, uint64_t value)
{
    alog_field field = alog_field_(key, is_literal, ALOG_FIELD_U64);
    field.value.u64 = value;
    return field;
}

static inline alog_field alog_field_bool_(const char *key, int is_literal, int value)
{
    alog_field field = alog_field_(key, is_literal, ALOG_FIELD_BOOL);
    field.value.u64 = value != 0;
    return field;
}

static inline alog_field alog_field_i64_(const char *key, int is_literal, int64_t value)
{
    alog_field field = alog_field_(key, is_literal, ALOG_FIELD_I64);
    field.value.i64 = value;
    return field;
}

static inline alog_field alog_field_f64_(const char *key, int is_literal, double value)
{
    alog_field field = alog_field_(key, is_literal, ALOG_FIELD_F64);
    field.value.f64 = value;
    return field;
}

static inline alog_field alog_field_strn_(const char *key, int is_literal, const char *text, size_t len)
{
    alog_field field = alog_field_(key, is_literal, text != NULL || len > 0 ? ALOG_FIELD_STR : ALOG_FIELD_NULL);
    field.value.bytes.ptr = text;
    field.value.bytes.len = len;
    return field;
}

static inline alog_field alog_field_str_(const char *key, int is_literal, const char *text)
{
    return alog_field_strn_(key, is_literal, text, text != NULL ? strlen(text) : 0);
}

static inline alog_field alog_field_bytes_(const char *key, int is_literal, const void *bytes, size_t len)
{
    alog_field field = alog_field_(key, is_literal, ALOG_FIELD_BYTES);
    field.value.bytes.ptr = ALOG_AS_(const char *, bytes);
    field.value.bytes.len = len;
    return field;
}

/**
 * Each makes an alog_field. `key` is NUL-terminated. The field borrows key and value: it is good as long as
 * they are. Any thread.
 */
/** No value; shown as `null`. */
#define ALOG_NULL(key) alog_field_(ALOG_KEY_(key), ALOG_FIELD_NULL)
/** Whether `value`, any scalar, is true. */
#define ALOG_BOOL(key, value) alog_field_bool_(ALOG_KEY_(key), (value) ? 1 : 0)
/** A signed number: int64_t, and what converts to it. */
#define ALOG_I64(key, value) alog_field_i64_(ALOG_KEY_(key), value)
/** An unsigned number: uint64_t, and what converts to it. */
#define ALOG_U64(key, value) alog_field_u64_(ALOG_KEY_(key), value)
/** A floating-point number: double, and what converts to it. */
#define ALOG_F64(key, value) alog_field_f64_(ALOG_KEY_(key), value)
/** NUL-terminated text; NULL is shown as `null`. */
#define ALOG_STR(key, text) alog_field_str_(ALOG_KEY_(key), text)
/** Text of `len` bytes, which may hold NULs; NULL of length 0 is shown as `null`. */
#define ALOG_STRN(key, text, len) alog_field_strn_(ALOG_KEY_(key), text, len)
/** `len` bytes at `bytes`, any pointer. */
#define ALOG_BYTES(key, bytes, len) alog_field_bytes_(ALOG_KEY_(key), bytes, len)
/** Begins a group: the fields up to its ALOG_GROUP_END belong to it. At most 32 deep. */
#define ALOG_GROUP(key) alog_field_(ALOG_KEY_(key), ALOG_FIELD_GROUP)
/** Ends the group that was begun last. */
#define ALOG_GROUP_END alog_field_(NULL, 0, ALOG_FIELD_END)

/**
 * ALOG_FIELD(key, value): a field of the value's own type: truth values, every type of number (characters are
 * numbers), NUL-terminated text. C11 and later, C++11 and later; anything else does not compile.
 */
#if defined(__cplusplus)
#define ALOG_FIELD(key, value) alog_field_of_(ALOG_KEY_(key), value)
#define ALOG_FIELD_OF_(type, make) \
    static inline alog_field alog_field_of_(const char *key, int is_literal, type value) { return make(key, is_literal, value); }
ALOG_FIELD_OF_(bool, alog_field_bool_)
ALOG_FIELD_OF_(char, alog_field_i64_)
ALOG_FIELD_OF_(signed char, alog_field_i64_)
ALOG_FIELD_OF_(short, alog_field_i64_)
ALOG_FIELD_OF_(int, alog_field_i64_)
ALOG_FIELD_OF_(long, alog_field_i64_)
ALOG_FIELD_OF_(long long, alog_field_i64_)
ALOG_FIELD_OF_(unsigned char, alog_field_u64_)
ALOG_FIELD_OF_(unsigned short, alog_field_u64_)
ALOG_FIELD_OF_(unsigned int, alog_field_u64_)
ALOG_FIELD_OF_(unsigned long, alog_field_u64_)
ALOG_FIELD_OF_(unsigned long long, alog_field_u64_)
ALOG_FIELD_OF_(float, alog_field_f64_)
ALOG_FIELD_OF_(double, alog_field_f64_)
ALOG_FIELD_OF_(char *, alog_field_str_)
ALOG_FIELD_OF_(const char *, alog_field_str_)
#undef ALOG_FIELD_OF_
static inline alog_field alog_field_of_(const char *key, int is_literal, long double value)
{
    return alog_field_f64_(key, is_literal, static_cast<double>(value));
}
static inline alog_field alog_field_of_(const char *key, int is_literal, decltype(nullptr))
{
    return alog_field_(key, is_literal, ALOG_FIELD_NULL);
}
template <typename Other>
alog_field alog_field_of_(const char *key, int is_literal, Other *value) = delete; /* or it would be a truth value */
#elif __STDC_VERSION__ >= 201112L
#define ALOG_FIELD(key, value) \
    _Generic((value), \
        _Bool: alog_field_bool_, \
        char: alog_field_i64_, \
        signed char: alog_field_i64_, \
        short: alog_field_i64_, \
        int: alog_field_i64_, \
        long: alog_field_i64_, \
        long long: alog_field_i64_, \
        unsigned char: alog_field_u64_, \
        unsigned short: alog_field_u64_, \
        unsigned int: alog_field_u64_, \
        unsigned long: alog_field_u64_, \
        unsigned long long: alog_field_u64_, \
        float: alog_field_f64_, \
        double: alog_field_f64_, \
        long double: alog_field_f64_, \
        char *: alog_field_str_, \
        const char *: alog_field_str_)(ALOG_KEY_(key), value)
#else
#define ALOG_FIELD(key, value) ALOG_FIELD_needs_C11__use_ALOG_I64_ALOG_STR_and_so_on
#endif

/* ---- messages with fields ---------------------------------------------------------------------------- */

/**
 * Logs a message with an array of fields; what the macros come to.
 *
 * - `source`: of alog_source_get(); 0: unknown.
 * - `msg`: NUL-terminated; NULL is an empty message. A template if and only if there are fields.
 * - `fields`, `field_count`: `fields` may be NULL only if `field_count` is 0.
 *
 * Returns what alog_log() returns. Borrows everything for the call. Any thread.
 */
static inline alog_status alog_log_fields(alog_logger logger, alog_level level, uint32_t source, const char *msg,
                                          const alog_field *fields, size_t field_count)
{
    alog_entry entry = {msg, msg != NULL ? strlen(msg) : 0, fields, field_count, ALOG_BY_POLICY, level, source, 0, 0};
    if (field_count > 0)
        entry.flags = ALOG_TEMPLATE;
    return alog_log(logger, &entry);
}

/*
 * What stands behind the message may be nothing, and C99 has no word for that: HAS_FIELDS is 0 for one argument
 * and 1 for 2 to 33, and chooses how `alog_fields_` and `alog_count_` are declared.
 */
#define ALOG_FIRST_(...) ALOG_FIRST_OF_(__VA_ARGS__, 0)
#define ALOG_FIRST_OF_(first, ...) first
#define ALOG_HAS_FIELDS_(...) \
    ALOG_34TH_(__VA_ARGS__, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, \
               1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0)
#define ALOG_34TH_(a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, a12, a13, a14, a15, a16, a17, \
                   a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33, a34, ...) a34
#define ALOG_FIELDS_(...) ALOG_FIELDS_BY_(ALOG_HAS_FIELDS_(__VA_ARGS__), __VA_ARGS__)
#define ALOG_FIELDS_BY_(has, ...) ALOG_FIELDS_IF_(has, __VA_ARGS__)
#define ALOG_FIELDS_IF_(has, ...) ALOG_FIELDS_##has##_(__VA_ARGS__)
#define ALOG_FIELDS_0_(msg) \
    const alog_field *const alog_fields_ = NULL; \
    const size_t alog_count_ = 0; \
    ALOG_SITE_(1)
#define ALOG_FIELDS_1_(msg, ...) \
    const alog_field alog_fields_[] = {__VA_ARGS__}; \
    const size_t alog_count_ = sizeof alog_fields_ / sizeof alog_fields_[0]; \
    ALOG_SITE_(1 + sizeof alog_fields_ / sizeof alog_fields_[0])

/* ---- sites ------------------------------------------------------------------------------------------- */

/*
 * Most statements name their message and their keys by literals: the library keeps these once, and a record
 * carries a number and the values.
 *
 * `state`: 0 nobody has asked for the number yet, 1 there is none, or somebody is asking; else the number plus 1.
 * `texts`: message and keys of that number. Why are they compared? What the compiler takes for a literal may be a
 * parameter of a function that is inlined at several places. Equal addresses are equal texts, for the literals
 * live as long as this static data does. (Not so an inline function of C++ in a module that is unloaded and replaced
 * by one in which the same function has another text: that is two definitions of one function.)
 */
typedef struct alog_site_ {
    uint32_t state, place;
    const char **texts;
} alog_site_;

/* Asks for the number of a site, if all of its texts are literals: the next record will have it. */
static ALOG_COLD_ void alog_find_site_(alog_site_ *site, const char *file, uint32_t line, const char *function,
                                       const char *msg, int is_literal, const alog_field *fields,
                                       size_t field_count)
{
    uint32_t number = 0, unasked = 0;
    size_t i;
    if (!__atomic_compare_exchange_n(&site->state, &unasked, 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        return; /* another thread asks */
    for (i = 0; i < field_count; i++)
        is_literal &= fields[i].type == ALOG_FIELD_END || fields[i].reserved == ALOG_LITERAL_(fields[i].key);
    if (!is_literal || msg == NULL
        || alog_site_get(file, strlen(file), line, function, strlen(function), msg, strlen(msg), fields,
                         field_count, &number) != ALOG_OK
        || number == 0 || number == UINT32_MAX)
        return; /* from now on every record carries its texts */
    site->texts[0] = msg;
    for (i = 0; i < field_count; i++)
        site->texts[i + 1] = fields[i].key;
    /* Release: who has the number finds the texts; pairs with the Acquire in alog_log_here_(). */
    __atomic_store_n(&site->state, number + 1, __ATOMIC_RELEASE);
}

/* Logs at a site: by its number if these are its texts, otherwise with all that there is. */
static inline alog_status alog_log_here_(alog_logger logger, alog_level level, alog_site_ *site, const char *file,
                                         uint32_t line, const char *function, const char *msg, int is_literal,
                                         const alog_field *fields, size_t field_count)
{
    size_t i;
    int is_same;
    uint32_t state = __atomic_load_n(&site->state, __ATOMIC_ACQUIRE);
    if (state > 1) {
        is_same = site->texts[0] == msg;
        for (i = 0; i < field_count; i++)
            is_same &= site->texts[i + 1] == fields[i].key;
        if (is_same)
            return alog_log_site(logger, level, state - 1, fields, field_count);
    } else if (state == 0) {
        alog_find_site_(site, file, line, function, msg, is_literal, fields, field_count);
    }
    return alog_log_fields(logger, level, alog_source_of_(&site->place, file, line, function), msg, fields,
                           field_count);
}

/* Declares the site of a macro, which has so many texts. */
#define ALOG_SITE_(count) \
    static const char *alog_texts_[count]; \
    static alog_site_ alog_site_here_ = {0, 0, alog_texts_}

/**
 * ALOG_LOG_STATUS(out_status, log, level, msg, fields...): logs, and stores what came of it in `*out_status`.
 *
 * - `out_status`: where to store what alog_log() returns, ALOG_DISABLED if the level is off; evaluated once.
 * - `log`: an alog_logger, or what C++ converts to one.
 * - `level`: ALOG_LEVEL_*.
 * - `msg`: NUL-terminated; NULL is empty. With fields, `{name}` in it stands for the field of that name;
 *   without fields, braces mean nothing.
 * - up to 32 fields: ALOG_I64() and its like; the end of a group counts as one.
 */
#define ALOG_LOG_STATUS(out_status, log, level, ...) \
    do { \
        const alog_logger alog_to_ = (log); \
        const alog_level alog_at_ = (level); \
        alog_status alog_status_ = ALOG_DISABLED; \
        if (alog_is_on(alog_to_, alog_at_)) { \
            ALOG_FIELDS_(__VA_ARGS__); \
            alog_status_ = alog_log_here_(alog_to_, alog_at_, &alog_site_here_, __FILE__, __LINE__, __func__, \
                                          ALOG_FIRST_(__VA_ARGS__), \
                                          ALOG_IS_LITERAL_(ALOG_FIRST_(__VA_ARGS__)), alog_fields_, alog_count_); \
        } \
        *(out_status) = alog_status_; \
    } while (0)

/** ALOG_LOG(log, level, msg, fields...): logs; arguments as of ALOG_LOG_STATUS(). */
#define ALOG_LOG(log, level, ...) \
    do { \
        const alog_logger alog_to_ = (log); \
        const alog_level alog_at_ = (level); \
        if (alog_is_on(alog_to_, alog_at_)) { \
            ALOG_FIELDS_(__VA_ARGS__); \
            (void)alog_log_here_(alog_to_, alog_at_, &alog_site_here_, __FILE__, __LINE__, __func__, \
                                 ALOG_FIRST_(__VA_ARGS__), ALOG_IS_LITERAL_(ALOG_FIRST_(__VA_ARGS__)), alog_fields_, \
                                 alog_count_); \
        } \
    } while (0)

/** ALOG_INFO(log, msg, fields...) and its like: ALOG_LOG() at one level. */
#define ALOG_TRACE(log, ...) ALOG_LOG(log, ALOG_LEVEL_TRACE, __VA_ARGS__)
#define ALOG_DEBUG(log, ...) ALOG_LOG(log, ALOG_LEVEL_DEBUG, __VA_ARGS__)
#define ALOG_INFO(log, ...) ALOG_LOG(log, ALOG_LEVEL_INFO, __VA_ARGS__)
#define ALOG_NOTICE(log, ...) ALOG_LOG(log, ALOG_LEVEL_NOTICE, __VA_ARGS__)
#define ALOG_WARN(log, ...) ALOG_LOG(log, ALOG_LEVEL_WARN, __VA_ARGS__)
#define ALOG_ERROR(log, ...) ALOG_LOG(log, ALOG_LEVEL_ERROR, __VA_ARGS__)
#define ALOG_FATAL(log, ...) ALOG_LOG(log, ALOG_LEVEL_FATAL, __VA_ARGS__)

/* ---- messages by printf ------------------------------------------------------------------------------ */

/* Bytes of a formatted message that need no memory: more than nearly all have. */
#define ALOG_STACK_BYTES_ 512

/** alog_logf() with its arguments as a va_list, which is used up as by vprintf(). */
ALOG_PRINTF_(4, 0)
static inline alog_status alog_vlogf(alog_logger logger, alog_level level, uint32_t source, const char *format,
                                     va_list arguments)
{
    char stack[ALOG_STACK_BYTES_], *text = stack;
    alog_entry entry = {NULL, sizeof stack, NULL, 0, ALOG_BY_POLICY, level, source, 0, 0};
    alog_status status = ALOG_ERR_ARGUMENT;
    va_list again;
    int len;
    if (!alog_is_on(logger, level))
        return ALOG_DISABLED;
    va_copy(again, arguments);
    len = vsnprintf(stack, sizeof stack, format, arguments);
    if (len >= 0 && ALOG_AS_(size_t, len) >= sizeof stack) {
        entry.msg_len = ALOG_AS_(size_t, len) + 1;
        text = ALOG_AS_(char *, malloc(entry.msg_len));
        if (text != NULL)
            len = vsnprintf(text, entry.msg_len, format, again);
    }
    va_end(again);
    if (text == NULL)
        return ALOG_ERR_MEMORY;
    if (len >= 0) {
        /* What fits, whatever the length: another thread may have changed an argument between the two. */
        entry.msg_len = ALOG_AS_(size_t, len) < entry.msg_len ? ALOG_AS_(size_t, len) : entry.msg_len - 1;
        entry.msg = text;
        status = alog_log(logger, &entry);
    }
    if (text != stack)
        free(text);
    return status;
}

/**
 * Logs a message formatted by printf. Braces mean nothing in it.
 *
 * - `source`: of alog_source_get(); 0: unknown.
 * - `format`: as of printf(), checked by the compiler. Nothing is formatted if the level is off.
 *
 * Returns what alog_log() returns; also ALOG_ERR_ARGUMENT if vsnprintf() fails, and ALOG_ERR_MEMORY if there
 * is none for a message above 511 bytes; then the message is not taken, and not counted. Any thread.
 */
ALOG_PRINTF_(4, 5)
static inline alog_status alog_logf(alog_logger logger, alog_level level, uint32_t source, const char *format, ...)
{
    alog_status status;
    va_list arguments;
    va_start(arguments, format);
    status = alog_vlogf(logger, level, source, format, arguments);
    va_end(arguments);
    return status;
}

/** ALOG_LOGF(log, level, format, arguments...): alog_logf() with its place; arguments are evaluated if it is on. */
#define ALOG_LOGF(log, level, ...) \
    do { \
        const alog_logger alog_to_ = (log); \
        const alog_level alog_at_ = (level); \
        if (alog_is_on(alog_to_, alog_at_)) { \
            ALOG_HERE_; \
            (void)alog_logf(alog_to_, alog_at_, alog_source_, __VA_ARGS__); \
        } \
    } while (0)

/** ALOG_INFOF(log, format, arguments...) and its like: ALOG_LOGF() at one level. */
#define ALOG_TRACEF(log, ...) ALOG_LOGF(log, ALOG_LEVEL_TRACE, __VA_ARGS__)
#define ALOG_DEBUGF(log, ...) ALOG_LOGF(log, ALOG_LEVEL_DEBUG, __VA_ARGS__)
#define ALOG_INFOF(log, ...) ALOG_LOGF(log, ALOG_LEVEL_INFO, __VA_ARGS__)
#define ALOG_NOTICEF(log, ...) ALOG_LOGF(log, ALOG_LEVEL_NOTICE, __VA_ARGS__)
#define ALOG_WARNF(log, ...) ALOG_LOGF(log, ALOG_LEVEL_WARN, __VA_ARGS__)
#define ALOG_ERRORF(log, ...) ALOG_LOGF(log, ALOG_LEVEL_ERROR, __VA_ARGS__)
#define ALOG_FATALF(log, ...) ALOG_LOGF(log, ALOG_LEVEL_FATAL, __VA_ARGS__)

#endif /* ALOG_LOG_H */
