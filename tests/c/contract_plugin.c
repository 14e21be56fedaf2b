/*
 * contract_plugin PLUGIN: a plugin that has the static library in it is unloaded while its logger runs, and while a thread
 * lives that has logged. Nothing that runs later finds its code gone.
 *
 * The program is not linked with the library.
 */
#include "check.h"

#include <dlfcn.h>
#include <pthread.h>

#define LOG "plugin.log"

static const char *path;

static size_t count_lines(void)
{
    char *text = read_file(LOG, NULL), *at;
    size_t count = 0;
    for (at = text; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    free(text);
    return count;
}

/* A thread that logs by a plugin and unloads it: what runs at its end is code of the plugin. */
static void *load_log_unload(void *frees)
{
    int (*log)(const char *, int);
    void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL), *symbol;
    if (!plugin)
        fprintf(stderr, "%s\n", dlerror());
    CHECK(plugin != NULL);
    symbol = dlsym(plugin, "plugin_log");
    CHECK(symbol != NULL);
    memcpy(&log, &symbol, sizeof log);
    CHECK_EQ(log("file:" LOG "?format=raw", frees != NULL), 0);
    CHECK_EQ(dlclose(plugin), 0);
    return NULL;
}

static void ten_times(int frees)
{
    pthread_t thread;
    int round;
    for (round = 0; round < 10; round++) {
        CHECK_EQ(pthread_create(&thread, NULL, load_log_unload, frees ? &thread : NULL), 0);
        CHECK_EQ(pthread_join(thread, NULL), 0);
    }
}

static void a_plugin_that_frees_its_logger_may_be_unloaded_before_the_threads_that_logged_end(void)
{
    ten_times(1);
    CHECK_EQ(count_lines(), 100);
}

static void a_plugin_that_leaves_its_logger_running_may_be_unloaded_and_its_lines_arrive(void)
{
    ten_times(0);
    while (count_lines() < 200)
        sched_yield();
}

int main(int count, char **arguments)
{
    CHECK_EQ(count, 2);
    path = arguments[1];
    check_begin();
    RUN(a_plugin_that_frees_its_logger_may_be_unloaded_before_the_threads_that_logged_end);
    RUN(a_plugin_that_leaves_its_logger_running_may_be_unloaded_and_its_lines_arrive);
    return check_end();
}
