/*
 * Numbered messages, "WRITER NUMBER": what was accepted is found in the file exactly once and in order.
 */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include "check.h"

/* Writes the next message of `writer`, and counts it if and only if it was accepted. */
static inline alog_status say_next(alog_logger log, int writer, uint64_t *accepted)
{
    char message[48];
    int len = snprintf(message, sizeof message, "%d %llu", writer, (unsigned long long)*accepted);
    alog_status status = alog_write(log, ALOG_LEVEL_INFO, message, (size_t)len);
    if (status == ALOG_OK)
        ++*accepted;
    return status;
}

/* Each line of the file is the next message of its writer, and each writer has all that it counted. */
static inline void check_sequences(const char *path, int writers, const uint64_t *accepted)
{
    char *text = read_file(path, NULL), *cursor = text, *line;
    uint64_t *next = (uint64_t *)calloc((size_t)writers, sizeof *next);
    int i;
    CHECK(next != NULL);
    while ((line = next_line(&cursor)) != NULL) {
        int writer = -1, len = 0;
        unsigned long long number = 0;
        CHECK_EQ(sscanf(line, "%d %llu%n", &writer, &number, &len), 2);
        CHECK_EQ(line[len], '\0'); /* or it is torn */
        CHECK(writer >= 0 && writer < writers);
        CHECK_EQ(number, next[writer]);
        next[writer]++;
    }
    for (i = 0; i < writers; i++)
        CHECK_EQ(next[i], accepted[i]);
    free(next);
    free(text);
}

#endif
