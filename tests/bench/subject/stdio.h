/*
 * What programs do without a logger: under a mutex, the time of day, its parts, and one fprintf into a
 * buffered file. The buffer is as large as the batches of alog.
 */
#include "subject.h"

#include <inttypes.h>
#include <pthread.h>

enum { SUBJECT_WRITES_FILE = 1 };

enum { FILE_BUFFER_BYTES = 128 * 1024 };

static FILE *subject_file;
static pthread_mutex_t subject_mutex = PTHREAD_MUTEX_INITIALIZER;

static inline void subject_open(const char *path, size_t threads)
{
    (void)threads;
    subject_file = fopen(path, "ae");
    REQUIRE(subject_file != NULL);
    REQUIRE(setvbuf(subject_file, NULL, _IOFBF, FILE_BUFFER_BYTES) == 0);
}

static inline void subject_thread(size_t index)
{
    (void)index;
}

/* The lock is taken before the clock is read: lines stand in the order of their times. */
#define WRITE_LINE(format, ...)                                                                                 \
    do {                                                                                                        \
        struct timespec now;                                                                                    \
        struct tm parts;                                                                                        \
        pthread_mutex_lock(&subject_mutex);                                                                     \
        clock_gettime(CLOCK_REALTIME, &now);                                                                    \
        gmtime_r(&now.tv_sec, &parts);                                                                          \
        fprintf(subject_file, "[%04d-%02d-%02d %02d:%02d:%02d.%06ldZ] INFO - " format "\n",                     \
                parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,             \
                parts.tm_sec, now.tv_nsec / 1000, __VA_ARGS__);                                                 \
        pthread_mutex_unlock(&subject_mutex);                                                                   \
    } while (0)

static inline void subject_log(const char *message, size_t len)
{
    WRITE_LINE("%.*s", (int)len, message);
}

#ifdef VALUES
static inline void subject_log_values(int64_t order, int64_t customer, double ms)
{
    WRITE_LINE("order %" PRId64 " of customer %" PRId64 " was accepted after %g ms", order, customer, ms);
}
#endif

static inline void subject_close(void)
{
    REQUIRE(fclose(subject_file) == 0);
}

static inline size_t subject_line_bytes(void)
{
    return MESSAGE_BYTES + AROUND_MESSAGE;
}
