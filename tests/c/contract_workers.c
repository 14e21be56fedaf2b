/*
 * Several writer threads, none, and who writes what.
 */
#include "lines.h"
#include "sequence.h"

enum { WORKERS = 4, THREADS = 6, MESSAGES = 1000, MOST = 16 };

/* A sink that counts the lines of each thread that calls it, and whether two ever do at once. */
struct census {
    pthread_mutex_t lock;
    pthread_t threads[MOST];
    uint64_t lines[MOST];
    int count;
    int busy;
    int overlapped;
};

static int32_t take(void *user_data, const char *lines, size_t lines_len, uint64_t line_count)
{
    struct census *census = (struct census *)user_data;
    int i;
    (void)lines;
    (void)lines_len;
    if (__atomic_exchange_n(&census->busy, 1, __ATOMIC_ACQ_REL))
        __atomic_store_n(&census->overlapped, 1, __ATOMIC_RELAXED);
    sched_yield(); /* others have the chance to come in */
    pthread_mutex_lock(&census->lock);
    for (i = 0; i < census->count && !pthread_equal(census->threads[i], pthread_self()); i++)
        continue;
    CHECK(i < MOST);
    if (i == census->count) {
        census->threads[census->count++] = pthread_self();
        census->lines[i] = 0;
    }
    census->lines[i] += line_count;
    pthread_mutex_unlock(&census->lock);
    __atomic_store_n(&census->busy, 0, __ATOMIC_RELEASE);
    return 0;
}

static void begin_census(struct census *census, alog_config *config)
{
    memset(census, 0, sizeof *census);
    pthread_mutex_init(&census->lock, NULL);
    CHECK_OK(alog_config_add_callback(config, "census", take, census, NULL, NULL));
}

struct writer {
    alog_logger log;
    int number;
    uint64_t accepted;
};

static void *write_many(void *argument)
{
    struct writer *writer = (struct writer *)argument;
    while (writer->accepted < MESSAGES)
        CHECK_OK(say_next(writer->log, writer->number, &writer->accepted));
    return NULL;
}

/* So many messages of so many threads; gives how many each had accepted. */
static void write_on_threads(alog_logger log, uint64_t *accepted)
{
    struct writer writers[THREADS];
    pthread_t threads[THREADS];
    int i;
    for (i = 0; i < THREADS; i++) {
        writers[i].log = log;
        writers[i].number = i;
        writers[i].accepted = 0;
        CHECK_EQ(pthread_create(&threads[i], NULL, write_many, &writers[i]), 0);
    }
    for (i = 0; i < THREADS; i++) {
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
        accepted[i] = writers[i].accepted;
    }
}

static void several_workers_keep_the_order_of_each_thread(void)
{
    struct census census;
    alog_config *config = config_with("workers=4 scheduler=by-thread queue_bytes=4KiB format=raw");
    alog_logger log;
    uint64_t accepted[THREADS];
    begin_census(&census, config);
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    log = logger_from(config);
    write_on_threads(log, accepted);
    CHECK_OK(alog_flush(log, -1));
    CHECK_EQ(stats_of(log).written, THREADS * MESSAGES);
    CHECK_EQ(close_account(log).written, THREADS * MESSAGES);
    check_sequences(LOG_FILE, THREADS, accepted);
    CHECK(!census.overlapped); /* a callback is never called by two at once */
    CHECK_EQ(census.count, WORKERS);
}

static void by_thread_gives_a_thread_one_worker(void)
{
    struct census census;
    alog_config *config = config_with("workers=4");
    alog_logger log;
    int i;
    begin_census(&census, config);
    log = logger_from(config);
    for (i = 0; i < MESSAGES; i++)
        CHECK_OK(say(log, "x"));
    CHECK_EQ(close_account(log).written, MESSAGES);
    CHECK_EQ(census.count, 1);
}

static void round_robin_gives_each_worker_its_share(void)
{
    struct census census;
    alog_config *config = config_with("workers=4 scheduler=round-robin");
    alog_logger log;
    int i;
    begin_census(&census, config);
    log = logger_from(config);
    for (i = 0; i < MESSAGES; i++)
        CHECK_OK(say(log, "x"));
    CHECK_EQ(close_account(log).written, MESSAGES);
    CHECK_EQ(census.count, WORKERS);
    for (i = 0; i < WORKERS; i++)
        CHECK_EQ(census.lines[i], MESSAGES / WORKERS);
}

struct picks {
    uint64_t calls;
    uint64_t destroyed;
};

static uint32_t pick_by_field(void *user_data, const alog_record *record, uint32_t worker_count)
{
    struct picks *picks = (struct picks *)user_data;
    alog_field field;
    CHECK_EQ(worker_count, WORKERS);
    __atomic_add_fetch(&picks->calls, 1, __ATOMIC_RELAXED);
    return alog_record_field_get(record, "worker", 6, &field) == ALOG_OK ? (uint32_t)field.value.i64 : 1;
}

static void count_destroy(void *user_data)
{
    ((struct picks *)user_data)->destroyed++;
}

static void a_scheduler_of_the_program_picks_and_a_wrong_pick_is_reported(void)
{
    struct picks picks = {0, 0};
    struct census census;
    alog_config *config = config_with("workers=4");
    alog_field field = field_i64("worker", WORKERS);
    alog_logger log;
    alog_error error;
    int i;
    begin_census(&census, config);
    CHECK_EQ(alog_config_set_scheduler(config, NULL, &picks, count_destroy, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_config_set_scheduler(NULL, pick_by_field, &picks, count_destroy, NULL), ALOG_ERR_ARGUMENT);
    CHECK_OK(alog_config_set_scheduler(config, pick_by_field, &picks, count_destroy, NULL));
    log = logger_from(config);
    for (i = 0; i < 10; i++)
        CHECK_OK(say(log, "to worker 1"));
    CHECK_OK(log_fields(log, "to nobody", &field, 1));
    CHECK_OK(log_fields(log, "to nobody", &field, 1));
    CHECK_OK(alog_flush(log, -1));
    CHECK_EQ(census.count, 2);
    CHECK_EQ(census.lines[0] + census.lines[1], 12);
    CHECK(census.lines[0] == 10 || census.lines[0] == 2);
    CHECK_OK(alog_poll_error(log, &error));
    CHECK_EQ(error.code, ALOG_ERR_SCHEDULER);
    CHECK_EQ(error.count, 2);
    field.value.i64 = 0; /* the worker that takes wrong picks */
    CHECK_OK(log_fields(log, "to worker 0", &field, 1));
    CHECK_EQ(close_account(log).written, 13);
    CHECK_EQ(census.count, 2);
    CHECK_EQ(picks.calls, 13);
    CHECK_EQ(picks.destroyed, 1);
}

static void without_workers_the_line_is_out_when_the_write_returns(void)
{
    struct census census;
    alog_config *config = config_with("workers=0 format=raw");
    alog_logger log;
    alog_field field = field_i64("k", 1);
    begin_census(&census, config);
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    log = logger_from(config);
    CHECK_OK(say(log, "one"));
    check_lines("one", NULL);
    CHECK_OK(log_fields(log, "two", &field, 1));
    check_lines("one", "two", NULL);
    CHECK_EQ(stats_of(log).pending, 0);
    CHECK_EQ(census.count, 1);
    CHECK(pthread_equal(census.threads[0], pthread_self()));
    CHECK_EQ(close_account(log).written, 2);
}

static void without_workers_many_threads_write_in_order(void)
{
    alog_logger log = logger_to(TO_FILE, "workers=0 queue_bytes=4KiB format=raw");
    uint64_t accepted[THREADS];
    write_on_threads(log, accepted);
    CHECK_EQ(stats_of(log).written, THREADS * MESSAGES);
    CHECK_EQ(close_account(log).written, THREADS * MESSAGES);
    check_sequences(LOG_FILE, THREADS, accepted);
}

int main(void)
{
    check_begin();
    RUN(several_workers_keep_the_order_of_each_thread);
    RUN(by_thread_gives_a_thread_one_worker);
    RUN(round_robin_gives_each_worker_its_share);
    RUN(a_scheduler_of_the_program_picks_and_a_wrong_pick_is_reported);
    RUN(without_workers_the_line_is_out_when_the_write_returns);
    RUN(without_workers_many_threads_write_in_order);
    return check_end();
}
