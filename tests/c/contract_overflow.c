/*
 * A full queue: each policy does what it says, and every message that is not taken is counted and reported.
 */
#include "gate.h"
#include "sequence.h"

#include <time.h>

/* More than the queue of 4 KiB can hold, whatever else is in flight. */
enum { MORE_THAN_FITS = 5000 };

/* Takes all errors, which must be of that code, and returns how many lost messages they stand for. */
static uint64_t lost_by_errors(alog_logger log, alog_status code)
{
    alog_error error;
    uint64_t lost = 0;
    while (alog_poll_error(log, &error) == ALOG_OK) {
        CHECK_EQ(error.code, code);
        CHECK(error.count >= 1);
        CHECK(error.first_unix_ns > 0 && error.first_unix_ns <= error.last_unix_ns);
        lost += error.count;
    }
    return lost;
}

static void drop_newest_refuses_counts_and_reports_exactly(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = stuck_before_file(&gate, "queue_bytes=4KiB overflow=drop-newest format=raw");
    uint64_t accepted = 1, dropped = 0, expected = 0, in_gap_lines = 0, gap_lines = 0;
    char *text, *cursor, *line;
    alog_stats stats;
    int i;
    for (i = 0; i < MORE_THAN_FITS; i++) {
        alog_status status = say_next(log, 0, &accepted);
        CHECK(status == ALOG_OK || status == ALOG_DROPPED);
        dropped += status == ALOG_DROPPED;
    }
    CHECK(accepted > 10 && dropped > 10);
    CHECK_EQ(accepted + dropped, MORE_THAN_FITS + 1);
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_EQ(stats.accepted, accepted);
    CHECK_EQ(stats.pending, accepted);
    CHECK_EQ(stats.rejected[ALOG_REJECT_FULL], dropped);
    gate_open(&gate);
    CHECK_OK(alog_flush(log, -1));
    CHECK_OK(say(log, "0 after"));
    CHECK_OK(alog_stop(log, -1));
    CHECK_EQ(lost_by_errors(log, ALOG_ERR_QUEUE_FULL), dropped);
    stats = close_account(log);
    CHECK_EQ(stats.written, accepted + 1);

    text = cursor = read_file(LOG_FILE, NULL);
    while ((line = next_line(&cursor)) != NULL) {
        unsigned long long number = 0;
        if (sscanf(line, "alog: %llu record", &number) == 1) {
            CHECK(strstr(line, "lost: queue full") != NULL);
            CHECK_EQ(expected, accepted); /* stands where the records are missing */
            gap_lines++;
            in_gap_lines += number;
        } else if (expected < accepted) {
            CHECK_EQ(sscanf(line, "0 %llu", &number), 1);
            CHECK_EQ(number, expected++);
        } else {
            CHECK_TEXT(line, "0 after");
            CHECK(gap_lines > 0);
        }
    }
    CHECK_EQ(in_gap_lines, dropped);
    CHECK_EQ(gap_lines + (gate.lines - stats.written), stats.gap_lines); /* those of both sinks */
    free(text);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void block_with_a_time_refuses_only_after_that_time(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = logger_stuck_in_gate(&gate, "queue_bytes=4KiB overflow=block:20ms");
    uint64_t accepted = 1, number = 0;
    alog_status status;
    alog_stats stats;
    int64_t began;
    do {
        began = now_ns();
        status = say_next(log, 0, &number);
        accepted += status == ALOG_OK;
        CHECK(accepted < MORE_THAN_FITS);
    } while (status == ALOG_OK);
    CHECK_EQ(status, ALOG_ERR_TIMEOUT);
    CHECK(now_ns() - began >= 20 * 1000000);
    CHECK_EQ(say_next(log, 0, &number), ALOG_ERR_TIMEOUT);
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_EQ(stats.pending, accepted);
    CHECK_EQ(stats.rejected[ALOG_REJECT_TIMEOUT], 2);
    gate_open(&gate);
    CHECK_OK(alog_flush(log, -1));
    CHECK_OK(say_next(log, 0, &number));
    CHECK_OK(alog_stop(log, -1));
    CHECK_EQ(lost_by_errors(log, ALOG_ERR_TIMEOUT), 2);
    CHECK_EQ(close_account(log).written, accepted + 1);
}

struct writer {
    alog_logger log;
    uint64_t accepted;
    alog_status last;
};

static void *write_many(void *argument)
{
    struct writer *writer = (struct writer *)argument;
    while (writer->accepted < MORE_THAN_FITS) {
        writer->last = say_next(writer->log, 0, &writer->accepted);
        if (writer->last != ALOG_OK)
            break;
    }
    return NULL;
}

static void wait_until_accepted(alog_logger log, uint64_t number)
{
    while (stats_of(log).accepted < number)
        sched_yield();
}

static void block_waits_for_space_and_loses_nothing(void)
{
    struct gate gate = GATE_CLOSED;
    alog_config *config = config_with("queue_bytes=4KiB overflow=block format=raw");
    struct writer writer = {{0}, 0, ALOG_OK};
    pthread_t thread;
    alog_stats stats;
    add_gate(config, &gate);
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    writer.log = logger_from(config);
    CHECK_EQ(pthread_create(&thread, NULL, write_many, &writer), 0);
    gate_wait(&gate);
    wait_until_accepted(writer.log, 10);
    stats = stats_of(writer.log);
    check_balance(&stats);
    CHECK(stats.accepted < MORE_THAN_FITS); /* 4 KiB cannot hold them: the writer waits, or soon will */
    gate_open(&gate);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_OK(writer.last);
    CHECK_EQ(writer.accepted, MORE_THAN_FITS);
    CHECK_OK(alog_stop(writer.log, -1));
    CHECK_EQ(lost_by_errors(writer.log, ALOG_OK), 0);
    stats = close_account(writer.log);
    CHECK_EQ(stats.attempted, MORE_THAN_FITS);
    CHECK_EQ(stats.gap_lines, 0);
    check_sequences(LOG_FILE, 1, &writer.accepted);
}

static void stop_releases_a_writer_that_waits_for_space(void)
{
    struct gate gate = GATE_CLOSED;
    struct writer writer = {{0}, 0, ALOG_OK};
    pthread_t thread;
    alog_stats stats;
    writer.log = logger_to_gate(&gate, "queue_bytes=4KiB overflow=block");
    CHECK_EQ(pthread_create(&thread, NULL, write_many, &writer), 0);
    gate_wait(&gate);
    wait_until_accepted(writer.log, 10);
    CHECK_EQ(alog_stop(writer.log, 0), ALOG_ERR_TIMEOUT);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(writer.last, ALOG_ERR_STOPPED);
    gate_open(&gate);
    stats = close_account(writer.log);
    CHECK_EQ(stats.written, writer.accepted);
    CHECK_EQ(stats.rejected[ALOG_REJECT_STOPPED], 1);
}

int main(void)
{
    check_begin();
    RUN(drop_newest_refuses_counts_and_reports_exactly);
    RUN(block_with_a_time_refuses_only_after_that_time);
    RUN(block_waits_for_space_and_loses_nothing);
    RUN(stop_releases_a_writer_that_waits_for_space);
    return check_end();
}
