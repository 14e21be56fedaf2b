/*
 * Signals at a high rate: the host's handlers run on host threads only, no call leaks an EINTR, and a handler
 * that logs gets a status.
 */
#include "sequence.h"
#include "tasks.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

enum { WRITERS = 2, SIGNALS = 2000, EVERY_MICROSECONDS = 100 };

static int internal_tasks[MOST_TASKS], internal_count; /* set before the storm begins */
static alog_logger handler_log;                        /* set before the storm begins */
static volatile int handler_logs;
static uint64_t handled, handled_inside, handler_accepted, handler_refused;

static void on_signal(int number)
{
    int saved = errno, task = (int)syscall(SYS_gettid), i;
    (void)number;
    __atomic_add_fetch(&handled, 1, __ATOMIC_RELAXED);
    for (i = 0; i < internal_count; i++)
        if (internal_tasks[i] == task)
            __atomic_add_fetch(&handled_inside, 1, __ATOMIC_RELAXED);
    if (handler_logs) {
        alog_status status = alog_write(handler_log, ALOG_LEVEL_INFO, "9 signal", 8);
        __atomic_add_fetch(status == ALOG_OK ? &handler_accepted : &handler_refused, 1, __ATOMIC_RELAXED);
    }
    errno = saved;
}

static uint64_t load(uint64_t *number)
{
    return __atomic_load_n(number, __ATOMIC_RELAXED);
}

/* Starts or ends (0) the storm. Without SA_RESTART, so that system calls are really interrupted. */
static void storm(int every_microseconds)
{
    struct itimerval timer;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = every_microseconds ? on_signal : SIG_IGN;
    sigemptyset(&action.sa_mask);
    memset(&timer, 0, sizeof timer);
    timer.it_value.tv_usec = timer.it_interval.tv_usec = every_microseconds;
    if (every_microseconds)
        CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
    if (!every_microseconds) {
        CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
        action.sa_handler = SIG_DFL;
        CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
        alarm(CHECK_SECONDS);
    }
}

static alog_logger logger_with_known_threads(int handler_writes)
{
    int before[MOST_TASKS], during[MOST_TASKS], count, i;
    CHECK_EQ(list_tasks(before), 1);
    handler_log = logger_to(TO_FILE, "format=raw queue_bytes=64KiB");
    count = list_tasks(during);
    internal_count = 0;
    for (i = 0; i < count; i++)
        if (during[i] != before[0])
            internal_tasks[internal_count++] = during[i];
    CHECK(internal_count > 0);
    handled = handled_inside = handler_accepted = handler_refused = 0;
    handler_logs = handler_writes;
    return handler_log;
}

struct writer {
    alog_logger log;
    int number;
    uint64_t accepted;
};

static void *write_during_the_storm(void *argument)
{
    struct writer *writer = (struct writer *)argument;
    while (load(&handled) < SIGNALS)
        CHECK_OK(say_next(writer->log, writer->number, &writer->accepted));
    return NULL;
}

/* Joined threads may be listed for a moment longer; the next logger must not take them for internal ones. */
static void wait_for_single_task(void)
{
    int tasks[MOST_TASKS];
    while (list_tasks(tasks) > 1)
        sched_yield();
}

static void handlers_run_on_host_threads_only_and_no_call_is_interrupted(void)
{
    alog_logger log = logger_with_known_threads(0);
    struct writer writers[WRITERS];
    uint64_t accepted[WRITERS + 1];
    pthread_t threads[WRITERS];
    alog_stats stats;
    int i;
    for (i = 0; i < WRITERS; i++) {
        struct writer writer = {log, i, 0};
        writers[i] = writer;
        CHECK_EQ(pthread_create(&threads[i], NULL, write_during_the_storm, &writers[i]), 0);
    }
    accepted[WRITERS] = 0;
    storm(EVERY_MICROSECONDS);
    while (load(&handled) < SIGNALS) {
        char message[48];
        int len = snprintf(message, sizeof message, "%d %d", WRITERS, (int)accepted[WRITERS]++);
        CHECK_OK(alog_write_sync(log, ALOG_LEVEL_INFO, message, (size_t)len, -1, NULL));
        CHECK_OK(alog_flush(log, -1));
    }
    for (i = 0; i < WRITERS; i++) {
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
        accepted[i] = writers[i].accepted;
    }
    CHECK_OK(alog_stop(log, -1));
    storm(0);
    CHECK_EQ(handled_inside, 0);
    stats = close_account(log);
    CHECK_EQ(stats.written, accepted[0] + accepted[1] + accepted[2]);
    check_sequences(LOG_FILE, WRITERS + 1, accepted);
    FIGURES("signals every %d us: handled %llu, of which on threads of the library 0, accepted %llu, written %llu, calls "
            "interrupted 0, lost 0, out of order 0", EVERY_MICROSECONDS, (unsigned long long)load(&handled),
            (unsigned long long)stats.accepted, (unsigned long long)stats.written);
    wait_for_single_task();
}

/* Every signal that can be caught; not those that the C library keeps for itself. */
static int is_for_programs(int number)
{
    return number != SIGKILL && number != SIGSTOP && (number < 32 || number >= SIGRTMIN);
}

static void *kill_until_done(void *argument)
{
    int *numbers = (int *)argument, number;
    while (load(&handled) < SIGNALS)
        for (number = 1; number <= SIGRTMAX; number++)
            if (is_for_programs(number)) {
                CHECK_EQ(kill(getpid(), number), 0);
                numbers[number] = 1;
                sched_yield();
            }
    return NULL;
}

/* One signal of each kind after the other, to the process: whichever of its threads takes them. */
static void signals_of_every_kind_run_the_hosts_handlers_on_host_threads_only(void)
{
    alog_logger log = logger_with_known_threads(0);
    struct sigaction action, before[65];
    int numbers[65] = {0}, kinds = 0, number;
    uint64_t accepted = 0;
    pthread_t killer;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    for (number = 1; number <= SIGRTMAX; number++)
        if (is_for_programs(number))
            CHECK_EQ(sigaction(number, &action, &before[number]), 0);
    CHECK_EQ(pthread_create(&killer, NULL, kill_until_done, numbers), 0);
    while (load(&handled) < SIGNALS) {
        CHECK_OK(say_next(log, 0, &accepted));
        if (accepted % 16 == 0)
            CHECK_OK(alog_flush(log, -1));
    }
    CHECK_EQ(pthread_join(killer, NULL), 0);
    CHECK_OK(alog_stop(log, -1));
    for (number = 1; number <= SIGRTMAX; number++)
        if (is_for_programs(number)) {
            struct sigaction now;
            CHECK_EQ(sigaction(number, &before[number], &now), 0);
            CHECK(now.sa_handler == on_signal); /* nobody put another one there */
            kinds += numbers[number];
        }
    CHECK_EQ(handled_inside, 0);
    CHECK_EQ(close_account(log).written, accepted);
    check_sequences(LOG_FILE, 1, &accepted);
    FIGURES("signals of %d kinds: handled %llu, of which on threads of the library 0, accepted %llu, written %llu, calls "
            "interrupted 0, lost 0, out of order 0", kinds, (unsigned long long)load(&handled),
            (unsigned long long)accepted, (unsigned long long)accepted);
    wait_for_single_task();
}

/* Takes all errors: how many refused messages they stand for. */
static uint64_t refusals_told(alog_logger log)
{
    alog_error error;
    uint64_t count = 0;
    while (alog_poll_error(log, &error) == ALOG_OK) {
        CHECK_EQ(error.code, ALOG_ERR_WOULD_DEADLOCK);
        count += error.count;
    }
    return count;
}

static void a_handler_that_logs_gets_a_status_whatever_it_interrupts(void)
{
    alog_logger log = logger_with_known_threads(1);
    uint64_t written_here = 0, in_file = 0, told = 0;
    alog_stats stats;
    char *text, *cursor, *line;
    CHECK_OK(say_next(log, 0, &written_here)); /* this thread has its queue before it is interrupted */
    storm(EVERY_MICROSECONDS);
    while (load(&handled) < SIGNALS) {
        int i;
        for (i = 0; i < 100; i++)
            CHECK_OK(say_next(log, 0, &written_here));
        CHECK_OK(alog_flush(log, -1));
        told += refusals_told(log);
        stats = stats_of(log);
        check_balance(&stats);
    }
    storm(0);
    CHECK_EQ(handled_inside, 0);
    CHECK_OK(alog_stop(log, -1));
    told += refusals_told(log);
    CHECK_EQ(told, handler_refused);
    stats = close_account(log);
    CHECK_EQ(stats.attempted, written_here + handler_accepted + handler_refused);
    CHECK_EQ(stats.written, written_here + handler_accepted);
    CHECK(handler_accepted > 0);
    text = cursor = read_file(LOG_FILE, NULL);
    while ((line = next_line(&cursor)) != NULL)
        in_file += strcmp(line, "9 signal") == 0;
    CHECK_EQ(in_file, handler_accepted);
    FIGURES("handlers that log: accepted %llu, written %llu, refused and told %llu, lost 0",
            (unsigned long long)handler_accepted, (unsigned long long)in_file, (unsigned long long)handler_refused);
    free(text);
    wait_for_single_task();
}

int main(void)
{
    check_begin();
    RUN(handlers_run_on_host_threads_only_and_no_call_is_interrupted);
    RUN(signals_of_every_kind_run_the_hosts_handlers_on_host_threads_only);
    RUN(a_handler_that_logs_gets_a_status_whatever_it_interrupts);
    return check_end();
}
