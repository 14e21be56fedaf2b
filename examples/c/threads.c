/*
 * Several threads write to one logger without a lock; the account at the end is exact.
 *
 *     cc -pthread threads.c $(pkg-config --cflags --libs alog) -o threads && ./threads
 */
#define _POSIX_C_SOURCE 200809L
#include <alog.h>
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, MESSAGES = 1000 };

static alog_logger logger; /* a number: copied and shared freely */

static void *work(void *name)
{
    char message[64];
    int i;
    for (i = 0; i < MESSAGES; i++) {
        int len = snprintf(message, sizeof message, "%s: step %d", (const char *)name, i);
        alog_write(logger, ALOG_LEVEL_INFO, message, (size_t)len);
    }
    return NULL;
}

int main(void)
{
    static char names[THREADS][16];
    pthread_t threads[THREADS];
    alog_config *config;
    alog_error error;
    alog_stats stats;
    int i;

    if (alog_config_new(&config) != ALOG_OK)
        return 1;
    alog_config_add_sink(config, "file:threads.log", NULL);
    if (alog_new(config, &logger, &error) != ALOG_OK) {
        fprintf(stderr, "no logger: %s\n", error.message);
        return 1;
    }
    alog_config_free(config);

    for (i = 0; i < THREADS; i++) {
        snprintf(names[i], sizeof names[i], "worker %d", i);
        if (pthread_create(&threads[i], NULL, work, names[i]) != 0)
            return 1;
    }
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);

    alog_stop(logger, -1); /* everything accepted is written now */
    if (alog_stats_get(logger, &stats) == ALOG_OK)
        printf("attempted %llu, accepted %llu, written %llu, pending %llu\n",
               (unsigned long long)stats.attempted, (unsigned long long)stats.accepted,
               (unsigned long long)stats.written, (unsigned long long)stats.pending);
    alog_free(logger);
    return 0;
}
