/*
 * What a log file holds, line by line; fields, and one call with them.
 */
#ifndef LINES_H
#define LINES_H

#include "check.h"

#include <stdarg.h>

/* Settings under which json lines hold nothing that changes from run to run. */
#define JSON "format=json time_key="

/* LOG_FILE holds exactly these lines, in this order; NULL ends them. */
static inline void check_lines(const char *first, ...)
{
    char *text = read_file(LOG_FILE, NULL), *cursor = text, *line;
    const char *expected = first;
    va_list rest;
    va_start(rest, first);
    while ((line = next_line(&cursor)) != NULL) {
        if (expected == NULL)
            fprintf(stderr, "a line more: %s\n", line);
        CHECK(expected != NULL);
        CHECK_TEXT(line, expected);
        expected = va_arg(rest, const char *);
    }
    va_end(rest);
    if (expected != NULL)
        fprintf(stderr, "a line less: %s\n", expected);
    CHECK(expected == NULL);
    free(text);
}

static inline alog_field field_of(const char *key, int32_t type)
{
    alog_field field = {key, strlen(key), type, 0, {0}};
    return field;
}

static inline alog_field field_i64(const char *key, int64_t value)
{
    alog_field field = field_of(key, ALOG_FIELD_I64);
    field.value.i64 = value;
    return field;
}

static inline alog_field field_str(const char *key, const char *text)
{
    alog_field field = field_of(key, ALOG_FIELD_STR);
    field.value.bytes.ptr = text;
    field.value.bytes.len = strlen(text);
    return field;
}

static inline alog_entry entry_of(const char *msg, const alog_field *fields, size_t count)
{
    alog_entry entry = {msg, strlen(msg), fields, count, ALOG_BY_POLICY, ALOG_LEVEL_INFO, 0, 0, 0};
    return entry;
}

static inline alog_status log_fields(alog_logger log, const char *msg, const alog_field *fields, size_t count)
{
    alog_entry entry = entry_of(msg, fields, count);
    return alog_log(log, &entry);
}

#endif
