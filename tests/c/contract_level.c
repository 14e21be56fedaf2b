/*
 * alog_level_find: the level of a name, as a configuration understands it.
 */
#include "check.h"
#include <ctype.h>

static void check_found(const char *name, alog_level expected)
{
    alog_config *config;
    alog_level level = -1;
    CHECK_OK(alog_level_find(name, strlen(name), &level));
    CHECK_EQ(level, expected);
    CHECK_OK(alog_config_new(&config));
    CHECK_OK(alog_config_set(config, "level", name, NULL));
    alog_config_free(config);
}

static void every_name_of_a_level_is_found_in_any_case(void)
{
    static const char *const names[] = {"trace", "debug", "info", "notice", "warn", "error", "fatal"};
    char name[8];
    alog_level level;
    size_t at;
    for (level = ALOG_LEVEL_TRACE; level <= ALOG_LEVEL_FATAL; level++) {
        check_found(names[level], level);
        for (at = 0; at <= strlen(names[level]); at++)
            name[at] = (char)toupper((unsigned char)names[level][at]);
        check_found(name, level);
    }
    check_found("Warning", ALOG_LEVEL_WARN);
    check_found("critical", ALOG_LEVEL_FATAL);
}

static void only_as_many_bytes_are_read_as_there_are(void)
{
    alog_level level = -1;
    CHECK_OK(alog_level_find("warnings", 7, &level));
    CHECK_EQ(level, ALOG_LEVEL_WARN);
    CHECK_OK(alog_level_find("information", 4, &level));
    CHECK_EQ(level, ALOG_LEVEL_INFO);
}

static void what_is_no_name_of_a_level_is_not_found(void)
{
    static const char *const names[] = {"", "loud", "info ", " info", "info+", "all", "off", "2", "inf", "\xff"};
    alog_level level = -1;
    size_t at;
    for (at = 0; at < sizeof names / sizeof *names; at++)
        CHECK_EQ(alog_level_find(names[at], strlen(names[at]), &level), ALOG_EMPTY);
    CHECK_EQ(alog_level_find("info\0", 5, &level), ALOG_EMPTY);
    CHECK_EQ(level, -1);
}

int main(void)
{
    check_begin();
    RUN(every_name_of_a_level_is_found_in_any_case);
    RUN(only_as_many_bytes_are_read_as_there_are);
    RUN(what_is_no_name_of_a_level_is_not_found);
    return check_end();
}
