/*
 * Records with fields: every type, what is malformed, and the same in one piece.
 */
#include "lines.h"

#include <math.h>

enum { DEEPEST = 32, LONGEST_KEY = 65535 };

static void every_type_is_shown_as_what_it_is(void)
{
    alog_logger log = logger_to(TO_FILE, JSON);
    alog_field fields[12];
    alog_entry entry;
    int i = 0;
    fields[i++] = field_of("null", ALOG_FIELD_NULL);
    fields[i] = field_of("bool", ALOG_FIELD_BOOL);
    fields[i++].value.u64 = 1;
    fields[i++] = field_i64("i64", INT64_MIN);
    fields[i] = field_of("u64", ALOG_FIELD_U64);
    fields[i++].value.u64 = UINT64_MAX;
    fields[i] = field_of("f64", ALOG_FIELD_F64);
    fields[i++].value.f64 = 1.5;
    fields[i] = field_of("nan", ALOG_FIELD_F64);
    fields[i++].value.f64 = (double)NAN;
    fields[i++] = field_str("str", "gr\xc3\xbc\xc3\x9f");
    fields[i] = field_str("bytes", "\xff");
    fields[i++].type = ALOG_FIELD_BYTES;
    fields[i++] = field_of("group", ALOG_FIELD_GROUP);
    fields[i++] = field_str("in", "side");
    fields[i++] = field_of("", ALOG_FIELD_END);
    entry = entry_of("m", fields, (size_t)i);
    CHECK_OK(alog_log(log, &entry));
    CHECK_EQ(close_account(log).written, 1);
    check_lines("{\"level\":\"INFO\",\"message\":\"m\",\"null\":null,\"bool\":true,\"i64\":-9223372036854775808,"
                "\"u64\":18446744073709551615,\"f64\":1.5,\"nan\":\"NaN\",\"str\":\"gr\xc3\xbc\xc3\x9f\","
                "\"bytes\":\"\\\\xff\",\"group\":{\"in\":\"side\"}}",
                NULL);
}

static void nothing_that_was_passed_is_kept(void)
{
    alog_logger log = logger_to(TO_FILE, JSON);
    char msg[] = "message", key[] = "key", value[] = "value";
    alog_field field = {key, 3, ALOG_FIELD_STR, 0, {0}};
    field.value.bytes.ptr = value;
    field.value.bytes.len = 5;
    CHECK_OK(log_fields(log, msg, &field, 1));
    memset(msg, 'x', 7);
    memset(key, 'x', 3);
    memset(value, 'x', 5);
    memset(&field, 'x', sizeof field);
    close_account(log);
    check_lines("{\"level\":\"INFO\",\"message\":\"message\",\"key\":\"value\"}", NULL);
}

static void a_message_is_a_template_if_and_only_if_the_flag_says_so(void)
{
    alog_logger log = logger_to(TO_FILE, JSON);
    alog_field field = field_i64("id", 5);
    alog_entry entry = entry_of("user {id}", &field, 1);
    CHECK_OK(alog_log(log, &entry));
    entry.flags = ALOG_TEMPLATE;
    CHECK_OK(alog_log(log, &entry));
    close_account(log);
    check_lines("{\"level\":\"INFO\",\"message\":\"user {id}\",\"id\":5}",
                "{\"level\":\"INFO\",\"message\":\"user 5\",\"id\":5}", NULL);
}

static void malformed_fields_refuse_the_record(void)
{
    static char key[LONGEST_KEY + 1];
    alog_field deep[2 * (DEEPEST + 1)], bad[] = {
        field_of("k", -1), field_of("k", 9), field_of("k", INT32_MAX), field_of("", ALOG_FIELD_END),
        field_of("k", ALOG_FIELD_GROUP), field_of("k", ALOG_FIELD_NULL), field_of("k", ALOG_FIELD_STR),
        field_of("k", ALOG_FIELD_BYTES), field_of("k", ALOG_FIELD_NULL),
    };
    enum { CASES = sizeof bad / sizeof *bad };
    alog_logger log = logger_to(TO_FILE, "format=raw");
    alog_config *config = config_with("");
    alog_error error;
    int i;
    bad[5].key = NULL;
    bad[6].value.bytes.len = bad[7].value.bytes.len = 1; /* bytes at NULL */
    bad[8].key = key;
    bad[8].key_len = LONGEST_KEY + 1;
    for (i = 0; i < CASES; i++) {
        CHECK_EQ(log_fields(log, "m", &bad[i], 1), ALOG_ERR_FIELD);
        CHECK_EQ(alog_config_add_fields(config, &bad[i], 1, &error), ALOG_ERR_FIELD);
        CHECK_EQ(error.code, ALOG_ERR_FIELD);
    }
    bad[8].key_len = LONGEST_KEY;
    CHECK_OK(log_fields(log, "the longest key", &bad[8], 1));
    for (i = 0; i <= DEEPEST; i++) {
        deep[i] = field_of("g", ALOG_FIELD_GROUP);
        deep[2 * DEEPEST + 1 - i] = field_of("", ALOG_FIELD_END);
    }
    CHECK_EQ(log_fields(log, "m", deep, 2 * (DEEPEST + 1)), ALOG_ERR_FIELD);
    CHECK_OK(log_fields(log, "the deepest group", deep + 1, 2 * DEEPEST));
    CHECK_EQ(log_fields(log, "m", deep, DEEPEST), ALOG_ERR_FIELD); /* never end */
    alog_config_free(config);
    CHECK_EQ(close_account(log).rejected[ALOG_REJECT_ARGUMENT], CASES + 2);
    check_lines("the longest key", "the deepest group", NULL);
}

/* One item of the encoding; its numbers are little-endian. */
struct item {
    size_t len;
    alog_status expected;
    unsigned char bytes[24];
};

static void malformed_encodings_refuse_the_record(void)
{
    static const struct item items[] = {
        {0, ALOG_OK, {0}},
        {9, ALOG_OK, {ALOG_FIELD_NULL, 0, 1, 0, 0, 0, 0, 0, 'k'}},
        {10, ALOG_OK, {ALOG_FIELD_BOOL, 0, 1, 0, 1, 0, 0, 0, 'k', 1}},
        {17, ALOG_OK, {ALOG_FIELD_I64, 0, 1, 0, 8, 0, 0, 0, 'k', 1}},
        {17, ALOG_OK, {ALOG_FIELD_GROUP, 0, 1, 0, 0, 0, 0, 0, 'k', ALOG_FIELD_END}},
        {1, ALOG_ERR_FIELD, {ALOG_FIELD_NULL}},                                   /* cut in the head */
        {8, ALOG_ERR_FIELD, {ALOG_FIELD_NULL, 0, 1, 0, 0, 0, 0, 0}},              /* cut in the key */
        {9, ALOG_ERR_FIELD, {ALOG_FIELD_BOOL, 0, 1, 0, 1, 0, 0, 0, 'k'}},         /* cut in the value */
        {9, ALOG_ERR_FIELD, {ALOG_FIELD_STR, 0, 1, 0, 255, 255, 255, 255, 'k'}},  /* a length beyond all */
        {9, ALOG_ERR_FIELD, {9, 0, 1, 0, 0, 0, 0, 0, 'k'}},                       /* a type beyond all */
        {9, ALOG_ERR_FIELD, {ALOG_FIELD_BOOL, 0, 1, 0, 0, 0, 0, 0, 'k'}},         /* no value */
        {10, ALOG_ERR_FIELD, {ALOG_FIELD_NULL, 0, 1, 0, 1, 0, 0, 0, 'k', 0}},     /* null with a value */
        {13, ALOG_ERR_FIELD, {ALOG_FIELD_U64, 0, 1, 0, 4, 0, 0, 0, 'k', 1}},      /* half a number */
        {9, ALOG_ERR_FIELD, {ALOG_FIELD_GROUP, 0, 1, 0, 0, 0, 0, 0, 'k'}},        /* never ends */
        {8, ALOG_ERR_FIELD, {ALOG_FIELD_END}},                                    /* never began */
    };
    alog_logger log = logger_to(TO_FILE, "");
    size_t i, taken = 0;
    for (i = 0; i < sizeof items / sizeof *items; i++) {
        const struct item *item = &items[i];
        /* An allocation of its own: the sanitizer sees whoever reads beyond the end. */
        uint8_t *bytes = (uint8_t *)malloc(item->len + (item->len == 0));
        alog_config *config = config_with("");
        CHECK(bytes != NULL);
        memcpy(bytes, item->bytes, item->len);
        CHECK_EQ(alog_log_encoded(log, ALOG_LEVEL_INFO, 0, 0, ALOG_BY_POLICY, "m", 1, bytes, item->len), item->expected);
        CHECK_EQ(alog_config_add_encoded_fields(config, bytes, item->len, NULL), item->expected);
        taken += item->expected == ALOG_OK;
        alog_config_free(config);
        free(bytes);
    }
    CHECK_EQ(close_account(log).written, taken);
}

static void fields_in_one_piece_make_the_same_line(void)
{
    static const uint8_t item[] = {ALOG_FIELD_STR, 0, 2, 0, 3, 0, 0, 0, 'i', 'd', 'E', 'v', 'e'};
    alog_config *config = config_with(JSON);
    alog_field base = field_str("app", "shop"), own = field_str("id", "Eve");
    alog_logger log;
    alog_entry entry = entry_of("user {id}", &own, 1);
    CHECK_OK(alog_config_add_fields(config, &base, 1, NULL));
    CHECK_OK(alog_config_add_encoded_fields(config, item, sizeof item, NULL));
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    log = logger_from(config);
    entry.flags = ALOG_TEMPLATE;
    CHECK_OK(alog_log(log, &entry));
    CHECK_OK(alog_log_encoded(log, ALOG_LEVEL_INFO, ALOG_TEMPLATE, 0, ALOG_BY_POLICY, "user {id}", 9, item, sizeof item));
    CHECK_OK(say(log, "plain"));
    close_account(log);
    check_lines("{\"level\":\"INFO\",\"message\":\"user Eve\",\"app\":\"shop\",\"id\":\"Eve\"}",
                "{\"level\":\"INFO\",\"message\":\"user Eve\",\"app\":\"shop\",\"id\":\"Eve\"}",
                "{\"level\":\"INFO\",\"message\":\"plain\",\"app\":\"shop\",\"id\":\"Eve\"}", NULL);
}

static void wrong_arguments_refuse_the_record(void)
{
    alog_logger log = logger_to(TO_FILE, ""), none = {0};
    alog_entry good = entry_of("m", NULL, 0), bad[7];
    enum { CASES = sizeof bad / sizeof *bad };
    alog_stats stats;
    uint8_t byte = 0;
    int i;
    for (i = 0; i < CASES; i++)
        bad[i] = good;
    bad[0].msg = NULL;
    bad[1].field_count = 1;
    bad[2].flags = 2;
    bad[3].timeout_ms = -2;
    bad[4].level = -1;
    bad[5].level = ALOG_LEVEL_FATAL + 1;
    bad[6].level = INT32_MAX;
    for (i = 0; i < CASES; i++) {
        CHECK_EQ(alog_log(log, &bad[i]), ALOG_ERR_ARGUMENT);
        CHECK_EQ(alog_log_encoded(log, bad[i].level, bad[i].flags, 0, bad[i].timeout_ms, bad[i].msg, bad[i].msg_len,
                                  i == 1 ? NULL : &byte, bad[i].field_count), ALOG_ERR_ARGUMENT);
        CHECK_EQ(alog_log(none, &bad[i]), ALOG_ERR_HANDLE);
    }
    CHECK_EQ(alog_log(log, NULL), ALOG_ERR_ARGUMENT);
    good.level = ALOG_LEVEL_DEBUG;
    CHECK_EQ(alog_log(log, &good), ALOG_DISABLED);
    stats = close_account(log);
    CHECK_EQ(stats.rejected[ALOG_REJECT_ARGUMENT], 2 * CASES + 1);
    CHECK_EQ(stats.accepted, 0);
}

static void message_and_fields_count_together_for_the_longest_message(void)
{
    static char text[4000];
    alog_logger log = logger_to(TO_FILE, "max_message_bytes=4096 format=raw");
    alog_field field = field_of("k", ALOG_FIELD_STR);
    alog_stats stats;
    memset(text, 'x', sizeof text);
    field.value.bytes.ptr = text;
    field.value.bytes.len = sizeof text;
    CHECK_OK(log_fields(log, "short", &field, 1));
    field.value.bytes.len = 2000;
    CHECK_EQ(alog_write(log, ALOG_LEVEL_INFO, text, sizeof text), ALOG_OK);
    {
        alog_entry entry = entry_of("", &field, 1);
        entry.msg = text;
        entry.msg_len = sizeof text;
        CHECK_EQ(alog_log(log, &entry), ALOG_ERR_TOO_LARGE);
    }
    stats = close_account(log);
    CHECK_EQ(stats.rejected[ALOG_REJECT_TOO_LARGE], 1);
    CHECK_EQ(stats.accepted, 2);
}

int main(void)
{
    check_begin();
    RUN(every_type_is_shown_as_what_it_is);
    RUN(nothing_that_was_passed_is_kept);
    RUN(a_message_is_a_template_if_and_only_if_the_flag_says_so);
    RUN(malformed_fields_refuse_the_record);
    RUN(malformed_encodings_refuse_the_record);
    RUN(fields_in_one_piece_make_the_same_line);
    RUN(wrong_arguments_refuse_the_record);
    RUN(message_and_fields_count_together_for_the_longest_message);
    return check_end();
}
