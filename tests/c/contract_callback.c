/*
 * Callback sinks: whole lines, one call at a time, failures counted, refusals instead of hangs.
 */
#include "gate.h"

static void an_errno_returned_counts_as_failed_and_names_the_sink(void)
{
    struct gate gate = GATE_OPEN;
    alog_logger log;
    alog_error error;
    alog_stats stats;
    gate.result = EDQUOT;
    log = logger_to_gate(&gate, "");
    CHECK_OK(say(log, "x"));
    CHECK_OK(alog_flush(log, -1));
    CHECK_OK(alog_poll_error(log, &error));
    CHECK_EQ(error.code, ALOG_ERR_IO);
    CHECK_EQ(error.os_error, EDQUOT);
    CHECK_TEXT(error.origin, "callback:gate");
    gate.result = 0;
    CHECK_OK(alog_write_sync(log, ALOG_LEVEL_INFO, "y", 1, -1, NULL));
    stats = close_account(log);
    CHECK_EQ(stats.failed, 1);
    CHECK_EQ(stats.written, 1);
}

struct inside {
    alog_logger log;
    uint64_t calls, lines;
    int busy;              /* a call is under way */
    uint64_t written_here; /* messages accepted from inside the callback */
    alog_status full;      /* what the first refused write inside said */
};

/* Every line whole, the count right, and never two calls at once. */
static void check_batch(struct inside *inside, const char *lines, size_t lines_len, uint64_t line_count)
{
    uint64_t newlines = 0;
    size_t i;
    CHECK(!__atomic_exchange_n(&inside->busy, 1, __ATOMIC_ACQUIRE));
    CHECK(lines_len > 0 && lines[lines_len - 1] == '\n');
    for (i = 0; i < lines_len; i++)
        newlines += lines[i] == '\n';
    CHECK_EQ(newlines, line_count);
    inside->calls++;
    inside->lines += line_count;
    __atomic_store_n(&inside->busy, 0, __ATOMIC_RELEASE);
}

static int32_t count_lines(void *user_data, const char *lines, size_t lines_len, uint64_t line_count)
{
    check_batch((struct inside *)user_data, lines, lines_len, line_count);
    return 0;
}

static void *write_thousands(void *argument)
{
    int i;
    for (i = 0; i < 20000; i++)
        CHECK_OK(say(*(alog_logger *)argument, "a line\nof two"));
    return NULL;
}

static alog_logger logger_inside(struct inside *inside, alog_sink_fn write, const char *settings)
{
    alog_config *config = config_with(settings);
    memset(inside, 0, sizeof *inside);
    CHECK_OK(alog_config_add_callback(config, "inside", write, inside, NULL, NULL));
    inside->log = logger_from(config);
    return inside->log;
}

static void batches_are_whole_lines_and_come_one_at_a_time(void)
{
    struct inside inside;
    alog_logger log = logger_inside(&inside, count_lines, "");
    pthread_t threads[4];
    int i;
    for (i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, write_thousands, &log), 0);
    for (i = 0; i < 4; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(close_account(log).written, 80000);
    CHECK_EQ(inside.lines, 80000);
    CHECK(inside.calls < 80000);
}

/* On its first call only: everything that could wait for the thread it runs on. */
static int32_t wait_for_itself(void *user_data, const char *lines, size_t lines_len, uint64_t line_count)
{
    struct inside *inside = (struct inside *)user_data;
    check_batch(inside, lines, lines_len, line_count);
    if (inside->calls == 1) {
        alog_error error;
        alog_stats stats;
        CHECK_EQ(alog_flush(inside->log, -1), ALOG_ERR_WOULD_DEADLOCK);
        CHECK_EQ(alog_flush(inside->log, 0), ALOG_ERR_WOULD_DEADLOCK);
        CHECK_EQ(alog_stop(inside->log, -1), ALOG_ERR_WOULD_DEADLOCK);
        CHECK_EQ(alog_free(inside->log), ALOG_ERR_WOULD_DEADLOCK);
        CHECK_EQ(alog_write_sync(inside->log, ALOG_LEVEL_INFO, "x", 1, -1, &error), ALOG_ERR_WOULD_DEADLOCK);
        CHECK_EQ(error.code, ALOG_ERR_WOULD_DEADLOCK);
        CHECK_OK(alog_poll_error(inside->log, &error)); /* the refusal is known at once */
        CHECK_EQ(error.code, ALOG_ERR_WOULD_DEADLOCK);
        CHECK_EQ(alog_poll_error(inside->log, &error), ALOG_EMPTY);
        CHECK_OK(alog_stats_get(inside->log, &stats));
        check_balance(&stats);
        CHECK_EQ(stats.pending, 1);
        CHECK_OK(say(inside->log, "from inside"));
        inside->written_here++;
    }
    return 0;
}

/* The callback needs its logger's handle, so the handle is filled in before the first message. */
static void a_callback_may_log_and_is_refused_what_would_wait_for_itself(void)
{
    struct inside inside;
    alog_logger log = logger_inside(&inside, wait_for_itself, "");
    alog_stats stats;
    CHECK_OK(say(log, "first"));
    CHECK_OK(alog_flush(log, -1));
    stats = close_account(log);
    CHECK_EQ(inside.written_here, 1);
    CHECK_EQ(stats.written, 2);
    CHECK_EQ(stats.rejected[ALOG_REJECT_WOULD_DEADLOCK], 1);
}

static int32_t fill_the_queue(void *user_data, const char *lines, size_t lines_len, uint64_t line_count)
{
    struct inside *inside = (struct inside *)user_data;
    check_batch(inside, lines, lines_len, line_count);
    while (inside->full == ALOG_OK) {
        inside->full = say(inside->log, "from inside");
        inside->written_here += inside->full == ALOG_OK;
    }
    return 0;
}

static void a_callback_that_fills_the_queue_is_refused_instead_of_waiting(void)
{
    struct inside inside;
    alog_logger log = logger_inside(&inside, fill_the_queue, "queue_bytes=4KiB overflow=block");
    alog_stats stats;
    CHECK_OK(say(log, "first"));
    CHECK_OK(alog_flush(log, -1));
    stats = close_account(log);
    CHECK_EQ(inside.full, ALOG_ERR_WOULD_DEADLOCK);
    CHECK(inside.written_here > 0);
    CHECK_EQ(stats.written, 1 + inside.written_here);
    CHECK_EQ(stats.rejected[ALOG_REJECT_WOULD_DEADLOCK], 1);
}

int main(void)
{
    check_begin();
    RUN(an_errno_returned_counts_as_failed_and_names_the_sink);
    RUN(batches_are_whole_lines_and_come_one_at_a_time);
    RUN(a_callback_may_log_and_is_refused_what_would_wait_for_itself);
    RUN(a_callback_that_fills_the_queue_is_refused_instead_of_waiting);
    return check_end();
}
