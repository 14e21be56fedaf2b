/*
 * contract_dlopen LIBRARY: the library loaded, used and unloaded in a loop while its writer thread works.
 *
 * The program is not linked with the library; every function comes from dlsym().
 */
#include "check.h"

#include <dlfcn.h>

enum { ROUNDS = 100, MESSAGES = 200 };

struct library {
    void *handle;
    alog_status (*config_new)(alog_config **);
    alog_status (*config_add_sink)(alog_config *, const char *, alog_error *);
    void (*config_free)(alog_config *);
    alog_status (*make)(const alog_config *, alog_logger *, alog_error *);
    alog_status (*write)(alog_logger, alog_level, const char *, size_t);
    alog_status (*stats_get)(alog_logger, alog_stats *);
    alog_status (*stop)(alog_logger, int64_t);
    alog_status (*free)(alog_logger);
};

/* POSIX' own way to turn what dlsym() returns into a function. */
static void find(void *handle, const char *name, void *out_function)
{
    void *symbol = dlsym(handle, name);
    CHECK(symbol != NULL);
    memcpy(out_function, &symbol, sizeof symbol);
}

static struct library load(const char *path)
{
    struct library library;
    library.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library.handle)
        fprintf(stderr, "%s\n", dlerror());
    CHECK(library.handle != NULL);
    find(library.handle, "alog_config_new", &library.config_new);
    find(library.handle, "alog_config_add_sink", &library.config_add_sink);
    find(library.handle, "alog_config_free", &library.config_free);
    find(library.handle, "alog_new", &library.make);
    find(library.handle, "alog_write", &library.write);
    find(library.handle, "alog_stats_get", &library.stats_get);
    find(library.handle, "alog_stop", &library.stop);
    find(library.handle, "alog_free", &library.free);
    return library;
}

static void write_messages(const struct library *library, alog_logger log)
{
    int i;
    for (i = 0; i < MESSAGES; i++)
        CHECK_OK(library->write(log, ALOG_LEVEL_INFO, "x", 1));
}

static void end(const struct library *library, alog_logger log)
{
    alog_stats stats;
    CHECK_OK(library->stop(log, -1));
    CHECK_OK(library->stats_get(log, &stats));
    check_balance(&stats);
    CHECK_EQ(stats.written, MESSAGES);
    CHECK_OK(library->free(log));
}

static void check_file(int messages)
{
    char *text = read_file(LOG_FILE, NULL), *cursor = text;
    int count = 0;
    while (next_line(&cursor) != NULL)
        count++;
    CHECK_EQ(count, messages);
    free(text);
}

/* Every other logger is still at work when its library is closed; a later dlopen() finds it alive. */
static void load_log_unload_in_a_loop_writes_everything(const char *path)
{
    int round, rounds = check_times(ROUNDS);
    check_test = "load_log_unload_in_a_loop_writes_everything";
    for (round = 0; round < rounds; round++) {
        struct library library = load(path);
        alog_config *config;
        alog_logger log = {0};
        CHECK_OK(library.config_new(&config));
        CHECK_OK(library.config_add_sink(config, TO_FILE, NULL));
        CHECK_OK(library.make(config, &log, NULL));
        library.config_free(config);
        write_messages(&library, log);
        if (round % 2 == 0) {
            end(&library, log);
            CHECK_EQ(dlclose(library.handle), 0);
        } else {
            CHECK_EQ(dlclose(library.handle), 0);
            library = load(path);
            end(&library, log);
            CHECK_EQ(dlclose(library.handle), 0);
        }
    }
    check_file(rounds * MESSAGES);
    FIGURES("dlopen, log, dlclose: rounds %d, half of them closed while the worker runs; accepted %d, written %d, lost 0, "
            "duplicated 0, torn 0", rounds, rounds * MESSAGES, rounds * MESSAGES);
    printf("ok %s\n", check_test);
}

int main(int argc, char **argv)
{
    char *path;
    if (argc != 2) {
        fprintf(stderr, "usage: %s LIBRARY\n", argv[0]);
        return 2;
    }
    path = realpath(argv[1], NULL);
    CHECK(path != NULL);
    check_begin();
    load_log_unload_in_a_loop_writes_everything(path);
    free(path);
    return check_end();
}
