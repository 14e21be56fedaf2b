/*
 * What alog costs a program that does not log: a logger is made, logs, and is left alone.
 *
 *     idle SECONDS FILE
 *
 * Results, of the worker's thread and over SECONDS: wakeups_per_s: how often it was woken; cpu_us_per_s: how long
 * it ran, in microseconds of processor time for each second.
 */
#include "subject/alog.h"

#include <dirent.h>
#include <unistd.h>

/* Longer than the worker takes to find out that there is nothing to do. */
enum { SETTLE_MS = 500 };

/* The first line of a file of the worker's directory below /proc that begins with `key`. */
static void worker_line(const char *worker, const char *file, const char *key, char line[256])
{
    char path[512];
    snprintf(path, sizeof path, "/proc/self/task/%s/%s", worker, file);
    FILE *stream = fopen(path, "re");
    REQUIRE(stream != NULL);
    do
        REQUIRE(fgets(line, 256, stream));
    while (strncmp(line, key, strlen(key)) != 0);
    fclose(stream);
}

static void find_worker(char worker[256])
{
    DIR *tasks = opendir("/proc/self/task");
    REQUIRE(tasks != NULL);
    for (struct dirent *task = readdir(tasks);; task = readdir(tasks)) {
        char name[256];
        REQUIRE(task != NULL); /* else there is no worker */
        if (task->d_name[0] == '.')
            continue;
        worker_line(task->d_name, "comm", "", name);
        if (strcmp(name, "alog-worker\n") == 0) {
            snprintf(worker, 256, "%s", task->d_name);
            break;
        }
    }
    closedir(tasks);
}

struct usage {
    uint64_t switches, cpu_ns;
};

static struct usage worker_usage(const char *worker)
{
    static const char KEY[] = "voluntary_ctxt_switches:";
    char line[256];
    struct usage usage;
    worker_line(worker, "status", KEY, line);
    usage.switches = strtoull(line + sizeof KEY - 1, NULL, 10);
    worker_line(worker, "schedstat", "", line);
    usage.cpu_ns = strtoull(line, NULL, 10);
    return usage;
}

int main(int count, char **arguments)
{
    char worker[256];
    REQUIRE(count == 3);
    size_t seconds = argument_number(arguments[1]);
    subject_open(arguments[2], 1);
    subject_log(MESSAGE, MESSAGE_BYTES);
    usleep(SETTLE_MS * 1000);
    find_worker(worker);
    struct usage before = worker_usage(worker);
    sleep((unsigned)seconds);
    struct usage after = worker_usage(worker);
    printf("wakeups_per_s\t%.2f\n", (double)(after.switches - before.switches) / (double)seconds);
    printf("cpu_us_per_s\t%.2f\n", (double)(after.cpu_ns - before.cpu_ns) / 1000 / (double)seconds);
    subject_close();
    unlink(arguments[2]);
    return 0;
}
