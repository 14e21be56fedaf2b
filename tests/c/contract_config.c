/*
 * Configuration: what is refused is refused at once and in words; what is taken does what it says.
 */
#include "check.h"

static void an_unknown_key_is_refused_by_name(void)
{
    alog_config *config = config_with("");
    alog_error error;
    CHECK_EQ(alog_config_set(config, "paint", "red", &error), ALOG_ERR_KEY);
    CHECK_EQ(error.code, ALOG_ERR_KEY);
    CHECK_EQ(error.count, 1);
    CHECK(strstr(error.message, "paint") != NULL);
    CHECK(strstr(error.message, "queue_bytes") != NULL); /* what there is */
    alog_config_free(config);
}

static void a_bad_value_is_refused_with_key_value_and_what_is_allowed(void)
{
    alog_config *config = config_with("");
    alog_error error;
    CHECK_EQ(alog_config_set(config, "level", "loud", &error), ALOG_ERR_VALUE);
    CHECK(strstr(error.message, "level") != NULL);
    CHECK(strstr(error.message, "loud") != NULL);
    CHECK(strstr(error.message, "warn") != NULL);
    alog_config_free(config);
}

static void a_refusal_leaves_the_configuration_as_it_was(void)
{
    alog_config *config = config_with("level=warn");
    alog_logger log;
    CHECK_EQ(alog_config_set(config, "level", "loud", NULL), ALOG_ERR_VALUE);
    CHECK_EQ(alog_config_add_sink(config, "file:refused.log?level=loud", NULL), ALOG_ERR_VALUE);
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    log = logger_from(config);
    CHECK_EQ(say(log, "x"), ALOG_DISABLED);
    CHECK_OK(alog_write(log, ALOG_LEVEL_WARN, "x", 1));
    CHECK_EQ(close_account(log).written, 1);
    CHECK(access("refused.log", F_OK) != 0);
}

int main(void)
{
    check_begin();
    RUN(an_unknown_key_is_refused_by_name);
    RUN(a_bad_value_is_refused_with_key_value_and_what_is_allowed);
    RUN(a_refusal_leaves_the_configuration_as_it_was);
    return check_end();
}
