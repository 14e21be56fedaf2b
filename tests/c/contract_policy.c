/*
 * More policies for a full queue: the oldest go, the queue grows, each level has its own, each call its own patience.
 */
#include "gate.h"
#include "lines.h"
#include "sequence.h"

#include <time.h>

/* More than a queue of 4 KiB can hold, and what one message takes there at least: its header and its bytes. */
enum { MORE_THAN_FITS = 3000, SMALLEST_QUEUE = 4096, LEAST_RECORD = 16 };

/* All by alog_log(): what alog_write() puts into the queue is smaller. */
static alog_status say_at(alog_logger log, alog_level level, int64_t timeout_ms)
{
    alog_entry entry = entry_of("x", NULL, 0);
    entry.level = level;
    entry.timeout_ms = timeout_ms;
    return alog_log(log, &entry);
}

static alog_status say_within(alog_logger log, int64_t timeout_ms)
{
    return say_at(log, ALOG_LEVEL_INFO, timeout_ms);
}

/* Takes all errors, which must be of that code, and returns how many lost messages they stand for. */
static uint64_t lost_by_errors(alog_logger log, alog_status code)
{
    alog_error error;
    uint64_t lost = 0;
    while (alog_poll_error(log, &error) == ALOG_OK) {
        CHECK_EQ(error.code, code);
        lost += error.count;
    }
    return lost;
}

static void drop_oldest_keeps_the_newest_and_counts_exactly(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = stuck_before_file(&gate, "queue_bytes=4KiB overflow=drop-oldest format=raw");
    uint64_t accepted = 1, dropped, told = 0, lines = 0, last = 0;
    char *text, *cursor, *line;
    alog_stats stats;
    while (accepted < MORE_THAN_FITS)
        CHECK_OK(say_next(log, 0, &accepted));
    stats = stats_of(log);
    check_balance(&stats);
    dropped = stats.dropped[ALOG_DROP_OLDEST];
    CHECK(dropped > 0);
    CHECK_EQ(stats.accepted, MORE_THAN_FITS);
    CHECK_EQ(stats.pending, MORE_THAN_FITS - dropped);
    gate_open(&gate);
    CHECK_OK(alog_stop(log, -1));
    CHECK_EQ(lost_by_errors(log, ALOG_ERR_QUEUE_FULL), dropped);
    CHECK_OK(alog_stats_get(log, &stats));
    check_balance(&stats);
    CHECK_EQ(stats.dropped[ALOG_DROP_OLDEST], dropped);
    CHECK_EQ(stats.written, MORE_THAN_FITS - dropped);
    CHECK_OK(alog_free(log));

    text = cursor = read_file(LOG_FILE, NULL);
    while ((line = next_line(&cursor)) != NULL) {
        unsigned long long number = 0;
        if (sscanf(line, "alog: %llu record", &number) == 1) {
            CHECK(strstr(line, "lost: queue full, the oldest went") != NULL);
            told += number;
            continue;
        }
        CHECK_EQ(sscanf(line, "0 %llu", &number), 1);
        CHECK(lines == 0 || number > last);
        last = number;
        lines++;
    }
    free(text);
    CHECK_EQ(told, dropped);
    CHECK_EQ(lines, MORE_THAN_FITS - dropped);
    CHECK_EQ(last, MORE_THAN_FITS - 1); /* the newest is there */
}

static void what_survives_drop_oldest_is_one_run_up_to_the_newest(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = stuck_before_file(&gate, "queue_bytes=4KiB overflow=drop-oldest format=raw");
    uint64_t accepted = 1;
    char *text, *cursor, *line;
    long long expected = -1;
    while (accepted < MORE_THAN_FITS)
        CHECK_OK(say_next(log, 0, &accepted));
    gate_open(&gate);
    CHECK_OK(alog_free(log));
    text = cursor = read_file(LOG_FILE, NULL);
    CHECK_TEXT(next_line(&cursor), "0 0"); /* the writer had begun with it */
    while ((line = next_line(&cursor)) != NULL) {
        long long number = 0;
        if (strncmp(line, "alog: ", 6) == 0)
            continue;
        CHECK_EQ(sscanf(line, "0 %lld", &number), 1);
        CHECK(expected < 0 || number == expected);
        expected = number + 1;
    }
    CHECK_EQ(expected, MORE_THAN_FITS);
    free(text);
}

static void grow_takes_all_within_its_budget_and_then_waits(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = stuck_before_file(&gate, "queue_bytes=4KiB overflow=grow:64KiB format=raw");
    uint64_t accepted = 1, before = stats_of(log).queue_bytes;
    alog_stats stats;
    while (accepted < SMALLEST_QUEUE / LEAST_RECORD) /* more than fits into the first queue */
        CHECK_OK(say_next(log, 0, &accepted));
    stats = stats_of(log);
    check_balance(&stats);
    CHECK(stats.queue_bytes > before);
    CHECK(stats.queue_bytes <= 64 * 1024);
    CHECK_EQ(stats.pending, accepted);
    while (say_within(log, 0) == ALOG_OK)
        CHECK(stats_of(log).accepted < 64 * 1024);
    stats = stats_of(log);
    CHECK_EQ(stats.rejected[ALOG_REJECT_TIMEOUT], 1);
    CHECK(stats.accepted > 1000);
    CHECK(stats.queue_bytes <= 64 * 1024);
    gate_open(&gate);
    stats = close_account(log);
    CHECK_EQ(stats.written, stats.accepted);
    CHECK_EQ(stats.dropped[ALOG_DROP_OLDEST], 0);
}

static void a_queue_that_grew_keeps_the_order(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = stuck_before_file(&gate, "queue_bytes=4KiB overflow=grow:1MiB format=raw");
    uint64_t accepted = 1;
    while (accepted < MORE_THAN_FITS)
        CHECK_OK(say_next(log, 0, &accepted));
    gate_open(&gate);
    CHECK_EQ(close_account(log).written, MORE_THAN_FITS);
    check_sequences(LOG_FILE, 1, &accepted);
}

/* Fills the queue by calls that do not wait. */
static void fill(alog_logger log)
{
    uint64_t count = 0;
    while (say_within(log, 0) == ALOG_OK)
        CHECK(++count < MORE_THAN_FITS);
}

static void each_level_has_its_own_policy(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = stuck_before_file(
        &gate, "level=trace queue_bytes=4KiB overflow=block,notice+=drop-newest,error|fatal=block:1ms,debug-=drop-oldest");
    alog_stats stats;
    fill(log);
    CHECK_EQ(say_at(log, ALOG_LEVEL_NOTICE, ALOG_BY_POLICY), ALOG_DROPPED);
    CHECK_EQ(say_at(log, ALOG_LEVEL_WARN, ALOG_BY_POLICY), ALOG_DROPPED);
    CHECK_EQ(say_at(log, ALOG_LEVEL_ERROR, ALOG_BY_POLICY), ALOG_ERR_TIMEOUT);
    CHECK_EQ(say_at(log, ALOG_LEVEL_FATAL, ALOG_BY_POLICY), ALOG_ERR_TIMEOUT);
    CHECK_OK(say_at(log, ALOG_LEVEL_DEBUG, ALOG_BY_POLICY));
    fill(log);
    CHECK_OK(say_at(log, ALOG_LEVEL_TRACE, ALOG_BY_POLICY));
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_EQ(stats.rejected[ALOG_REJECT_FULL], 2);
    CHECK_EQ(stats.rejected[ALOG_REJECT_TIMEOUT], 2 + 2); /* two of fill(), and two */
    CHECK(stats.dropped[ALOG_DROP_OLDEST] >= 2);
    gate_open(&gate);
    CHECK_OK(alog_stop(log, -1));
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_EQ(stats.pending, 0);
    CHECK_EQ(stats.written + stats.dropped[ALOG_DROP_OLDEST], stats.accepted);
    CHECK_OK(alog_free(log));
}

static void a_policy_changes_while_the_queue_is_full(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = stuck_before_file(&gate, "queue_bytes=4KiB overflow=drop-oldest");
    alog_config *changes = config_with("overflow=drop-newest");
    while (stats_of(log).dropped[ALOG_DROP_OLDEST] == 0)
        CHECK_OK(say(log, "x"));
    CHECK_OK(alog_reconfigure(log, changes, NULL));
    CHECK_OK(alog_config_set(changes, "overflow", "drop-oldest", NULL));
    CHECK_EQ(say_within(log, 0), ALOG_DROPPED);
    CHECK_OK(alog_reconfigure(log, changes, NULL));
    CHECK_OK(say_within(log, 0));
    alog_config_free(changes);
    gate_open(&gate);
    CHECK_OK(alog_free(log));
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void a_call_waits_as_long_as_it_says(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = stuck_before_file(&gate, "queue_bytes=4KiB overflow=block");
    int64_t began;
    uint64_t accepted;
    fill(log);
    accepted = stats_of(log).accepted;
    began = now_ms();
    CHECK_EQ(say_within(log, 20), ALOG_ERR_TIMEOUT);
    CHECK(now_ms() - began >= 19); /* two readings, each rounded down */
    CHECK_EQ(say_within(log, 0), ALOG_ERR_TIMEOUT);
    CHECK_EQ(alog_log_encoded(log, ALOG_LEVEL_INFO, 0, 0, 0, "x", 1, NULL, 0), ALOG_ERR_TIMEOUT);
    CHECK_EQ(stats_of(log).accepted, accepted);
    CHECK_EQ(stats_of(log).rejected[ALOG_REJECT_TIMEOUT], 4);
    CHECK_OK(alog_poll_error(log, NULL)); /* told at once, not when the writer comes to it */
    gate_open(&gate);
    CHECK_OK(alog_flush(log, -1));
    CHECK_OK(say_within(log, 0));
    CHECK_EQ(close_account(log).written, accepted + 1);
}

int main(void)
{
    check_begin();
    RUN(drop_oldest_keeps_the_newest_and_counts_exactly);
    RUN(what_survives_drop_oldest_is_one_run_up_to_the_newest);
    RUN(grow_takes_all_within_its_budget_and_then_waits);
    RUN(a_queue_that_grew_keeps_the_order);
    RUN(each_level_has_its_own_policy);
    RUN(a_policy_changes_while_the_queue_is_full);
    RUN(a_call_waits_as_long_as_it_says);
    return check_end();
}
