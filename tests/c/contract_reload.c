/*
 * Another configuration for a logger that runs: as a whole or not at all, and nothing is lost meanwhile.
 */
#include "gate.h"
#include "lines.h"

#include <sched.h>

#define OTHER_FILE "other.log"

/* A configuration with settings and one sink. */
static alog_config *config_to(const char *settings, const char *sink)
{
    alog_config *config = config_with(settings);
    CHECK_OK(alog_config_add_sink(config, sink, NULL));
    return config;
}

static alog_status reload(alog_logger log, alog_config *config, alog_error *out_error)
{
    alog_status status = alog_reload(log, config, out_error);
    alog_config_free(config);
    return status;
}

/* Stops a logger; gives how many records it wrote, which are all. A sink that came later has not seen each. */
static uint64_t close_written(alog_logger log)
{
    alog_stats stats;
    CHECK_OK(alog_stop(log, -1));
    stats = stats_of(log);
    CHECK_EQ(stats.written, stats.accepted);
    CHECK_OK(alog_free(log));
    return stats.written;
}

static void sinks_levels_and_looks_change_at_once(void)
{
    alog_logger log = logger_to("file:" OTHER_FILE, "format=raw");
    char *text;
    CHECK_OK(say(log, "one"));
    CHECK_OK(reload(log, config_to("level=debug pattern={level}:{message}", TO_FILE), NULL));
    CHECK_OK(alog_write(log, ALOG_LEVEL_DEBUG, "two", 3));
    CHECK_EQ(close_written(log), 2);
    check_lines("DEBUG:two", NULL);
    text = read_file(OTHER_FILE, NULL);
    CHECK_TEXT(text, "one\n");
    free(text);
}

static void what_is_refused_changes_nothing(void)
{
    alog_logger log = logger_to(TO_FILE, "format=raw");
    alog_error error;
    CHECK_EQ(reload(log, config_to("level=trace workers=2", "file:refused.log"), &error), ALOG_ERR_KEY);
    CHECK(strstr(error.message, "workers cannot be changed") == error.message);
    CHECK_EQ(reload(log, config_to("level=trace", "file:/nowhere/at/all"), &error), ALOG_ERR_OPEN);
    CHECK_EQ(error.os_error, ENOENT);
    CHECK_EQ(reload(log, config_to("level=trace level_key=time", "file:refused.log"), NULL), ALOG_ERR_VALUE);
    CHECK_EQ(alog_write(log, ALOG_LEVEL_DEBUG, "off", 3), ALOG_DISABLED);
    CHECK_OK(say(log, "as before"));
    CHECK_EQ(close_written(log), 1);
    check_lines("as before", NULL);
    CHECK(access("refused.log", F_OK) != 0);
}

static void a_function_that_is_replaced_is_given_back_once(void)
{
    struct gate gate = GATE_OPEN;
    alog_logger log = logger_to_gate(&gate, "format=raw");
    CHECK_OK(say(log, "to the function"));
    CHECK_OK(reload(log, config_to("format=raw", TO_FILE), NULL));
    CHECK_OK(say(log, "to the file"));
    CHECK_EQ(close_written(log), 2);
    CHECK_EQ(gate.destroyed, 1);
    check_lines("to the file", NULL);
}

static void a_configuration_may_be_used_again(void)
{
    alog_config *config = config_to("format=raw", TO_FILE);
    alog_logger log;
    CHECK_OK(alog_new(config, &log, NULL));
    CHECK_OK(alog_config_set(config, "level", "warn", NULL));
    CHECK_OK(alog_reload(log, config, NULL));
    CHECK_EQ(say(log, "x"), ALOG_DISABLED);
    CHECK_OK(alog_config_set(config, "level", "info", NULL));
    CHECK_OK(reload(log, config, NULL));
    CHECK_OK(say(log, "y"));
    CHECK_EQ(close_written(log), 1);
    check_lines("y", NULL);
}

static int32_t reload_inside(void *user_data, const char *lines, size_t lines_len, uint64_t line_count)
{
    alog_config *config = config_to("", TO_FILE);
    alog_logger log = *(const alog_logger *)user_data;
    (void)lines, (void)lines_len, (void)line_count;
    CHECK_EQ(alog_reload(log, config, NULL), ALOG_ERR_WOULD_DEADLOCK);
    CHECK_OK(alog_reopen(log));
    CHECK_OK(alog_rotate(log));
    alog_config_free(config);
    return 0;
}

static void a_writer_thread_is_refused_and_may_ask_for_files(void)
{
    alog_logger log = {0};
    alog_config *config = config_with("");
    CHECK_OK(alog_config_add_callback(config, "inside", reload_inside, &log, NULL, NULL));
    CHECK_OK(alog_new(config, &log, NULL));
    alog_config_free(config);
    CHECK_OK(say(log, "x"));
    CHECK_OK(alog_flush(log, -1));
    CHECK_EQ(close_written(log), 1);
}

static void files_are_reopened_and_rotated_in_their_turn(void)
{
    alog_logger log = logger_to(TO_FILE, "format=raw"), child;
    CHECK_OK(alog_child_new(log, NULL, &child, NULL));
    CHECK_OK(say(log, "a"));
    CHECK_OK(alog_reopen(log));
    CHECK_OK(say(log, "b"));
    CHECK_OK(alog_reopen(child));
    CHECK_OK(alog_flush(log, -1));
    CHECK_OK(say(log, "c"));
    CHECK_EQ(alog_poll_error(log, NULL), ALOG_EMPTY);
    CHECK_OK(alog_rotate(child));
    CHECK_OK(alog_flush(log, -1));
    CHECK_OK(alog_free(child));
    CHECK_EQ(close_written(log), 3);
}

static void write_file(const char *text)
{
    FILE *file = fopen("draft.toml", "w");
    CHECK(file != NULL && fputs(text, file) >= 0);
    CHECK_EQ(fclose(file), 0);
    CHECK_EQ(rename("draft.toml", "app.toml"), 0); /* nobody sees half of it */
}

/* A logger that was made from app.toml, and what counts above that. */
static alog_logger logger_of_file(const char *text, const char *settings)
{
    alog_config *config = config_with("format=json");
    alog_logger log;
    write_file(text);
    CHECK_OK(alog_config_load_file(config, "app.toml", NULL));
    if (settings[0] != 0)
        CHECK_OK(alog_config_set(config, "reload", settings, NULL));
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    CHECK_OK(alog_new(config, &log, NULL));
    alog_config_free(config);
    return log;
}

static void the_file_that_it_was_made_from_is_read_again(void)
{
    alog_logger log = logger_of_file("format = 'raw'", ""), plain;
    alog_error error;
    CHECK_OK(say(log, "a"));
    write_file("level = 'warn'\npattern = '{level}:{message}'");
    CHECK_OK(alog_reload(log, NULL, &error));
    CHECK_EQ(say(log, "off"), ALOG_DISABLED);
    CHECK_OK(alog_write(log, ALOG_LEVEL_WARN, "b", 1));
    write_file("level = 'info'\n levle = 'warn'");
    CHECK_EQ(alog_reload(log, NULL, &error), ALOG_ERR_KEY);
    CHECK_TEXT(error.message, "app.toml:2:2: no key \"levle\"; is it \"level\"?");
    CHECK_EQ(say(log, "off"), ALOG_DISABLED);
    CHECK_EQ(close_written(log), 2);
    check_lines("a", "WARN:b", NULL);
    plain = logger_to(TO_FILE, "");
    CHECK_EQ(alog_reload(plain, NULL, &error), ALOG_ERR_ARGUMENT);
    CHECK_TEXT(error.message, "a configuration must be given: this logger was not made from a file");
    CHECK_OK(alog_free(plain));
}

static void a_file_that_changes_applies_and_a_bad_one_is_an_error(void)
{
    alog_logger log = logger_of_file("level = 'error'\nformat = 'raw'", "on-change");
    alog_error error;
    CHECK_EQ(say(log, "off"), ALOG_DISABLED);
    write_file("level = ");
    while (alog_poll_error(log, &error) == ALOG_EMPTY)
        sched_yield(); /* it is seen at some time */
    CHECK_EQ(error.code, ALOG_ERR_SYNTAX);
    CHECK(strstr(error.message, "app.toml:1:") == error.message);
    CHECK_EQ(say(log, "off"), ALOG_DISABLED);
    write_file("level = 'info'\nformat = 'raw'");
    while (say(log, "on") == ALOG_DISABLED)
        sched_yield();
    CHECK_EQ(close_written(log), 1);
    check_lines("on", NULL);
}

static void a_stopped_logger_is_told_apart_from_none(void)
{
    alog_logger log = logger_to(TO_FILE, ""), none = {0};
    CHECK_OK(alog_stop(log, -1));
    CHECK_EQ(reload(log, config_to("", TO_FILE), NULL), ALOG_ERR_STOPPED);
    CHECK_EQ(alog_reopen(log), ALOG_ERR_STOPPED);
    CHECK_EQ(alog_rotate(log), ALOG_ERR_STOPPED);
    CHECK_OK(alog_free(log));
    CHECK_EQ(reload(log, config_to("", TO_FILE), NULL), ALOG_ERR_HANDLE);
    CHECK_EQ(reload(none, config_to("", TO_FILE), NULL), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_reopen(none), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_rotate(log), ALOG_ERR_HANDLE);
}

int main(void)
{
    check_begin();
    RUN(sinks_levels_and_looks_change_at_once);
    RUN(what_is_refused_changes_nothing);
    RUN(a_function_that_is_replaced_is_given_back_once);
    RUN(a_configuration_may_be_used_again);
    RUN(a_writer_thread_is_refused_and_may_ask_for_files);
    RUN(files_are_reopened_and_rotated_in_their_turn);
    RUN(the_file_that_it_was_made_from_is_read_again);
    RUN(a_file_that_changes_applies_and_a_bad_one_is_an_error);
    RUN(a_stopped_logger_is_told_apart_from_none);
    return check_end();
}
