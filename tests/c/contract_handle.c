/*
 * A handle is a number: zero, made up, stopped, freed, used from many threads at once, it gives a status.
 */
#include "handle.h"

enum { THREADS = 8, ROUNDS = 50, GUESSES = 100000 };

static uint64_t next_random(uint64_t *state) /* xorshift64 */
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void the_zero_handle_is_no_logger(void)
{
    alog_logger none = {0};
    alog_logger log = logger_to(TO_FILE, "");
    check_refused(none);
    close_account(log);
    check_refused(none);
}

static void a_made_up_handle_is_no_logger(void)
{
    alog_logger log = logger_to(TO_FILE, "");
    uint64_t state = 20260131;
    int i;
    for (i = 0; i < 64; i++) {
        alog_logger guess = {log.id ^ (UINT64_C(1) << i)};
        check_refused(guess);
    }
    for (i = 0; i < GUESSES; i++) {
        alog_logger guess = {next_random(&state)};
        if (guess.id != log.id)
            check_refused(guess);
    }
    for (i = 0; i < GUESSES; i++) { /* small numbers: slots that exist, generations that do not */
        alog_logger guess = {next_random(&state) & UINT64_C(0x000000FF000000FF)};
        if (guess.id != log.id)
            check_refused(guess);
    }
    CHECK_OK(say(log, "untouched"));
    CHECK_EQ(close_account(log).written, 1);
    FIGURES("made up handles: %d, accepted 0, crashes 0", 64 + 2 * GUESSES);
}

static void a_second_stop_is_fine_and_a_second_free_is_refused(void)
{
    alog_logger log = logger_to(TO_FILE, "");
    alog_stats stats;
    CHECK_OK(say(log, "x"));
    CHECK_OK(alog_stop(log, -1));
    CHECK_OK(alog_stop(log, -1));
    CHECK_OK(alog_stop(log, 0));
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_OK(alog_free(log));
    check_refused(log);
    check_refused(log);
}

static void a_freed_handle_stays_refused_when_its_slot_is_used_again(void)
{
    alog_logger old[ROUNDS];
    int i, j;
    for (i = 0; i < ROUNDS; i++) {
        old[i] = logger_to(TO_FILE, "");
        close_account(old[i]);
    }
    for (i = 0; i < ROUNDS; i++) {
        alog_logger log = logger_to(TO_FILE, "");
        for (j = 0; j < ROUNDS; j++) {
            CHECK(old[j].id != log.id);
            check_refused(old[j]);
        }
        CHECK_OK(say(log, "x"));
        CHECK_EQ(close_account(log).written, 1);
    }
}

struct shared {
    alog_logger log;
    pthread_barrier_t start;
    uint64_t frees; /* how many threads were told that they freed it */
};

static int one_of(alog_status status, alog_status a, alog_status b)
{
    return status == a || status == b || status == ALOG_ERR_HANDLE;
}

/* Every function but stop and free, until the handle is no logger any more. */
static void *use_until_freed(void *argument)
{
    struct shared *shared = (struct shared *)argument;
    alog_logger log = shared->log;
    alog_status status;
    alog_error error;
    alog_stats stats;
    alog_sink_stats sink;
    int32_t fd;
    pthread_barrier_wait(&shared->start);
    do {
        status = say(log, "x");
        CHECK(one_of(status, ALOG_OK, ALOG_ERR_STOPPED));
        CHECK(one_of(alog_write_sync(log, ALOG_LEVEL_INFO, "y", 1, -1, NULL), ALOG_OK, ALOG_ERR_STOPPED));
        CHECK(one_of(alog_flush(log, -1), ALOG_OK, ALOG_OK));
        CHECK(one_of(alog_poll_error(log, &error), ALOG_EMPTY, ALOG_EMPTY));
        CHECK(one_of(alog_error_fd_get(log, &fd), ALOG_OK, ALOG_OK));
        CHECK(one_of(alog_sink_stats_get(log, 0, &sink), ALOG_OK, ALOG_OK));
        if (alog_stats_get(log, &stats) == ALOG_OK)
            check_balance(&stats);
    } while (status != ALOG_ERR_HANDLE);
    check_refused(log);
    return NULL;
}

static void use_races_stop_and_free_without_harm(void)
{
    int round, i, rounds = check_times(ROUNDS);
    for (round = 0; round < rounds; round++) {
        struct shared shared;
        pthread_t threads[THREADS];
        alog_stats stats;
        shared.log = logger_to(TO_FILE, "");
        pthread_barrier_init(&shared.start, NULL, THREADS + 1);
        for (i = 0; i < THREADS; i++)
            CHECK_EQ(pthread_create(&threads[i], NULL, use_until_freed, &shared), 0);
        pthread_barrier_wait(&shared.start);
        if (round % 2 == 0) {
            CHECK_OK(alog_stop(shared.log, -1));
            stats = stats_of(shared.log);
            check_balance(&stats);
        }
        CHECK_OK(alog_free(shared.log));
        for (i = 0; i < THREADS; i++)
            CHECK_EQ(pthread_join(threads[i], NULL), 0);
        pthread_barrier_destroy(&shared.start);
    }
    FIGURES("handles used by %d threads while they are stopped and freed: loggers %d, crashes 0, wrong statuses 0", THREADS,
            rounds);
}

static void *stop_and_free(void *argument)
{
    struct shared *shared = (struct shared *)argument;
    alog_status status;
    pthread_barrier_wait(&shared->start);
    CHECK(one_of(alog_stop(shared->log, -1), ALOG_OK, ALOG_OK));
    status = alog_free(shared->log);
    CHECK(one_of(status, ALOG_OK, ALOG_OK));
    if (status == ALOG_OK)
        __atomic_add_fetch(&shared->frees, 1, __ATOMIC_RELAXED);
    check_refused(shared->log);
    return NULL;
}

static void of_eight_threads_that_free_exactly_one_succeeds(void)
{
    int round, i;
    for (round = 0; round < ROUNDS; round++) {
        struct shared shared;
        pthread_t threads[THREADS];
        shared.log = logger_to(TO_FILE, "");
        shared.frees = 0;
        pthread_barrier_init(&shared.start, NULL, THREADS);
        for (i = 0; i < THREADS; i++)
            CHECK_EQ(pthread_create(&threads[i], NULL, stop_and_free, &shared), 0);
        for (i = 0; i < THREADS; i++)
            CHECK_EQ(pthread_join(threads[i], NULL), 0);
        CHECK_EQ(shared.frees, 1);
        pthread_barrier_destroy(&shared.start);
    }
}

int main(void)
{
    check_begin();
    RUN(the_zero_handle_is_no_logger);
    RUN(a_made_up_handle_is_no_logger);
    RUN(a_second_stop_is_fine_and_a_second_free_is_refused);
    RUN(a_freed_handle_stays_refused_when_its_slot_is_used_again);
    RUN(use_races_stop_and_free_without_harm);
    RUN(of_eight_threads_that_free_exactly_one_succeeds);
    return check_end();
}
