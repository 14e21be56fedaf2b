/*
 * A plugin with the static library in it: it logs on the thread that calls, and leaves its logger running or not.
 */
#include "alog.h"

#ifdef __cplusplus
extern "C"
#endif
int plugin_log(const char *sink, int frees);

int plugin_log(const char *sink, int frees)
{
    alog_config *config;
    alog_logger log;
    int status = alog_config_new(&config), i;
    if (status == ALOG_OK) {
        status = alog_config_add_sink(config, sink, NULL);
        if (status == ALOG_OK)
            status = alog_new(config, &log, NULL);
        alog_config_free(config);
    }
    for (i = 0; status == ALOG_OK && i < 10; i++)
        status = alog_write(log, ALOG_LEVEL_INFO, "from a plugin", 13);
    if (status == ALOG_OK && frees)
        status = alog_free(log);
    return status;
}
