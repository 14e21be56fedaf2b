/*
 * The limit of the idea: one ring per producing thread, its code inlined into the caller: a header, a copy,
 * one Release store. No levels, no handle, no account, no waking. A consumer thread looks at every ring as
 * often as the worker of alog does when there is little to do, reads the bytes and frees them.
 *
 * RING_STAMP says what stands in the header: 0 nothing, 1 the processor's counter, 2 the counter behind a
 * fence, 3 the counter by rdtscp. alog needs one of the last two for its promise of order between threads.
 */
#include "subject.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { SUBJECT_WRITES_FILE = 0 };

enum { RING_BYTES = 1 << 20, RING_ALIGN = 16, CONSUMER_NAP_US = 100 };

struct ring {
    _Alignas(128) _Atomic uint64_t tail; /* the producer's */
    uint64_t head_seen;
    _Alignas(128) _Atomic uint64_t head; /* the consumer's */
    _Alignas(128) char bytes[RING_BYTES];
};

struct ring_header {
    uint64_t len, stamp;
};

static struct ring *subject_rings;
static size_t subject_ring_count;
static atomic_bool subject_ends;
static pthread_t subject_consumer;
static uint64_t subject_sum; /* so that the bytes are really read */
static _Thread_local struct ring *subject_ring;

static inline uint64_t ring_stamp(void)
{
#if defined(__x86_64__) && RING_STAMP == 3
    unsigned processor;
    return __rdtscp(&processor);
#elif defined(__x86_64__) && RING_STAMP > 0
    if (RING_STAMP == 2)
        _mm_lfence();
    return __rdtsc();
#else
    return RING_STAMP > 0 ? now_ns() : 0;
#endif
}

static inline void subject_log(const char *message, size_t len)
{
    struct ring *ring = subject_ring;
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    size_t size = sizeof(struct ring_header) + (len + RING_ALIGN - 1) / RING_ALIGN * RING_ALIGN;
    size_t run = RING_BYTES - tail % RING_BYTES;
    if (size > run) { /* the rest of the run is padding: a header that says 0 */
        memset(ring->bytes + tail % RING_BYTES, 0, sizeof(struct ring_header));
        tail += run;
    }
    while (tail + size - ring->head_seen > RING_BYTES)
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
    char *to = ring->bytes + tail % RING_BYTES;
    struct ring_header header = {len, ring_stamp()};
    memcpy(to, &header, sizeof header);
    memcpy(to + sizeof header, message, len);
    atomic_store_explicit(&ring->tail, tail + size, memory_order_release);
}

static void ring_drain(struct ring *ring)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    while (head != tail) {
        const char *from = ring->bytes + head % RING_BYTES;
        struct ring_header header;
        memcpy(&header, from, sizeof header);
        if (header.len == 0) {
            head += RING_BYTES - head % RING_BYTES;
            continue;
        }
        for (size_t i = 0; i < header.len; i++)
            subject_sum += (unsigned char)from[sizeof header + i];
        head += sizeof header + (header.len + RING_ALIGN - 1) / RING_ALIGN * RING_ALIGN;
    }
    atomic_store_explicit(&ring->head, head, memory_order_release);
}

static void *ring_consume(void *unused)
{
    (void)unused;
    for (;;) {
        int last = atomic_load_explicit(&subject_ends, memory_order_acquire);
        for (size_t i = 0; i < subject_ring_count; i++)
            ring_drain(&subject_rings[i]);
        if (last)
            return NULL;
        usleep(CONSUMER_NAP_US);
    }
}

static inline void subject_open(const char *path, size_t threads)
{
    (void)path;
    subject_ring_count = threads;
    subject_rings = (struct ring *)aligned_alloc(_Alignof(struct ring), threads * sizeof(struct ring));
    REQUIRE(subject_rings != NULL);
    memset(subject_rings, 0, threads * sizeof(struct ring));
    REQUIRE(pthread_create(&subject_consumer, NULL, ring_consume, NULL) == 0);
}

static inline void subject_thread(size_t index)
{
    subject_ring = &subject_rings[index];
}

static inline void subject_close(void)
{
    atomic_store_explicit(&subject_ends, 1, memory_order_release);
    REQUIRE(pthread_join(subject_consumer, NULL) == 0);
    REQUIRE(subject_sum > 0);
    free(subject_rings);
}

static inline size_t subject_line_bytes(void)
{
    return 0;
}
