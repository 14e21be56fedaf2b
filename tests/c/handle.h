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
    int32_t fd;
    CHECK_EQ(alog_write(log, ALOG_LEVEL_INFO, "x", 1), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_write_sync(log, ALOG_LEVEL_INFO, "x", 1, -1, &error), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_flush(log, -1), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_poll_error(log, &error), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_error_fd_get(log, &fd), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_stats_get(log, &stats), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_sink_stats_get(log, 0, &sink), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_stop(log, -1), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_free(log), ALOG_ERR_HANDLE);
}

#endif
