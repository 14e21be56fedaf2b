/*
 * The user data of a callback sink is given back exactly once, when the last that could use it is gone.
 */
#include "gate.h"

static void destroy_runs_once_when_the_configuration_was_never_used(void)
{
    struct gate gate = GATE_OPEN;
    alog_config *config = config_with("");
    add_gate(config, &gate);
    CHECK_EQ(gate.destroyed, 0);
    alog_config_free(config);
    CHECK_EQ(gate.destroyed, 1);
}

static void destroy_waits_for_the_last_of_configuration_and_loggers(void)
{
    struct gate gate = GATE_OPEN;
    alog_config *config = config_with("");
    alog_logger one = {0}, two = {0};
    add_gate(config, &gate);
    CHECK_OK(alog_new(config, &one, NULL));
    CHECK_OK(alog_new(config, &two, NULL));
    CHECK_OK(say(one, "x"));
    CHECK_EQ(close_account(one).written, 1);
    CHECK_EQ(gate.destroyed, 0);
    alog_config_free(config);
    CHECK_EQ(gate.destroyed, 0);
    CHECK_OK(say(two, "y"));
    CHECK_EQ(close_account(two).written, 1);
    CHECK_EQ(gate.destroyed, 1);
    CHECK_EQ(gate.lines, 2);
}

static void destroy_runs_once_when_the_configuration_goes_last(void)
{
    struct gate gate = GATE_OPEN;
    alog_config *config = config_with("");
    alog_logger log = {0};
    add_gate(config, &gate);
    CHECK_OK(alog_new(config, &log, NULL));
    CHECK_OK(say(log, "x"));
    CHECK_EQ(close_account(log).written, 1);
    CHECK_EQ(gate.destroyed, 0);
    alog_config_free(config);
    CHECK_EQ(gate.destroyed, 1);
}

static void a_refused_callback_leaves_the_user_data_to_the_caller(void)
{
    struct gate gate = GATE_OPEN;
    alog_config *config = config_with("");
    alog_error error;
    CHECK_EQ(alog_config_add_callback(config, "x?level=loud", gate_write, &gate, gate_destroy, &error), ALOG_ERR_VALUE);
    CHECK_EQ(alog_config_add_callback(config, "x?colour=red", gate_write, &gate, gate_destroy, &error), ALOG_ERR_KEY);
    CHECK_EQ(alog_config_add_callback(config, "x", NULL, &gate, gate_destroy, &error), ALOG_ERR_ARGUMENT);
    alog_config_free(config);
    CHECK_EQ(gate.destroyed, 0);
}

static void destroy_runs_when_a_logger_could_not_be_made(void)
{
    struct gate gate = GATE_OPEN;
    alog_config *config = config_with("");
    alog_logger log = {42};
    add_gate(config, &gate);
    CHECK_OK(alog_config_add_sink(config, "file:no-such-directory/x.log", NULL));
    CHECK_EQ(alog_new(config, &log, NULL), ALOG_ERR_OPEN);
    CHECK_EQ(log.id, 42);
    CHECK_EQ(gate.destroyed, 0);
    alog_config_free(config);
    CHECK_EQ(gate.destroyed, 1);
}

int main(void)
{
    check_begin();
    RUN(destroy_runs_once_when_the_configuration_was_never_used);
    RUN(destroy_waits_for_the_last_of_configuration_and_loggers);
    RUN(destroy_runs_once_when_the_configuration_goes_last);
    RUN(a_refused_callback_leaves_the_user_data_to_the_caller);
    RUN(destroy_runs_when_a_logger_could_not_be_made);
    return check_end();
}
