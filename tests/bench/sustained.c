/*
 * As many lines as possible: some threads share LINES messages of 64 bytes and log them without a pause.
 * The time is that from the first call until every line is handed to the operating system.
 *
 *     sustained THREADS LINES FILE
 *
 * Results: lines_per_s; user_s_per_mline, kernel_s_per_mline: processor seconds of all threads for a million
 * lines, in the program and in its system calls; rss_bytes: the most memory that was resident; caller_s: until
 * the last call returned; line_bytes: how long the lines are. The file is read again, and its lines are counted.
 */
#include SUBJECT

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

struct producer {
    pthread_t thread;
    size_t index, lines;
};

/* No format has longer lines. */
enum { LINE_BYTES_MAX = 136 };

static pthread_barrier_t start;

static void *produce(void *argument)
{
    struct producer *producer = (struct producer *)argument;
    subject_thread(producer->index);
    pthread_barrier_wait(&start);
    for (size_t i = 0; i < producer->lines; i++)
        subject_log(MESSAGE, MESSAGE_BYTES);
    return NULL;
}

/* Processor seconds of all threads so far. */
struct cpu {
    double user, kernel;
};

static struct cpu cpu_used(void)
{
    struct rusage usage;
    REQUIRE(getrusage(RUSAGE_SELF, &usage) == 0);
    struct cpu cpu = {(double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6,
                      (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6};
    return cpu;
}

/* Not ru_maxrss: that one remembers the program that started this one. */
static uint64_t peak_resident_bytes(void)
{
    char line[256];
    unsigned long long kib = 0;
    FILE *status = fopen("/proc/self/status", "re");
    REQUIRE(status != NULL);
    while (fgets(line, sizeof line, status) && sscanf(line, "VmHWM: %llu kB", &kib) != 1)
        ;
    fclose(status);
    return kib * 1024;
}

/*
 * Writes as many bytes as will be measured, and throws them away: the file system's cache then has the memory.
 * A virtual machine may have to ask for it, which takes longer than the writing, and hits whoever comes first.
 */
static void warm_file_cache(const char *path, size_t bytes)
{
    static char block[1 << 20];
    FILE *file = fopen(path, "we");
    REQUIRE(file != NULL && setvbuf(file, NULL, _IONBF, 0) == 0);
    for (size_t done = 0; done < bytes; done += sizeof block)
        REQUIRE(fwrite(block, 1, sizeof block, file) == sizeof block);
    REQUIRE(fclose(file) == 0 && unlink(path) == 0);
}

/* Every line is there. */
static void check_file(const char *path, size_t lines)
{
    static char block[1 << 20];
    size_t bytes = 0, newlines = 0, got;
    if (!SUBJECT_WRITES_FILE)
        return;
    FILE *file = fopen(path, "re");
    REQUIRE(file != NULL && setvbuf(file, NULL, _IONBF, 0) == 0);
    while ((got = fread(block, 1, sizeof block, file)) > 0) {
        bytes += got;
        for (const char *at = block; (at = memchr(at, '\n', (size_t)(block + got - at))); at++)
            newlines++;
    }
    REQUIRE(fclose(file) == 0);
    REQUIRE(newlines == lines);
    if (subject_line_bytes() > 0)
        REQUIRE(bytes == lines * subject_line_bytes());
    printf("line_bytes\t%.1f\n", (double)bytes / (double)lines);
    REQUIRE(unlink(path) == 0);
}

int main(int count, char **arguments)
{
    static struct producer producers[THREADS_MAX];
    REQUIRE(count == 4);
    size_t threads = argument_number(arguments[1]), lines = argument_number(arguments[2]);
    REQUIRE(threads <= THREADS_MAX && lines % threads == 0);
    REQUIRE(pthread_barrier_init(&start, NULL, (unsigned)threads + 1) == 0);

    warm_file_cache(arguments[3], lines * LINE_BYTES_MAX);
    subject_open(arguments[3], threads);
    for (size_t i = 0; i < threads; i++) {
        producers[i].index = i;
        producers[i].lines = lines / threads;
        REQUIRE(pthread_create(&producers[i].thread, NULL, produce, &producers[i]) == 0);
    }
    struct cpu before = cpu_used();
    uint64_t begin = now_ns();
    pthread_barrier_wait(&start);
    for (size_t i = 0; i < threads; i++)
        REQUIRE(pthread_join(producers[i].thread, NULL) == 0);
    uint64_t called = now_ns();
    subject_close();
    double seconds = (double)(now_ns() - begin) / 1e9;
    struct cpu after = cpu_used();
    double million = (double)lines / 1e6;

    printf("lines_per_s\t%.0f\n", (double)lines / seconds);
    printf("user_s_per_mline\t%.4f\n", (after.user - before.user) / million);
    printf("kernel_s_per_mline\t%.4f\n", (after.kernel - before.kernel) / million);
    printf("rss_bytes\t%llu\n", (unsigned long long)peak_resident_bytes());
    printf("caller_s\t%.4f\n", (double)(called - begin) / 1e9);
    check_file(arguments[3], lines);
    return 0;
}
