/*
 * Derived loggers: what they add, what they replace, and who goes first.
 */
#include "lines.h"

enum { THREADS = 4, ROUNDS = 50, DEPTH = 5 };

static const char other_file[] = "other.log";

/* A child of these settings, with one base field unless `key` is NULL. */
static alog_logger child_of(alog_logger parent, const char *settings, const char *key, const char *text)
{
    alog_config *config = config_with(settings);
    alog_logger child = {0};
    if (key != NULL) {
        alog_field field = field_str(key, text);
        CHECK_OK(alog_config_add_fields(config, &field, 1, NULL));
    }
    CHECK_OK(alog_child_new(parent, config, &child, NULL));
    alog_config_free(config);
    return child;
}

static alog_logger root_with_field(const char *settings)
{
    alog_config *config = config_with(settings);
    alog_field field = field_str("app", "shop");
    CHECK_OK(alog_config_add_fields(config, &field, 1, NULL));
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    return logger_from(config);
}

static void a_child_adds_its_name_and_its_fields(void)
{
    alog_logger root = root_with_field("name=main " JSON);
    alog_logger db = child_of(root, "name=db", "shard", "3"), pool = child_of(db, "name=pool", "app", "own");
    alog_logger plain = {0};
    CHECK_OK(alog_child_new(pool, NULL, &plain, NULL));
    CHECK_OK(say(root, "a"));
    CHECK_OK(say(db, "b"));
    CHECK_OK(say(pool, "c"));
    CHECK_OK(say(plain, "d"));
    CHECK_OK(alog_free(plain));
    CHECK_OK(alog_free(pool));
    CHECK_OK(alog_free(db));
    CHECK_EQ(close_account(root).written, 4);
    check_lines("{\"level\":\"INFO\",\"logger\":\"main\",\"message\":\"a\",\"app\":\"shop\"}",
                "{\"level\":\"INFO\",\"logger\":\"main.db\",\"message\":\"b\",\"app\":\"shop\",\"shard\":\"3\"}",
                "{\"level\":\"INFO\",\"logger\":\"main.db.pool\",\"message\":\"c\",\"shard\":\"3\",\"app\":\"own\"}",
                "{\"level\":\"INFO\",\"logger\":\"main.db.pool\",\"message\":\"d\",\"shard\":\"3\",\"app\":\"own\"}", NULL);
}

static void a_name_needs_no_parent_with_one(void)
{
    alog_logger root = logger_to(TO_FILE, "format=logfmt time_key= level_key=");
    alog_logger nameless = child_of(root, "", NULL, NULL), named = child_of(nameless, "name=db", NULL, NULL);
    CHECK_OK(say(nameless, "a"));
    CHECK_OK(say(named, "b"));
    close_account(root);
    check_lines("message=a", "logger=db message=b", NULL);
    CHECK_OK(alog_free(nameless));
    CHECK_OK(alog_free(named));
}

static void replace_leaves_out_what_the_parent_has(void)
{
    alog_logger root = root_with_field(JSON);
    alog_logger child = child_of(root, "replace=fields|pre_hooks", "own", "1");
    CHECK_OK(say(child, "m"));
    close_account(root);
    CHECK_OK(alog_free(child));
    check_lines("{\"level\":\"INFO\",\"message\":\"m\",\"own\":\"1\"}", NULL);
}

static int32_t mark(void *user_data, alog_record *record)
{
    alog_field field = field_str((const char *)user_data, "1");
    return alog_record_field_set(record, &field) == ALOG_OK ? 0 : EINVAL;
}

static void hooks_are_added_behind_the_parents_or_take_their_place(void)
{
    static char of_root[] = "root", of_child[] = "child";
    alog_config *config = config_with(JSON);
    alog_logger root, added = {0}, replaced = {0};
    CHECK_OK(alog_config_add_hook(config, ALOG_HOOK_PRE, "root", mark, of_root, NULL, NULL));
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    root = logger_from(config);
    config = config_with("");
    CHECK_OK(alog_config_add_hook(config, ALOG_HOOK_PRE, "child", mark, of_child, NULL, NULL));
    CHECK_OK(alog_child_new(root, config, &added, NULL));
    CHECK_OK(alog_config_set(config, "replace", "pre_hooks", NULL));
    CHECK_OK(alog_child_new(root, config, &replaced, NULL));
    alog_config_free(config);
    CHECK_OK(say(added, "a"));
    CHECK_OK(say(replaced, "b"));
    close_account(root);
    CHECK_OK(alog_free(added));
    CHECK_OK(alog_free(replaced));
    check_lines("{\"level\":\"INFO\",\"message\":\"a\",\"root\":\"1\",\"child\":\"1\"}",
                "{\"level\":\"INFO\",\"message\":\"b\",\"child\":\"1\"}", NULL);
}

static void sinks_are_added_to_the_parents_or_take_their_place(void)
{
    alog_logger root = logger_to(TO_FILE, "format=raw"), added = {0}, replaced = {0};
    alog_config *config = config_with("");
    char *text;
    CHECK_OK(alog_config_add_sink(config, "file:other.log", NULL));
    CHECK_OK(alog_child_new(root, config, &added, NULL));
    CHECK_OK(alog_config_set(config, "replace", "sinks", NULL));
    CHECK_OK(alog_child_new(root, config, &replaced, NULL));
    alog_config_free(config);
    CHECK_OK(say(root, "of the root"));
    CHECK_OK(say(added, "of both"));
    CHECK_OK(alog_flush(root, -1)); /* the two have other.log each by a thread of its own */
    CHECK_OK(say(replaced, "of the child"));
    CHECK_OK(alog_free(added));
    CHECK_OK(alog_free(replaced));
    CHECK_OK(alog_stop(root, -1));
    CHECK_EQ(stats_of(root).written, 3);
    CHECK_OK(alog_free(root));
    check_lines("of the root", "of both", NULL);
    text = read_file(other_file, NULL);
    CHECK_TEXT(text, "of both\nof the child\n");
    free(text);
    CHECK_EQ(unlink(other_file), 0);
}

static void what_is_not_for_a_child_is_refused_by_name(void)
{
    alog_logger root = logger_to(TO_FILE, ""), child = {0};
    alog_config *config = config_with("queue_bytes=64KiB");
    alog_error error;
    CHECK_EQ(alog_child_new(root, config, &child, &error), ALOG_ERR_KEY);
    CHECK(strstr(error.message, "queue_bytes") != NULL);
    CHECK_EQ(alog_child_new(root, NULL, NULL, &error), ALOG_ERR_ARGUMENT);
    alog_config_free(config);
    config = config_with("replace=sinks");
    CHECK_EQ(alog_new(config, &child, &error), ALOG_ERR_KEY);
    alog_config_free(config);
    config = config_with("");
    CHECK_OK(alog_config_add_sink(config, "file:missing/x.log", NULL));
    CHECK_EQ(alog_child_new(root, config, &child, &error), ALOG_ERR_OPEN);
    CHECK_EQ(error.os_error, ENOENT);
    alog_config_free(config);
    CHECK_EQ(child.id, 0);
    CHECK_EQ(alog_child_new(child, NULL, &child, &error), ALOG_ERR_HANDLE);
    CHECK_OK(alog_stop(root, -1));
    CHECK_EQ(alog_child_new(root, NULL, &child, &error), ALOG_ERR_STOPPED);
    CHECK_OK(alog_free(root));
}

static void a_child_goes_on_without_its_parent(void)
{
    alog_logger root = root_with_field("name=main " JSON), parent = child_of(root, "name=db", "shard", "3");
    alog_logger child = child_of(parent, "name=pool", NULL, NULL);
    CHECK_OK(say(parent, "a"));
    CHECK_OK(alog_free(parent));
    CHECK_EQ(say(parent, "b"), ALOG_ERR_HANDLE);
    CHECK_OK(say(child, "c"));
    CHECK_EQ(close_account(root).written, 2);
    CHECK_OK(alog_free(child));
    check_lines("{\"level\":\"INFO\",\"logger\":\"main.db\",\"message\":\"a\",\"app\":\"shop\",\"shard\":\"3\"}",
                "{\"level\":\"INFO\",\"logger\":\"main.db.pool\",\"message\":\"c\",\"app\":\"shop\",\"shard\":\"3\"}", NULL);
}

static void children_are_stopped_when_the_root_is_freed(void)
{
    alog_logger log[DEPTH];
    const alog_switch *live;
    int i;
    log[0] = logger_to(TO_FILE, "format=raw");
    for (i = 1; i < DEPTH; i++)
        log[i] = child_of(log[i - 1], "", NULL, NULL);
    CHECK_OK(say(log[DEPTH - 1], "accepted"));
    CHECK_OK(alog_free(log[0]));
    check_lines("accepted", NULL);
    for (i = 1; i < DEPTH; i++) {
        CHECK_EQ(say(log[i], "x"), ALOG_ERR_STOPPED);
        CHECK_EQ(log_fields(log[i], "x", NULL, 0), ALOG_ERR_STOPPED);
        CHECK_OK(alog_switch_get(log[i], &live));
        CHECK_OK(alog_flush(log[i], -1));
        CHECK_OK(alog_stop(log[i], -1));
        CHECK_OK(alog_free(log[i]));
        CHECK_EQ(say(log[i], "x"), ALOG_ERR_HANDLE);
        CHECK_EQ(alog_free(log[i]), ALOG_ERR_HANDLE);
    }
}

static void a_child_shares_account_errors_and_stop_with_its_root(void)
{
    alog_logger root = logger_to("file:/dev/full", ""), child = child_of(root, "", NULL, NULL);
    alog_error error;
    CHECK_OK(say(child, "x"));
    CHECK_OK(alog_flush(root, -1));
    CHECK_EQ(stats_of(child).failed, 1);
    CHECK_OK(alog_poll_error(child, &error));
    CHECK_EQ(error.os_error, ENOSPC);
    CHECK_OK(alog_stop(child, -1));
    CHECK_EQ(say(root, "x"), ALOG_ERR_STOPPED);
    CHECK_OK(alog_free(child));
    CHECK_OK(alog_free(root));
}

struct shared {
    alog_logger root, child;
    pthread_barrier_t start;
    uint64_t accepted;
    uint64_t frees; /* how many threads were told that they freed the child */
};

/* Logs to the child until it is no logger any more. */
static void *use_until_freed(void *argument)
{
    struct shared *shared = (struct shared *)argument;
    alog_field field = field_i64("k", 1);
    const alog_switch *live;
    alog_status status;
    pthread_barrier_wait(&shared->start);
    while ((status = log_fields(shared->child, "m", &field, 1)) == ALOG_OK) {
        alog_logger own = {0};
        __atomic_add_fetch(&shared->accepted, 1, __ATOMIC_RELAXED);
        if (alog_child_new(shared->child, NULL, &own, NULL) == ALOG_OK) {
            if (say(own, "m") == ALOG_OK)
                __atomic_add_fetch(&shared->accepted, 1, __ATOMIC_RELAXED);
            CHECK_OK(alog_free(own));
        }
    }
    CHECK_EQ(status, ALOG_ERR_HANDLE);
    CHECK_EQ(say(shared->child, "x"), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_switch_get(shared->child, &live), ALOG_ERR_HANDLE);
    CHECK_EQ(alog_child_new(shared->child, NULL, &shared->child, NULL), ALOG_ERR_HANDLE);
    return NULL;
}

static void a_child_is_freed_while_others_use_it(void)
{
    int round, i;
    for (round = 0; round < ROUNDS; round++) {
        struct shared shared;
        pthread_t threads[THREADS];
        shared.root = logger_to(TO_FILE, "format=raw");
        shared.child = child_of(shared.root, "name=db", "k", "v");
        shared.accepted = 0;
        pthread_barrier_init(&shared.start, NULL, THREADS + 1);
        for (i = 0; i < THREADS; i++)
            CHECK_EQ(pthread_create(&threads[i], NULL, use_until_freed, &shared), 0);
        pthread_barrier_wait(&shared.start);
        if (round % 2 == 0)
            while (stats_of(shared.root).accepted == 0)
                sched_yield();
        CHECK_OK(alog_free(shared.child));
        for (i = 0; i < THREADS; i++)
            CHECK_EQ(pthread_join(threads[i], NULL), 0);
        pthread_barrier_destroy(&shared.start);
        CHECK_EQ(close_account(shared.root).written, shared.accepted);
    }
}

static void *free_child(void *argument)
{
    struct shared *shared = (struct shared *)argument;
    alog_status status;
    pthread_barrier_wait(&shared->start);
    status = alog_free(shared->child);
    CHECK(status == ALOG_OK || status == ALOG_ERR_HANDLE);
    if (status == ALOG_OK)
        __atomic_add_fetch(&shared->frees, 1, __ATOMIC_RELAXED);
    CHECK_EQ(say(shared->child, "x"), ALOG_ERR_HANDLE);
    return NULL;
}

static void of_many_threads_that_free_a_child_exactly_one_succeeds(void)
{
    int round, i;
    for (round = 0; round < ROUNDS; round++) {
        struct shared shared;
        pthread_t threads[THREADS];
        shared.root = logger_to(TO_FILE, "");
        shared.child = child_of(shared.root, "", NULL, NULL);
        shared.frees = 0;
        pthread_barrier_init(&shared.start, NULL, THREADS);
        for (i = 0; i < THREADS; i++)
            CHECK_EQ(pthread_create(&threads[i], NULL, free_child, &shared), 0);
        for (i = 0; i < THREADS; i++)
            CHECK_EQ(pthread_join(threads[i], NULL), 0);
        pthread_barrier_destroy(&shared.start);
        CHECK_EQ(shared.frees, 1);
        close_account(shared.root);
    }
}

int main(void)
{
    check_begin();
    RUN(a_child_adds_its_name_and_its_fields);
    RUN(a_name_needs_no_parent_with_one);
    RUN(replace_leaves_out_what_the_parent_has);
    RUN(hooks_are_added_behind_the_parents_or_take_their_place);
    RUN(sinks_are_added_to_the_parents_or_take_their_place);
    RUN(what_is_not_for_a_child_is_refused_by_name);
    RUN(a_child_goes_on_without_its_parent);
    RUN(children_are_stopped_when_the_root_is_freed);
    RUN(a_child_shares_account_errors_and_stop_with_its_root);
    RUN(a_child_is_freed_while_others_use_it);
    RUN(of_many_threads_that_free_a_child_exactly_one_succeeds);
    return check_end();
}
