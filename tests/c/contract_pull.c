/*
 * Lines that the program takes: once and in order, what does not fit, and how it ends.
 */
#include "sequence.h"

#include <poll.h>

enum { WRITERS = 4, MESSAGES = 5000 };

struct writer {
    alog_logger log;
    int number;
    uint64_t accepted;
};

static void *write_all(void *argument)
{
    struct writer *writer = (struct writer *)argument;
    while (writer->accepted < MESSAGES)
        CHECK_OK(say_next(writer->log, writer->number, &writer->accepted));
    return NULL;
}

static void *stop(void *argument)
{
    CHECK_OK(alog_stop(*(const alog_logger *)argument, -1));
    return NULL;
}

/* Takes everything until the end into the log file; gives how many lines. */
static uint64_t pull_all(alog_logger log, size_t size)
{
    char lines[4096];
    FILE *file = fopen(LOG_FILE, "ab");
    alog_status status;
    size_t len = 0;
    uint64_t count = 0, total = 0;
    CHECK(file != NULL && size <= sizeof lines);
    while ((status = alog_pull(log, "out", lines, size, -1, &len, &count)) == ALOG_OK) {
        CHECK(len > 0 && len <= size && count > 0 && lines[len - 1] == '\n');
        CHECK_EQ(fwrite(lines, 1, len, file), len);
        total += count;
    }
    CHECK_EQ(status, ALOG_ERR_STOPPED);
    CHECK_EQ(fclose(file), 0);
    return total;
}

static void everything_is_pulled_once_and_in_order(void)
{
    alog_logger log = logger_to("pull:out?queue_bytes=64KiB", "format=raw queue_bytes=4KiB");
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS], stopping;
    uint64_t accepted[WRITERS], total = 0;
    char lines[64];
    size_t len;
    int i;
    for (i = 0; i < WRITERS; i++) {
        writers[i].log = log;
        writers[i].number = i;
        writers[i].accepted = 0;
        accepted[i] = MESSAGES;
        CHECK_EQ(pthread_create(&threads[i], NULL, write_all, &writers[i]), 0);
    }
    /* Until all is accepted this thread takes some, so that nobody waits for space for ever. */
    {
        FILE *file = fopen(LOG_FILE, "ab");
        uint64_t count;
        CHECK(file != NULL);
        while (total < WRITERS * MESSAGES / 2) {
            CHECK_OK(alog_pull(log, "out", lines, sizeof lines, -1, &len, &count));
            CHECK_EQ(fwrite(lines, 1, len, file), len);
            total += count;
        }
        while (stats_of(log).accepted < WRITERS * MESSAGES) {
            alog_status status = alog_pull(log, "out", lines, sizeof lines, 0, &len, &count);
            if (status == ALOG_OK) {
                CHECK_EQ(fwrite(lines, 1, len, file), len);
                total += count;
            } else {
                CHECK_EQ(status, ALOG_EMPTY);
            }
        }
        CHECK_EQ(fclose(file), 0);
    }
    CHECK_EQ(pthread_create(&stopping, NULL, stop, &log), 0);
    total += pull_all(log, 4096);
    CHECK_EQ(pthread_join(stopping, NULL), 0);
    for (i = 0; i < WRITERS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(total, WRITERS * MESSAGES);
    CHECK_EQ(close_account(log).written, WRITERS * MESSAGES);
    check_sequences(LOG_FILE, WRITERS, accepted);
}

static void a_line_that_does_not_fit_is_not_taken(void)
{
    alog_logger log = logger_to("pull:out", "format=raw");
    char lines[16];
    size_t len = 0;
    uint64_t count = 77;
    CHECK_OK(say(log, "0123456789"));
    CHECK_EQ(alog_pull(log, "out", NULL, 0, -1, &len, &count), ALOG_ERR_TOO_LARGE);
    CHECK_EQ(len, 11);
    CHECK_EQ(alog_pull(log, "out", lines, 10, -1, &len, NULL), ALOG_ERR_TOO_LARGE);
    CHECK_OK(alog_pull(log, "out", lines, 11, -1, &len, &count));
    CHECK_EQ(len, 11);
    CHECK_EQ(count, 1);
    CHECK(memcmp(lines, "0123456789\n", 11) == 0);
    CHECK_EQ(alog_pull(log, "out", lines, sizeof lines, 0, &len, &count), ALOG_EMPTY);
    CHECK_EQ(close_account(log).written, 1);
}

static void one_thread_stops_and_pulls_on(void)
{
    alog_logger log = logger_to("pull:out", "format=raw");
    uint64_t accepted = 0;
    while (accepted < 100)
        CHECK_OK(say_next(log, 0, &accepted));
    CHECK_EQ(alog_flush(log, 0), ALOG_ERR_TIMEOUT);
    CHECK_EQ(alog_stop(log, 0), ALOG_ERR_TIMEOUT);
    CHECK_EQ(pull_all(log, 32), 100);
    CHECK_EQ(close_account(log).written, 100);
    check_sequences(LOG_FILE, 1, &accepted);
}

static void the_descriptor_is_readable_while_there_is_a_line(void)
{
    alog_logger log = logger_to("pull:out", "format=raw");
    struct pollfd wait;
    char lines[16];
    size_t len;
    int32_t fd = -1;
    CHECK_OK(alog_pull_fd_get(log, "out", &fd));
    wait.fd = fd;
    wait.events = POLLIN;
    CHECK_EQ(poll(&wait, 1, 0), 0);
    CHECK_OK(say(log, "x"));
    CHECK_EQ(poll(&wait, 1, -1), 1);
    CHECK_OK(alog_pull(log, "out", lines, sizeof lines, 0, &len, NULL));
    CHECK_EQ(poll(&wait, 1, 0), 0);
    CHECK_OK(alog_stop(log, -1));
    CHECK_EQ(poll(&wait, 1, 0), 1);
    CHECK_OK(alog_free(log));
}

static void what_is_wrong_is_refused(void)
{
    alog_logger log = logger_to("pull:out", ""), none = {0};
    char lines[16];
    size_t len;
    int32_t fd;
    CHECK_EQ(alog_pull(none, "out", lines, sizeof lines, 0, &len, NULL), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_pull(log, "in", lines, sizeof lines, 0, &len, NULL), ALOG_ERR_SINK);
    CHECK_EQ(alog_pull(log, NULL, lines, sizeof lines, 0, &len, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_pull(log, "out", NULL, sizeof lines, 0, &len, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_pull(log, "out", lines, sizeof lines, 0, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_pull(log, "out", lines, sizeof lines, -2, &len, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_pull_fd_get(none, "out", &fd), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_pull_fd_get(log, "in", &fd), ALOG_ERR_SINK);
    CHECK_EQ(alog_pull_fd_get(log, "out", NULL), ALOG_ERR_ARGUMENT);
    CHECK_OK(alog_free(log));
}

int main(void)
{
    check_begin();
    RUN(everything_is_pulled_once_and_in_order);
    RUN(a_line_that_does_not_fit_is_not_taken);
    RUN(one_thread_stops_and_pulls_on);
    RUN(the_descriptor_is_readable_while_there_is_a_line);
    RUN(what_is_wrong_is_refused);
    return check_end();
}
