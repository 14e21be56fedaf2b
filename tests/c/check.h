/*
 * What the contract tests share: checks that say where and what, one temporary directory, loggers, the account.
 * C99 and C++11. Include it first: it asks for the GNU names of the system headers.
 *
 * A failed check ends the process at once with status 1. A test that hangs is ended by SIGALRM.
 */
#ifndef CHECK_H
#define CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <alog.h>

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where file sinks of the tests write: inside the temporary directory, removed before each test. */
#define LOG_FILE "test.log"
#define TO_FILE "file:" LOG_FILE

/* How long a test program may take before it counts as hanging; far more than any needs. */
enum { CHECK_SECONDS = 300 };

static const char *check_test = "main";
static char check_dir[512];

static inline void check_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s: not so: %s\n", file, line, check_test, what);
    fflush(stdout);
    _exit(1);
}

static inline void check_equal(const char *file, int line, const char *what, long long actual, long long expected)
{
    if (actual != expected) {
        fprintf(stderr, "%s:%d: %s: %s is %lld, expected %lld\n", file, line, check_test, what, actual, expected);
        fflush(stdout);
        _exit(1);
    }
}

#define CHECK(condition) ((condition) ? (void)0 : check_fail(__FILE__, __LINE__, #condition))
#define CHECK_EQ(actual, expected) \
    check_equal(__FILE__, __LINE__, #actual, (long long)(actual), (long long)(expected))
#define CHECK_OK(call) CHECK_EQ(call, ALOG_OK)
#define CHECK_TEXT(actual, expected) (strcmp(actual, expected) == 0 ? (void)0 : \
    (fprintf(stderr, "\"%s\" against \"%s\"\n", actual, expected), check_fail(__FILE__, __LINE__, #actual)))

/* What a test of faults says that it found; run.sh shows it. */
#define FIGURES(...) ((void)printf("figures: " __VA_ARGS__), (void)printf("\n"))

/* So many rounds, or as many times more as `make torture` asks for. */
static inline int check_times(int rounds)
{
    const char *factor = getenv("ALOG_TORTURE");
    return rounds * (factor && *factor ? atoi(factor) : 1);
}

/* Runs one test; its name is the sentence that it proves. */
#define RUN(test) (check_test = #test, (void)unlink(LOG_FILE), test(), (void)printf("ok %s\n", #test))

/* Begins a test program: a temporary directory as working directory, the alarm against hanging. */
static inline void check_begin(void)
{
    const char *base = getenv("TMPDIR");
    alarm((unsigned)check_times(CHECK_SECONDS));
    setvbuf(stdout, NULL, _IOLBF, 0); /* nothing buffered that a forked child would print again */
    snprintf(check_dir, sizeof check_dir, "%s/alog-c-XXXXXX", base && *base ? base : "/tmp");
    CHECK(mkdtemp(check_dir) != NULL);
    CHECK_EQ(chdir(check_dir), 0);
}

/* Ends it: removes the directory (which stays if a check failed). Returns the exit status. */
static inline int check_end(void)
{
    DIR *dir;
    struct dirent *entry;
    CHECK(check_dir[0] != '\0'); /* or this would be somebody's directory */
    dir = opendir(".");
    while (dir && (entry = readdir(dir)) != NULL)
        (void)unlink(entry->d_name);
    if (dir)
        closedir(dir);
    CHECK_EQ(chdir("/"), 0);
    CHECK_EQ(rmdir(check_dir), 0);
    return 0;
}

/* A configuration from "key=value key=value"; "" for none. */
static inline alog_config *config_with(const char *settings)
{
    char text[512];
    char *pair, *rest = text;
    alog_config *config = NULL;
    CHECK(strlen(settings) < sizeof text);
    strcpy(text, settings);
    CHECK_OK(alog_config_new(&config));
    while ((pair = strtok_r(rest, " ", &rest)) != NULL) {
        char *value = strchr(pair, '=');
        CHECK(value != NULL);
        *value++ = '\0';
        CHECK_OK(alog_config_set(config, pair, value, NULL));
    }
    return config;
}

/* Makes the logger and frees the configuration. */
static inline alog_logger logger_from(alog_config *config)
{
    alog_logger log = {0};
    alog_error error;
    alog_status status = alog_new(config, &log, &error);
    if (status != ALOG_OK)
        fprintf(stderr, "alog_new: %s: %s\n", error.origin, error.message);
    CHECK_OK(status);
    alog_config_free(config);
    return log;
}

/* A logger with one sink. */
static inline alog_logger logger_to(const char *sink, const char *settings)
{
    alog_config *config = config_with(settings);
    CHECK_OK(alog_config_add_sink(config, sink, NULL));
    return logger_from(config);
}

static inline alog_status say(alog_logger log, const char *text)
{
    return alog_write(log, ALOG_LEVEL_INFO, text, strlen(text));
}

static inline alog_stats stats_of(alog_logger log)
{
    alog_stats stats;
    CHECK_OK(alog_stats_get(log, &stats));
    return stats;
}

/* The two equations of the account. */
static inline void check_balance(const alog_stats *stats)
{
    uint64_t rejected = 0, dropped = 0;
    int i;
    for (i = 0; i < ALOG_REJECT_COUNT; i++)
        rejected += stats->rejected[i];
    for (i = 0; i < ALOG_DROP_COUNT; i++)
        dropped += stats->dropped[i];
    CHECK_EQ(stats->attempted, stats->accepted + rejected);
    CHECK_EQ(stats->accepted, stats->written + stats->failed + dropped + stats->pending);
}

/* Stops, checks the account of the logger and of every sink, frees. Returns the account. */
static inline alog_stats close_account(alog_logger log)
{
    alog_stats stats;
    alog_sink_stats sink;
    uint32_t i;
    CHECK_OK(alog_stop(log, -1));
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_EQ(stats.pending, 0);
    for (i = 0; alog_sink_stats_get(log, i, &sink) == ALOG_OK; i++)
        CHECK_EQ(sink.written + sink.failed + sink.filtered + sink.suppressed, stats.accepted);
    CHECK(i > 0);
    CHECK_OK(alog_free(log));
    return stats;
}

/* The whole file, NUL-terminated, to be freed by the caller; a missing file is empty. */
static inline char *read_file(const char *path, size_t *out_len)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    long len = 0;
    if (file) {
        CHECK_EQ(fseek(file, 0, SEEK_END), 0);
        len = ftell(file);
        rewind(file);
    }
    text = (char *)malloc((size_t)len + 1);
    CHECK(text != NULL);
    if (file) {
        CHECK_EQ(fread(text, 1, (size_t)len, file), len);
        fclose(file);
    }
    text[len] = '\0';
    if (out_len)
        *out_len = (size_t)len;
    return text;
}

/* Cuts the next line off, without its newline; NULL at the end. Every line must end in a newline. */
static inline char *next_line(char **cursor)
{
    char *line = *cursor, *end;
    if (*line == '\0')
        return NULL;
    end = strchr(line, '\n');
    CHECK(end != NULL);
    *end = '\0';
    *cursor = end + 1;
    return line;
}

#endif
