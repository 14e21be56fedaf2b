/*
 * Whichever allocation or system call fails in the life of a logger: the process lives, nothing hangs, the account is
 * exact, and no thread or descriptor is left. Each is tried in a child of its own.
 */
#include "scarce.h"
#include "tasks.h"

#include <signal.h>

#include <sys/wait.h>

#define SAID "stderr.txt"

enum { WRITERS = 2, RECORDS = 40, HANG_SECONDS = 20, TIMEOUT_MS = 500, MOST_CALLS = 1000000, BEYOND = 100, MOST_SECONDS = 280 };

struct writer {
    alog_logger log, child;
    uint64_t accepted, attempted;
};

static uint64_t refused; /* calls that gave an error */

static alog_status note(alog_status status)
{
    CHECK(status != ALOG_ERR_PANIC);
    CHECK(status >= 0 || alog_status_str(status)[0] != '\0');
    if (status < 0)
        __atomic_add_fetch(&refused, 1, __ATOMIC_RELAXED);
    return status;
}

static void *write_some(void *argument)
{
    struct writer *writer = (struct writer *)argument;
    int i;
    for (i = 0; i < RECORDS; i++) {
        alog_logger log = i % 4 == 0 && writer->child.id != 0 ? writer->child : writer->log;
        alog_field field = {"number", 6, ALOG_FIELD_I64, 0, {0}};
        alog_entry entry = {"with a field", 12, &field, 1, ALOG_BY_POLICY, ALOG_LEVEL_INFO, 0, 0, 0};
        alog_status status;
        field.value.i64 = i;
        writer->attempted++;
        status = i % 2 ? alog_log(log, &entry) : say(log, "a record of the usual length, which is not much");
        writer->accepted += note(status) == ALOG_OK;
    }
    return NULL;
}

static alog_config *make_config(const char *file)
{
    alog_config *config = NULL;
    alog_error error;
    if (note(alog_config_new(&config)) != ALOG_OK)
        return NULL;
    note(alog_config_set(config, "format", "json", &error));
    note(alog_config_set(config, "queue_bytes", "4KiB", &error));
    note(alog_config_set(config, "level", "debug", &error));
    note(alog_config_add_sink(config, file, &error));
    note(alog_config_add_sink(config, "memory:last?records=10", &error));
    return config;
}

/* The life of a logger: all that a program may call. */
static uint64_t live(int kind, uint64_t from, uint64_t count)
{
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    int started[WRITERS], i, made, derived = 0;
    alog_logger log = {0}, child = {0};
    alog_config *config, *other, *named = NULL;
    alog_error error;
    alog_stats stats;
    uint64_t accepted = 0, errors = 0;
    alog_status synced = ALOG_ERR_HANDLE;
    char lines[4096];
    size_t len;

    memset(writers, 0, sizeof writers);
    scarce_arm(kind, from, count);
    config = make_config("file:test.log?rotate_size=4KiB&keep=3");
    made = note(alog_new(config, &log, &error)) == ALOG_OK;
    if (made) {
        if (note(alog_config_new(&named)) == ALOG_OK) {
            note(alog_config_set(named, "name", "child", &error));
            derived = note(alog_child_new(log, named, &child, &error)) == ALOG_OK;
        }
        for (i = 0; i < WRITERS; i++) {
            writers[i].log = log;
            writers[i].child = child;
            started[i] = pthread_create(&threads[i], NULL, write_some, &writers[i]) == 0;
        }
        for (i = 0; i < WRITERS; i++)
            if (started[i])
                CHECK_EQ(pthread_join(threads[i], NULL), 0);
        write_some(&writers[0]);
        note(alog_flush(log, TIMEOUT_MS));
        note(alog_rotate(log));
        note(alog_flush(log, TIMEOUT_MS));
        note(alog_levels_set(log, "info", &error));
        other = make_config("file:other.log");
        note(alog_reload(log, other, &error));
        alog_config_free(other);
        write_some(&writers[1]);
        synced = note(alog_write_sync(log, ALOG_LEVEL_INFO, "synchronous", 11, TIMEOUT_MS, &error));
        note(alog_flush(log, TIMEOUT_MS));
        note(alog_stats_get(log, &stats));
        note(alog_memory_read(log, "last", lines, sizeof lines, &len, NULL));
        if (derived)
            note(alog_free(child));
        note(alog_stop(log, TIMEOUT_MS));
    }
    scarce_disarm();
    alog_config_free(config);
    alog_config_free(named);
    if (!made)
        return 0;
    CHECK_OK(alog_stop(log, -1));
    stats = stats_of(log);
    check_balance(&stats);
    CHECK_EQ(stats.pending, 0);
    for (i = 0; i < WRITERS; i++)
        accepted += writers[i].accepted;
    /* A synchronous write that fails was accepted or not: its status says what became of the record. */
    CHECK(stats.accepted == accepted + 1 || (synced != ALOG_OK && stats.accepted == accepted));
    while (alog_poll_error(log, &error) == ALOG_OK)
        errors += error.count;
    CHECK(errors > 0 || stats.failed + stats.dropped[ALOG_DROP_OLDEST] == 0);
    CHECK_OK(alog_free(log));
    return stats.accepted;
}

static int count_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;
    CHECK(dir != NULL);
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

/* What a child found out. */
struct outcome {
    int status;        /* as waitpid() gives it */
    uint64_t failed;   /* so many calls failed */
    uint64_t refused;  /* so many calls of the library gave an error */
    uint64_t accepted; /* so many records it took */
};

static struct outcome live_in_child(int kind, uint64_t from, uint64_t count)
{
    struct outcome *told = (struct outcome *)mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct outcome outcome;
    pid_t child;
    CHECK(told != MAP_FAILED);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        int tasks[MOST_TASKS], before, said = open(SAID, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        CHECK(dup2(said, STDERR_FILENO) >= 0 && close(said) == 0);
        alarm(HANG_SECONDS);
        before = count_descriptors();
        told->accepted = live(kind, from, count);
        while (list_tasks(tasks) > 1)
            sched_yield();
        CHECK_EQ(count_descriptors(), before);
        told->failed = scarce.failed;
        told->refused = refused;
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &outcome.status, 0), child);
    told->status = outcome.status;
    outcome = *told;
    munmap(told, sizeof *told);
    return outcome;
}

/* The folder of the log, with so many files of a log that was rotated before and never tidied. */
static void make_folder(int old_files)
{
    DIR *dir = opendir(".");
    struct dirent *entry;
    char name[64];
    int number;
    CHECK(dir != NULL);
    while ((entry = readdir(dir)) != NULL)
        (void)unlink(entry->d_name);
    closedir(dir);
    for (number = 1; number <= old_files; number++) {
        FILE *file;
        snprintf(name, sizeof name, "test.log.%d", number);
        file = fopen(name, "w");
        CHECK(file != NULL && fclose(file) == 0);
    }
}

/* Tries each call, or every `step`th, up to the first that is never reached; `count` fail in a row. */
static void whichever_call_fails(const char *what, int kind, uint64_t count, uint64_t step, int old_files)
{
    struct outcome sum = {0, 0, 0, 0};
    uint64_t n, last = 0;
    for (n = 1; n < MOST_CALLS && n <= last + BEYOND + step; n += step) { /* another run may make a few calls more */
        struct outcome outcome;
        make_folder(old_files);
        outcome = live_in_child(kind, n, count);
        if (outcome.status != 0)
            fprintf(stderr, "%s %llu: %#x\n%s", what, (unsigned long long)n, (unsigned)outcome.status, read_file(SAID, NULL));
        CHECK_EQ(outcome.status, 0);
        sum.refused += outcome.refused;
        sum.accepted += outcome.accepted;
        if (outcome.failed > 0)
            last = n;
    }
    CHECK(n < MOST_CALLS);
    FIGURES("%s: each of %llu fails%s; calls refused %llu, records accepted %llu, unaccounted 0, processes ended 0, hung 0, "
            "threads and descriptors left 0", what, (unsigned long long)((last + step - 1) / step),
            count > 1 ? ", and all that follow" : "", (unsigned long long)sum.refused, (unsigned long long)sum.accepted);
}

/* Those that make a child wait for its patience take long: all of them with `make torture`. */
static uint64_t step_of_long_ones(void)
{
    return check_times(1) > 1 ? 1 : 7;
}

static void whichever_allocation_fails_the_account_is_exact_and_nothing_is_left(void)
{
    whichever_call_fails("allocations", SCARCE_MEMORY, 1, 1, 0);
}

static void whichever_system_call_fails_the_account_is_exact_and_nothing_is_left(void)
{
    whichever_call_fails("system calls", SCARCE_CALLS, 1, 1, 0);
}

static void when_memory_runs_out_and_stays_so_the_account_is_exact_and_nothing_is_left(void)
{
    whichever_call_fails("allocations", SCARCE_MEMORY, UINT64_MAX, step_of_long_ones(), 0);
}

static void when_every_system_call_fails_from_then_on_the_account_is_exact_and_nothing_is_left(void)
{
    whichever_call_fails("system calls", SCARCE_CALLS, UINT64_MAX, step_of_long_ones(), 0);
}

static void in_a_folder_of_thousands_of_files_memory_that_runs_out_ends_no_process(void)
{
    whichever_call_fails("allocations beside 3000 files", SCARCE_MEMORY, UINT64_MAX, 571 * step_of_long_ones(), 3000);
}

int main(void)
{
    check_begin();
    alarm((unsigned)check_times(MOST_SECONDS)); /* two thousand processes */
    RUN(whichever_allocation_fails_the_account_is_exact_and_nothing_is_left);
    RUN(whichever_system_call_fails_the_account_is_exact_and_nothing_is_left);
    RUN(when_memory_runs_out_and_stays_so_the_account_is_exact_and_nothing_is_left);
    RUN(when_every_system_call_fails_from_then_on_the_account_is_exact_and_nothing_is_left);
    RUN(in_a_folder_of_thousands_of_files_memory_that_runs_out_ends_no_process);
    return check_end();
}
