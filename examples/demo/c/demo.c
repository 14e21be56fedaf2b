/*
 * Pushes every line of a file through alog from four threads, into one sink that works and one that
 * does not, and says what happened.
 *
 *   demo INPUT OUTPUT
 *
 * Line n goes to thread (n - 1) % 4 as the message "c.t<thread> #<n> <line>". The report on standard
 * output is one "name value" per line; verify.py reads it, and checks OUTPUT against INPUT.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <alog.h>

enum { THREADS = 4 };

struct line {
    char *message;
    size_t length;
};

struct producer {
    alog_logger log;
    const struct line *lines;
    size_t first, count;
    int64_t *call_ns; /* one for each line; threads write to different ones */
    uint64_t refused;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "demo: %s: %s\n", what, why);
    exit(1);
}

static void *allocate(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (memory == NULL)
        die("memory", strerror(errno));
    return memory;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Every line of the file as the message that its thread is going to log. */
static struct line *read_messages(const char *path, size_t *out_count)
{
    struct line *lines = NULL;
    size_t count = 0, space = 0, buffer_size = 0;
    char *buffer = NULL;
    ssize_t length;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        die(path, strerror(errno));
    while ((length = getline(&buffer, &buffer_size, file)) >= 0) {
        if (length > 0 && buffer[length - 1] == '\n')
            length--;
        if (count == space) {
            space = space ? 2 * space : 1024;
            lines = realloc(lines, space * sizeof *lines);
            if (lines == NULL)
                die("memory", strerror(errno));
        }
        char prefix[64];
        int prefix_length = snprintf(prefix, sizeof prefix, "c.t%zu #%zu ", count % THREADS, count + 1);
        struct line *line = &lines[count++];
        line->length = (size_t)prefix_length + (size_t)length;
        line->message = allocate(line->length);
        memcpy(line->message, prefix, (size_t)prefix_length);
        memcpy(line->message + prefix_length, buffer, (size_t)length);
    }
    if (ferror(file))
        die(path, strerror(errno));
    fclose(file);
    free(buffer);
    *out_count = count;
    return lines;
}

static void check(alog_status status, const alog_error *error)
{
    if (status != ALOG_OK)
        die(alog_status_str(status), error->message);
}

static alog_logger new_logger(const char *output)
{
    alog_config *config;
    alog_logger log;
    alog_error error = {0};
    char sink[4096];
    snprintf(sink, sizeof sink, "file:%s", output);
    check(alog_config_new(&config), &error);
    check(alog_config_set(config, "max_message_bytes", "64MiB", &error), &error);
    check(alog_config_add_sink(config, sink, &error), &error);
    check(alog_config_add_sink(config, "file:/dev/full", &error), &error);
    check(alog_new(config, &log, &error), &error);
    alog_config_free(config);
    return log;
}

static void *produce(void *argument)
{
    struct producer *self = argument;
    for (size_t i = self->first; i < self->count; i += THREADS) {
        const struct line *line = &self->lines[i];
        int64_t begin = now_ns();
        alog_status status = alog_write(self->log, ALOG_LEVEL_INFO, line->message, line->length);
        self->call_ns[i] = now_ns() - begin;
        if (status != ALOG_OK)
            self->refused++;
    }
    return NULL;
}

static void print_errors(alog_logger log)
{
    alog_error error;
    while (alog_poll_error(log, &error) == ALOG_OK)
        printf("error %llu %s: %s\n", (unsigned long long)error.count, error.origin, error.message);
}

static int by_value(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* What reading the clock twice costs: contained in every figure of a call. */
static int64_t clock_cost_ns(void)
{
    enum { SAMPLES = 1001 };
    int64_t sample[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
        int64_t begin = now_ns();
        sample[i] = now_ns() - begin;
    }
    qsort(sample, SAMPLES, sizeof *sample, by_value);
    return sample[SAMPLES / 2];
}

int main(int argc, char **argv)
{
    if (argc != 3)
        die("usage", "demo INPUT OUTPUT");
    size_t count;
    struct line *lines = read_messages(argv[1], &count);
    if (count == 0)
        die(argv[1], "has no lines");
    int64_t *call_ns = allocate(count * sizeof *call_ns);
    alog_logger log = new_logger(argv[2]);

    pthread_t threads[THREADS];
    struct producer producers[THREADS];
    uint64_t refused = 0;
    int64_t begin = now_ns();
    for (size_t t = 0; t < THREADS; t++) {
        producers[t] = (struct producer){log, lines, t, count, call_ns, 0};
        if (pthread_create(&threads[t], NULL, produce, &producers[t]) != 0)
            die("thread", "cannot be started");
    }
    for (size_t t = 0; t < THREADS; t++) {
        pthread_join(threads[t], NULL);
        refused += producers[t].refused;
    }
    print_errors(log); /* those so far */
    alog_status stopped = alog_stop(log, 60000);
    int64_t end = now_ns();
    if (stopped != ALOG_OK)
        die("stop", alog_status_str(stopped));
    print_errors(log); /* those of the last lines */

    alog_sink_stats sink;
    if (alog_sink_stats_get(log, 0, &sink) != ALOG_OK)
        die("statistics", "not there");
    alog_free(log);

    qsort(call_ns, count, sizeof *call_ns, by_value);
    printf("lines %zu\nwritten %llu\nrefused %llu\n", count, (unsigned long long)sink.written,
           (unsigned long long)refused);
    printf("p50_ns %lld\np99_ns %lld\nmax_ns %lld\nclock_ns %lld\n", (long long)call_ns[count / 2],
           (long long)call_ns[count * 99 / 100], (long long)call_ns[count - 1], (long long)clock_cost_ns());
    printf("lines_per_second %.0f\n", (double)count * 1e9 / (double)(end - begin));
    for (size_t i = 0; i < count; i++)
        free(lines[i].message);
    free(lines);
    free(call_ns);
    return 0;
}
