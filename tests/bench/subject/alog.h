/*
 * alog through its shared library, every option at its default: text format, block when the queue is full.
 * To try others: BENCH_ALOG in the environment, such as "format=json seq_key=seq".
 *
 * With -DVALUES, numbers go through alog_log; with -DVALUES -DALOG_MACRO through ALOG_INFO, which notes its place too.
 */
#include "subject.h"

#include <alog_log.h>

enum { SUBJECT_WRITES_FILE = 1 };

static alog_logger subject_logger;

static inline void subject_set(alog_config *config)
{
    const char *settings = getenv("BENCH_ALOG");
    char text[512], *pair, *rest = text;
    REQUIRE((size_t)snprintf(text, sizeof text, "%s", settings ? settings : "") < sizeof text);
    while ((pair = strtok_r(rest, " ", &rest)) != NULL) {
        char *value = strchr(pair, '=');
        REQUIRE(value != NULL);
        *value++ = '\0';
        REQUIRE(alog_config_set(config, pair, value, NULL) == ALOG_OK);
    }
}

static inline void subject_open(const char *path, size_t threads)
{
    (void)threads;
    char spec[4096];
    alog_config *config;
    REQUIRE((size_t)snprintf(spec, sizeof spec, "file:%s", path) < sizeof spec);
    REQUIRE(alog_config_new(&config) == ALOG_OK);
    subject_set(config);
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

#ifdef VALUES
#define VALUES_TEXT "order {order} of customer {customer} was accepted after {ms} ms"

static inline void subject_log_values(int64_t order, int64_t customer, double ms)
{
#ifdef ALOG_MACRO
    ALOG_INFO(subject_logger, VALUES_TEXT, ALOG_I64("order", order), ALOG_I64("customer", customer),
              ALOG_F64("ms", ms));
#else
    alog_field fields[] = {
        {.key = "order", .key_len = 5, .type = ALOG_FIELD_I64, .value.i64 = order},
        {.key = "customer", .key_len = 8, .type = ALOG_FIELD_I64, .value.i64 = customer},
        {.key = "ms", .key_len = 2, .type = ALOG_FIELD_F64, .value.f64 = ms},
    };
    alog_entry entry = {.msg = VALUES_TEXT,
                        .msg_len = sizeof VALUES_TEXT - 1,
                        .fields = fields,
                        .field_count = 3,
                        .timeout_ms = ALOG_BY_POLICY,
                        .level = ALOG_LEVEL_INFO,
                        .flags = ALOG_TEMPLATE};
    if (alog_log(subject_logger, &entry) != ALOG_OK)
        abort();
#endif
}
#endif

static inline void subject_close(void)
{
    alog_stats stats;
    REQUIRE(alog_stop(subject_logger, -1) == ALOG_OK);
    REQUIRE(alog_stats_get(subject_logger, &stats) == ALOG_OK);
    REQUIRE(stats.attempted == stats.written);
    REQUIRE(alog_free(subject_logger) == ALOG_OK);
}

static inline size_t subject_line_bytes(void)
{
    return getenv("BENCH_ALOG") ? 0 : MESSAGE_BYTES + AROUND_MESSAGE;
}
