/*
 * Children of fork(): each has an alarm of its own, and must end with status 0.
 */
#ifndef CHILD_H
#define CHILD_H

#include "sequence.h"

#include <sys/wait.h>

enum { CHILD_MESSAGES = 10, CHILD_SECONDS = 60 };

/* In the child: what its parent's alarm is to the parent. */
static inline void begin_child(void)
{
    alarm(CHILD_SECONDS);
}

/* Waits for a child that must have ended well; one that hangs ends by its own alarm. */
static inline void join_child(pid_t child)
{
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 0);
}

static inline void say_as_child(alog_logger log, int number)
{
    uint64_t accepted = 0;
    while (accepted < CHILD_MESSAGES)
        CHECK_OK(say_next(log, number, &accepted));
}

#endif
