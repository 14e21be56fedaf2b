/*
 * A message of level FATAL is written when the call returns, or has failed, or 5 s have passed; whichever call it is.
 * on_fatal: it ends the program after it is written, if and only if the program wants that.
 */
#include "child.h"
#include "gate.h"
#include "lines.h"

#include <alog_log.h>

#include <signal.h>
#include <sys/resource.h>

/* In a child: logs, then FATAL; gives how the child ended. */
static int end_of_child(const char *settings)
{
    int status = -1;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        alog_logger log;
        begin_child();
        CHECK_EQ(setrlimit(RLIMIT_CORE, &no_core), 0);
        log = logger_to(TO_FILE, settings);
        CHECK_OK(say(log, "before"));
        CHECK_EQ(alog_write(log, ALOG_LEVEL_DEBUG, "off", 3), ALOG_DISABLED);
        CHECK_OK(alog_write(log, ALOG_LEVEL_FATAL, "fatal", 5));
        CHECK_OK(say(log, "after"));
        close_account(log);
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    return status;
}

static void check_abort(const char *settings)
{
    int status;
    (void)unlink(LOG_FILE);
    status = end_of_child(settings);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGABRT);
    check_lines("before", "fatal", NULL);
}

static void a_fatal_message_is_written_before_the_program_is_aborted(void)
{
    check_abort("on_fatal=abort format=raw");
    check_abort("on_fatal=abort format=raw workers=0");
    check_abort("on_fatal=abort format=raw workers=3");
    check_abort("on_fatal=abort format=raw writer=caller");
    check_abort("on_fatal=abort format=raw queue_bytes=0");
}

static void by_default_the_program_goes_on(void)
{
    int status = end_of_child("format=raw");
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 0);
    check_lines("before", "fatal", "after", NULL);
}

static void a_fatal_level_that_is_off_aborts_nothing(void)
{
    alog_logger log = logger_to(TO_FILE, "on_fatal=abort level=error-");
    CHECK_EQ(alog_write(log, ALOG_LEVEL_FATAL, "x", 1), ALOG_DISABLED);
    close_account(log);
}

static void a_destination_that_fails_does_not_keep_the_program_alive(void)
{
    int status = -1;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        begin_child();
        CHECK_EQ(setrlimit(RLIMIT_CORE, &no_core), 0);
        alog_write(logger_to("file:/dev/full", "on_fatal=abort"), ALOG_LEVEL_FATAL, "x", 1);
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGABRT);
}

/* What has been written or has failed, of all that was accepted. */
static void check_nothing_pending(alog_logger log)
{
    alog_stats stats;
    CHECK_OK(alog_stats_get(log, &stats));
    CHECK_EQ(stats.pending, 0u);
}

static void check_each_call(const char *settings)
{
    const alog_field field = field_i64("n", 1);
    alog_logger log;
    alog_entry entry = {"b {n}", 5, &field, 1, ALOG_BY_POLICY, ALOG_LEVEL_FATAL, 0, ALOG_TEMPLATE, 0};
    (void)unlink(LOG_FILE);
    log = logger_to(TO_FILE, settings);
    CHECK_OK(alog_write(log, ALOG_LEVEL_FATAL, "a", 1));
    check_lines("a", NULL);
    CHECK_OK(alog_log(log, &entry));
    check_lines("a", "b 1", NULL);
    ALOG_FATAL(log, "c {n}", ALOG_I64("n", 2));
    check_lines("a", "b 1", "c 2", NULL);
    ALOG_FATALF(log, "d %d", 3);
    check_lines("a", "b 1", "c 2", "d 3", NULL);
    check_nothing_pending(log);
    close_account(log);
}

static void each_call_returns_when_its_record_is_written(void)
{
    check_each_call("format=raw");
    check_each_call("format=raw workers=0");
    check_each_call("format=raw workers=3");
    check_each_call("format=raw writer=caller");
    check_each_call("format=raw queue_bytes=0");
}

static void what_a_destination_refuses_has_failed_when_the_call_returns(void)
{
    alog_logger log = logger_to("file:/dev/full?hold=0", "format=raw");
    CHECK_OK(alog_write(log, ALOG_LEVEL_FATAL, "x", 1));
    check_nothing_pending(log);
    close_account(log);
}

static void a_timeout_of_the_call_bounds_the_wait(void)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = logger_stuck_in_gate(&gate, "format=raw");
    alog_entry entry = {"x", 1, NULL, 0, 0, ALOG_LEVEL_FATAL, 0, 0, 0};
    CHECK_OK(alog_log(log, &entry));
    gate_open(&gate);
    close_account(log);
    CHECK_EQ(gate.lines, 2u);
}

int main(void)
{
    check_begin();
    RUN(each_call_returns_when_its_record_is_written);
    RUN(what_a_destination_refuses_has_failed_when_the_call_returns);
    RUN(a_timeout_of_the_call_bounds_the_wait);
    RUN(a_fatal_message_is_written_before_the_program_is_aborted);
    RUN(by_default_the_program_goes_on);
    RUN(a_fatal_level_that_is_off_aborts_nothing);
    RUN(a_destination_that_fails_does_not_keep_the_program_alive);
    return check_end();
}
