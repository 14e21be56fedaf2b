/*
 * What programs do without a logger: under a mutex, the time of day, its parts, and one fprintf into a
 * buffered file. The buffer is as large as the batches of alog.
 */
#include "subject.h"

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

static inline void subject_log(const char *message, size_t len)
{
    struct timespec now;
    struct tm parts;
    pthread_mutex_lock(&subject_mutex); /* before the clock: lines stand in the order of their times */
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    fprintf(subject_file, "[%04d-%02d-%02d %02d:%02d:%02d.%06ldZ] INFO - %.*s\n", parts.tm_year + 1900,
            parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1000,
            (int)len, message);
    pthread_mutex_unlock(&subject_mutex);
}

static inline void subject_close(void)
{
    REQUIRE(fclose(subject_file) == 0);
}
