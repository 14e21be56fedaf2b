/*
 * fork: the parent is not affected; the child logs at once, from an empty queue, with a writer of its own.
 *
 * The writer is idle at each fork or stands in a gate, so that also an allocator that does not provide for fork
 * (AddressSanitizer's) is free in the child. contract_fork_load.c forks at any moment.
 */
#include "child.h"
#include "gate.h"

enum { PENDING = 100 };

static void the_child_has_an_empty_queue_and_the_parent_keeps_its_own(void)
{
    struct gate gate = GATE_CLOSED;
    alog_config *config = config_with("format=raw");
    uint64_t accepted[2] = {0, CHILD_MESSAGES};
    alog_logger log;
    alog_stats stats;
    pid_t child;
    add_gate(config, &gate);
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    log = logger_from(config);
    CHECK_OK(say_next(log, 0, &accepted[0]));
    gate_wait(&gate);
    while (accepted[0] < PENDING)
        CHECK_OK(say_next(log, 0, &accepted[0]));

    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        begin_child();
        gate.open = 1; /* the child's copy; nobody waits in it */
        stats = stats_of(log);
        CHECK_EQ(stats.attempted + stats.accepted + stats.pending + stats.queues, 0);
        say_as_child(log, 1);
        stats = close_account(log);
        CHECK_EQ(stats.attempted, CHILD_MESSAGES);
        CHECK_EQ(stats.written, CHILD_MESSAGES);
        _exit(0);
    }
    join_child(child);
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_EQ(stats.pending, PENDING);
    gate_open(&gate);
    CHECK_EQ(close_account(log).written, PENDING);
    check_sequences(LOG_FILE, 2, accepted);
}

static void the_exit_of_a_child_writes_its_own_lines_and_touches_nothing_of_the_parent(void)
{
    uint64_t accepted[2] = {0, CHILD_MESSAGES};
    alog_logger log = logger_to(TO_FILE, "format=raw");
    int used;
    for (used = 0; used < 2; used++) { /* a child that logs, and one that never touches the library */
        pid_t child;
        CHECK_OK(say_next(log, 0, &accepted[0]));
        CHECK_OK(alog_flush(log, -1));
        child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            begin_child();
            if (used)
                say_as_child(log, 1);
            exit(0);
        }
        join_child(child);
        CHECK_OK(say_next(log, 0, &accepted[0]));
        CHECK_OK(alog_flush(log, -1));
    }
    CHECK_EQ(close_account(log).written, accepted[0]);
    check_sequences(LOG_FILE, 2, accepted);
}

static void a_child_makes_loggers_and_children_of_its_own(void)
{
    uint64_t accepted[3] = {0, CHILD_MESSAGES, CHILD_MESSAGES};
    alog_logger log = logger_to(TO_FILE, "format=raw");
    pid_t child;
    CHECK_OK(say_next(log, 0, &accepted[0]));
    CHECK_OK(alog_flush(log, -1));
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        pid_t grandchild;
        begin_child();
        say_as_child(log, 1);
        CHECK_OK(alog_flush(log, -1));
        grandchild = fork();
        CHECK(grandchild >= 0);
        if (grandchild == 0) {
            alog_logger own = logger_to(TO_FILE, "format=raw");
            begin_child();
            CHECK(own.id != log.id);
            say_as_child(own, 2);
            CHECK_EQ(close_account(own).written, CHILD_MESSAGES);
            CHECK_EQ(close_account(log).attempted, 0);
            _exit(0);
        }
        join_child(grandchild);
        CHECK_EQ(close_account(log).written, CHILD_MESSAGES);
        _exit(0);
    }
    join_child(child);
    CHECK_EQ(close_account(log).written, 1);
    check_sequences(LOG_FILE, 3, accepted);
}

/* The ways for a child to notice that it is one. Each of them leaves the queue of its thread its own. */
static void call_first(alog_logger log, int which)
{
    int32_t fd;
    switch (which) {
    case 0: return; /* alog_write() itself */
    case 1: CHECK_EQ(stats_of(log).attempted, 0); return;
    case 2: CHECK_OK(alog_flush(log, -1)); return;
    case 3: CHECK_EQ(alog_poll_error(log, NULL), ALOG_EMPTY); return;
    case 4: CHECK_OK(alog_error_fd_get(log, &fd)); return;
    case 5: CHECK_EQ(alog_write(log, ALOG_LEVEL_DEBUG, "x", 1), ALOG_DISABLED); return;
    default: CHECK_EQ(alog_write(log, 99, "x", 1), ALOG_ERR_ARGUMENT); return;
    }
}

static void *write_as_child(void *argument)
{
    say_as_child(*(alog_logger *)argument, 1);
    return NULL;
}

/* `elsewhere`: a thread of the child logs first, then the thread that forked. */
static void check_first_call(int which, int elsewhere)
{
    uint64_t accepted[3] = {0, CHILD_MESSAGES, 0};
    alog_logger log = logger_to(TO_FILE, "format=raw");
    pid_t child;
    CHECK_OK(say_next(log, 0, &accepted[0]));
    CHECK_OK(alog_flush(log, -1));
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        begin_child();
        call_first(log, which);
        if (elsewhere) {
            pthread_t thread;
            CHECK_EQ(pthread_create(&thread, NULL, write_as_child, &log), 0);
            CHECK_EQ(pthread_join(thread, NULL), 0);
        } else {
            say_as_child(log, 1);
        }
        CHECK_OK(alog_write_sync(log, ALOG_LEVEL_INFO, "2 0", 3, -1, NULL));
        CHECK_EQ(close_account(log).written, CHILD_MESSAGES + 1);
        _exit(0);
    }
    join_child(child);
    accepted[2] = 1;
    CHECK_EQ(close_account(log).written, 1);
    check_sequences(LOG_FILE, 3, accepted);
    CHECK_EQ(unlink(LOG_FILE), 0);
}

static void whatever_a_child_calls_first_and_on_whichever_thread_its_messages_are_written(void)
{
    int which;
    for (which = 0; which <= 6; which++) {
        check_first_call(which, 0);
        check_first_call(which, 1);
    }
}

int main(void)
{
    check_begin();
    RUN(the_child_has_an_empty_queue_and_the_parent_keeps_its_own);
    RUN(the_exit_of_a_child_writes_its_own_lines_and_touches_nothing_of_the_parent);
    RUN(whatever_a_child_calls_first_and_on_whichever_thread_its_messages_are_written);
    RUN(a_child_makes_loggers_and_children_of_its_own);
    return check_end();
}
