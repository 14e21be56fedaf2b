/*
 * on_fatal: a message of level FATAL ends the program after it is written, if and only if the program wants that.
 */
#include "child.h"
#include "lines.h"

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

int main(void)
{
    check_begin();
    RUN(a_fatal_message_is_written_before_the_program_is_aborted);
    RUN(by_default_the_program_goes_on);
    RUN(a_fatal_level_that_is_off_aborts_nothing);
    RUN(a_destination_that_fails_does_not_keep_the_program_alive);
    return check_end();
}
