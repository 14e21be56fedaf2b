/*
 * NULL for every pointer of every function: a status or a harmless no-op, never a crash.
 */
#include "gate.h"

static void a_null_config_pointer_is_refused(void)
{
    struct gate gate = GATE_OPEN;
    alog_error error;
    memset(&error, 0, sizeof error);
    CHECK_EQ(alog_config_new(NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_set(NULL, "level", "info", &error), ALOG_ERR_ARGUMENT);
    CHECK_EQ(error.code, ALOG_ERR_ARGUMENT);
    CHECK(strstr(error.message, "config") != NULL);
    CHECK_EQ(alog_config_set(NULL, NULL, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_sink(NULL, "console:", NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_sink(NULL, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_callback(NULL, "gate", gate_write, &gate, gate_destroy, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_callback(NULL, NULL, NULL, NULL, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_fields(NULL, NULL, 0, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_encoded_fields(NULL, NULL, 0, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_hook(NULL, ALOG_HOOK_PRE, NULL, NULL, NULL, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_set_scheduler(NULL, NULL, NULL, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(gate.destroyed, 0);
    alog_config_free(NULL);
}

static void null_fields_are_taken_if_and_only_if_there_are_none(void)
{
    alog_config *config = config_with("");
    alog_logger log;
    CHECK_OK(alog_config_add_fields(config, NULL, 0, NULL));
    CHECK_OK(alog_config_add_encoded_fields(config, NULL, 0, NULL));
    CHECK_EQ(alog_config_add_fields(config, NULL, 1, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_encoded_fields(config, NULL, 1, NULL), ALOG_ERR_ARGUMENT);
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    log = logger_from(config);
    CHECK_OK(alog_log_encoded(log, ALOG_LEVEL_INFO, 0, 0, ALOG_BY_POLICY, NULL, 0, NULL, 0));
    CHECK_EQ(alog_log_encoded(log, ALOG_LEVEL_INFO, 0, 0, ALOG_BY_POLICY, NULL, 0, NULL, 1), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_log_encoded(log, ALOG_LEVEL_INFO, 0, 0, ALOG_BY_POLICY, NULL, 1, NULL, 0), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_log(log, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(close_account(log).written, 1);
}

static void a_null_text_is_refused_and_changes_nothing(void)
{
    struct gate gate = GATE_OPEN;
    alog_config *config = config_with("format=raw");
    alog_logger log;
    CHECK_EQ(alog_config_set(config, NULL, "info", NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_set(config, "level", NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_sink(config, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_callback(config, NULL, gate_write, &gate, gate_destroy, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_callback(config, "gate", NULL, &gate, gate_destroy, NULL), ALOG_ERR_ARGUMENT);
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    log = logger_from(config);
    CHECK_OK(say(log, "x"));
    CHECK_EQ(close_account(log).written, 1);
    CHECK_EQ(gate.entered + gate.destroyed, 0);
}

static int32_t swallow(void *user_data, const char *lines, size_t lines_len, uint64_t line_count)
{
    (void)lines, (void)lines_len, (void)line_count;
    CHECK(user_data == NULL);
    return 0;
}

static void user_data_destroy_and_out_error_may_be_null(void)
{
    alog_config *config = config_with("");
    alog_logger log = {0};
    CHECK_OK(alog_config_add_callback(config, "swallow", swallow, NULL, NULL, NULL));
    CHECK_EQ(alog_config_set(config, "level", "loud", NULL), ALOG_ERR_VALUE);
    CHECK_EQ(alog_config_add_sink(config, "nowhere", NULL), ALOG_ERR_SINK);
    CHECK_OK(alog_new(config, &log, NULL));
    alog_config_free(config);
    CHECK_OK(alog_write_sync(log, ALOG_LEVEL_INFO, "x", 1, -1, NULL));
    CHECK_EQ(close_account(log).written, 1);
}

static void a_null_out_logger_is_refused(void)
{
    alog_config *config = config_with("");
    alog_error error;
    CHECK_OK(alog_config_add_sink(config, "file:never-made.log", NULL));
    CHECK_EQ(alog_new(config, NULL, &error), ALOG_ERR_ARGUMENT);
    CHECK_EQ(error.code, ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_new(NULL, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK(access("never-made.log", F_OK) != 0);
    alog_config_free(config);
}

static void a_null_message_is_taken_if_and_only_if_its_length_is_zero(void)
{
    alog_logger log = logger_to(TO_FILE, "format=raw");
    alog_stats stats;
    CHECK_OK(alog_write(log, ALOG_LEVEL_INFO, NULL, 0));
    CHECK_OK(alog_write_sync(log, ALOG_LEVEL_INFO, NULL, 0, -1, NULL));
    CHECK_EQ(alog_write(log, ALOG_LEVEL_INFO, NULL, 1), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_write(log, ALOG_LEVEL_INFO, NULL, (size_t)-1), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_write_sync(log, ALOG_LEVEL_INFO, NULL, 1, -1, NULL), ALOG_ERR_ARGUMENT);
    stats = close_account(log);
    CHECK_EQ(stats.written, 2);
    CHECK_EQ(stats.rejected[ALOG_REJECT_ARGUMENT], 3);
}

static void a_null_output_is_refused(void)
{
    alog_logger log = logger_to(TO_FILE, "");
    alog_level level;
    CHECK_EQ(alog_stats_get(log, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_sink_stats_get(log, 0, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_memory_read(log, NULL, NULL, 0, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_memory_clear(log, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_error_fd_get(log, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_end_fd_get(log, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_switch_get(log, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_child_new(log, NULL, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_find("x", NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_level_find("info", 4, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_level_find(NULL, 4, &level), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_level_find(NULL, 0, &level), ALOG_EMPTY);
    CHECK_EQ(alog_find(NULL, &log), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_levels_set(log, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_reconfigure(log, NULL, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_reload(log, NULL, NULL), ALOG_ERR_ARGUMENT);
    close_account(log);
}

static void polling_into_null_throws_the_error_away(void)
{
    struct gate gate = GATE_OPEN;
    alog_logger log;
    gate.result = EIO;
    log = logger_to_gate(&gate, "");
    CHECK_EQ(alog_poll_error(log, NULL), ALOG_EMPTY);
    CHECK_EQ(alog_write_sync(log, ALOG_LEVEL_INFO, "x", 1, -1, NULL), ALOG_ERR_IO);
    CHECK_OK(alog_poll_error(log, NULL));
    CHECK_EQ(alog_poll_error(log, NULL), ALOG_EMPTY);
    CHECK_EQ(close_account(log).failed, 1);
}

int main(void)
{
    check_begin();
    RUN(a_null_config_pointer_is_refused);
    RUN(null_fields_are_taken_if_and_only_if_there_are_none);
    RUN(a_null_text_is_refused_and_changes_nothing);
    RUN(user_data_destroy_and_out_error_may_be_null);
    RUN(a_null_out_logger_is_refused);
    RUN(a_null_message_is_taken_if_and_only_if_its_length_is_zero);
    RUN(a_null_output_is_refused);
    RUN(polling_into_null_throws_the_error_away);
    return check_end();
}
