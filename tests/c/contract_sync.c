/*
 * alog_write_sync, alog_log_sync: the destination's own answer, in order, within a deadline.
 */
#include "gate.h"

static alog_status say_sync(alog_logger log, const char *text, int64_t timeout_ms, alog_error *error)
{
    return alog_write_sync(log, ALOG_LEVEL_INFO, text, strlen(text), timeout_ms, error);
}

static void success_means_written_and_after_what_the_thread_logged_before(void)
{
    alog_logger log = logger_to(TO_FILE, "format=raw");
    alog_stats stats;
    char *text;
    CHECK_OK(say(log, "first"));
    CHECK_OK(say(log, "second"));
    CHECK_OK(say_sync(log, "third", -1, NULL));
    text = read_file(LOG_FILE, NULL);
    CHECK_TEXT(text, "first\nsecond\nthird\n");
    free(text);
    stats = stats_of(log);
    CHECK_EQ(stats.written, 3);
    CHECK_EQ(stats.pending, 0);
    close_account(log);
}

static void a_failing_sink_gives_its_own_error(void)
{
    alog_logger log = logger_to("file:/dev/full", "");
    alog_error error;
    alog_stats stats;
    int i;
    for (i = 0; i < 3; i++) {
        memset(&error, 0, sizeof error);
        CHECK_EQ(say_sync(log, "x", -1, &error), ALOG_ERR_IO);
        CHECK_EQ(error.code, ALOG_ERR_IO);
        CHECK_EQ(error.os_error, ENOSPC);
        CHECK_TEXT(error.origin, "file:/dev/full");
    }
    stats = close_account(log);
    CHECK_EQ(stats.failed, 3);
    CHECK_EQ(stats.written, 0);
}

static void of_mixed_sinks_one_failure_is_told_and_one_success_counts_as_written(void)
{
    alog_config *config = config_with("format=raw");
    alog_logger log;
    alog_error error;
    alog_sink_stats sink;
    alog_stats stats;
    char *text;
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    CHECK_OK(alog_config_add_sink(config, "file:/dev/full", NULL));
    log = logger_from(config);
    CHECK_EQ(say_sync(log, "x", -1, &error), ALOG_ERR_IO);
    CHECK_TEXT(error.origin, "file:/dev/full");
    CHECK_OK(alog_sink_stats_get(log, 0, &sink));
    CHECK_EQ(sink.written, 1);
    CHECK_OK(alog_sink_stats_get(log, 1, &sink));
    CHECK_EQ(sink.failed, 1);
    stats = close_account(log);
    CHECK_EQ(stats.written, 1);
    CHECK_EQ(stats.failed, 0);
    text = read_file(LOG_FILE, NULL);
    CHECK_TEXT(text, "x\n");
    free(text);
}

static void of_two_failures_the_first_sink_is_told(void)
{
    struct gate first = GATE_OPEN, second = GATE_OPEN;
    alog_config *config = config_with("");
    alog_logger log;
    alog_error error;
    first.result = EDQUOT;
    second.result = EIO;
    CHECK_OK(alog_config_add_callback(config, "first", gate_write, &first, NULL, NULL));
    CHECK_OK(alog_config_add_callback(config, "second", gate_write, &second, NULL, NULL));
    log = logger_from(config);
    CHECK_EQ(say_sync(log, "x", -1, &error), ALOG_ERR_IO);
    CHECK_EQ(error.os_error, EDQUOT);
    CHECK_TEXT(error.origin, "callback:first");
    CHECK_EQ(close_account(log).failed, 1);
}

static void a_message_that_no_sink_takes_is_no_failure(void)
{
    alog_logger log = logger_to("file:test.log?level=error", "");
    CHECK_OK(say_sync(log, "x", -1, NULL));
    CHECK_EQ(close_account(log).dropped[ALOG_DROP_FILTERED], 1);
}

static void a_message_past_its_deadline_stays_accepted_and_is_written(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = logger_to_gate(&gate, "");
    alog_error error;
    alog_stats stats;
    CHECK_EQ(say_sync(log, "x", 0, &error), ALOG_ERR_TIMEOUT);
    CHECK_EQ(error.code, ALOG_ERR_TIMEOUT);
    CHECK_EQ(say_sync(log, "y", 20, NULL), ALOG_ERR_TIMEOUT);
    gate_wait(&gate);
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_EQ(stats.pending, 2);
    gate_open(&gate);
    CHECK_OK(say_sync(log, "z", -1, NULL));
    CHECK_EQ(gate.lines, 3);
    CHECK_EQ(close_account(log).written, 3);
}

static void a_message_that_finds_no_space_until_its_deadline_is_not_taken(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = logger_stuck_in_gate(&gate, "queue_bytes=4KiB overflow=block:1ms");
    alog_stats stats;
    uint64_t accepted;
    while (say(log, "fill") == ALOG_OK)
        continue;
    accepted = stats_of(log).accepted;
    CHECK_EQ(say_sync(log, "x", 20, NULL), ALOG_ERR_TIMEOUT);
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_EQ(stats.accepted, accepted);
    CHECK_EQ(stats.rejected[ALOG_REJECT_TIMEOUT], 2);
    gate_open(&gate);
    CHECK_EQ(close_account(log).written, accepted);
}

static void a_record_has_its_fields_and_its_place_in_the_program(void)
{
    alog_logger log = logger_to("file:test.log?pattern={level} {source} {function} {message} {fields}", "");
    alog_field field = {"id", 2, ALOG_FIELD_I64, 0, {5}};
    alog_entry entry = {"user {id}", 9, NULL, 0, ALOG_BY_POLICY, ALOG_LEVEL_FATAL, 0, ALOG_TEMPLATE, 0};
    char *text;
    entry.fields = &field;
    entry.field_count = 1;
    CHECK_OK(alog_source_get("prices.c", 8, 42, "shop", 4, &entry.source));
    CHECK_OK(say(log, "before"));
    CHECK_OK(alog_log_sync(log, &entry, NULL));
    text = read_file(LOG_FILE, NULL);
    CHECK_TEXT(text, "INFO   before \nFATAL prices.c:42 shop user 5 \n");
    free(text);
    memset(&entry, 0, sizeof entry);
    entry.level = ALOG_LEVEL_INFO;
    entry.timeout_ms = -1;
    CHECK_OK(alog_log_sync(log, &entry, NULL));
    CHECK_EQ(stats_of(log).written, 3);
    CHECK_EQ(close_account(log).written, 3);
}

static void a_record_that_is_none_is_not_taken(void)
{
    alog_logger log = logger_to(TO_FILE, "max_message_bytes=100");
    alog_field field = {"k", 1, -1, 0, {0}};
    alog_entry entry = {"x", 1, NULL, 1, ALOG_BY_POLICY, ALOG_LEVEL_INFO, 0, 0, 0};
    char long_message[200];
    alog_error error;
    memset(long_message, 'x', sizeof long_message);
    CHECK_EQ(alog_log_sync(log, NULL, &error), ALOG_ERR_ARGUMENT);
    CHECK_EQ(error.code, ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_log_sync(log, &entry, NULL), ALOG_ERR_ARGUMENT);
    entry.fields = &field;
    CHECK_EQ(alog_log_sync(log, &entry, &error), ALOG_ERR_FIELD);
    CHECK_EQ(error.code, ALOG_ERR_FIELD);
    entry.field_count = 0;
    entry.flags = 2;
    CHECK_EQ(alog_log_sync(log, &entry, NULL), ALOG_ERR_ARGUMENT);
    entry.flags = 0;
    entry.timeout_ms = -2;
    CHECK_EQ(alog_log_sync(log, &entry, NULL), ALOG_ERR_ARGUMENT);
    entry.timeout_ms = 0;
    entry.level = 7;
    CHECK_EQ(alog_log_sync(log, &entry, NULL), ALOG_ERR_ARGUMENT);
    entry.level = ALOG_LEVEL_TRACE;
    CHECK_EQ(alog_log_sync(log, &entry, NULL), ALOG_DISABLED);
    entry.level = ALOG_LEVEL_INFO;
    entry.msg = long_message;
    entry.msg_len = sizeof long_message;
    CHECK_EQ(alog_log_sync(log, &entry, NULL), ALOG_ERR_TOO_LARGE);
    CHECK_EQ(close_account(log).accepted, 0);
}

static void a_record_gets_the_destinations_answer_within_its_own_deadline(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = logger_to_gate(&gate, "");
    alog_entry entry = {"x", 1, NULL, 0, 20, ALOG_LEVEL_INFO, 0, 0, 0};
    alog_error error;
    CHECK_EQ(alog_log_sync(log, &entry, &error), ALOG_ERR_TIMEOUT);
    gate_wait(&gate);
    gate.result = EIO;
    gate_open(&gate);
    entry.timeout_ms = ALOG_BY_POLICY;
    CHECK_EQ(alog_log_sync(log, &entry, &error), ALOG_ERR_IO);
    CHECK_EQ(error.os_error, EIO);
    CHECK_EQ(close_account(log).accepted, 2);
}

static void *say_sync_until_stopped(void *argument)
{
    alog_logger log = *(alog_logger *)argument;
    alog_status status;
    do
        status = say_sync(log, "x", -1, NULL);
    while (status == ALOG_OK);
    CHECK_EQ(status, ALOG_ERR_STOPPED);
    return NULL;
}

static void stop_answers_every_thread_that_waits(void)
{
    alog_logger log = logger_to(TO_FILE, "");
    pthread_t threads[4];
    int i;
    for (i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, say_sync_until_stopped, &log), 0);
    while (stats_of(log).written < 100)
        sched_yield();
    CHECK_OK(alog_stop(log, -1));
    for (i = 0; i < 4; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(close_account(log).rejected[ALOG_REJECT_STOPPED], 4);
}

int main(void)
{
    check_begin();
    RUN(success_means_written_and_after_what_the_thread_logged_before);
    RUN(a_failing_sink_gives_its_own_error);
    RUN(of_mixed_sinks_one_failure_is_told_and_one_success_counts_as_written);
    RUN(of_two_failures_the_first_sink_is_told);
    RUN(a_message_that_no_sink_takes_is_no_failure);
    RUN(a_message_past_its_deadline_stays_accepted_and_is_written);
    RUN(a_message_that_finds_no_space_until_its_deadline_is_not_taken);
    RUN(a_record_has_its_fields_and_its_place_in_the_program);
    RUN(a_record_that_is_none_is_not_taken);
    RUN(a_record_gets_the_destinations_answer_within_its_own_deadline);
    RUN(stop_answers_every_thread_that_waits);
    return check_end();
}
