/*
 * Errors: polled, folded, bounded, counted, announced by a descriptor; faults of the system never end the host.
 */
#include "gate.h"

#include <poll.h>
#include <sys/resource.h>

static int readable(alog_logger log)
{
    struct pollfd wait;
    memset(&wait, 0, sizeof wait);
    wait.events = POLLIN;
    CHECK_OK(alog_error_fd_get(log, &wait.fd));
    return poll(&wait, 1, 0);
}

/* One message that the sink fails to write. */
static void fail_once(alog_logger log, int32_t os_error)
{
    alog_error error;
    CHECK_EQ(alog_write_sync(log, ALOG_LEVEL_INFO, "x", 1, -1, &error), ALOG_ERR_IO);
    CHECK_EQ(error.os_error, os_error);
}

static void a_full_disk_gives_enospc_and_names_the_file(void)
{
    alog_logger log = logger_to("file:/dev/full", "");
    alog_error error;
    alog_stats stats;
    CHECK_OK(say(log, "x"));
    CHECK_OK(alog_flush(log, -1));
    CHECK_OK(alog_poll_error(log, &error));
    CHECK_EQ(error.code, ALOG_ERR_IO);
    CHECK_EQ(error.os_error, ENOSPC);
    CHECK_EQ(error.count, 1);
    CHECK_TEXT(error.origin, "file:/dev/full");
    CHECK(strstr(error.message, "/dev/full") != NULL);
    CHECK(error.first_unix_ns > 0 && error.first_unix_ns == error.last_unix_ns);
    CHECK_EQ(alog_poll_error(log, &error), ALOG_EMPTY);
    stats = close_account(log);
    CHECK_EQ(stats.failed, 1);
    CHECK_EQ(stats.errors_raised, 1);
    CHECK_EQ(stats.errors_lost, 0);
}

static void identical_consecutive_errors_are_folded_into_one_with_a_count(void)
{
    struct gate gate = GATE_OPEN;
    alog_logger log;
    alog_error error;
    alog_stats stats;
    int i;
    gate.result = ENOSPC;
    log = logger_to_gate(&gate, "");
    for (i = 0; i < 100; i++)
        fail_once(log, ENOSPC);
    CHECK_OK(alog_poll_error(log, &error));
    CHECK_EQ(error.count, 100);
    CHECK(error.first_unix_ns < error.last_unix_ns);
    CHECK_EQ(alog_poll_error(log, &error), ALOG_EMPTY);
    stats = close_account(log);
    CHECK_EQ(stats.failed, 100);
    CHECK_EQ(stats.errors_raised, 100);
}

static void what_exceeds_the_capacity_is_counted_as_lost(void)
{
    struct gate gate = GATE_OPEN;
    alog_logger log = logger_to_gate(&gate, "error_capacity=3");
    alog_error error;
    alog_stats stats;
    int i;
    for (i = 1; i <= 10; i++) {
        gate.result = i;
        fail_once(log, i);
    }
    for (i = 1; i <= 3; i++) {
        CHECK_OK(alog_poll_error(log, &error));
        CHECK_EQ(error.os_error, i);
        CHECK_EQ(error.count, 1);
    }
    CHECK_EQ(alog_poll_error(log, &error), ALOG_EMPTY);
    stats = close_account(log);
    CHECK_EQ(stats.errors_raised, 10);
    CHECK_EQ(stats.errors_lost, 7);
    CHECK_EQ(stats.failed, 10);
}

static void the_descriptor_is_readable_if_and_only_if_an_error_is_there(void)
{
    struct gate gate = GATE_OPEN;
    alog_logger log = logger_to_gate(&gate, "");
    int32_t first, second;
    int round;
    CHECK_OK(alog_error_fd_get(log, &first));
    CHECK_OK(alog_error_fd_get(log, &second));
    CHECK_EQ(first, second);
    CHECK_EQ(readable(log), 0);
    for (round = 0; round < 3; round++) {
        gate.result = EIO;
        fail_once(log, EIO);
        CHECK_EQ(readable(log), 1);
        gate.result = ENOSPC;
        fail_once(log, ENOSPC);
        CHECK_EQ(readable(log), 1);
        CHECK_OK(alog_poll_error(log, NULL));
        CHECK_EQ(readable(log), 1);
        CHECK_OK(alog_poll_error(log, NULL));
        CHECK_EQ(readable(log), 0);
        CHECK_EQ(alog_poll_error(log, NULL), ALOG_EMPTY);
        CHECK_EQ(readable(log), 0);
    }
    fail_once(log, ENOSPC);
    CHECK_OK(alog_stop(log, -1));
    CHECK_EQ(readable(log), 1);
    CHECK_EQ(close_account(log).failed, 7);
}

static void a_poll_that_waits_is_woken_by_the_error(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log;
    struct pollfd wait;
    gate.result = EIO;
    log = logger_stuck_in_gate(&gate, "");
    memset(&wait, 0, sizeof wait);
    wait.events = POLLIN;
    CHECK_OK(alog_error_fd_get(log, &wait.fd));
    gate_open(&gate);
    CHECK_EQ(poll(&wait, 1, -1), 1);
    CHECK_OK(alog_poll_error(log, NULL));
    CHECK_EQ(close_account(log).failed, 1);
}

static int has_ended(alog_logger log)
{
    struct pollfd wait;
    memset(&wait, 0, sizeof wait);
    wait.events = POLLIN;
    CHECK_OK(alog_end_fd_get(log, &wait.fd));
    return poll(&wait, 1, 0);
}

static void the_descriptor_of_the_end_is_readable_if_and_only_if_the_logger_has_stopped(void)
{
    static const char *const kinds[] = {"", "workers=3", "workers=0", "writer=caller"};
    int kind;
    for (kind = 0; kind < 4; kind++) {
        alog_logger log = logger_to(TO_FILE, kinds[kind]), child;
        struct pollfd wait;
        int32_t again;
        memset(&wait, 0, sizeof wait);
        wait.events = POLLIN;
        CHECK_OK(alog_child_new(log, NULL, &child, NULL));
        CHECK_OK(alog_end_fd_get(log, &wait.fd));
        CHECK_OK(alog_end_fd_get(child, &again));
        CHECK_EQ(again, wait.fd);
        CHECK_OK(say(log, "x"));
        CHECK_OK(alog_flush(log, -1));
        CHECK_EQ(has_ended(log), 0);
        CHECK_OK(alog_stop(child, -1));
        CHECK_EQ(has_ended(log), 1);
        CHECK_EQ(has_ended(log), 1);
        wait.fd = dup(wait.fd);
        CHECK_EQ(close_account(log).written, 1);
        CHECK_EQ(poll(&wait, 1, 0), 1);
        CHECK_EQ(close(wait.fd), 0);
    }
}

static void a_stop_that_is_late_is_no_end_before_the_last_error(void)
{
    struct gate gate = GATE_CLOSED;
    struct pollfd wait;
    alog_logger log;
    gate.result = EIO;
    log = logger_stuck_in_gate(&gate, "");
    CHECK_EQ(has_ended(log), 0);
    CHECK_EQ(alog_stop(log, 10), ALOG_ERR_TIMEOUT);
    CHECK_EQ(has_ended(log), 0);
    memset(&wait, 0, sizeof wait);
    wait.events = POLLIN;
    CHECK_OK(alog_end_fd_get(log, &wait.fd));
    gate_open(&gate);
    CHECK_EQ(poll(&wait, 1, -1), 1);
    CHECK_OK(alog_poll_error(log, NULL));
    CHECK_EQ(alog_poll_error(log, NULL), ALOG_EMPTY);
    CHECK_OK(alog_stop(log, -1));
    CHECK_EQ(close_account(log).failed, 1);
}

static void a_file_size_limit_gives_efbig_and_the_host_lives(void)
{
    struct rlimit old, small;
    alog_logger log = logger_to(TO_FILE, "format=raw");
    alog_error error;
    alog_stats stats;
    char *text;
    size_t len;
    int i;
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 4096;
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (i = 0; i < 1000; i++)
        CHECK_OK(say(log, "0123456789abcde"));
    CHECK_OK(alog_flush(log, -1));
    CHECK_OK(alog_poll_error(log, &error));
    CHECK_EQ(error.code, ALOG_ERR_IO);
    CHECK_EQ(error.os_error, EFBIG);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &old), 0);
    CHECK_OK(alog_stop(log, -1));
    stats = close_account(log);
    CHECK_EQ(stats.accepted, 1000);
    CHECK(stats.failed >= 1000 - 4096 / 16);
    text = read_file(LOG_FILE, &len);
    CHECK(len >= stats.written * 16);
    CHECK(len == 0 || text[len - 1] == '\n'); /* no torn line */
    free(text);
}

static void a_dead_reader_of_a_pipe_gives_epipe_and_the_host_lives(void)
{
    char sink[32];
    int ends[2];
    alog_logger log;
    alog_error error;
    CHECK_EQ(pipe(ends), 0);
    snprintf(sink, sizeof sink, "fd:%d", ends[1]);
    log = logger_to(sink, "");
    CHECK_OK(alog_write_sync(log, ALOG_LEVEL_INFO, "x", 1, -1, NULL));
    CHECK_EQ(close(ends[0]), 0);
    CHECK_EQ(alog_write_sync(log, ALOG_LEVEL_INFO, "y", 1, -1, &error), ALOG_ERR_IO);
    CHECK_EQ(error.os_error, EPIPE);
    CHECK_TEXT(error.origin, sink);
    CHECK_OK(alog_poll_error(log, &error));
    CHECK_EQ(error.os_error, EPIPE);
    CHECK_EQ(close(ends[1]), 0);
    CHECK_EQ(close_account(log).failed, 1);
}

int main(void)
{
    check_begin();
    RUN(a_full_disk_gives_enospc_and_names_the_file);
    RUN(identical_consecutive_errors_are_folded_into_one_with_a_count);
    RUN(what_exceeds_the_capacity_is_counted_as_lost);
    RUN(the_descriptor_is_readable_if_and_only_if_an_error_is_there);
    RUN(a_poll_that_waits_is_woken_by_the_error);
    RUN(the_descriptor_of_the_end_is_readable_if_and_only_if_the_logger_has_stopped);
    RUN(a_stop_that_is_late_is_no_end_before_the_last_error);
    RUN(a_file_size_limit_gives_efbig_and_the_host_lives);
    RUN(a_dead_reader_of_a_pipe_gives_epipe_and_the_host_lives);
    return check_end();
}
