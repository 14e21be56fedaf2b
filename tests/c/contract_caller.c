/*
 * Where the program writes: alog_run() on a thread, alog_drain() in a loop; and hand-over without a queue.
 */
#include "gate.h"
#include "lines.h"
#include "sequence.h"
#include "tasks.h"

enum { MESSAGES = 2000 };

struct runner {
    alog_logger log;
    alog_status status;
};

static void *run(void *argument)
{
    struct runner *runner = (struct runner *)argument;
    runner->status = alog_run(runner->log);
    return NULL;
}

static void run_writes_until_the_logger_is_stopped(void)
{
    struct gate gate = GATE_CLOSED;
    alog_config *config = config_with("writer=caller queue_bytes=4KiB format=raw");
    struct runner runner;
    pthread_t thread;
    uint64_t accepted = 0;
    add_gate(config, &gate);
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    runner.log = logger_from(config);
    runner.status = ALOG_ERR_ARGUMENT;
    CHECK_OK(say_next(runner.log, 0, &accepted));
    CHECK_EQ(pthread_create(&thread, NULL, run, &runner), 0);
    gate_wait(&gate); /* it runs */
    CHECK_EQ(alog_run(runner.log), ALOG_ERR_MODE);
    CHECK_EQ(alog_drain(runner.log, 0, NULL), ALOG_EMPTY);
    CHECK_EQ(alog_flush(runner.log, 0), ALOG_ERR_TIMEOUT);
    gate_open(&gate);
    while (accepted < MESSAGES)
        CHECK_OK(say_next(runner.log, 0, &accepted));
    CHECK_OK(alog_flush(runner.log, -1));
    CHECK_OK(alog_stop(runner.log, -1));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_OK(runner.status);
    CHECK_EQ(alog_run(runner.log), ALOG_ERR_MODE); /* stopped */
    CHECK_EQ(close_account(runner.log).written, MESSAGES);
    check_sequences(LOG_FILE, 1, &accepted);
}

static void drain_writes_so_many_and_never_waits(void)
{
    alog_logger log = logger_to(TO_FILE, "writer=caller format=raw");
    uint64_t accepted = 0, total = 0;
    size_t count = 77;
    CHECK_EQ(alog_drain(log, 0, &count), ALOG_EMPTY);
    while (accepted < 10)
        CHECK_OK(say_next(log, 0, &accepted));
    CHECK_EQ(stats_of(log).written, 0);
    CHECK_OK(alog_drain(log, 3, &count));
    CHECK_EQ(count, 3);
    CHECK_EQ(stats_of(log).written, 3);
    for (total = 3; alog_drain(log, 2, &count) == ALOG_OK; total += count)
        CHECK(count >= 1 && count <= 2);
    CHECK_EQ(total, 10);
    CHECK_OK(say_next(log, 0, &accepted));
    CHECK_OK(alog_drain(log, 0, NULL));
    CHECK_EQ(stats_of(log).written, 11);
    CHECK_EQ(close_account(log).written, 11);
    check_sequences(LOG_FILE, 1, &accepted);
}

static void a_logger_that_the_caller_writes_for_starts_no_thread(void)
{
    int before[MOST_TASKS], after[MOST_TASKS];
    int count = list_tasks(before);
    alog_logger log = logger_to(TO_FILE, "writer=caller format=raw");
    CHECK_OK(say(log, "x"));
    CHECK_OK(alog_flush(log, -1)); /* writes on this thread */
    check_lines("x", NULL);
    CHECK_OK(say(log, "y"));
    CHECK_EQ(list_tasks(after), count);
    CHECK_EQ(close_account(log).written, 2); /* and so does the stop */
    check_lines("x", "y", NULL);
}

static void a_full_queue_is_written_by_the_thread_that_waits(void)
{
    alog_logger log = logger_to(TO_FILE, "writer=caller queue_bytes=4KiB format=raw");
    uint64_t accepted = 0;
    while (accepted < MESSAGES)
        CHECK_OK(say_next(log, 0, &accepted));
    CHECK_EQ(close_account(log).written, MESSAGES);
    check_sequences(LOG_FILE, 1, &accepted);
}

static void a_logger_with_a_thread_of_its_own_is_not_for_callers(void)
{
    alog_logger log = logger_to(TO_FILE, ""), none = {0};
    alog_config *config = config_with("writer=caller workers=2");
    alog_error error;
    size_t count = 77;
    CHECK_EQ(alog_run(log), ALOG_ERR_MODE);
    CHECK_EQ(alog_drain(log, 0, &count), ALOG_ERR_MODE);
    CHECK_EQ(count, 77);
    CHECK_EQ(alog_run(none), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_drain(none, 0, &count), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_new(config, &none, &error), ALOG_ERR_VALUE);
    CHECK(strstr(error.message, "writer=caller") != NULL);
    alog_config_free(config);
    close_account(log);
}

struct inside {
    alog_logger log;
    alog_status run;
};

static int32_t run_inside(void *user_data, const char *lines, size_t lines_len, uint64_t line_count)
{
    struct inside *inside = (struct inside *)user_data;
    (void)lines;
    (void)lines_len;
    (void)line_count;
    inside->run = alog_run(inside->log);
    return 0;
}

static void a_callback_cannot_run_its_logger(void)
{
    struct inside inside;
    alog_config *config = config_with("writer=caller");
    CHECK_OK(alog_config_add_callback(config, "inside", run_inside, &inside, NULL, NULL));
    inside.run = ALOG_OK;
    inside.log = logger_from(config);
    CHECK_OK(say(inside.log, "x"));
    CHECK_OK(alog_drain(inside.log, 0, NULL));
    CHECK_EQ(inside.run, ALOG_ERR_WOULD_DEADLOCK);
    close_account(inside.log);
}

static void a_hand_over_returns_when_the_writer_has_the_record(void)
{
    alog_logger log = logger_to(TO_FILE, "queue_bytes=0 format=raw");
    uint64_t accepted = 0;
    while (accepted < 100)
        CHECK_OK(say_next(log, 0, &accepted));
    CHECK_EQ(close_account(log).written, 100);
    check_sequences(LOG_FILE, 1, &accepted);
}

static void *say_once(void *argument)
{
    struct runner *runner = (struct runner *)argument;
    runner->status = say(runner->log, "x");
    return NULL;
}

static void a_hand_over_waits_for_a_stuck_writer_as_long_as_the_call_says(void)
{
    struct gate gate = GATE_CLOSED;
    alog_entry entry = entry_of("y", NULL, 0);
    struct runner first;
    pthread_t thread;
    alog_stats stats;
    first.log = logger_to_gate(&gate, "queue_bytes=0");
    CHECK_EQ(pthread_create(&thread, NULL, say_once, &first), 0);
    gate_wait(&gate);
    entry.timeout_ms = 10;
    CHECK_EQ(alog_log(first.log, &entry), ALOG_ERR_TIMEOUT);
    gate_open(&gate);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_OK(first.status);
    stats = close_account(first.log);
    CHECK_EQ(stats.attempted, 2);
    CHECK_EQ(stats.written + stats.rejected[ALOG_REJECT_TIMEOUT], 2);
}

static void a_hand_over_takes_no_policy_that_drops(void)
{
    static const char *const policies[] = {"drop-newest", "drop-oldest", "grow:1MiB", "block,debug=drop-oldest"};
    alog_logger log = {0};
    size_t i;
    for (i = 0; i < sizeof policies / sizeof *policies; i++) {
        alog_config *config = config_with("queue_bytes=0");
        alog_error error;
        CHECK_OK(alog_config_set(config, "overflow", policies[i], NULL));
        CHECK_EQ(alog_new(config, &log, &error), ALOG_ERR_VALUE);
        CHECK(strstr(error.message, "queue_bytes=0") != NULL);
        alog_config_free(config);
    }
}

int main(void)
{
    check_begin();
    RUN(run_writes_until_the_logger_is_stopped);
    RUN(drain_writes_so_many_and_never_waits);
    RUN(a_logger_that_the_caller_writes_for_starts_no_thread);
    RUN(a_full_queue_is_written_by_the_thread_that_waits);
    RUN(a_logger_with_a_thread_of_its_own_is_not_for_callers);
    RUN(a_callback_cannot_run_its_logger);
    RUN(a_hand_over_returns_when_the_writer_has_the_record);
    RUN(a_hand_over_waits_for_a_stuck_writer_as_long_as_the_call_says);
    RUN(a_hand_over_takes_no_policy_that_drops);
    return check_end();
}
