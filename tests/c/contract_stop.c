/*
 * alog_stop: closes the intake, writes everything accepted, keeps its deadline and can be repeated.
 */
#include "gate.h"
#include "sequence.h"

enum { WRITERS = 8, OTHERS = 2, ROUNDS = 20, BEFORE_STOP = 20000 };

struct writer {
    alog_logger log;
    int number;
    uint64_t accepted;
    alog_status last;
};

static void *write_until_refused(void *argument)
{
    struct writer *writer = (struct writer *)argument;
    do
        writer->last = say_next(writer->log, writer->number, &writer->accepted);
    while (writer->last == ALOG_OK);
    return NULL;
}

static void *flush_until_stopped(void *argument)
{
    alog_logger log = ((struct writer *)argument)->log;
    while (stats_of(log).rejected[ALOG_REJECT_STOPPED] < WRITERS)
        CHECK_OK(alog_flush(log, -1));
    CHECK_OK(alog_stop(log, -1));
    return NULL;
}

static void *poll_until_stopped(void *argument)
{
    alog_logger log = ((struct writer *)argument)->log;
    alog_error error;
    alog_stats stats;
    alog_sink_stats sink;
    do {
        stats = stats_of(log);
        check_balance(&stats);
        CHECK_EQ(alog_poll_error(log, &error), ALOG_EMPTY);
        CHECK_OK(alog_sink_stats_get(log, 0, &sink));
        CHECK(sink.written + sink.failed + sink.filtered >= stats.written);
    } while (stats.rejected[ALOG_REJECT_STOPPED] < WRITERS);
    return NULL;
}

static void stop_racing_writers_flushers_and_pollers_writes_everything_accepted(void)
{
    int round, i, rounds = check_times(ROUNDS);
    uint64_t total = 0;
    for (round = 0; round < rounds; round++) {
        struct writer writers[WRITERS];
        uint64_t accepted[WRITERS], sum = 0;
        pthread_t threads[WRITERS + 2 * OTHERS];
        alog_logger log = logger_to(TO_FILE, "format=raw queue_bytes=64KiB");
        alog_stats stats;
        for (i = 0; i < WRITERS; i++) {
            struct writer writer = {log, i, 0, ALOG_OK};
            writers[i] = writer;
            CHECK_EQ(pthread_create(&threads[i], NULL, write_until_refused, &writers[i]), 0);
        }
        for (i = WRITERS; i < WRITERS + OTHERS; i++) {
            CHECK_EQ(pthread_create(&threads[i], NULL, flush_until_stopped, &writers[0]), 0);
            CHECK_EQ(pthread_create(&threads[i + OTHERS], NULL, poll_until_stopped, &writers[0]), 0);
        }
        while (stats_of(log).accepted < (uint64_t)(round % ROUNDS * BEFORE_STOP / ROUNDS))
            sched_yield();
        CHECK_OK(alog_stop(log, -1));
        for (i = 0; i < WRITERS + 2 * OTHERS; i++)
            CHECK_EQ(pthread_join(threads[i], NULL), 0);
        for (i = 0; i < WRITERS; i++) {
            CHECK_EQ(writers[i].last, ALOG_ERR_STOPPED);
            accepted[i] = writers[i].accepted;
            sum += accepted[i];
        }
        stats = close_account(log);
        CHECK_EQ(stats.accepted, sum);
        CHECK_EQ(stats.written, sum);
        CHECK_EQ(stats.rejected[ALOG_REJECT_STOPPED], WRITERS);
        CHECK_EQ(stats.attempted, sum + WRITERS);
        check_sequences(LOG_FILE, WRITERS, accepted);
        CHECK_EQ(unlink(LOG_FILE), 0);
        total += sum;
    }
    FIGURES("stop against %d writers, %d flushers, %d pollers: rounds %d, accepted %llu, written %llu, refused %d, hung 0, "
            "lost 0, duplicated 0, out of order 0", WRITERS, OTHERS, OTHERS, rounds, (unsigned long long)total,
            (unsigned long long)total, rounds * WRITERS);
}

static void a_deadline_that_passes_says_so_and_the_drain_goes_on(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = logger_stuck_in_gate(&gate, "");
    alog_stats stats;
    int i;
    for (i = 0; i < 99; i++)
        CHECK_OK(say(log, "x"));
    CHECK_EQ(alog_stop(log, 0), ALOG_ERR_TIMEOUT);
    CHECK_EQ(alog_stop(log, 20), ALOG_ERR_TIMEOUT);
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_EQ(stats.pending, 100);
    gate_open(&gate);
    CHECK_OK(alog_stop(log, -1));
    CHECK_EQ(gate.lines, 100);
    CHECK_EQ(close_account(log).written, 100);
    CHECK_EQ(gate.destroyed, 1);
}

static void a_free_that_runs_out_of_time_leaves_the_handle_valid(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = logger_stuck_in_gate(&gate, "");
    alog_stats stats;
    CHECK_EQ(alog_free(log), ALOG_ERR_TIMEOUT);
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_EQ(stats.pending, 1);
    CHECK_EQ(say(log, "late"), ALOG_ERR_STOPPED);
    gate_open(&gate);
    CHECK_EQ(close_account(log).written, 1);
}

static void *stop_without_deadline(void *argument)
{
    CHECK_OK(alog_stop(*(alog_logger *)argument, -1));
    return NULL;
}

static void many_threads_that_stop_wait_for_the_same_end(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = logger_stuck_in_gate(&gate, "");
    pthread_t threads[WRITERS];
    int i;
    for (i = 0; i < WRITERS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, stop_without_deadline, &log), 0);
    CHECK_EQ(alog_stop(log, 0), ALOG_ERR_TIMEOUT);
    gate_open(&gate);
    for (i = 0; i < WRITERS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_OK(alog_stop(log, 0));
    CHECK_EQ(close_account(log).written, 1);
}

static void a_logger_that_never_wrote_stops_at_once(void)
{
    alog_logger log = logger_to(TO_FILE, "");
    CHECK_OK(alog_flush(log, -1));
    CHECK_EQ(close_account(log).attempted, 0);
}

int main(void)
{
    check_begin();
    RUN(stop_racing_writers_flushers_and_pollers_writes_everything_accepted);
    RUN(a_deadline_that_passes_says_so_and_the_drain_goes_on);
    RUN(a_free_that_runs_out_of_time_leaves_the_handle_valid);
    RUN(many_threads_that_stop_wait_for_the_same_end);
    RUN(a_logger_that_never_wrote_stops_at_once);
    return check_end();
}
