/*
 * What is measured: every header beside this one defines these functions, and each program is compiled once
 * with each of them (-DSUBJECT='"subject/alog.h"'), so that nothing stands between the loop and the call.
 *
 * subject_open     before the threads start; `path` is a file that does not exist
 * subject_thread   on each thread, before its first call
 * subject_log      what is measured; `len` bytes of plain text
 * subject_log_values  if compiled with -DVALUES: the same with two integers and a double in the text
 * subject_close    after the threads have ended; returns when every line is handed to the operating system
 * subject_line_bytes  how long each line with a message of MESSAGE_BYTES is then; 0 if that may be anything
 *
 * and SUBJECT_WRITES_FILE: 1 if the lines are in the file then, 0 if there is no file.
 */
#ifndef SUBJECT_H
#define SUBJECT_H

#include "../measure.h"

#include <string.h>

enum { MESSAGE_BYTES = 64, THREADS_MAX = 64 };

static const char MESSAGE[MESSAGE_BYTES + 1] = "order 4711 of customer 0815 was accepted after 12 ms, 3 articles";

/* "[2026-01-31 23:59:59.123456Z] INFO - " and the newline: what stands around a message in a line. */
enum { AROUND_MESSAGE = 38 };

static inline void subject_open(const char *path, size_t threads);
static inline void subject_thread(size_t index);
static inline void subject_log(const char *message, size_t len);
static inline void subject_close(void);
static inline size_t subject_line_bytes(void);
#ifdef VALUES
static inline void subject_log_values(int64_t order, int64_t customer, double ms);
#endif

#endif
