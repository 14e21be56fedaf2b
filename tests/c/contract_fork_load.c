/*
 * fork while other threads log, and clone without the C library: nothing is lost, nothing is written twice.
 */
#include "child.h"

#include <signal.h>
#include <sys/syscall.h>

enum { FORKS = 200, WRITERS = 2 };

struct writer {
    alog_logger log;
    int number, done;
    uint64_t accepted;
};

static void *write_until_done(void *argument)
{
    struct writer *writer = (struct writer *)argument;
    while (!__atomic_load_n(&writer->done, __ATOMIC_RELAXED)) {
        CHECK_OK(say_next(writer->log, writer->number, &writer->accepted));
        if (writer->accepted % 64 == 0)
            sched_yield();
    }
    return NULL;
}

/* Three ways for a child to end after it logged: return through exit, flush and die, stop and die. */
static void end_child(alog_logger log, int way)
{
    if (way == 0)
        exit(0);
    if (way == 1) {
        alog_stats stats;
        CHECK_OK(alog_flush(log, -1));
        stats = stats_of(log);
        check_balance(&stats);
        CHECK_EQ(stats.written, CHILD_MESSAGES);
    } else {
        CHECK_EQ(close_account(log).written, CHILD_MESSAGES);
    }
    _exit(0);
}

static void two_hundred_forks_under_load_lose_and_duplicate_nothing(void)
{
    int forks = check_times(FORKS);
    struct writer writers[WRITERS];
    uint64_t *accepted = (uint64_t *)calloc((size_t)(WRITERS + forks), sizeof *accepted);
    pthread_t threads[WRITERS];
    alog_logger log = logger_to(TO_FILE, "format=raw queue_bytes=64KiB");
    alog_stats stats;
    int i;
    CHECK(accepted != NULL);
    for (i = 0; i < WRITERS; i++) {
        struct writer writer = {log, i, 0, 0};
        writers[i] = writer;
        CHECK_EQ(pthread_create(&threads[i], NULL, write_until_done, &writers[i]), 0);
    }
    for (i = 0; i < forks; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            begin_child();
            say_as_child(log, WRITERS + i);
            end_child(log, i % 3);
        }
        join_child(child);
        accepted[WRITERS + i] = CHILD_MESSAGES;
    }
    for (i = 0; i < WRITERS; i++) {
        __atomic_store_n(&writers[i].done, 1, __ATOMIC_RELAXED);
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
        accepted[i] = writers[i].accepted;
    }
    stats = close_account(log);
    CHECK_EQ(stats.written, accepted[0] + accepted[1]);
    check_sequences(LOG_FILE, WRITERS + forks, accepted);
    FIGURES("fork under load: forks %d; the parent accepted and wrote %llu, its children accepted and wrote %d; hung 0, lost 0, "
            "duplicated 0, torn 0, out of order 0", forks, (unsigned long long)stats.written, forks * CHILD_MESSAGES);
    free(accepted);
}

/* clone() without the C library: none of its fork handlers runs. The writer is idle, so no lock is held. */
static void a_raw_clone_is_noticed_like_a_fork(void)
{
    uint64_t accepted[2] = {0, CHILD_MESSAGES};
    alog_logger log = logger_to(TO_FILE, "format=raw");
    long child;
    CHECK_OK(say_next(log, 0, &accepted[0]));
    CHECK_OK(alog_flush(log, -1));
    child = syscall(SYS_clone, (unsigned long)SIGCHLD, NULL, NULL, NULL, 0UL);
    CHECK(child >= 0);
    if (child == 0) {
        begin_child();
        say_as_child(log, 1);
        CHECK_EQ(close_account(log).written, CHILD_MESSAGES);
        _exit(0);
    }
    join_child((pid_t)child);
    CHECK_OK(say_next(log, 0, &accepted[0]));
    CHECK_EQ(close_account(log).written, 2);
    check_sequences(LOG_FILE, 2, accepted);
}

int main(void)
{
    check_begin();
    RUN(two_hundred_forks_under_load_lose_and_duplicate_nothing);
    RUN(a_raw_clone_is_noticed_like_a_fork);
    return check_end();
}
