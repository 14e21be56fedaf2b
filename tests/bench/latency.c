/*
 * What callers wait: bursts of 20 calls, 1 to 2 ms apart, from each of some threads; every call is measured.
 *
 * Every fourth burst is measured as a whole instead, without readings between its calls. The warm-up takes a
 * queue once round, so that all of its memory was touched before; without it, callers also pay for that.
 *
 *     latency THREADS BURSTS WARM_MESSAGES FILE
 *
 * With -DVALUES a call is a record of two integers and a double, not a message of 64 bytes.
 *
 * Results: p50_ns to p9999_ns, max_ns, mean_ns of all calls; first_p50_ns first_p99_ns of the first calls of
 * bursts; whole_p50_ns of whole bursts, per call; overhead_ns: what measuring nothing gives, which is subtracted
 * from all of these; step_ns: the smallest difference of two readings.
 */
#include SUBJECT

#include <pthread.h>
#include <unistd.h>

enum { BURST = 20, WHOLE_EVERY = 4, WARM_CHUNK = 1000 };

static const struct {
    const char *name;
    double share;
} QUANTILES[] = {
    {"p50_ns", 0.5},    {"p60_ns", 0.6},    {"p70_ns", 0.7},    {"p80_ns", 0.8},     {"p90_ns", 0.9},
    {"p95_ns", 0.95},   {"p98_ns", 0.98},   {"p99_ns", 0.99},   {"p995_ns", 0.995},  {"p998_ns", 0.998},
    {"p999_ns", 0.999}, {"p9995_ns", 0.9995}, {"p9998_ns", 0.9998}, {"p9999_ns", 0.9999}, {"max_ns", 1},
};

struct caller {
    pthread_t thread;
    size_t index, bursts, warm_messages;
    struct samples calls, firsts, wholes, empty;
};

static pthread_barrier_t all_warm;

static void pause_us(unsigned us)
{
    struct timespec time = {0, (long)us * 1000};
    nanosleep(&time, NULL);
}

static inline void log_once(size_t i)
{
#ifdef VALUES
    subject_log_values((int64_t)(4711 + i), 815, 12.25);
#else
    (void)i;
    subject_log(MESSAGE, MESSAGE_BYTES);
#endif
}

static void warm_up(size_t messages)
{
    for (size_t i = 0; i < messages; i++) {
        log_once(i);
        if (i % WARM_CHUNK == WARM_CHUNK - 1)
            pause_us(2000);
    }
}

static void burst_call_by_call(struct caller *caller)
{
    for (int i = 0; i < BURST; i++) {
        uint64_t begin = ticks_begin();
        log_once((size_t)i);
        uint64_t ticks = ticks_end() - begin;
        samples_add(&caller->calls, ticks);
        if (i == 0)
            samples_add(&caller->firsts, ticks);
    }
    for (int i = 0; i < BURST; i++) {
        uint64_t begin = ticks_begin();
        samples_add(&caller->empty, ticks_end() - begin);
    }
}

static void burst_as_a_whole(struct caller *caller)
{
    uint64_t begin = ticks_begin();
    for (int i = 0; i < BURST; i++)
        log_once((size_t)i);
    samples_add(&caller->wholes, ticks_end() - begin);
}

static void *call(void *argument)
{
    struct caller *caller = (struct caller *)argument;
    unsigned seed = 4711 + (unsigned)caller->index;
    subject_thread(caller->index);
    warm_up(caller->warm_messages);
    pthread_barrier_wait(&all_warm);
    for (size_t burst = 1; burst <= caller->bursts; burst++) {
        pause_us(1000 + (unsigned)rand_r(&seed) % 1000);
        if (burst % WHOLE_EVERY == 0)
            burst_as_a_whole(caller);
        else
            burst_call_by_call(caller);
    }
    return NULL;
}

static double mean(const struct samples *samples)
{
    double sum = 0;
    for (size_t i = 0; i < samples->count; i++)
        sum += (double)samples->ticks[i];
    return sum / (double)samples->count;
}

static void report(struct samples *calls, struct samples *firsts, struct samples *wholes, struct samples *empty)
{
    uint64_t step = counter_step();
    samples_sort(calls);
    samples_sort(firsts);
    samples_sort(wholes);
    samples_sort(empty);
    double overhead = samples_at(empty, 0.5, step);
    print_ns("step_ns", (double)step, 0);
    print_ns("overhead_ns", overhead, 0);
    for (size_t i = 0; i < sizeof QUANTILES / sizeof *QUANTILES; i++)
        print_ns(QUANTILES[i].name, samples_at(calls, QUANTILES[i].share, step), overhead);
    print_ns("mean_ns", mean(calls), mean(empty));
    print_ns("first_p50_ns", samples_at(firsts, 0.5, step), overhead);
    print_ns("first_p99_ns", samples_at(firsts, 0.99, step), overhead);
    print_ns("whole_p50_ns", (samples_at(wholes, 0.5, step) - overhead) / BURST, 0);
}

int main(int count, char **arguments)
{
    static struct caller callers[THREADS_MAX];
    REQUIRE(count == 5);
    size_t threads = argument_number(arguments[1]), bursts = argument_number(arguments[2]);
    size_t warm_messages = strtoull(arguments[3], NULL, 10);
    REQUIRE(threads <= THREADS_MAX && bursts >= WHOLE_EVERY);
    REQUIRE(pthread_barrier_init(&all_warm, NULL, (unsigned)threads) == 0);

    clocks_start();
    subject_open(arguments[4], threads);
    for (size_t i = 0; i < threads; i++) {
        struct caller caller = {0, i, bursts, warm_messages, samples_new(bursts * BURST), samples_new(bursts),
                                samples_new(bursts), samples_new(bursts * BURST)};
        callers[i] = caller;
        REQUIRE(pthread_create(&callers[i].thread, NULL, call, &callers[i]) == 0);
    }
    struct samples calls = samples_new(threads * bursts * BURST), empty = samples_new(threads * bursts * BURST);
    struct samples firsts = samples_new(threads * bursts), wholes = samples_new(threads * bursts);
    for (size_t i = 0; i < threads; i++) {
        REQUIRE(pthread_join(callers[i].thread, NULL) == 0);
        samples_append(&calls, &callers[i].calls);
        samples_append(&firsts, &callers[i].firsts);
        samples_append(&wholes, &callers[i].wholes);
        samples_append(&empty, &callers[i].empty);
    }
    subject_close();
    report(&calls, &firsts, &wholes, &empty);
    unlink(arguments[4]);
    return 0;
}
