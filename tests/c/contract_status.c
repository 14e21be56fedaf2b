/*
 * The functions without a handle: text for any status, the versions.
 */
#include "check.h"

static const alog_status statuses[] = {
    ALOG_OK, ALOG_EMPTY, ALOG_DISABLED, ALOG_DROPPED, ALOG_ERR_ARGUMENT, ALOG_ERR_HANDLE, ALOG_ERR_STOPPED,
    ALOG_ERR_TIMEOUT, ALOG_ERR_WOULD_DEADLOCK, ALOG_ERR_TOO_LARGE, ALOG_ERR_FIELD, ALOG_ERR_MODE, ALOG_ERR_KEY,
    ALOG_ERR_VALUE, ALOG_ERR_SINK, ALOG_ERR_MEMORY, ALOG_ERR_THREAD, ALOG_ERR_LIMIT, ALOG_ERR_OPEN, ALOG_ERR_IO, ALOG_ERR_QUEUE_FULL,
    ALOG_ERR_HOOK, ALOG_ERR_SCHEDULER, ALOG_ERR_PANIC,
};

static void every_status_has_a_text_of_its_own(void)
{
    size_t count = sizeof statuses / sizeof statuses[0], i, j;
    for (i = 0; i < count; i++) {
        CHECK(strlen(alog_status_str(statuses[i])) > 0);
        CHECK(strcmp(alog_status_str(statuses[i]), "unknown status") != 0);
        for (j = 0; j < i; j++)
            CHECK(strcmp(alog_status_str(statuses[i]), alog_status_str(statuses[j])) != 0);
    }
}

static void any_integer_has_a_text(void)
{
    int32_t i;
    for (i = -70000; i < 70000; i++)
        CHECK(strlen(alog_status_str(i)) > 0);
    CHECK_TEXT(alog_status_str(12345), "unknown status");
    CHECK_TEXT(alog_status_str(INT32_MIN), "unknown status");
    CHECK_TEXT(alog_status_str(INT32_MAX), "unknown status");
}

/* EXPECTED_VERSION comes from Cargo.toml, by way of run.sh. */
static void header_library_and_package_agree_on_the_version(void)
{
    CHECK_EQ(alog_abi_version(), ALOG_ABI_VERSION);
    CHECK_TEXT(alog_version(), EXPECTED_VERSION);
}

static void the_structs_have_the_layout_that_was_frozen(void)
{
    CHECK_EQ(sizeof(alog_logger), 8);
    CHECK_EQ(sizeof(alog_status), 4);
    CHECK_EQ(sizeof(alog_level), 4);
    CHECK_EQ(sizeof(alog_error), 352);
    CHECK_EQ(offsetof(alog_error, count), 8);
    CHECK_EQ(offsetof(alog_error, origin), 32);
    CHECK_EQ(offsetof(alog_error, message), 96);
    CHECK_EQ(sizeof(alog_stats), 256);
    CHECK_EQ(offsetof(alog_stats, rejected), 40);
    CHECK_EQ(offsetof(alog_stats, dropped), 104);
    CHECK_EQ(offsetof(alog_stats, errors_raised), 168);
    CHECK_EQ(sizeof(alog_sink_stats), 144);
    CHECK_EQ(offsetof(alog_sink_stats, name), 80);
    CHECK_EQ(sizeof(alog_field), 40);
    CHECK_EQ(offsetof(alog_field, value), 24);
    CHECK_EQ(sizeof(alog_entry), 56);
    CHECK_EQ(offsetof(alog_entry, timeout_ms), 32);
    CHECK_EQ(offsetof(alog_entry, flags), 48);
    CHECK_EQ(sizeof(alog_switch), 16);
    CHECK_EQ(offsetof(alog_switch, levels), 8);
}

int main(void)
{
    check_begin();
    RUN(every_status_has_a_text_of_its_own);
    RUN(any_integer_has_a_text);
    RUN(header_library_and_package_agree_on_the_version);
    RUN(the_structs_have_the_layout_that_was_frozen);
    return check_end();
}
