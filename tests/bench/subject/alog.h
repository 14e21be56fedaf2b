/*
 * alog through its shared library, every option at its default: text format, block when the queue is full.
 * To try another: BENCH_ALOG_KEY and BENCH_ALOG_VALUE in the environment set one key of the configuration.
 */
#include "subject.h"

#include <alog.h>

enum { SUBJECT_WRITES_FILE = 1 };

static alog_logger subject_logger;

static inline void subject_open(const char *path, size_t threads)
{
    (void)threads;
    char spec[4096];
    alog_config *config;
    REQUIRE((size_t)snprintf(spec, sizeof spec, "file:%s", path) < sizeof spec);
    REQUIRE(alog_config_new(&config) == ALOG_OK);
    if (getenv("BENCH_ALOG_KEY"))
        REQUIRE(alog_config_set(config, getenv("BENCH_ALOG_KEY"), getenv("BENCH_ALOG_VALUE"), NULL) == ALOG_OK);
    REQUIRE(alog_config_add_sink(config, spec, NULL) == ALOG_OK);
    REQUIRE(alog_new(config, &subject_logger, NULL) == ALOG_OK);
    alog_config_free(config);
}

static inline void subject_thread(size_t index)
{
    (void)index;
}

static inline void subject_log(const char *message, size_t len)
{
    if (alog_write(subject_logger, ALOG_LEVEL_INFO, message, len) != ALOG_OK)
        abort();
}

static inline void subject_close(void)
{
    alog_stats stats;
    REQUIRE(alog_stop(subject_logger, -1) == ALOG_OK);
    REQUIRE(alog_stats_get(subject_logger, &stats) == ALOG_OK);
    REQUIRE(stats.attempted == stats.written);
    REQUIRE(alog_free(subject_logger) == ALOG_OK);
}
