/*
 * What every function says to a handle that is no logger.
 */
#ifndef HANDLE_H
#define HANDLE_H

#include "check.h"

static inline void check_refused(alog_logger log)
{
    alog_error error;
    alog_stats stats;
    alog_sink_stats sink;
    alog_entry entry = {"x", 1, NULL, 0, ALOG_BY_POLICY, ALOG_LEVEL_INFO, 0, 0, 0};
    const alog_switch *live;
    alog_logger child;
    size_t count;
    alog_config *config;
    int32_t fd;
    CHECK_OK(alog_config_new(&config));
    CHECK_EQ(alog_log(log, &entry), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_log_sync(log, &entry, &error), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_log_encoded(log, ALOG_LEVEL_INFO, 0, 0, ALOG_BY_POLICY, "x", 1, NULL, 0), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_child_new(log, NULL, &child, &error), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_switch_get(log, &live), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_levels_set(log, "info", &error), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_run(log), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_drain(log, 0, &count), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_write(log, ALOG_LEVEL_INFO, "x", 1), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_write_sync(log, ALOG_LEVEL_INFO, "x", 1, -1, &error), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_flush(log, -1), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_poll_error(log, &error), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_error_fd_get(log, &fd), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_end_fd_get(log, &fd), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_pull(log, "x", NULL, 0, 0, &count, NULL), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_pull_fd_get(log, "x", &fd), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_reload(log, config, &error), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_reopen(log), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_rotate(log), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_stats_get(log, &stats), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_sink_stats_get(log, 0, &sink), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_stop(log, -1), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_free(log), ALOG_ERR_HANDLE);
    alog_config_free(config);
}

#endif
