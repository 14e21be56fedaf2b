/*
 * A process that is killed: the next logger with its crash_dir writes what it had accepted, once.
 */
#include "child.h"
#include "gate.h"
#include "lines.h"

#include <alog_log.h>
#include <signal.h>

#define QUEUES "crash_dir=queues "
#define SHOWN "pattern={level}|{logger}|{source}|{message}|{fields} "
#define TEXT "order {order} of {customer}"

enum { TIMES = 3 };

/* Accepts records of each kind that no sink ever takes, and ends by the signal. */
static void log_and_die(int number)
{
    struct gate gate = GATE_CLOSED;
    alog_logger log = logger_to_gate(&gate, QUEUES "name=shop");
    alog_field fields[] = {ALOG_I64("order", 7), ALOG_STR("customer", "Eve")};
    uint32_t site;
    CHECK_OK(say(log, "plain"));
    gate_wait(&gate);
    CHECK_OK(alog_site_get("shop.c", 6, 12, "sell", 4, TEXT, strlen(TEXT), fields, 2, &site));
    CHECK(site != 0);
    for (int i = 0; i < TIMES; i++)
        CHECK_OK(alog_log_site(log, ALOG_LEVEL_WARN, site, fields, 2));
    CHECK_OK(log_fields(log, "with fields", fields, 2));
    if (number == 0)
        _exit(0);
    signal(number, SIG_DFL);
    raise(number);
}

static void what_a_dead_process_accepted_is_written_by_the_next_logger(void)
{
    static const int signals[] = {0, SIGKILL, SIGTERM};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        int status = 0;
        pid_t child = fork();
        char expected[64];
        alog_stats stats;
        if (child == 0) {
            begin_child();
            log_and_die(signals[i]);
        }
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK_EQ(WIFSIGNALED(status) ? WTERMSIG(status) : 0, signals[i]);
        stats = close_account(logger_to(TO_FILE, QUEUES SHOWN));
        CHECK_EQ(stats.recovered, 2 + TIMES);
        CHECK_EQ(stats.written, 2 + TIMES);
        snprintf(expected, sizeof expected, "WARN|||alog: 5 records recovered from process %d|", (int)child);
        check_lines(expected, "INFO|shop||plain|", "WARN|shop|shop.c:12|order 7 of Eve|",
                    "WARN|shop|shop.c:12|order 7 of Eve|", "WARN|shop|shop.c:12|order 7 of Eve|",
                    "INFO|shop||with fields|order=7 customer=Eve", NULL);
        CHECK_EQ(rmdir("queues"), 0); /* nothing is left there */
        CHECK_EQ(unlink(LOG_FILE), 0);
    }
}

static void a_directory_or_a_setting_that_does_not_fit_is_refused(void)
{
    alog_config *config = config_with(QUEUES "max_message_bytes=1MiB");
    alog_logger log;
    alog_error error;
    CHECK_EQ(alog_new(config, &log, &error), ALOG_ERR_VALUE);
    CHECK(strstr(error.message, "max_message_bytes=1048576") && strstr(error.message, "crash_dir"));
    alog_config_free(config);
    config = config_with("crash_dir=/proc/none");
    CHECK_EQ(alog_new(config, &log, &error), ALOG_ERR_OPEN);
    CHECK_TEXT(error.origin, "crash_dir");
    CHECK(strstr(error.message, "/proc/none") != NULL);
    alog_config_free(config);
}

int main(void)
{
    check_begin();
    RUN(what_a_dead_process_accepted_is_written_by_the_next_logger);
    RUN(a_directory_or_a_setting_that_does_not_fit_is_refused);
    return check_end();
}
