/*
 * A program in C that loads a part in Go (examples/together/service), and ends as it is told: host LIBRARY LOG END.
 *
 * END is "return" or "exit": without a stop, from main or on a thread of its own. The library's exit hook then writes
 * what the part in Go has logged, which a program that is all Go has to ask for. With "unload" the part is loaded, used
 * and unloaded again and again while the writer thread works; every other time it says before that it is done.
 */
#include <alog.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORDERS = 2000, THREADS = 4, ROUNDS = 100 };

static int (*begin)(void);
static void (*end)(void);
static int32_t (*pay)(int64_t order, int64_t cents);

static void fail(const char *what)
{
    fprintf(stderr, "host: %s\n", what);
    exit(2);
}

/* A function of the part; through memory, for C99 has no conversion between pointers to data and to code. */
static void load(void *part, const char *name, void *function, size_t size)
{
    void *const found = dlsym(part, name);
    if (found == NULL)
        fail(name);
    memcpy(function, &found, size);
}

static void *load_part(const char *path)
{
    void *const part = dlopen(path, RTLD_NOW);
    if (part == NULL)
        fail(dlerror());
    load(part, "begin", &begin, sizeof begin);
    load(part, "end", &end, sizeof end);
    load(part, "pay", &pay, sizeof pay);
    if (begin() != 0)
        fail("the part has found no logger");
    return part;
}

static void load_and_unload(const char *path)
{
    int round;
    int64_t order;
    for (round = 0; round < ROUNDS; round++) {
        void *const part = load_part(path);
        for (order = round; order < ORDERS; order += ROUNDS) {
            if (pay(order, 100) != 0)
                fail("not paid");
        }
        if (round % 2 != 0)
            end();
        if (dlclose(part) != 0)
            fail(dlerror());
    }
}

static void *work(void *number)
{
    int64_t order;
    for (order = *(const int *)number; order < ORDERS; order += THREADS) {
        if (pay(order, 100) != 0)
            fail("not paid");
    }
    return NULL;
}

static void *leave(void *unused)
{
    exit(unused != NULL);
}

int main(int argc, char **argv)
{
    char sink[512];
    alog_config *config;
    alog_logger log;
    pthread_t threads[THREADS];
    int numbers[THREADS], i;
    if (argc != 4 || snprintf(sink, sizeof sink, "file:%s", argv[2]) >= (int)sizeof sink)
        fail("LIBRARY LOG END");
    if (alog_config_new(&config) != ALOG_OK || alog_config_set(config, "name", "shop", NULL) != ALOG_OK ||
        alog_config_add_sink(config, sink, NULL) != ALOG_OK || alog_new(config, &log, NULL) != ALOG_OK)
        fail("no logger");
    alog_config_free(config);
    if (strcmp(argv[3], "unload") == 0) {
        load_and_unload(argv[1]);
        return 0;
    }
    load_part(argv[1]);
    for (i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, work, &numbers[i]) != 0)
            fail("no thread");
    }
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    if (strcmp(argv[3], "exit") == 0) {
        if (pthread_create(&threads[0], NULL, leave, NULL) != 0)
            fail("no thread");
        pthread_join(threads[0], NULL);
    }
    return 0;
}
