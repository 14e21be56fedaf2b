/*
 * Sinks by specification: levels, formats, files, descriptors, the console.
 */
#include "check.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void sinks_take_their_own_level_and_format(void)
{
    alog_config *config = config_with("level=trace");
    alog_logger log;
    alog_sink_stats sink;
    alog_stats stats;
    char *text;
    CHECK_OK(alog_config_add_sink(config, "file:test.log?level=warn&format=raw", NULL));
    CHECK_OK(alog_config_add_sink(config, "file:second.log?level=debug", NULL));
    log = logger_from(config);
    CHECK_OK(alog_write(log, ALOG_LEVEL_TRACE, "none", 4));
    CHECK_OK(alog_write(log, ALOG_LEVEL_DEBUG, "one", 3));
    CHECK_OK(alog_write(log, ALOG_LEVEL_WARN, "both", 4));
    CHECK_OK(alog_stop(log, -1));
    CHECK_OK(alog_sink_stats_get(log, 0, &sink));
    CHECK_EQ(sink.written, 1);
    CHECK_EQ(sink.filtered, 2);
    CHECK_EQ(sink.bytes, 5);
    CHECK_TEXT(sink.name, "file:test.log");
    CHECK_OK(alog_sink_stats_get(log, 1, &sink));
    CHECK_EQ(sink.written, 2);
    CHECK_EQ(sink.filtered, 1);
    CHECK_EQ(alog_sink_stats_get(log, 2, &sink), ALOG_EMPTY);
    stats = close_account(log);
    CHECK_EQ(stats.written, 2);
    CHECK_EQ(stats.dropped[ALOG_DROP_FILTERED], 1);
    text = read_file(LOG_FILE, NULL);
    CHECK_TEXT(text, "both\n");
    free(text);
}

static void a_path_may_contain_question_mark_and_percent(void)
{
    alog_logger log = logger_to("file:what%3F100%25.log?format=raw", "");
    char *text;
    CHECK_OK(say(log, "x"));
    CHECK_EQ(close_account(log).written, 1);
    text = read_file("what?100%.log", NULL);
    CHECK_TEXT(text, "x\n");
    free(text);
}

static void a_file_is_appended_to_made_0640_and_never_reached_through_a_symlink(void)
{
    alog_config *config = config_with("");
    alog_logger log = {0};
    alog_error error;
    struct stat status;
    mode_t old = umask(0);
    char *text;
    int i;
    for (i = 0; i < 2; i++) {
        alog_logger twice = logger_to(TO_FILE, "format=raw");
        CHECK_OK(say(twice, "x"));
        CHECK_EQ(close_account(twice).written, 1);
    }
    umask(old);
    CHECK_EQ(stat(LOG_FILE, &status), 0);
    CHECK_EQ(status.st_mode & 07777, 0640);
    CHECK_EQ(symlink("elsewhere.log", "link.log"), 0);
    CHECK_OK(alog_config_add_sink(config, "file:link.log", NULL));
    CHECK_EQ(alog_new(config, &log, &error), ALOG_ERR_OPEN);
    CHECK_EQ(error.os_error, ELOOP);
    CHECK(access("elsewhere.log", F_OK) != 0);
    alog_config_free(config);
    text = read_file(LOG_FILE, NULL);
    CHECK_TEXT(text, "x\nx\n");
    free(text);
}

static void a_sink_that_cannot_be_opened_says_why(void)
{
    alog_config *config = config_with("");
    alog_logger log = {42};
    alog_error error;
    CHECK_OK(alog_config_add_sink(config, "file:no-such-directory/x.log", NULL));
    CHECK_EQ(alog_new(config, &log, &error), ALOG_ERR_OPEN);
    CHECK_EQ(error.code, ALOG_ERR_OPEN);
    CHECK_EQ(error.os_error, ENOENT);
    CHECK(strstr(error.message, "no-such-directory/x.log") != NULL);
    CHECK_EQ(log.id, 42);
    alog_config_free(config);
}

/* How many descriptors are open, and that none but the standard ones survives an exec. */
static int open_descriptors(int must_be_cloexec)
{
    int fd, count = 0;
    for (fd = 0; fd < 256; fd++) {
        int flags = fcntl(fd, F_GETFD);
        count += flags >= 0;
        if (must_be_cloexec && flags >= 0 && fd > 2)
            CHECK(flags & FD_CLOEXEC);
    }
    return count;
}

static void descriptors_are_close_on_exec_and_given_back(void)
{
    int before, own;
    alog_logger log;
    int32_t fd;
    char sink[32];
    close_account(logger_to(TO_FILE, "")); /* what the library keeps for the process is there now */
    own = open("second.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    CHECK(own >= 0);
    before = open_descriptors(1);
    snprintf(sink, sizeof sink, "fd:%d", own);
    log = logger_to(sink, "");
    CHECK_OK(alog_error_fd_get(log, &fd));
    CHECK_OK(say(log, "x"));
    CHECK(open_descriptors(1) > before);
    CHECK_EQ(close_account(log).written, 1);
    CHECK(fcntl(own, F_GETFD) >= 0); /* the descriptor given is still ours */
    CHECK_EQ(open_descriptors(1), before);
    CHECK_EQ(close(own), 0);
}

static void without_descriptors_a_logger_is_refused_and_nothing_leaks(void)
{
    alog_config *config = config_with("");
    alog_logger log = {0};
    struct rlimit old, none;
    alog_error error;
    alog_status status;
    int before = open_descriptors(0);
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    none = old;
    none.rlim_cur = 3;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    status = alog_new(config, &log, &error);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
    CHECK(status == ALOG_ERR_OPEN || status == ALOG_ERR_LIMIT);
    CHECK_EQ(error.os_error, EMFILE);
    CHECK_EQ(open_descriptors(0), before);
    CHECK_OK(alog_new(config, &log, &error)); /* the same configuration works once there are some */
    alog_config_free(config);
    close_account(log);
}

static void at_most_64_sinks(void)
{
    alog_config *config = config_with("format=raw");
    alog_logger log;
    char *text;
    int i;
    for (i = 0; i < 64; i++)
        CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    CHECK_EQ(alog_config_add_sink(config, TO_FILE, NULL), ALOG_ERR_SINK);
    log = logger_from(config);
    CHECK_OK(say(log, "x"));
    CHECK_EQ(close_account(log).written, 1);
    text = read_file(LOG_FILE, NULL);
    CHECK_EQ(strlen(text), 128);
    free(text);
}

/* Runs with `fd` replaced by a file; the configuration is NULL or names a console. */
static void check_console(int fd, const char *sink)
{
    int saved = dup(fd), file = open(LOG_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    alog_logger log = {0};
    char *text;
    CHECK(saved >= 0 && file >= 0);
    fflush(NULL);
    CHECK_EQ(dup2(file, fd), fd);
    if (sink)
        log = logger_to(sink, "");
    else
        CHECK_OK(alog_new(NULL, &log, NULL));
    CHECK_EQ(alog_write(log, ALOG_LEVEL_DEBUG, "debug", 5), ALOG_DISABLED);
    CHECK_OK(say(log, "to the console"));
    CHECK_EQ(close_account(log).written, 1);
    CHECK_EQ(dup2(saved, fd), fd);
    close(saved);
    close(file);
    text = read_file(LOG_FILE, NULL);
    CHECK(strstr(text, "] INFO - to the console\n") != NULL);
    free(text);
}

static void no_configuration_means_info_and_up_to_standard_output(void)
{
    check_console(STDOUT_FILENO, NULL);
    check_console(STDOUT_FILENO, "console:");
    check_console(STDERR_FILENO, "stderr:");
}

int main(void)
{
    int fd;
    for (fd = 3; fd < 256; fd++) /* inherited ones would be counted */
        close(fd);
    check_begin();
    RUN(sinks_take_their_own_level_and_format);
    RUN(a_path_may_contain_question_mark_and_percent);
    RUN(a_file_is_appended_to_made_0640_and_never_reached_through_a_symlink);
    RUN(a_sink_that_cannot_be_opened_says_why);
    RUN(descriptors_are_close_on_exec_and_given_back);
    RUN(without_descriptors_a_logger_is_refused_and_nothing_leaks);
    RUN(at_most_64_sinks);
    RUN(no_configuration_means_info_and_up_to_standard_output);
    return check_end();
}
