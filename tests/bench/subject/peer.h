/*
 * Another logger: one of ../peers, linked in as a static library or an object. Its functions are not inlined, no more
 * than those of alog are.
 */
#ifndef SUBJECT_PEER_H
#define SUBJECT_PEER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As the functions of subject.h; peer_open may be called again after peer_close. */
void peer_open(const char *path);
void peer_thread(void);
void peer_log(const char *message, size_t len);
void peer_log_values(int64_t order, int64_t customer, double ms);
void peer_close(void);

#ifdef __cplusplus
}
#else

#include "subject.h"

enum { SUBJECT_WRITES_FILE = 1 };

static inline void subject_open(const char *path, size_t threads)
{
    (void)threads;
    peer_open(path);
}

static inline void subject_thread(size_t index)
{
    (void)index;
    peer_thread();
}

static inline void subject_log(const char *message, size_t len)
{
    peer_log(message, len);
}

#ifdef VALUES
static inline void subject_log_values(int64_t order, int64_t customer, double ms)
{
    peer_log_values(order, customer, ms);
}
#endif

static inline void subject_close(void)
{
    peer_close();
}

/* Each has its own idea of a line. */
static inline size_t subject_line_bytes(void)
{
    return 0;
}

#endif
#endif
