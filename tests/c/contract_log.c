/*
 * The macros of alog_log.h: what they evaluate, what they cost, what they make of a bad handle, and printf.
 */
#include "gate.h"
#include "lines.h"

#include <alog_log.h>

#define LINES "format=logfmt time_key= source_key= level=trace"

static int evaluated;

static const char *text_of(const char *text)
{
    evaluated++;
    return text;
}

static alog_logger logger_of(alog_logger log)
{
    evaluated++;
    return log;
}

static alog_status *status_of(alog_status *status)
{
    evaluated++;
    return status;
}

static void each_level_has_its_macro(void)
{
    alog_logger log = logger_to(TO_FILE, LINES);
    ALOG_TRACE(log, "a");
    ALOG_DEBUG(log, "b");
    ALOG_INFO(log, "c");
    ALOG_NOTICE(log, "d");
    ALOG_WARN(log, "e");
    ALOG_ERROR(log, "f");
    ALOG_FATAL(log, "g");
    ALOG_LOG(log, ALOG_LEVEL_WARN, "h");
    close_account(log);
    check_lines("level=trace message=a", "level=debug message=b", "level=info message=c", "level=notice message=d",
                "level=warn message=e", "level=error message=f", "level=fatal message=g", "level=warn message=h", NULL);
}

static void each_type_has_its_field(void)
{
    static const char *const nothing = NULL;
    alog_logger log = logger_to(TO_FILE, JSON " source_key=");
    ALOG_INFO(log, "m", ALOG_NULL("null"), ALOG_BOOL("bool", log.id), ALOG_I64("i64", INT64_MIN),
              ALOG_U64("u64", UINT64_MAX), ALOG_F64("f64", 1.5f), ALOG_STR("str", "text"), ALOG_STR("none", nothing),
              ALOG_STRN("strn", "text and more", 4), ALOG_STRN("empty", "", 0), ALOG_BYTES("bytes", "\xff\xfe", 1),
              ALOG_GROUP("group"), ALOG_I64("in", -1), ALOG_GROUP_END);
    CHECK_EQ(close_account(log).written, 1);
    check_lines("{\"level\":\"INFO\",\"message\":\"m\",\"null\":null,\"bool\":true,\"i64\":-9223372036854775808,"
                "\"u64\":18446744073709551615,\"f64\":1.5,\"str\":\"text\",\"none\":null,\"strn\":\"text\","
                "\"empty\":\"\",\"bytes\":\"\\\\xff\",\"group\":{\"in\":-1}}", NULL);
}

static void a_message_is_a_template_if_and_only_if_there_are_fields(void)
{
    alog_logger log = logger_to(TO_FILE, JSON " source_key=");
    const char *no_message = NULL;
    ALOG_INFO(log, "{id} {{}}");
    ALOG_INFO(log, "{id} {{}}", ALOG_I64("id", 5));
    ALOG_INFO(log, no_message, ALOG_I64("id", 5));
    ALOG_INFO(log, no_message);
    close_account(log);
    check_lines("{\"level\":\"INFO\",\"message\":\"{id} {{}}\"}", "{\"level\":\"INFO\",\"message\":\"5 {}\",\"id\":5}",
                "{\"level\":\"INFO\",\"message\":\"\",\"id\":5}", "{\"level\":\"INFO\",\"message\":\"\"}", NULL);
}

#define F(number) ALOG_I64("k" #number, number)

static void up_to_32_fields_fit(void)
{
    alog_logger log = logger_to(TO_FILE, "format=raw");
    ALOG_INFO(log, "{k1}", F(1));
    ALOG_INFO(log, "{k1} {k2}", F(1), F(2));
    ALOG_INFO(log, "{k1} {k16}", F(1), F(2), F(3), F(4), F(5), F(6), F(7), F(8), F(9), F(10), F(11), F(12), F(13),
              F(14), F(15), F(16));
    ALOG_INFO(log, "{k1} {k16} {k31} {k32}", F(1), F(2), F(3), F(4), F(5), F(6), F(7), F(8), F(9), F(10), F(11),
              F(12), F(13), F(14), F(15), F(16), F(17), F(18), F(19), F(20), F(21), F(22), F(23), F(24), F(25), F(26),
              F(27), F(28), F(29), F(30), F(31), F(32));
    close_account(log);
    check_lines("1", "1 2", "1 16", "1 16 31 32", NULL);
}

static void a_level_that_is_off_evaluates_nothing_but_the_logger(void)
{
    alog_logger log = logger_to(TO_FILE, "level=info");
    alog_status status = ALOG_OK;
    evaluated = 0;
    ALOG_DEBUG(logger_of(log), text_of("m"), ALOG_STR(text_of("k"), text_of("v")));
    CHECK_EQ(evaluated, 1);
    ALOG_DEBUGF(logger_of(log), "%s", text_of("m"));
    CHECK_EQ(evaluated, 2);
    ALOG_LOG_STATUS(&status, logger_of(log), ALOG_LEVEL_TRACE, text_of("m"));
    CHECK_EQ(status, ALOG_DISABLED);
    CHECK_EQ(evaluated, 3);
    CHECK_EQ(alog_logf(log, ALOG_LEVEL_DEBUG, 0, "%s", "m"), ALOG_DISABLED);
    CHECK_EQ(close_account(log).attempted, 0);
}

static void a_level_that_is_on_evaluates_everything_once(void)
{
    alog_logger log = logger_to(TO_FILE, "level=info format=raw");
    alog_status status = ALOG_DISABLED;
    evaluated = 0;
    ALOG_INFO(logger_of(log), text_of("{k}"), ALOG_STR(text_of("k"), text_of("v")));
    CHECK_EQ(evaluated, 4);
    ALOG_INFOF(logger_of(log), "%s", text_of("m"));
    CHECK_EQ(evaluated, 6);
    ALOG_LOG_STATUS(status_of(&status), logger_of(log), ALOG_LEVEL_INFO, text_of("n"));
    CHECK_OK(status);
    CHECK_EQ(evaluated, 9);
    close_account(log);
    check_lines("v", "m", "n", NULL);
}

static void a_macro_is_one_statement(void)
{
    alog_logger log = logger_to(TO_FILE, "level=info format=raw");
    int i;
    for (i = 0; i < 2; i++)
        if (i == 0)
            ALOG_INFO(log, "first");
        else
            ALOG_INFOF(log, "second");
    close_account(log);
    check_lines("first", "second", NULL);
}

static void the_status_of_a_call_is_there_for_who_wants_it(void)
{
    alog_logger log = logger_to(TO_FILE, "max_message_bytes=4"), none = {0};
    alog_status status = ALOG_OK;
    ALOG_LOG_STATUS(&status, log, ALOG_LEVEL_INFO, "too long");
    CHECK_EQ(status, ALOG_ERR_TOO_LARGE);
    ALOG_LOG_STATUS(&status, log, ALOG_LEVEL_FATAL + 1, "m");
    CHECK_EQ(status, ALOG_ERR_ARGUMENT);
    ALOG_LOG_STATUS(&status, log, -1, "m");
    CHECK_EQ(status, ALOG_ERR_ARGUMENT);
    ALOG_LOG_STATUS(&status, log, ALOG_LEVEL_INFO, "m", ALOG_GROUP("never ends"));
    CHECK_EQ(status, ALOG_ERR_FIELD);
    ALOG_LOG_STATUS(&status, none, ALOG_LEVEL_INFO, "m");
    CHECK_EQ(status, ALOG_ERR_HANDLE);
    ALOG_LOG_STATUS(&status, none, ALOG_LEVEL_TRACE, "m");
    CHECK_EQ(status, ALOG_ERR_HANDLE);
    CHECK_OK(alog_stop(log, -1));
    ALOG_LOG_STATUS(&status, log, ALOG_LEVEL_INFO, "m");
    CHECK_EQ(status, ALOG_ERR_STOPPED);
    CHECK_OK(alog_free(log));
    ALOG_LOG_STATUS(&status, log, ALOG_LEVEL_INFO, "m");
    CHECK_EQ(status, ALOG_ERR_HANDLE);
    ALOG_LOG_STATUS(&status, log, ALOG_LEVEL_TRACE, "m");
    CHECK_EQ(status, ALOG_ERR_HANDLE);
    CHECK_EQ(alog_logf(log, ALOG_LEVEL_TRACE, 0, "m"), ALOG_ERR_HANDLE);
}

static void the_level_is_that_of_the_logger_whatever_its_slot_was_before(void)
{
    enum { MANY = 200 }; /* more than a unit keeps switches for */
    static alog_logger logs[MANY];
    alog_config *config;
    int i, round;
    for (i = 0; i < MANY; i++) {
        config = config_with(i % 2 ? "level=debug" : "level=warn");
        CHECK_OK(alog_config_add_sink(config, "file:/dev/null", NULL));
        CHECK_OK(alog_config_set(config, "writer", "caller", NULL)); /* no thread each */
        logs[i] = logger_from(config);
    }
    for (round = 0; round < 2; round++)
        for (i = 0; i < MANY; i++) {
            CHECK_EQ(alog_is_on(logs[i], ALOG_LEVEL_DEBUG), i % 2);
            CHECK_EQ(alog_is_on(logs[i], ALOG_LEVEL_WARN), 1);
        }
    for (i = 0; i < MANY; i++) {
        CHECK_OK(alog_levels_set(logs[i], i % 2 ? "off" : "all", NULL));
        CHECK_EQ(alog_is_on(logs[i], ALOG_LEVEL_DEBUG), !(i % 2));
        CHECK_OK(alog_free(logs[i]));
        CHECK_EQ(alog_is_on(logs[i], ALOG_LEVEL_DEBUG), 1); /* so that the call says what is wrong */
    }
}

static void printf_takes_messages_of_any_length(void)
{
    static const size_t lengths[] = {0, 1, 510, 511, 512, 513, 5000, 100000};
    static char text[100001];
    size_t i;
    memset(text, 'x', sizeof text - 1);
    for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        alog_logger log;
        size_t len;
        char *file;
        (void)unlink(LOG_FILE);
        log = logger_to(TO_FILE, "format=raw");
        CHECK_OK(alog_logf(log, ALOG_LEVEL_INFO, 0, "<%.*s>", (int)lengths[i], text));
        close_account(log);
        file = read_file(LOG_FILE, &len);
        CHECK_EQ(len, lengths[i] + 3);
        CHECK(file[0] == '<' && file[len - 2] == '>');
        CHECK_EQ(strspn(file + 1, "x"), lengths[i]);
        free(file);
    }
}

static void braces_mean_nothing_to_printf(void)
{
    alog_logger log = logger_to(TO_FILE, "format=raw");
    ALOG_INFOF(log, "{id} %d%% {{", 5);
    ALOG_TRACEF(log, "%d", 1);
    ALOG_DEBUGF(log, "%d", 2);
    ALOG_NOTICEF(log, "%d", 3);
    ALOG_WARNF(log, "%d", 4);
    ALOG_ERRORF(log, "%d", 5);
    ALOG_FATALF(log, "plain");
    close_account(log);
    check_lines("{id} 5% {{", "3", "4", "5", "plain", NULL);
}

static void a_format_that_fails_is_an_error(void)
{
    alog_logger log = logger_to(TO_FILE, "");
    const wchar_t bad[] = {(wchar_t)0x110000, 0}; /* no character of any encoding */
    CHECK_EQ(alog_logf(log, ALOG_LEVEL_INFO, 0, "%ls", bad), ALOG_ERR_ARGUMENT);
    CHECK_EQ(close_account(log).attempted, 0);
}

static void *log_at_one_place(void *argument)
{
    int i;
    for (i = 0; i < 1000; i++)
        ALOG_INFO(*(const alog_logger *)argument, "{i}", ALOG_I64("i", i));
    return NULL;
}

static void many_threads_use_one_place(void)
{
    enum { THREADS = 4 };
    alog_logger log = logger_to(TO_FILE, "pattern={function}");
    pthread_t threads[THREADS];
    char *text, *cursor, *line;
    int i;
    for (i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, log_at_one_place, &log), 0);
    for (i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(close_account(log).written, THREADS * 1000);
    text = cursor = read_file(LOG_FILE, NULL);
    while ((line = next_line(&cursor)) != NULL)
        CHECK_TEXT(line, "log_at_one_place");
    free(text);
}

int main(void)
{
    check_begin();
    RUN(each_level_has_its_macro);
    RUN(each_type_has_its_field);
    RUN(a_message_is_a_template_if_and_only_if_there_are_fields);
    RUN(up_to_32_fields_fit);
    RUN(a_level_that_is_off_evaluates_nothing_but_the_logger);
    RUN(a_level_that_is_on_evaluates_everything_once);
    RUN(a_macro_is_one_statement);
    RUN(the_status_of_a_call_is_there_for_who_wants_it);
    RUN(the_level_is_that_of_the_logger_whatever_its_slot_was_before);
    RUN(printf_takes_messages_of_any_length);
    RUN(braces_mean_nothing_to_printf);
    RUN(a_format_that_fails_is_an_error);
    RUN(many_threads_use_one_place);
    return check_end();
}
