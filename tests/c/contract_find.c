/*
 * Loggers found by name, by whoever did not make them.
 */
#include "child.h"
#include "handle.h"
#include "lines.h"

enum { LOGGERS = 200, FINDERS = 4, SEARCHES = 300 };

static alog_logger find(const char *name)
{
    alog_logger found = {0};
    CHECK_OK(alog_find(name, &found));
    return found;
}

static void check_none(const char *name)
{
    alog_logger found = {1};
    CHECK_EQ(alog_find(name, &found), ALOG_EMPTY);
    CHECK_EQ(found.id, 1);
}

static void a_logger_is_found_by_its_whole_name(void)
{
    alog_logger app = logger_to(TO_FILE, "name=app format=raw"), other = logger_to("file:/dev/null", "name=app.db");
    CHECK_EQ(find("app").id, app.id);
    CHECK_EQ(find("app.db").id, other.id);
    CHECK_OK(say(find("app"), "found"));
    check_none("ap");
    check_none("APP");
    close_account(other);
    close_account(app);
    check_lines("found", NULL);
}

static void neither_a_nameless_nor_a_derived_logger_is_found(void)
{
    alog_logger nameless = logger_to("file:/dev/null", ""), app = logger_to("file:/dev/null", "name=app"), child;
    alog_config *config = config_with("name=db");
    CHECK_OK(alog_child_new(app, config, &child, NULL));
    alog_config_free(config);
    check_none("");
    check_none("app.db");
    check_none("db");
    CHECK_OK(alog_child_new(app, NULL, &child, NULL)); /* called like its parent */
    CHECK_EQ(find("app").id, app.id);
    CHECK_OK(alog_free(app));
    check_none("app");
    CHECK_OK(alog_free(nameless));
}

static void of_several_it_is_the_oldest_that_runs(void)
{
    alog_logger loggers[LOGGERS];
    int i;
    for (i = 0; i < LOGGERS; i++)
        loggers[i] = logger_to("file:/dev/null", "name=many workers=0");
    /* The first one made after a slot was given back has a lower slot than those before it. */
    CHECK_OK(alog_free(loggers[0]));
    loggers[0] = logger_to("file:/dev/null", "name=many workers=0");
    for (i = 1; i < LOGGERS; i++) {
        CHECK_EQ(find("many").id, loggers[i].id);
        CHECK_OK(i % 2 ? alog_stop(loggers[i], -1) : alog_free(loggers[i]));
    }
    CHECK_EQ(find("many").id, loggers[0].id);
    for (i = 0; i < LOGGERS; i++)
        (void)alog_free(loggers[i]);
    check_none("many");
}

static void who_found_it_is_told_when_it_is_gone(void)
{
    alog_logger app = logger_to(TO_FILE, "name=app"), found = find("app");
    close_account(app);
    check_refused(found);
}

static void *search(void *unused)
{
    int i;
    for (i = 0; i < SEARCHES; i++) {
        alog_logger found, child;
        alog_status status = alog_find("app", &found);
        CHECK(status == ALOG_OK || status == ALOG_EMPTY);
        if (status == ALOG_OK && alog_child_new(found, NULL, &child, NULL) == ALOG_OK) {
            status = say(child, "x");
            CHECK(status == ALOG_OK || status == ALOG_ERR_STOPPED);
            CHECK_OK(alog_free(child));
        }
    }
    return unused;
}

static void it_may_be_looked_for_while_it_comes_and_goes(void)
{
    pthread_t threads[FINDERS];
    int i;
    for (i = 0; i < FINDERS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, search, NULL), 0);
    for (i = 0; i < SEARCHES / 10; i++)
        close_account(logger_to("file:/dev/null", "name=app"));
    for (i = 0; i < FINDERS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static void a_child_of_fork_finds_what_its_parent_made(void)
{
    alog_logger app = logger_to(TO_FILE, "name=app format=raw");
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        begin_child();
        CHECK_EQ(find("app").id, app.id);
        CHECK_OK(say(find("app"), "child"));
        CHECK_OK(alog_stop(app, -1));
        check_none("app");
        _exit(0);
    }
    join_child(child);
    CHECK_EQ(find("app").id, app.id);
    close_account(app);
    check_lines("child", NULL);
}

int main(void)
{
    check_begin();
    RUN(a_logger_is_found_by_its_whole_name);
    RUN(neither_a_nameless_nor_a_derived_logger_is_found);
    RUN(of_several_it_is_the_oldest_that_runs);
    RUN(who_found_it_is_told_when_it_is_gone);
    RUN(it_may_be_looked_for_while_it_comes_and_goes);
    RUN(a_child_of_fork_finds_what_its_parent_made);
    return check_end();
}
