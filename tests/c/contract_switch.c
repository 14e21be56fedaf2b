/*
 * What can be changed while a logger runs, and the switch that shows the levels without a call.
 */
#include "lines.h"

#define BIT(level) (1u << (level))

enum { ALL = 127 };

static const alog_switch *switch_of(alog_logger log)
{
    const alog_switch *live = NULL;
    CHECK_OK(alog_switch_get(log, &live));
    CHECK(live != NULL);
    return live;
}

static uint32_t levels_of(const alog_switch *live)
{
    return __atomic_load_n(&live->levels, __ATOMIC_RELAXED);
}

static uint64_t id_of(const alog_switch *live)
{
    return __atomic_load_n(&live->id, __ATOMIC_RELAXED);
}

struct set {
    const char *text;
    uint32_t levels;
};

static void the_switch_shows_the_levels_that_are_set(void)
{
    static const struct set sets[] = {
        {"info", ALL & ~3u}, {"info+", ALL & ~3u}, {"info-", 7}, {"all", ALL}, {"off", 0},
        {"debug|warn|fatal", BIT(ALOG_LEVEL_DEBUG) | BIT(ALOG_LEVEL_WARN) | BIT(ALOG_LEVEL_FATAL)},
        {"trace | error+", BIT(ALOG_LEVEL_TRACE) | BIT(ALOG_LEVEL_ERROR) | BIT(ALOG_LEVEL_FATAL)},
    };
    alog_logger log = logger_to(TO_FILE, "level=warn");
    const alog_switch *live = switch_of(log);
    size_t i;
    int level;
    CHECK_EQ(id_of(live), log.id);
    CHECK_EQ(levels_of(live), ALL & ~15u);
    for (i = 0; i < sizeof sets / sizeof *sets; i++) {
        CHECK_OK(alog_levels_set(log, sets[i].text, NULL));
        CHECK_EQ(levels_of(live), sets[i].levels);
        for (level = ALOG_LEVEL_TRACE; level <= ALOG_LEVEL_FATAL; level++)
            CHECK_EQ(alog_write(log, level, "m", 1), sets[i].levels >> level & 1 ? ALOG_OK : ALOG_DISABLED);
    }
    CHECK(switch_of(log) == live);
    close_account(log);
}

static void what_is_no_set_of_levels_changes_nothing(void)
{
    alog_logger log = logger_to(TO_FILE, "level=warn"), none = {0};
    const alog_switch *live = switch_of(log);
    alog_error error;
    CHECK_EQ(alog_levels_set(log, "loud", &error), ALOG_ERR_VALUE);
    CHECK(strstr(error.message, "level does not take \"loud\"") != NULL);
    CHECK_EQ(alog_levels_set(log, "info|", NULL), ALOG_ERR_VALUE);
    CHECK_EQ(alog_levels_set(log, "", NULL), ALOG_ERR_VALUE);
    CHECK_EQ(alog_levels_set(log, NULL, &error), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_levels_set(none, "info", &error), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_switch_get(none, &live), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_switch_get(log, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(levels_of(live), ALL & ~15u);
    close_account(log);
}

static void all_that_share_a_root_share_its_levels(void)
{
    alog_logger root = logger_to(TO_FILE, "format=raw"), child = {0}, late = {0};
    CHECK_OK(alog_child_new(root, NULL, &child, NULL));
    CHECK_OK(alog_levels_set(child, "error", NULL));
    CHECK_OK(alog_child_new(root, NULL, &late, NULL));
    CHECK_EQ(levels_of(switch_of(root)), ALL & ~31u);
    CHECK_EQ(levels_of(switch_of(child)), ALL & ~31u);
    CHECK_EQ(levels_of(switch_of(late)), ALL & ~31u);
    CHECK_EQ(say(root, "x"), ALOG_DISABLED);
    CHECK_OK(alog_write(late, ALOG_LEVEL_ERROR, "e", 1));
    CHECK_EQ(close_account(root).written, 1);
    CHECK_OK(alog_free(child));
    CHECK_OK(alog_free(late));
}

static void a_switch_is_readable_after_the_logger_is_gone(void)
{
    alog_logger log = logger_to(TO_FILE, ""), child = {0};
    const alog_switch *of_root = switch_of(log), *of_child, *of_next;
    alog_logger next;
    CHECK_OK(alog_child_new(log, NULL, &child, NULL));
    of_child = switch_of(child);
    CHECK(of_root != of_child);
    CHECK_OK(alog_free(child));
    CHECK(id_of(of_child) != child.id);
    CHECK_OK(alog_stop(log, -1));
    CHECK_EQ(id_of(of_root), log.id);
    CHECK_OK(alog_free(log));
    CHECK(id_of(of_root) != log.id);
    next = logger_to(TO_FILE, "level=fatal"); /* perhaps in the same slot */
    of_next = switch_of(next);
    CHECK_EQ(id_of(of_next), next.id);
    CHECK(id_of(of_root) != log.id);
    CHECK_EQ(levels_of(of_next), BIT(ALOG_LEVEL_FATAL));
    close_account(next);
}

static void reconfigure_changes_the_keys_that_are_set_and_no_others(void)
{
    alog_logger log = logger_to(TO_FILE, "level=warn max_message_bytes=4 format=raw");
    alog_config *changes = config_with("max_message_bytes=8");
    CHECK_OK(alog_reconfigure(log, changes, NULL));
    CHECK_OK(alog_write(log, ALOG_LEVEL_WARN, "12345678", 8));
    CHECK_EQ(alog_write(log, ALOG_LEVEL_WARN, "123456789", 9), ALOG_ERR_TOO_LARGE);
    CHECK_EQ(say(log, "x"), ALOG_DISABLED);
    CHECK_OK(alog_config_set(changes, "level", "info", NULL));
    CHECK_OK(alog_config_set(changes, "overflow", "drop-oldest, error+=block", NULL));
    CHECK_OK(alog_reconfigure(log, changes, NULL));
    CHECK_OK(say(log, "y"));
    alog_config_free(changes);
    CHECK_EQ(close_account(log).written, 2);
}

/* Whatever is refused leaves all of it as it was. */
static void check_unchanged(alog_logger log, alog_config *changes, alog_status expected, const char *word)
{
    alog_error error;
    CHECK_EQ(alog_reconfigure(log, changes, &error), expected);
    CHECK_EQ(error.code, expected);
    CHECK(strstr(error.message, word) != NULL);
    CHECK_EQ(levels_of(switch_of(log)), ALL & ~15u);
    alog_config_free(changes);
}

static void reconfigure_changes_all_or_nothing(void)
{
    alog_logger log = logger_to(TO_FILE, "level=warn"), hands_over = logger_to(TO_FILE, "level=warn queue_bytes=0");
    alog_logger none = {0};
    alog_field field = field_i64("k", 1);
    alog_config *changes;
    check_unchanged(log, config_with("level=debug queue_bytes=64KiB"), ALOG_ERR_KEY, "queue_bytes");
    check_unchanged(log, config_with("level=debug format=json"), ALOG_ERR_KEY, "format");
    check_unchanged(log, config_with("level=debug name=x"), ALOG_ERR_KEY, "name");
    changes = config_with("level=debug");
    CHECK_OK(alog_config_add_sink(changes, "console:", NULL));
    check_unchanged(log, changes, ALOG_ERR_KEY, "sinks");
    changes = config_with("level=debug");
    CHECK_OK(alog_config_add_fields(changes, &field, 1, NULL));
    check_unchanged(log, changes, ALOG_ERR_KEY, "fields");
    check_unchanged(hands_over, config_with("level=debug overflow=drop-oldest"), ALOG_ERR_VALUE, "overflow");
    CHECK_EQ(alog_reconfigure(log, NULL, NULL), ALOG_ERR_ARGUMENT);
    changes = config_with("level=debug");
    CHECK_EQ(alog_reconfigure(none, changes, NULL), ALOG_ERR_HANDLE);
    alog_config_free(changes);
    close_account(log);
    close_account(hands_over);
}

int main(void)
{
    check_begin();
    RUN(the_switch_shows_the_levels_that_are_set);
    RUN(what_is_no_set_of_levels_changes_nothing);
    RUN(all_that_share_a_root_share_its_levels);
    RUN(a_switch_is_readable_after_the_logger_is_gone);
    RUN(reconfigure_changes_the_keys_that_are_set_and_no_others);
    RUN(reconfigure_changes_all_or_nothing);
    return check_end();
}
