/*
 * Hooks see every record, override in their order, may fail, may log, and are given back once.
 */
#include "lines.h"

/* What a hook of these tests does, and what it saw. */
struct seen {
    uint64_t calls;
    uint64_t destroyed;
    alog_logger log;   /* of log_itself */
    int32_t result;    /* of fail */
    char text[256];    /* of note */
};

static void count_destroy(void *user_data)
{
    __atomic_add_fetch(&((struct seen *)user_data)->destroyed, 1, __ATOMIC_RELAXED);
}

static void set_str(alog_record *record, const char *key, const char *text)
{
    alog_field field = field_str(key, text);
    CHECK_OK(alog_record_field_set(record, &field));
}

static int32_t override_as_pre(void *user_data, alog_record *record)
{
    (void)user_data;
    set_str(record, "b", "pre");
    set_str(record, "c", "pre");
    set_str(record, "d", "pre");
    set_str(record, "level", "pre");
    return 0;
}

static int32_t override_as_post(void *user_data, alog_record *record)
{
    (void)user_data;
    set_str(record, "d", "post");
    set_str(record, "message", "post");
    return 0;
}

static int32_t fail(void *user_data, alog_record *record)
{
    struct seen *seen = (struct seen *)user_data;
    (void)record;
    __atomic_add_fetch(&seen->calls, 1, __ATOMIC_RELAXED);
    return seen->result;
}

static alog_config *hooked(const char *settings, int32_t phase, alog_hook_fn hook, struct seen *seen)
{
    alog_config *config = config_with(settings);
    CHECK_OK(alog_config_add_hook(config, phase, "own", hook, seen, count_destroy, NULL));
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    return config;
}

static void base_pre_hook_call_and_post_hook_override_in_this_order(void)
{
    alog_field base[] = {field_str("a", "base"), field_str("b", "base"), field_str("c", "base"), field_str("d", "base")};
    alog_field own[] = {field_str("c", "call"), field_str("d", "call")};
    alog_config *config = config_with(JSON);
    alog_logger log;
    CHECK_OK(alog_config_add_fields(config, base, 4, NULL));
    CHECK_OK(alog_config_add_hook(config, ALOG_HOOK_PRE, "pre", override_as_pre, NULL, NULL, NULL));
    CHECK_OK(alog_config_add_hook(config, ALOG_HOOK_POST, "post", override_as_post, NULL, NULL, NULL));
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    log = logger_from(config);
    CHECK_OK(log_fields(log, "m", own, 2));
    CHECK_OK(say(log, "n"));
    close_account(log);
    check_lines("{\"level\":\"INFO\",\"message\":\"m\",\"a\":\"base\",\"b\":\"pre\",\"c\":\"call\",\"d\":\"post\"}",
                "{\"level\":\"INFO\",\"message\":\"n\",\"a\":\"base\",\"b\":\"pre\",\"c\":\"pre\",\"d\":\"post\"}", NULL);
}

static void a_hook_that_fails_is_reported_and_the_record_goes_out(void)
{
    static const int32_t phases[] = {ALOG_HOOK_PRE, ALOG_HOOK_POST};
    int i;
    for (i = 0; i < 2; i++) {
        struct seen seen;
        alog_logger log;
        alog_error error;
        memset(&seen, 0, sizeof seen);
        seen.result = EACCES;
        (void)unlink(LOG_FILE);
        log = logger_from(hooked("format=raw", phases[i], fail, &seen));
        CHECK_OK(say(log, "one"));
        CHECK_OK(say(log, "two"));
        CHECK_OK(alog_flush(log, -1));
        CHECK_OK(alog_poll_error(log, &error));
        CHECK_EQ(error.code, ALOG_ERR_HOOK);
        CHECK_EQ(error.os_error, EACCES);
        CHECK_EQ(error.count, 2);
        CHECK_TEXT(error.origin, "hook:own");
        CHECK_EQ(alog_poll_error(log, &error), ALOG_EMPTY);
        CHECK_EQ(close_account(log).written, 2);
        CHECK_EQ(seen.calls, 2);
        check_lines("one", "two", NULL);
    }
}

static void destroy_is_called_once_when_the_last_user_is_gone(void)
{
    struct seen seen;
    alog_config *config, *refused = config_with("");
    alog_logger first = {0}, second = {0}, child = {0};
    memset(&seen, 0, sizeof seen);
    CHECK_EQ(alog_config_add_hook(refused, 2, "own", fail, &seen, count_destroy, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_hook(refused, ALOG_HOOK_PRE, "", fail, &seen, count_destroy, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_hook(refused, ALOG_HOOK_PRE, NULL, fail, &seen, count_destroy, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_hook(refused, ALOG_HOOK_PRE, "own", NULL, &seen, count_destroy, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_add_hook(NULL, ALOG_HOOK_PRE, "own", fail, &seen, count_destroy, NULL), ALOG_ERR_ARGUMENT);
    alog_config_free(refused);
    CHECK_EQ(seen.destroyed, 0);
    config = hooked("format=raw", ALOG_HOOK_PRE, fail, &seen);
    CHECK_OK(alog_new(config, &first, NULL));
    CHECK_OK(alog_new(config, &second, NULL));
    CHECK_OK(alog_child_new(first, NULL, &child, NULL));
    alog_config_free(config);
    CHECK_OK(alog_free(first));
    CHECK_EQ(seen.destroyed, 0);
    CHECK_OK(alog_free(second));
    CHECK_OK(alog_free(child));
    CHECK_EQ(seen.destroyed, 1);
}

static int32_t log_itself(void *user_data, alog_record *record)
{
    struct seen *seen = (struct seen *)user_data;
    alog_level level = alog_record_level_get(record);
    __atomic_add_fetch(&seen->calls, 1, __ATOMIC_RELAXED);
    if (level == ALOG_LEVEL_INFO)
        CHECK_OK(alog_write(seen->log, ALOG_LEVEL_NOTICE, "of the hook", 11));
    return 0;
}

static void what_a_hook_logs_passes_no_pre_hooks(void)
{
    struct seen seen;
    memset(&seen, 0, sizeof seen);
    seen.log = logger_from(hooked("format=raw", ALOG_HOOK_PRE, log_itself, &seen));
    CHECK_OK(say(seen.log, "of the program"));
    CHECK_EQ(close_account(seen.log).written, 2);
    CHECK_EQ(seen.calls, 1);
    check_lines("of the hook", "of the program", NULL);
}

static void a_post_hook_may_log(void)
{
    struct seen seen;
    memset(&seen, 0, sizeof seen);
    seen.log = logger_from(hooked("format=raw", ALOG_HOOK_POST, log_itself, &seen));
    CHECK_OK(say(seen.log, "of the program"));
    CHECK_OK(alog_flush(seen.log, -1));
    CHECK_OK(alog_flush(seen.log, -1)); /* what the hook logged came in behind the first */
    CHECK_EQ(close_account(seen.log).written, 2);
    CHECK_EQ(seen.calls, 2);
    check_lines("of the program", "of the hook", NULL);
}

/* Notes what it sees: level, logger, message, fields by key and by path. */
static int32_t note(void *user_data, alog_record *record)
{
    struct seen *seen = (struct seen *)user_data;
    const char *msg = NULL, *name = NULL;
    size_t msg_len = 0, name_len = 0;
    alog_field id, in, none, group = field_of("g", ALOG_FIELD_GROUP), nonsense = field_of("k", 77);
    CHECK_OK(alog_record_message_get(record, &msg, &msg_len));
    CHECK_OK(alog_record_name_get(record, &name, &name_len));
    CHECK_OK(alog_record_field_get(record, "id", 2, &id));
    CHECK_OK(alog_record_field_get(record, "req.path", 8, &in));
    CHECK_EQ(in.type, ALOG_FIELD_STR);
    CHECK_EQ(alog_record_field_get(record, "none", 4, &none), ALOG_EMPTY);
    CHECK_EQ(alog_record_field_get(record, NULL, 1, &none), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_record_field_get(record, "id", 2, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_record_field_get(NULL, "id", 2, &none), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_record_message_get(record, NULL, &msg_len), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_record_name_get(NULL, &name, &name_len), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_record_field_set(record, &group), ALOG_ERR_FIELD);
    CHECK_EQ(alog_record_field_set(record, &nonsense), ALOG_ERR_FIELD);
    CHECK_EQ(alog_record_field_set(record, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_record_field_set(NULL, &id), ALOG_ERR_ARGUMENT);
    snprintf(seen->text, sizeof seen->text, "%d %.*s %.*s %d %.*s", (int)alog_record_level_get(record), (int)name_len,
             name, (int)msg_len, msg, (int)id.value.i64, (int)in.value.bytes.len, in.value.bytes.ptr);
    return 0;
}

static void a_hook_sees_the_record_as_it_was_given(void)
{
    static const int32_t phases[] = {ALOG_HOOK_PRE, ALOG_HOOK_POST};
    alog_field fields[] = {field_i64("id", 5), field_of("req", ALOG_FIELD_GROUP), field_str("path", "/x"),
                           field_of("", ALOG_FIELD_END)};
    alog_entry entry = entry_of("user {id}", fields, 4);
    int i;
    CHECK_EQ(alog_record_level_get(NULL), -1);
    entry.flags = ALOG_TEMPLATE;
    entry.level = ALOG_LEVEL_WARN;
    for (i = 0; i < 2; i++) {
        struct seen seen;
        alog_logger log;
        memset(&seen, 0, sizeof seen);
        (void)unlink(LOG_FILE);
        log = logger_from(hooked("name=db format=raw", phases[i], note, &seen));
        CHECK_OK(alog_log(log, &entry));
        close_account(log);
        CHECK_TEXT(seen.text, "4 db user {id} 5 /x");
        check_lines("user 5", NULL);
    }
}

static void a_level_that_is_off_reaches_no_hook(void)
{
    struct seen seen;
    alog_logger log;
    memset(&seen, 0, sizeof seen);
    log = logger_from(hooked("level=warn", ALOG_HOOK_PRE, fail, &seen));
    CHECK_EQ(say(log, "x"), ALOG_DISABLED);
    CHECK_EQ(close_account(log).attempted, 0);
    CHECK_EQ(seen.calls, 0);
}

int main(void)
{
    check_begin();
    RUN(base_pre_hook_call_and_post_hook_override_in_this_order);
    RUN(a_hook_that_fails_is_reported_and_the_record_goes_out);
    RUN(destroy_is_called_once_when_the_last_user_is_gone);
    RUN(what_a_hook_logs_passes_no_pre_hooks);
    RUN(a_post_hook_may_log);
    RUN(a_hook_sees_the_record_as_it_was_given);
    RUN(a_level_that_is_off_reaches_no_hook);
    return check_end();
}
