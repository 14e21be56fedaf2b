/*
 * Whole records: fields and templates, derived loggers, hooks, levels that change while the program runs.
 *
 *     cc record.c $(pkg-config --cflags --libs alog) -o record && ./record
 */
#include <alog_log.h>

/* Fields have a type. With fields, {name} in the message stands for the field of that name. */
static void log_with_fields(alog_logger log)
{
    ALOG_INFO(log, "user {id} logged in", ALOG_I64("id", 5), ALOG_STR("name", "Eve"));
    ALOG_WARN(log, "slow request", ALOG_F64("ms", 812.5), ALOG_GROUP("req"), ALOG_STR("method", "GET"),
              ALOG_STR("path", "/cart"), ALOG_GROUP_END);
    ALOG_INFOF(log, "%d of %d files", 3, 12);
}

/* A derived logger adds a name and fields of its own; it shares queues, threads and destinations. */
static void log_as_database(alog_logger log)
{
    const alog_field shard = ALOG_I64("shard", 3);
    alog_config *config;
    alog_logger db;
    if (alog_config_new(&config) != ALOG_OK)
        return;
    alog_config_set(config, "name", "db", NULL);
    alog_config_add_fields(config, &shard, 1, NULL);
    if (alog_child_new(log, config, &db, NULL) == ALOG_OK) {
        ALOG_INFO(db, "connected");
        alog_free(db);
    }
    alog_config_free(config);
}

/* A hook sees every record and may add fields: this one on the thread that logs. */
static int32_t add_request(void *current_request, alog_record *record)
{
    const alog_field field = ALOG_I64("request", *(const int64_t *)current_request);
    return alog_record_field_set(record, &field) == ALOG_OK ? 0 : 1;
}

/* What a level that is off would log is not evaluated. */
static void log_at_some_levels(alog_logger log)
{
    ALOG_DEBUG(log, "not shown");
    alog_levels_set(log, "debug|error+", NULL);
    ALOG_DEBUG(log, "shown");
    ALOG_INFO(log, "not shown");
}

int main(void)
{
    static int64_t current_request = 17;
    alog_config *config;
    alog_logger log;
    alog_error error;

    if (alog_config_new(&config) != ALOG_OK)
        return 1;
    alog_config_add_sink(config, "console:?format=logfmt", NULL);
    alog_config_add_sink(config, "file:record.json?format=json&level=warn", NULL);
    alog_config_add_hook(config, ALOG_HOOK_PRE, "request", add_request, &current_request, NULL, NULL);
    if (alog_new(config, &log, &error) != ALOG_OK) {
        fprintf(stderr, "no logger: %s\n", error.message);
        return 1;
    }
    alog_config_free(config);

    log_with_fields(log);
    log_as_database(log);
    log_at_some_levels(log);

    alog_stop(log, -1);
    alog_free(log);
    return 0;
}
