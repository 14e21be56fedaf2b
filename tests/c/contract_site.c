/*
 * Call sites: a record that carries a number and values is the same line as one that carries everything.
 */
#include "lines.h"

#include <alog_log.h>

#define TEXT "order {order} of {who.name}"

enum { TIMES = 3 }; /* the first record of a site carries its texts, those after it the number */

static uint32_t site_of(const char *msg, const alog_field *fields, size_t count)
{
    uint32_t site = 0;
    CHECK_OK(alog_site_get("a.c", 3, 7, "main", 4, msg, strlen(msg), fields, count, &site));
    CHECK(site != 0);
    return site;
}

static alog_status keep(void *user, alog_record *record)
{
    (void)user;
    (void)record;
    return ALOG_OK;
}

/* Every kind of value, by alog_log() with flags for a template and by its site. */
static void log_both_ways(alog_logger log)
{
    alog_field fields[] = {ALOG_I64("order", -5),    ALOG_GROUP("who"), ALOG_STR("name", "Eve \"x\""),
                           ALOG_BYTES("id", "\xff", 1), ALOG_GROUP_END,    ALOG_BOOL("ok", 1),
                           ALOG_NULL("none"),        ALOG_U64("u", 7),  ALOG_F64("f", 0.25)};
    enum { COUNT = sizeof fields / sizeof fields[0] };
    alog_entry entry = entry_of(TEXT, fields, COUNT);
    uint32_t site = site_of(TEXT, fields, COUNT);
    entry.flags = ALOG_TEMPLATE;
    CHECK_OK(alog_source_get("a.c", 3, 7, "main", 4, &entry.source));
    CHECK_OK(alog_log(log, &entry));
    CHECK_OK(alog_log_site(log, ALOG_LEVEL_INFO, site, fields, COUNT));
    for (size_t i = 0; i < COUNT; i++)
        fields[i].key = NULL; /* not looked at */
    CHECK_OK(alog_log_site(log, ALOG_LEVEL_INFO, site, fields, COUNT));
}

static void a_site_writes_what_its_texts_and_values_write(void)
{
    static const char *const formats[] = {"format=json time_key=", "format=logfmt time_key=", "format=raw",
                                          "pattern={file}:{line}|{function}|{message}|{fields}"};
    static const char *const ways[] = {"", " queue_bytes=0", " writer=caller"};
    for (size_t format = 0; format < 4; format++) {
        for (size_t way = 0; way < 4; way++) {
            char settings[128], *text, *cursor, *first;
            alog_config *config;
            alog_logger log;
            snprintf(settings, sizeof settings, "%s%s", formats[format], way < 3 ? ways[way] : "");
            config = config_with(settings);
            if (way == 3)
                CHECK_OK(alog_config_add_hook(config, ALOG_HOOK_PRE, "own", keep, NULL, NULL, NULL));
            CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
            log = logger_from(config);
            log_both_ways(log);
            CHECK_EQ(close_account(log).written, 3);
            cursor = text = read_file(LOG_FILE, NULL);
            first = next_line(&cursor);
            CHECK(strstr(first, "Eve") != NULL);
            CHECK_TEXT(next_line(&cursor), first);
            CHECK_TEXT(next_line(&cursor), first);
            free(text);
            (void)unlink(LOG_FILE);
        }
    }
}

static void equal_sites_have_one_number_and_their_texts_are_copied(void)
{
    char msg[] = "m {k}", key[] = "k";
    alog_field field = field_i64(key, 1);
    uint32_t site = site_of(msg, &field, 1);
    alog_logger log = logger_to(TO_FILE, "format=raw");
    memset(msg, 'x', sizeof msg - 1);
    key[0] = 'x';
    field.key = "k";
    CHECK_EQ(site_of("m {k}", &field, 1), site);
    CHECK(site_of("n {k}", &field, 1) != site);
    CHECK(site_of("m {k}", NULL, 0) != site);
    CHECK_OK(alog_log_site(log, ALOG_LEVEL_INFO, site, &field, 1));
    CHECK_OK(alog_log_site(log, ALOG_LEVEL_INFO, site_of("m {k}", NULL, 0), NULL, 0)); /* no template */
    close_account(log);
    check_lines("m 1", "m {k}", NULL);
}

static void values_and_keys_that_do_not_match_lose_nothing_else(void)
{
    alog_field fields[] = {field_i64("a", 1), field_i64("b", 2), field_i64("c", 3)};
    uint32_t site = site_of("m", fields, 2);
    alog_logger log = logger_to(TO_FILE, JSON " source_key=");
    CHECK_OK(alog_log_site(log, ALOG_LEVEL_INFO, site, fields, 1));
    CHECK_OK(alog_log_site(log, ALOG_LEVEL_INFO, site, fields, 3));
    CHECK_OK(alog_log_site(log, ALOG_LEVEL_INFO, UINT32_MAX, fields, 1)); /* a number that was never given */
    CHECK_EQ(close_account(log).written, 3);
    check_lines("{\"level\":\"INFO\",\"message\":\"m\",\"a\":1}", "{\"level\":\"INFO\",\"message\":\"m\",\"a\":1,\"b\":2}",
                "{\"level\":\"INFO\",\"message\":\"\",\"\":1}", NULL);
}

static void what_is_malformed_is_not_taken(void)
{
    alog_field good = field_i64("k", 1), long_key = field_i64("k", 1), open = field_of("g", ALOG_FIELD_GROUP),
               wrong = field_of("k", 99);
    uint32_t site = site_of("m", &good, 1), none;
    alog_logger log = logger_to(TO_FILE, "format=raw level=info");
    long_key.key_len = 65536;
    CHECK_EQ(alog_site_get("a", 1, 1, "f", 1, "m", 1, &long_key, 1, &none), ALOG_ERR_FIELD);
    CHECK_EQ(alog_site_get("a", 1, 1, "f", 1, "m", 1, NULL, 1, &none), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_site_get("a", 1, 1, "f", 1, NULL, 1, NULL, 0, &none), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_site_get("a", 1, 1, "f", 1, "m", 1, NULL, 0, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_log_site(log, ALOG_LEVEL_INFO, site, NULL, 1), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_log_site(log, ALOG_LEVEL_INFO, site, &open, 1), ALOG_ERR_FIELD);
    CHECK_EQ(alog_log_site(log, ALOG_LEVEL_INFO, site, &wrong, 1), ALOG_ERR_FIELD);
    CHECK_EQ(alog_log_site(log, 77, site, &good, 1), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_log_site(log, ALOG_LEVEL_DEBUG, site, &good, 1), ALOG_DISABLED);
    CHECK_EQ(close_account(log).attempted, 4);
    CHECK_EQ(alog_log_site(log, ALOG_LEVEL_INFO, site, &good, 1), ALOG_ERR_HANDLE);
}

/* A function that is inlined, and a field that is not made in the statement: texts that look like literals. */
static inline __attribute__((always_inline)) void log_through(alog_logger log, const char *msg, const char *key)
{
    ALOG_INFO(log, msg, ALOG_I64(key, 1));
}

static void a_macro_never_takes_the_texts_of_another_record(void)
{
    alog_logger log = logger_to(TO_FILE, "format=logfmt time_key= level_key= source_key=");
    char text[] = "buffer 0";
    for (int i = 0; i < TIMES; i++) {
        alog_field field = i % 2 == 0 ? ALOG_I64("even", i) : ALOG_I64("odd", i);
        log_through(log, "a", "k");
        log_through(log, "b", "l");
        ALOG_INFO(log, "field", field);
        ALOG_INFO(log, i % 2 == 0 ? "even" : "odd");
        text[7] = (char)('0' + i);
        field = ALOG_I64("literal", i);
        field.key = text; /* the mark of a literal is of another address */
        field.key_len = strlen(text);
        ALOG_INFO(log, "changed", field);
        ALOG_INFO(log, text, ALOG_STR("text", i % 2 == 0 ? NULL : text));
    }
    close_account(log);
    check_lines("message=a k=1", "message=b l=1", "message=field even=0", "message=even",
                "message=changed buffer_0=0", "message=\"buffer 0\" text=null", "message=a k=1", "message=b l=1", "message=field odd=1", "message=odd",
                "message=changed buffer_1=1", "message=\"buffer 1\" text=\"buffer 1\"", "message=a k=1", "message=b l=1", "message=field even=2",
                "message=even", "message=changed buffer_2=2", "message=\"buffer 2\" text=null", NULL);
}

static void a_macro_writes_the_same_each_time(void)
{
    alog_logger log = logger_to(TO_FILE, JSON " source_key=");
    for (int i = 0; i < TIMES; i++) {
        ALOG_INFO(log, "plain {x}");
        ALOG_INFO(log, "{g.n} {s}", ALOG_GROUP("g"), ALOG_I64("n", 5), ALOG_GROUP_END, ALOG_STR("s", "t"));
    }
    close_account(log);
    check_lines("{\"level\":\"INFO\",\"message\":\"plain {x}\"}",
                "{\"level\":\"INFO\",\"message\":\"5 t\",\"g\":{\"n\":5},\"s\":\"t\"}",
                "{\"level\":\"INFO\",\"message\":\"plain {x}\"}",
                "{\"level\":\"INFO\",\"message\":\"5 t\",\"g\":{\"n\":5},\"s\":\"t\"}",
                "{\"level\":\"INFO\",\"message\":\"plain {x}\"}",
                "{\"level\":\"INFO\",\"message\":\"5 t\",\"g\":{\"n\":5},\"s\":\"t\"}", NULL);
}

int main(void)
{
    check_begin();
    RUN(a_site_writes_what_its_texts_and_values_write);
    RUN(equal_sites_have_one_number_and_their_texts_are_copied);
    RUN(values_and_keys_that_do_not_match_lose_nothing_else);
    RUN(what_is_malformed_is_not_taken);
    RUN(a_macro_never_takes_the_texts_of_another_record);
    RUN(a_macro_writes_the_same_each_time);
    return check_end();
}
