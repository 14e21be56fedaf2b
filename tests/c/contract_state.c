/*
 * The states of a logger (running, stopping, stopped, freed) and what each function says in each.
 */
#include "gate.h"
#include "handle.h"

/* Whether an error is there to poll; takes it. */
static alog_status take_error(alog_logger log)
{
    alog_error error;
    return alog_poll_error(log, &error);
}

static void a_running_logger_accepts_flushes_and_polls(void)
{
    alog_logger log = logger_to(TO_FILE, "");
    alog_stats stats;
    CHECK_OK(say(log, "x"));
    CHECK_OK(alog_write_sync(log, ALOG_LEVEL_INFO, "y", 1, -1, NULL));
    CHECK_OK(say(log, "z"));
    CHECK_OK(alog_flush(log, -1));
    CHECK_EQ(take_error(log), ALOG_EMPTY);
    stats = stats_of(log);
    CHECK_EQ(stats.written, 3);
    CHECK_EQ(stats.pending, 0);
    close_account(log);
}

static void a_stopping_logger_refuses_writes_and_answers_the_rest(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = logger_stuck_in_gate(&gate, "");
    alog_stats stats;
    CHECK_EQ(alog_stop(log, 0), ALOG_ERR_TIMEOUT);
    CHECK_EQ(say(log, "late"), ALOG_ERR_STOPPED);
    CHECK_EQ(alog_write_sync(log, ALOG_LEVEL_INFO, "late", 4, -1, NULL), ALOG_ERR_STOPPED);
    CHECK_EQ(take_error(log), ALOG_EMPTY);
    CHECK_EQ(alog_flush(log, 0), ALOG_ERR_TIMEOUT);
    CHECK_EQ(alog_flush(log, 1), ALOG_ERR_TIMEOUT);
    CHECK_EQ(alog_stop(log, 1), ALOG_ERR_TIMEOUT);
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_EQ(stats.accepted, 1);
    CHECK_EQ(stats.pending, 1);
    CHECK_EQ(stats.rejected[ALOG_REJECT_STOPPED], 2);
    gate_open(&gate);
    CHECK_OK(alog_flush(log, -1));
    CHECK_EQ(close_account(log).written, 1);
}

static void a_stopped_logger_still_tells_what_went_wrong_in_the_drain(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = logger_stuck_in_gate(&gate, "");
    alog_stats stats;
    gate.result = ENOSPC;
    CHECK_EQ(alog_stop(log, 0), ALOG_ERR_TIMEOUT);
    gate_open(&gate);
    CHECK_OK(alog_stop(log, -1));
    CHECK_EQ(say(log, "late"), ALOG_ERR_STOPPED);
    CHECK_OK(alog_flush(log, 0));
    CHECK_OK(alog_flush(log, -1));
    CHECK_OK(alog_stop(log, 0));
    CHECK_OK(alog_stop(log, -1));
    CHECK_OK(take_error(log));
    CHECK_EQ(take_error(log), ALOG_EMPTY);
    stats = close_account(log);
    CHECK_EQ(stats.failed, 1);
    CHECK_EQ(stats.rejected[ALOG_REJECT_STOPPED], 1);
}

static void a_freed_logger_and_one_that_never_was_give_the_same_answer(void)
{
    alog_logger never = {UINT64_C(0x1234567800000001)};
    alog_logger log = logger_to(TO_FILE, "");
    close_account(log);
    check_refused(log);
    check_refused(never);
}

static void free_stops_a_running_logger_and_writes_what_was_accepted(void)
{
    alog_logger log = logger_to(TO_FILE, "format=raw");
    alog_stats stats;
    char *text;
    int i;
    for (i = 0; i < 1000; i++)
        CHECK_OK(say(log, "x"));
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_OK(alog_free(log));
    text = read_file(LOG_FILE, NULL);
    CHECK_EQ(strlen(text), 2000);
    free(text);
}

static void a_switched_off_level_is_no_attempt(void)
{
    alog_logger log = logger_to(TO_FILE, "level=warn");
    alog_stats stats;
    CHECK_EQ(say(log, "x"), ALOG_DISABLED);
    CHECK_EQ(alog_write_sync(log, ALOG_LEVEL_NOTICE, "x", 1, -1, NULL), ALOG_DISABLED);
    CHECK_OK(alog_write(log, ALOG_LEVEL_WARN, "x", 1));
    stats = close_account(log);
    CHECK_EQ(stats.attempted, 1);
    CHECK_EQ(stats.written, 1);
}

static void a_wrong_level_or_deadline_is_refused(void)
{
    alog_logger log = logger_to(TO_FILE, "level=trace");
    alog_stats stats;
    CHECK_EQ(alog_write(log, -1, "x", 1), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_write(log, ALOG_LEVEL_FATAL + 1, "x", 1), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_write(log, INT32_MIN, "x", 1), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_write(log, INT32_MAX, "x", 1), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_write_sync(log, ALOG_LEVEL_INFO, "x", 1, -2, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_flush(log, -2), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_flush(log, INT64_MIN), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_stop(log, -2), ALOG_ERR_ARGUMENT);
    CHECK_OK(alog_write(log, ALOG_LEVEL_TRACE, "x", 1));
    CHECK_OK(alog_flush(log, INT64_MAX));
    stats = close_account(log);
    CHECK_EQ(stats.written, 1);
    CHECK(stats.rejected[ALOG_REJECT_ARGUMENT] >= 4);
}

int main(void)
{
    check_begin();
    RUN(a_running_logger_accepts_flushes_and_polls);
    RUN(a_stopping_logger_refuses_writes_and_answers_the_rest);
    RUN(a_stopped_logger_still_tells_what_went_wrong_in_the_drain);
    RUN(a_freed_logger_and_one_that_never_was_give_the_same_answer);
    RUN(free_stops_a_running_logger_and_writes_what_was_accepted);
    RUN(a_switched_off_level_is_no_attempt);
    RUN(a_wrong_level_or_deadline_is_refused);
    return check_end();
}
