/*
 * The limit of the file system: a line that was made before is copied into a buffer, and the buffer written
 * when it is full. One thread only.
 */
#include "subject.h"

#include <fcntl.h>
#include <unistd.h>

enum { SUBJECT_WRITES_FILE = 1 };

enum { BUFFER_BYTES = 128 * 1024 };

static int subject_fd;
static char subject_buffer[BUFFER_BYTES];
static size_t subject_filled;

static inline void subject_open(const char *path, size_t threads)
{
    REQUIRE(threads == 1);
    subject_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    REQUIRE(subject_fd >= 0);
}

static inline void subject_thread(size_t index)
{
    (void)index;
}

static inline void subject_write(void)
{
    REQUIRE(write(subject_fd, subject_buffer, subject_filled) == (ssize_t)subject_filled);
    subject_filled = 0;
}

static inline void subject_log(const char *message, size_t len)
{
    static const char BEFORE[] = "[2026-01-31 23:59:59.123456Z] INFO - ";
    if (subject_filled + AROUND_MESSAGE + len > BUFFER_BYTES)
        subject_write();
    char *to = subject_buffer + subject_filled;
    memcpy(to, BEFORE, sizeof BEFORE - 1);
    memcpy(to + sizeof BEFORE - 1, message, len);
    to[sizeof BEFORE - 1 + len] = '\n';
    subject_filled += AROUND_MESSAGE + len;
}

static inline void subject_close(void)
{
    subject_write();
    REQUIRE(close(subject_fd) == 0);
}

static inline size_t subject_line_bytes(void)
{
    return MESSAGE_BYTES + AROUND_MESSAGE;
}
