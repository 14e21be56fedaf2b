/*
 * What alog costs beside a call in the midst of others: for a new thread, when a level is off, after a long time
 * without a call.
 *
 *     life COUNT FILE
 *
 * Results: first_call_ns: the first call of a thread, median of COUNT threads that come and go, first_call_p99_ns.
 * resident_bytes: what a live thread that logged once keeps resident, of COUNT threads. left_bytes: what remains
 * resident after 1,000 threads that logged once have ended. disabled_ns: a call at a level that is off;
 * disabled_macro_ns: ALOG_DEBUG at it. after_idle_ns: a call that finds the worker parked, median of COUNT / 4.
 */
#include "subject/alog.h"

#include <pthread.h>
#include <unistd.h>

/* The worker parks when it has found nothing for about 20 ms. */
enum { PARKED_AFTER_US = 60 * 1000, DISABLED_CALLS = 1000000, MANY_THREADS = 1000 };

static void *first_call(void *samples)
{
    uint64_t begin = ticks_begin();
    subject_log(MESSAGE, MESSAGE_BYTES);
    samples_add((struct samples *)samples, ticks_end() - begin);
    return NULL;
}

static void measure_first_call(size_t count)
{
    struct samples calls = samples_new(count);
    for (size_t i = 0; i < count; i++) {
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, first_call, &calls) == 0);
        REQUIRE(pthread_join(thread, NULL) == 0);
    }
    samples_sort(&calls);
    print_ns("first_call_ns", samples_at(&calls, 0.5, 1), 0);
    print_ns("first_call_p99_ns", samples_at(&calls, 0.99, 1), 0);
    free(calls.ticks);
}

/* Exact: the kernel walks the pages, whereas VmRSS lags behind. */
static uint64_t resident_bytes(void)
{
    char line[256];
    unsigned long long kib = 0;
    FILE *rollup = fopen("/proc/self/smaps_rollup", "re");
    REQUIRE(rollup != NULL);
    while (fgets(line, sizeof line, rollup) && sscanf(line, "Rss: %llu kB", &kib) != 1)
        ;
    fclose(rollup);
    REQUIRE(kib > 0);
    return kib * 1024;
}

static pthread_barrier_t step;

static void *log_once(void *unused)
{
    (void)unused;
    pthread_barrier_wait(&step); /* 1: everybody runs */
    pthread_barrier_wait(&step); /* 2: memory was looked at */
    subject_log(MESSAGE, MESSAGE_BYTES);
    pthread_barrier_wait(&step); /* 3: everybody has logged */
    pthread_barrier_wait(&step); /* 4: memory was looked at again */
    return NULL;
}

static void measure_resident(size_t count)
{
    pthread_t *threads = (pthread_t *)calloc(count, sizeof *threads);
    REQUIRE(threads != NULL && pthread_barrier_init(&step, NULL, (unsigned)count + 1) == 0);
    for (size_t i = 0; i < count; i++)
        REQUIRE(pthread_create(&threads[i], NULL, log_once, NULL) == 0);
    pthread_barrier_wait(&step);
    uint64_t before = resident_bytes();
    pthread_barrier_wait(&step);
    pthread_barrier_wait(&step);
    REQUIRE(alog_flush(subject_logger, -1) == ALOG_OK);
    printf("resident_bytes\t%.0f\n", ((double)resident_bytes() - (double)before) / (double)count);
    pthread_barrier_wait(&step);
    for (size_t i = 0; i < count; i++)
        REQUIRE(pthread_join(threads[i], NULL) == 0);
    free(threads);
}

static void *log_if(void *logs)
{
    pthread_barrier_wait(&step); /* all of them live at once */
    if (logs)
        subject_log(MESSAGE, MESSAGE_BYTES);
    return NULL;
}

static void many_threads(void *log)
{
    static pthread_t threads[MANY_THREADS];
    REQUIRE(pthread_barrier_init(&step, NULL, MANY_THREADS) == 0);
    for (size_t i = 0; i < MANY_THREADS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, log_if, log) == 0);
    for (size_t i = 0; i < MANY_THREADS; i++)
        REQUIRE(pthread_join(threads[i], NULL) == 0);
    REQUIRE(alog_flush(subject_logger, -1) == ALOG_OK);
    usleep(PARKED_AFTER_US); /* the worker is done with what they left */
}

/* The same threads without a logger first: what the C library keeps of their stacks is not the logger's. */
static void measure_left(void)
{
    many_threads(NULL);
    uint64_t before = resident_bytes();
    many_threads(&step);
    printf("left_bytes\t%.0f\n", (double)resident_bytes() - (double)before);
}

static void measure_disabled(void)
{
    uint64_t begin = ticks_begin();
    for (size_t i = 0; i < DISABLED_CALLS; i++)
        if (alog_write(subject_logger, ALOG_LEVEL_DEBUG, MESSAGE, MESSAGE_BYTES) != ALOG_DISABLED)
            abort();
    print_ns("disabled_ns", (double)(ticks_end() - begin) / DISABLED_CALLS, 0);
    begin = ticks_begin();
    for (size_t i = 0; i < DISABLED_CALLS; i++)
        ALOG_DEBUG(subject_logger, MESSAGE);
    print_ns("disabled_macro_ns", (double)(ticks_end() - begin) / DISABLED_CALLS, 0);
}

static void measure_after_idle(size_t count)
{
    struct samples calls = samples_new(count);
    for (size_t i = 0; i < count; i++) {
        usleep(PARKED_AFTER_US);
        uint64_t begin = ticks_begin();
        subject_log(MESSAGE, MESSAGE_BYTES);
        samples_add(&calls, ticks_end() - begin);
    }
    samples_sort(&calls);
    print_ns("after_idle_ns", samples_at(&calls, 0.5, 1), 0);
    free(calls.ticks);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 3);
    size_t repetitions = argument_number(arguments[1]);
    REQUIRE(repetitions >= 4);
    clocks_start();
    subject_open(arguments[2], 1);
    subject_log(MESSAGE, MESSAGE_BYTES); /* this thread's first */
    measure_first_call(repetitions);
    measure_resident(repetitions);
    measure_left();
    measure_disabled();
    measure_after_idle(repetitions / 4);
    subject_close();
    unlink(arguments[2]);
    return 0;
}
