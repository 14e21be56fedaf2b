/*
 * Threads: order within one and across several, queues given back, the library's own threads unobtrusive.
 */
#include "sequence.h"
#include "tasks.h"

#include <signal.h>

enum { WRITERS = 4, RECORDS = 200000, SHORT_LIVED = 1000 };

struct writer {
    alog_logger log;
    int number;
    uint64_t accepted;
};

static void *write_own_numbers(void *argument)
{
    struct writer *writer = (struct writer *)argument;
    while (writer->accepted < RECORDS / WRITERS)
        CHECK_OK(say_next(writer->log, writer->number, &writer->accepted));
    return NULL;
}

static void records_of_one_thread_are_written_in_the_order_of_its_calls(void)
{
    struct writer writers[WRITERS];
    uint64_t accepted[WRITERS];
    pthread_t threads[WRITERS];
    alog_logger log = logger_to(TO_FILE, "format=raw");
    int i;
    for (i = 0; i < WRITERS; i++) {
        struct writer writer = {log, i, 0};
        writers[i] = writer;
        CHECK_EQ(pthread_create(&threads[i], NULL, write_own_numbers, &writers[i]), 0);
    }
    for (i = 0; i < WRITERS; i++) {
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
        accepted[i] = writers[i].accepted;
    }
    CHECK_EQ(close_account(log).written, RECORDS);
    check_sequences(LOG_FILE, WRITERS, accepted);
}

/* One number for all threads: each takes the next under the lock and logs it before it lets go. */
struct hand_over {
    alog_logger log;
    pthread_mutex_t lock;
    uint64_t number;
};

static void *write_the_next_number(void *argument)
{
    struct hand_over *shared = (struct hand_over *)argument;
    int more;
    do {
        pthread_mutex_lock(&shared->lock);
        more = shared->number < RECORDS;
        if (more)
            CHECK_OK(say_next(shared->log, 0, &shared->number));
        pthread_mutex_unlock(&shared->lock);
    } while (more);
    return NULL;
}

static void a_record_that_began_after_another_had_returned_is_written_after_it(void)
{
    struct hand_over shared = {{0}, PTHREAD_MUTEX_INITIALIZER, 0};
    pthread_t threads[WRITERS];
    int i;
    shared.log = logger_to(TO_FILE, "format=raw queue_bytes=64KiB");
    for (i = 0; i < WRITERS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, write_the_next_number, &shared), 0);
    for (i = 0; i < WRITERS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(close_account(shared.log).written, RECORDS);
    check_sequences(LOG_FILE, 1, &shared.number);
}

/* Waits until the writer has given the queues back of threads that ended: once it has emptied them. */
static void wait_for_no_queue(alog_logger log)
{
    do
        CHECK_OK(alog_flush(log, -1));
    while (stats_of(log).queues > 0);
    CHECK_EQ(stats_of(log).queue_bytes, 0);
}

static void *write_one(void *argument)
{
    CHECK_OK(say(*(alog_logger *)argument, "x"));
    return NULL;
}

static void threads_that_end_give_their_queues_back(void)
{
    alog_logger log = logger_to(TO_FILE, "");
    alog_stats stats;
    uint64_t most = 0;
    int i;
    for (i = 0; i < SHORT_LIVED; i++) {
        pthread_t thread;
        CHECK_EQ(pthread_create(&thread, NULL, write_one, &log), 0);
        CHECK_EQ(pthread_join(thread, NULL), 0);
        stats = stats_of(log);
        most = stats.queues > most ? stats.queues : most;
    }
    CHECK(most >= 1);
    wait_for_no_queue(log);
    CHECK_EQ(close_account(log).written, SHORT_LIVED);
}

static alog_logger log_of_key;

static void write_at_the_end(void *value)
{
    CHECK_OK(say(log_of_key, (const char *)value));
}

static void *only_set_key(void *key)
{
    CHECK_EQ(pthread_setspecific(*(pthread_key_t *)key, "x"), 0);
    return NULL;
}

static void threads_that_first_log_in_a_key_destructor_give_their_queues_back(void)
{
    pthread_key_t key;
    int i;
    log_of_key = logger_to(TO_FILE, "");
    CHECK_EQ(pthread_key_create(&key, write_at_the_end), 0);
    for (i = 0; i < WRITERS; i++) {
        pthread_t thread;
        CHECK_EQ(pthread_create(&thread, NULL, only_set_key, &key), 0);
        CHECK_EQ(pthread_join(thread, NULL), 0);
    }
    CHECK_EQ(pthread_key_delete(key), 0);
    wait_for_no_queue(log_of_key);
    CHECK_EQ(close_account(log_of_key).written, WRITERS);
}

static void a_queue_outlives_its_thread_until_it_is_written(void)
{
    alog_logger logs[3];
    pthread_t thread;
    int i;
    for (i = 0; i < 3; i++) {
        logs[i] = logger_to(TO_FILE, "");
        CHECK_EQ(pthread_create(&thread, NULL, write_one, &logs[i]), 0);
        CHECK_EQ(pthread_join(thread, NULL), 0);
    }
    for (i = 0; i < 3; i++)
        CHECK_EQ(close_account(logs[i]).written, 1);
}

/* All signals but the two that cannot be blocked and the two that the C library keeps for itself. */
static void check_unobtrusive(int task)
{
    char *status = read_task(task, "status"), *line = strstr(status, "\nSigBlk:"), *name = read_task(task, "comm");
    unsigned long long blocked = 0;
    int number;
    CHECK(line != NULL);
    CHECK_EQ(sscanf(line, " SigBlk: %llx", &blocked), 1);
    for (number = 1; number <= 64; number++)
        if (number != SIGKILL && number != SIGSTOP && number != 32 && number != 33)
            CHECK(blocked >> (number - 1) & 1);
    name[strcspn(name, "\n")] = '\0';
    CHECK(strlen(name) >= 1 && strlen(name) <= 15);
    CHECK(strstr(name, "alog") != NULL);
    free(status);
    free(name);
}

static void internal_threads_are_named_block_all_signals_and_end_with_stop(void)
{
    int before[MOST_TASKS], during[MOST_TASKS], count, i, own = 0;
    alog_logger log;
    CHECK_EQ(list_tasks(before), 1);
    log = logger_to(TO_FILE, "");
    CHECK_OK(alog_write_sync(log, ALOG_LEVEL_INFO, "x", 1, -1, NULL));
    count = list_tasks(during);
    for (i = 0; i < count; i++) {
        if (during[i] != before[0]) {
            check_unobtrusive(during[i]);
            own++;
        }
    }
    CHECK_EQ(own, 1);
    CHECK_OK(alog_stop(log, -1));
    while (list_tasks(during) > 1) /* a joined thread may be listed for a moment longer */
        sched_yield();
    CHECK_EQ(close_account(log).written, 1);
}

static void there_is_no_thread_before_the_first_logger(void)
{
    int tasks[MOST_TASKS];
    alog_config *config = config_with("level=debug");
    alog_logger none = {0};
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    CHECK_EQ(alog_flush(none, -1), ALOG_ERR_HANDLE);
    CHECK_EQ(list_tasks(tasks), 1);
    alog_config_free(config);
    CHECK(access(LOG_FILE, F_OK) != 0);
}

int main(void)
{
    check_begin();
    RUN(there_is_no_thread_before_the_first_logger);
    RUN(internal_threads_are_named_block_all_signals_and_end_with_stop);
    RUN(records_of_one_thread_are_written_in_the_order_of_its_calls);
    RUN(a_record_that_began_after_another_had_returned_is_written_after_it);
    RUN(threads_that_end_give_their_queues_back);
    RUN(threads_that_first_log_in_a_key_destructor_give_their_queues_back);
    RUN(a_queue_outlives_its_thread_until_it_is_written);
    return check_end();
}
