/*
 * Configurations from TOML and from the environment: what is taken does what it says, what is refused is told with its
 * place, and then nothing of it was taken.
 */
#include "lines.h"

#define FILE_NAME "app.toml"

static alog_status load(alog_config *config, const char *text, alog_error *out_error)
{
    return alog_config_load(config, text, strlen(text), out_error);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    CHECK(file != NULL);
    CHECK(fputs(text, file) >= 0);
    CHECK_EQ(fclose(file), 0);
}

static void a_text_sets_keys_fields_and_sinks(void)
{
    alog_config *config = config_with("level=error");
    alog_logger log;
    CHECK_OK(load(config,
                  "level = 'debug'\n"
                  "pattern = '{level} {message} {fields}'\n"
                  "[fields]\n"
                  "service = 'shop'\n"
                  "host.cores = 8\n"
                  "[[sink]]\n"
                  "to = '" TO_FILE "'\n"
                  "level = 'warn'\n",
                  NULL));
    log = logger_from(config);
    CHECK_OK(alog_write(log, ALOG_LEVEL_DEBUG, "a", 1));
    CHECK_OK(alog_write(log, ALOG_LEVEL_WARN, "b", 1));
    CHECK_EQ(close_account(log).accepted, 2);
    check_lines("WARN b service=shop host.cores=8", NULL);
}

static void an_error_tells_the_place_and_what_was_meant(void)
{
    alog_config *config = config_with("");
    alog_error error;
    CHECK_EQ(load(config, "level = 'debug'\n levle = 'warn'", &error), ALOG_ERR_KEY);
    CHECK_TEXT(error.message, "config:2:2: no key \"levle\"; is it \"level\"?");
    CHECK_TEXT(error.origin, "config");
    CHECK_EQ(load(config, "overflow = 'dorp-newest'", &error), ALOG_ERR_VALUE);
    CHECK(strstr(error.message, "config:1:12: overflow does not take \"dorp-newest\"; is it \"drop-newest\"?") != NULL);
    CHECK_EQ(load(config, "level =", &error), ALOG_ERR_SYNTAX);
    CHECK(strstr(error.message, "config:1:8: ") == error.message);
    CHECK_EQ(load(config, "[[sink]]\nto = 'tape:0'", &error), ALOG_ERR_SINK);
    CHECK_EQ(load(config, "[fields]\na = []", &error), ALOG_ERR_FIELD);
    CHECK_EQ(alog_config_load(config, "# \xff", 3, &error), ALOG_ERR_SYNTAX);
    CHECK_TEXT(error.message, "config:1:3: this is not UTF-8");
    alog_config_free(config);
}

static void a_refusal_takes_nothing_over(void)
{
    alog_config *config = config_with("level=warn");
    alog_logger log;
    CHECK_EQ(load(config, "level = 'trace'\n[[sink]]\nto = 'file:refused.log'\n[[sink]]\nto = 'x'", NULL), ALOG_ERR_SINK);
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    log = logger_from(config);
    CHECK_EQ(say(log, "x"), ALOG_DISABLED);
    CHECK_OK(alog_stop(log, -1));
    CHECK(access("refused.log", F_OK) != 0);
}

static void a_file_is_named_in_its_errors(void)
{
    alog_config *config = config_with("");
    alog_error error;
    write_file(FILE_NAME, "\n\nlevel = 'debgu'\n");
    CHECK_EQ(alog_config_load_file(config, "./" FILE_NAME, &error), ALOG_ERR_VALUE);
    CHECK(strstr(error.message, FILE_NAME ":3:9: level does not take \"debgu\"; is it \"debug\"?") == error.message);
    CHECK_TEXT(error.origin, "config:./" FILE_NAME);
    write_file(FILE_NAME, "level = 'debug'\n");
    CHECK_OK(alog_config_load_file(config, FILE_NAME, NULL));
    alog_config_free(config);
}

static void a_file_that_cannot_be_read_is_told_with_its_reason(void)
{
    alog_config *config = config_with("");
    alog_error error;
    CHECK_EQ(alog_config_load_file(config, "nowhere.toml", &error), ALOG_ERR_OPEN);
    CHECK_EQ(error.os_error, ENOENT);
    CHECK_TEXT(error.message, "cannot read \"nowhere.toml\": no such file or directory (os error 2)");
    CHECK_EQ(alog_config_load_file(config, "/dev/zero", &error), ALOG_ERR_OPEN);
    CHECK_TEXT(error.message, "cannot read \"/dev/zero\": it is not a regular file");
    CHECK_EQ(alog_config_load_file(config, ".", NULL), ALOG_ERR_OPEN);
    alog_config_free(config);
}

static void the_environment_counts_above_what_was_there(void)
{
    alog_config *config = config_with("level=error");
    alog_logger log;
    CHECK_OK(alog_config_add_sink(config, "file:refused.log", NULL));
    CHECK_EQ(setenv("ALOG_LEVEL", "debug", 1), 0);
    CHECK_EQ(setenv("ALOG_FORMAT", "", 1), 0);
    CHECK_EQ(setenv("ALOG_SINKS", TO_FILE "?format=raw; file:second.log?level=error&format=raw", 1), 0);
    CHECK_OK(alog_config_load_env(config, NULL, NULL));
    log = logger_from(config);
    CHECK_OK(say(log, "x"));
    CHECK_EQ(close_account(log).written, 1);
    check_lines("x", NULL);
    CHECK(access("second.log", F_OK) == 0 && access("refused.log", F_OK) != 0);
    CHECK_EQ(unsetenv("ALOG_LEVEL") | unsetenv("ALOG_FORMAT") | unsetenv("ALOG_SINKS"), 0);
}

static void a_variable_near_to_a_key_is_refused_and_others_are_left_alone(void)
{
    alog_config *config = config_with("");
    alog_error error;
    CHECK_EQ(setenv("SHOP_LOG_DATABASE", "x", 1), 0);
    CHECK_OK(alog_config_load_env(config, "SHOP_LOG_", NULL));
    CHECK_EQ(setenv("SHOP_LOG_LEVLE", "x", 1), 0);
    CHECK_EQ(alog_config_load_env(config, "SHOP_LOG_", &error), ALOG_ERR_KEY);
    CHECK_TEXT(error.message, "no key has the variable SHOP_LOG_LEVLE; is it SHOP_LOG_LEVEL?");
    CHECK_TEXT(error.origin, "config:environment");
    CHECK_EQ(unsetenv("SHOP_LOG_LEVLE"), 0);
    CHECK_EQ(setenv("SHOP_LOG_LEVEL", "loud", 1), 0);
    CHECK_EQ(alog_config_load_env(config, "SHOP_LOG_", &error), ALOG_ERR_VALUE);
    CHECK(strstr(error.message, "SHOP_LOG_LEVEL: level does not take \"loud\"") == error.message);
    alog_config_free(config);
}

static void a_check_says_what_alog_new_would(void)
{
    alog_config *config = config_with("writer=caller workers=2");
    alog_logger log;
    alog_error error, again;
    CHECK_OK(alog_config_check(NULL, NULL));
    CHECK_EQ(alog_config_check(config, &error), ALOG_ERR_VALUE);
    CHECK_EQ(alog_new(config, &log, &again), ALOG_ERR_VALUE);
    CHECK_TEXT(error.message, again.message);
    CHECK_OK(alog_config_set(config, "workers", "1", NULL));
    CHECK_OK(alog_config_add_sink(config, "file:/nowhere/at/all", NULL));
    CHECK_OK(alog_config_check(config, NULL)); /* it opens nothing */
    CHECK_OK(alog_config_set(config, "replace", "sinks", NULL));
    CHECK_EQ(alog_config_check(config, NULL), ALOG_ERR_KEY);
    alog_config_free(config);
}

static void null_is_refused(void)
{
    alog_config *config = config_with("");
    CHECK_EQ(alog_config_load(NULL, "", 0, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_load(config, NULL, 1, NULL), ALOG_ERR_ARGUMENT);
    CHECK_OK(alog_config_load(config, NULL, 0, NULL));
    CHECK_EQ(alog_config_load_file(NULL, FILE_NAME, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_load_file(config, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_load_env(NULL, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_load_env(config, "", NULL), ALOG_ERR_ARGUMENT);
    alog_config_free(config);
}

int main(void)
{
    check_begin();
    RUN(a_text_sets_keys_fields_and_sinks);
    RUN(an_error_tells_the_place_and_what_was_meant);
    RUN(a_refusal_takes_nothing_over);
    RUN(a_file_is_named_in_its_errors);
    RUN(a_file_that_cannot_be_read_is_told_with_its_reason);
    RUN(the_environment_counts_above_what_was_there);
    RUN(a_variable_near_to_a_key_is_refused_and_others_are_left_alone);
    RUN(a_check_says_what_alog_new_would);
    RUN(null_is_refused);
    return check_end();
}
