/*
 * Reading time around one call, and what many readings say.
 *
 * Times are in ticks: of the processor's counter on x86-64, of nanoseconds elsewhere. `ticks_begin` and
 * `ticks_end` enclose what is measured: nothing of it runs before the first or after the second reading.
 * A program's results are lines "name TAB number" on standard output, which collect.py reads.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/* A benchmark that cannot do what it measures ends: a number would be worth nothing. */
#define REQUIRE(condition)                                                                \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);     \
            exit(1);                                                                      \
        }                                                                                 \
    } while (0)

static inline uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t ticks_begin(void)
{
#if defined(__x86_64__)
    _mm_lfence(); /* what came before is over */
    return __rdtsc();
#else
    return now_ns();
#endif
}

static inline uint64_t ticks_end(void)
{
#if defined(__x86_64__)
    unsigned processor;
    uint64_t ticks = __rdtscp(&processor); /* waits for what came before */
    _mm_lfence();
    return ticks;
#else
    return now_ns();
#endif
}

/* How long a tick is: from two readings of both clocks, as far apart as the program runs. */
static uint64_t first_reading_ns, first_reading_ticks;

static inline void clocks_start(void)
{
    first_reading_ns = now_ns();
    first_reading_ticks = ticks_begin();
}

static inline double ns_per_tick(void)
{
    uint64_t ns = now_ns() - first_reading_ns;
    return (double)ns / (double)(ticks_begin() - first_reading_ticks);
}

/* A fixed number of readings. Its memory is touched before the first. */
struct samples {
    uint64_t *ticks;
    size_t count, capacity;
};

static inline struct samples samples_new(size_t capacity)
{
    struct samples samples = {(uint64_t *)malloc(capacity * sizeof(uint64_t)), 0, capacity};
    REQUIRE(samples.ticks != NULL);
    for (size_t i = 0; i < capacity; i++)
        samples.ticks[i] = i;
    return samples;
}

static inline void samples_add(struct samples *samples, uint64_t ticks)
{
    if (samples->count < samples->capacity)
        samples->ticks[samples->count++] = ticks;
}

static inline void samples_append(struct samples *all, const struct samples *some)
{
    for (size_t i = 0; i < some->count; i++)
        samples_add(all, some->ticks[i]);
}

static inline int compare_ticks(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static inline void samples_sort(struct samples *samples)
{
    qsort(samples->ticks, samples->count, sizeof(uint64_t), compare_ticks);
}

/*
 * The smallest difference of two readings. On some processors that is how far the counter goes at once: 10 ns, although
 * a tick is less; on others it is only what a reading takes.
 */
static inline uint64_t counter_step(void)
{
    uint64_t step = UINT64_MAX, last = ticks_begin();
    for (int i = 0; i < 100000; i++) {
        uint64_t now = ticks_begin();
        if (now > last && now - last < step)
            step = now - last;
        last = now;
    }
    return step;
}

/*
 * The reading that `share` (0 to 1) of all do not exceed. The samples are sorted. Readings that are equal only
 * because the counter goes in steps are taken as spread evenly between the readings next to them, at most over one step,
 * as statistics does with grouped data: so a median is finer than a step. The largest reading (1) stays as it was read.
 */
static inline double samples_at(const struct samples *samples, double share, uint64_t step)
{
    REQUIRE(samples->count > 0);
    size_t rank = (size_t)(share * (double)samples->count);
    if (rank >= samples->count)
        return (double)samples->ticks[samples->count - 1];
    size_t first = rank, end = rank + 1;
    while (first > 0 && samples->ticks[first - 1] == samples->ticks[rank])
        first--;
    while (end < samples->count && samples->ticks[end] == samples->ticks[rank])
        end++;
    double own = (double)samples->ticks[rank], half = (double)step / 2;
    double below = first > 0 ? (own - (double)samples->ticks[first - 1]) / 2 : 0;
    double above = end < samples->count ? ((double)samples->ticks[end] - own) / 2 : 0;
    double place = ((double)(rank - first) + 0.5) / (double)(end - first) * 2 - 1; /* -1 to 1 */
    double width = place < 0 ? below : above;
    return own + place * (width < half ? width : half);
}

/* A result in nanoseconds; `overhead` ticks are those of the measuring itself. */
static inline void print_ns(const char *name, double ticks, double overhead)
{
    double net = ticks - overhead;
    printf("%s\t%.2f\n", name, (net > 0 ? net : 0) * ns_per_tick());
}

/* A whole number from the command line, at least 1. */
static inline size_t argument_number(const char *text)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10);
    REQUIRE(end != text && *end == '\0' && number > 0);
    return (size_t)number;
}

#endif
