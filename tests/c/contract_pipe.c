/*
 * Readers that die: of a FIFO, of the terminal that is standard output; and a limit of file sizes. Whoever writes, the
 * library or a thread of the host, the call fails with an errno and no signal reaches the host.
 */
#include "sequence.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define FIFO "test.fifo"
#define TO_FIFO "file:" FIFO

enum { RECORDS = 300 };

/* Whoever may write: the logger's thread, a thread of each sink, a call, the thread that logs. */
static const char *const modes[] = {"", "own_thread", "writer=caller", "workers=0", "workers=3"};
enum { MODES = sizeof modes / sizeof modes[0] };

/* A logger in one of the modes, to a sink and to LOG_FILE. */
static alog_logger logger_in(const char *mode, const char *sink)
{
    int has_threads = strcmp(mode, "own_thread") == 0;
    const char *parameters = has_threads ? "?own_thread=yes" : "?own_thread=no";
    alog_config *config = config_with(has_threads ? "" : mode);
    const char *const sinks[] = {TO_FILE, sink};
    int i;
    CHECK_OK(alog_config_set(config, "format", "raw", NULL));
    for (i = 0; i < 2; i++) {
        char spec[128];
        snprintf(spec, sizeof spec, "%s%s", sinks[i], parameters);
        CHECK_OK(alog_config_add_sink(config, spec, NULL));
    }
    return logger_from(config);
}

/* Logs so many more, one after the other, and waits until what became of them is known. */
static void say_more(alog_logger log, int count, uint64_t *accepted)
{
    int i;
    for (i = 0; i < count; i++)
        CHECK_OK(say_next(log, 0, accepted));
    while (alog_drain(log, 0, NULL) == ALOG_OK)
        continue; /* with writer=caller; in the other modes it says at once that it is not its task */
    CHECK_OK(alog_flush(log, -1));
}

/* Takes all errors, which are of one sink and say the same. Gives how many records they say were lost. */
static uint64_t lost_by(alog_logger log, const char *origin, int os_error)
{
    alog_error error;
    uint64_t lost = 0;
    while (alog_poll_error(log, &error) == ALOG_OK) {
        CHECK_EQ(error.code, ALOG_ERR_IO);
        CHECK_EQ(error.os_error, os_error);
        CHECK_TEXT(error.origin, origin);
        lost += error.count;
    }
    return lost;
}

/* No signal was left behind on this thread, which has its default actions and blocks none. */
static void check_no_signal(void)
{
    sigset_t set;
    CHECK_EQ(sigpending(&set), 0);
    CHECK(!sigismember(&set, SIGPIPE) && !sigismember(&set, SIGXFSZ) && !sigismember(&set, SIGHUP));
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, NULL, &set), 0);
    CHECK(!sigismember(&set, SIGPIPE) && !sigismember(&set, SIGXFSZ));
}

/* Reads what there is, without waiting, behind what `text` has. */
static void read_more(int fd, char *text, size_t capacity)
{
    size_t len = strlen(text);
    ssize_t count;
    while ((count = read(fd, text + len, capacity - 1 - len)) > 0)
        len += (size_t)count;
    text[len] = '\0';
}

/* A terminal ends lines in two characters. */
static void without_returns(char *text)
{
    char *to = text;
    for (; *text; text++)
        if (*text != '\r')
            *to++ = *text;
    *to = '\0';
}

/* What came through: each line whole, in order, at most once. */
struct seen {
    uint64_t records, told;
};

static struct seen see(char *text)
{
    struct seen seen = {0, 0};
    char *cursor = text, *line;
    uint64_t next = 0;
    while ((line = next_line(&cursor)) != NULL) {
        unsigned long long number;
        int end = 0;
        if (sscanf(line, "alog: %llu record", &number) == 1) {
            seen.told += number;
            continue;
        }
        CHECK_EQ(sscanf(line, "0 %llu%n", &number, &end), 1);
        CHECK(line[end] == '\0' && number >= next);
        next = number + 1;
        seen.records++;
    }
    return seen;
}

/* The account of a logger whose second sink had faults, and what came through there; the first one has all. */
static void settle(alog_logger log, const char *what, uint64_t accepted, uint64_t lost, char *text)
{
    alog_sink_stats sink;
    struct seen seen = see(text);
    alog_stats stats;
    CHECK_OK(alog_stop(log, -1));
    CHECK_OK(alog_sink_stats_get(log, 1, &sink));
    stats = close_account(log);
    CHECK_EQ(stats.accepted, accepted);
    CHECK_EQ(stats.written, accepted);
    check_sequences(LOG_FILE, 1, &accepted);
    CHECK_EQ(sink.failed, lost);
    CHECK_EQ(sink.written, seen.records);
    CHECK_EQ(sink.written + sink.failed, accepted);
    check_no_signal();
    printf("figures: %s: faults 1, accepted %llu, written %llu, failed %llu, told %llu, lost 0, duplicated 0, torn 0\n",
           what, (unsigned long long)accepted, (unsigned long long)sink.written, (unsigned long long)sink.failed,
           (unsigned long long)seen.told);
    CHECK_EQ(unlink(LOG_FILE), 0);
}

static int reader_of_fifo(void)
{
    int reader = open(FIFO, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    CHECK(reader >= 0);
    return reader;
}

static void the_reader_of_a_fifo_may_die_whoever_writes_and_the_next_one_is_told(void)
{
    static char text[1 << 16];
    int mode;
    CHECK_EQ(mkfifo(FIFO, 0600), 0);
    for (mode = 0; mode < MODES; mode++) {
        uint64_t accepted = 0, lost;
        int reader = reader_of_fifo();
        alog_logger log = logger_in(modes[mode], TO_FIFO);
        text[0] = '\0';
        say_more(log, RECORDS, &accepted);
        read_more(reader, text, sizeof text);
        CHECK_EQ(close(reader), 0);
        say_more(log, RECORDS, &accepted);
        lost = lost_by(log, TO_FIFO, EPIPE);
        CHECK(lost > 0);
        check_no_signal();
        reader = reader_of_fifo();
        CHECK_OK(alog_stop(log, -1));
        lost += lost_by(log, TO_FIFO, EPIPE); /* without a thread of the logger's own the last ones are told here */
        CHECK_EQ(lost, RECORDS);
        read_more(reader, text, sizeof text);
        CHECK_EQ(close(reader), 0);
        CHECK(strstr(text, "alog: 300 records lost: destination failed\n") != NULL);
        settle(log, "a reader of a FIFO that dies", accepted, lost, text);
    }
    CHECK_EQ(unlink(FIFO), 0);
}

static void the_terminal_that_is_standard_output_may_be_closed_whoever_writes(void)
{
    static char text[1 << 16];
    int mode, standard_output = dup(1);
    CHECK(standard_output >= 0);
    for (mode = 0; mode < MODES; mode++) {
        uint64_t accepted = 0, lost;
        int shown = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), program;
        alog_logger log;
        CHECK(shown >= 0);
        CHECK_EQ(grantpt(shown), 0);
        CHECK_EQ(unlockpt(shown), 0);
        program = open(ptsname(shown), O_RDWR | O_NOCTTY | O_CLOEXEC);
        CHECK(program >= 0);
        fflush(stdout);
        CHECK_EQ(dup2(program, 1), 1);
        CHECK_EQ(close(program), 0);
        log = logger_in(modes[mode], "console:");
        say_more(log, 10, &accepted);
        for (text[0] = '\0'; strstr(text, "0 9\r\n") == NULL; sched_yield()) /* a terminal shows it a moment later */
            read_more(shown, text, sizeof text);
        CHECK_EQ(close(shown), 0);
        say_more(log, RECORDS, &accepted);
        lost = lost_by(log, "console:", EIO);
        CHECK(lost > 0);
        CHECK_OK(alog_stop(log, -1));
        CHECK_EQ(dup2(standard_output, 1), 1);
        lost += lost_by(log, "console:", EIO);
        CHECK_EQ(lost, RECORDS);
        without_returns(text);
        settle(log, "a terminal that is closed", accepted, lost, text);
    }
    CHECK_EQ(close(standard_output), 0);
}

static void files_may_reach_the_limit_of_their_size_whoever_writes(void)
{
    struct rlimit old, small;
    int mode;
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
    for (mode = 0; mode < MODES; mode++) {
        alog_logger log = logger_in(modes[mode], "memory:kept");
        uint64_t accepted = 0;
        alog_sink_stats sink;
        alog_stats stats;
        char *text;
        small = old;
        small.rlim_cur = 1000; /* amid a line */
        CHECK_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
        say_more(log, RECORDS, &accepted);
        check_no_signal();
        CHECK_EQ(setrlimit(RLIMIT_FSIZE, &old), 0);
        CHECK_OK(alog_stop(log, -1));
        CHECK_OK(alog_sink_stats_get(log, 0, &sink));
        CHECK(sink.failed > 0);
        CHECK_EQ(lost_by(log, TO_FILE, EFBIG), sink.failed);
        stats = close_account(log);
        CHECK_EQ(stats.written, accepted); /* all are in memory */
        text = read_file(LOG_FILE, NULL);
        {
            struct seen seen = see(text);
            CHECK_EQ(seen.records, sink.written);
            CHECK_EQ(seen.told, sink.failed);
            printf("figures: a limit of file sizes: faults 1, accepted %llu, written %llu, failed %llu, told %llu, lost 0, "
                   "duplicated 0, torn 0\n", (unsigned long long)accepted, (unsigned long long)sink.written,
                   (unsigned long long)sink.failed, (unsigned long long)seen.told);
        }
        free(text);
        CHECK_EQ(unlink(LOG_FILE), 0);
    }
}

int main(void)
{
    check_begin();
    RUN(the_reader_of_a_fifo_may_die_whoever_writes_and_the_next_one_is_told);
    RUN(the_terminal_that_is_standard_output_may_be_closed_whoever_writes);
    RUN(files_may_reach_the_limit_of_their_size_whoever_writes);
    return check_end();
}
