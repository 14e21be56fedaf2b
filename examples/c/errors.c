/*
 * A destination that fails beside one that works; the program learns of it by asking.
 *
 *     cc errors.c $(pkg-config --cflags --libs alog) -o errors && ./errors
 */
#define _POSIX_C_SOURCE 200809L
#include <alog.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    const char *message = "the good destination has this line";
    struct pollfd errors = {-1, POLLIN, 0};
    alog_config *config;
    alog_logger log;
    alog_error error;
    alog_stats stats;

    if (alog_config_new(&config) != ALOG_OK)
        return 1;
    alog_config_add_sink(config, "console:", NULL);
    alog_config_add_sink(config, "file:/dev/full", NULL); /* no space left on device */
    if (alog_new(config, &log, &error) != ALOG_OK) {
        fprintf(stderr, "no logger: %s\n", error.message);
        return 1;
    }
    alog_config_free(config);

    alog_write(log, ALOG_LEVEL_INFO, message, strlen(message));

    /* The descriptor fits any event loop; here it waits at most 10 seconds for the first error. */
    if (alog_error_fd_get(log, &errors.fd) == ALOG_OK && poll(&errors, 1, 10000) == 1)
        while (alog_poll_error(log, &error) == ALOG_OK)
            printf("%s: %s (errno %d, %llu times)\n", error.origin, error.message, error.os_error,
                   (unsigned long long)error.count);

    alog_stop(log, -1);
    if (alog_stats_get(log, &stats) == ALOG_OK)
        printf("written by at least one destination: %llu\n", (unsigned long long)stats.written);
    alog_free(log);
    return 0;
}
