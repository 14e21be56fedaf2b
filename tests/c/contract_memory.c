/*
 * Lines in memory: read whole, by size first or into what is there, and cleared.
 */
#include "check.h"

static alog_logger logger_with_lines(void)
{
    alog_logger log = logger_to("memory:last?format=raw&records=3", "");
    const char *lines[] = {"a", "bb", "ccc", "dddd"};
    size_t i;
    for (i = 0; i < 4; i++)
        CHECK_OK(say(log, lines[i]));
    CHECK_OK(alog_flush(log, -1));
    return log;
}

static void without_a_buffer_it_says_how_much_there_is(void)
{
    alog_logger log = logger_with_lines();
    size_t len = 99;
    uint64_t count = 99;
    CHECK_OK(alog_memory_read(log, "last", NULL, 0, &len, &count));
    CHECK_EQ(len, 12);
    CHECK_EQ(count, 3);
    CHECK_OK(alog_memory_read(log, "last", NULL, 5, NULL, NULL));
    CHECK_EQ(close_account(log).written, 4);
}

static void a_buffer_gets_the_newest_whole_lines_that_fit(void)
{
    alog_logger log = logger_with_lines();
    static const struct {
        size_t size;
        const char *lines;
        uint64_t count;
    } cases[] = {{0, "", 0}, {4, "", 0}, {5, "dddd\n", 1}, {8, "dddd\n", 1}, {9, "ccc\ndddd\n", 2}, {12, "bb\nccc\ndddd\n", 3},
                 {40, "bb\nccc\ndddd\n", 3}};
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[48];
        size_t len = 99;
        uint64_t count = 99;
        memset(out, '#', sizeof out);
        CHECK_OK(alog_memory_read(log, "last", out, cases[i].size, &len, &count));
        CHECK_EQ(len, strlen(cases[i].lines));
        CHECK_EQ(count, cases[i].count);
        CHECK(memcmp(out, cases[i].lines, len) == 0);
        CHECK_EQ(out[len], '#');
    }
    CHECK_EQ(close_account(log).written, 4);
}

static void it_works_after_a_stop_and_is_cleared(void)
{
    alog_logger log = logger_with_lines();
    size_t len = 99;
    CHECK_OK(alog_stop(log, -1));
    CHECK_OK(alog_memory_read(log, "last", NULL, 0, &len, NULL));
    CHECK_EQ(len, 12);
    CHECK_OK(alog_memory_clear(log, "last"));
    CHECK_OK(alog_memory_read(log, "last", NULL, 0, &len, NULL));
    CHECK_EQ(len, 0);
    CHECK_OK(alog_free(log));
    CHECK_EQ(alog_memory_read(log, "last", NULL, 0, &len, NULL), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_memory_clear(log, "last"), ALOG_ERR_HANDLE);
}

static void what_is_no_memory_is_refused_and_writes_nothing(void)
{
    alog_logger log = logger_with_lines();
    char out[8] = "#######";
    size_t len = 99;
    uint64_t count = 99;
    CHECK_EQ(alog_memory_read(log, "first", out, sizeof out, &len, &count), ALOG_ERR_SINK);
    CHECK_EQ(alog_memory_read(log, NULL, out, sizeof out, &len, &count), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_memory_read(log, "\xff", out, sizeof out, &len, &count), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_memory_clear(log, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_memory_clear(log, "first"), ALOG_ERR_SINK);
    CHECK_EQ(len, 99);
    CHECK_EQ(count, 99);
    CHECK_TEXT(out, "#######");
    CHECK_EQ(close_account(log).written, 4);
}

static void a_sink_counts_what_it_keeps_back(void)
{
    alog_logger log = logger_to("memory:last?format=raw&rate_limit=2/h", "");
    alog_sink_stats sink;
    alog_stats stats;
    int i;
    for (i = 0; i < 10; i++)
        CHECK_OK(say(log, "x"));
    CHECK_OK(alog_stop(log, -1));
    CHECK_OK(alog_sink_stats_get(log, 0, &sink));
    CHECK_EQ(sink.written, 2);
    CHECK_EQ(sink.suppressed, 8);
    CHECK_OK(alog_stats_get(log, &stats));
    CHECK_EQ(stats.dropped[ALOG_DROP_SUPPRESSED], 8);
    CHECK_OK(alog_free(log));
}

int main(void)
{
    check_begin();
    RUN(without_a_buffer_it_says_how_much_there_is);
    RUN(a_buffer_gets_the_newest_whole_lines_that_fit);
    RUN(it_works_after_a_stop_and_is_cleared);
    RUN(what_is_no_memory_is_refused_and_writes_nothing);
    RUN(a_sink_counts_what_it_keeps_back);
    return check_end();
}
