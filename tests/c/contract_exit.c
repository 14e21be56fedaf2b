/*
 * The end of a process: what was accepted is written without a stop, and who logs late gets a status.
 *
 * Each test runs this program again as a child in one of the modes below. The child reports every message that
 * was accepted (but for the many of mode "many") on descriptor REPORT; the parent finds exactly those in the log.
 */
#include "check.h"

#include <sys/wait.h>

enum { REPORT = 20, MANY = 10000 };

static alog_logger child_log;

/* Logs and reports. A status that is not ALOG_OK must be a refusal, and no fault. */
static void say_and_report(const char *message)
{
    alog_status status = say(child_log, message);
    CHECK(status <= ALOG_OK && status != ALOG_ERR_PANIC);
    if (status == ALOG_OK)
        CHECK(dprintf(REPORT, "%s\n", message) > 0);
}

static void in_early_handler(void) { say_and_report("atexit, registered before alog_new"); }
static void in_late_handler(void) { say_and_report("atexit, registered after alog_new"); }

static pthread_key_t key;

/* The system runs key destructors again, in PTHREAD_DESTRUCTOR_ITERATIONS rounds, as long as one sets its key:
   this one counts the rounds down in the first character of its value. */
static void in_key_destructor(void *value)
{
    char *text = (char *)value;
    say_and_report(text);
    if (--text[0] > '0')
        CHECK_EQ(pthread_setspecific(key, text), 0);
}

static void *log_and_leave_a_key(void *value)
{
    CHECK_EQ(pthread_setspecific(key, value), 0);
    say_and_report("a thread that ends");
    return NULL;
}

static void *only_leave_a_key(void *value)
{
    CHECK_EQ(pthread_setspecific(key, value), 0);
    return NULL;
}

static void run_thread(void *(*body)(void *), char *value)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, body, value), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

#ifdef __cplusplus
struct logs_when_destroyed {
    const char *message;
    explicit logs_when_destroyed(const char *text) : message(text) {}
    void touch() const { CHECK(message != NULL); }
    ~logs_when_destroyed()
    {
        if (child_log.id != 0) /* only in the mode that made a logger */
            say_and_report(message);
    }
};

static logs_when_destroyed at_file_scope("destructor of a static object");
static thread_local logs_when_destroyed of_thread_before("thread_local, constructed before the first message");
static thread_local logs_when_destroyed of_thread_after("thread_local, constructed after the first message");

static void *log_between_thread_locals(void *)
{
    of_thread_before.touch();
    say_and_report("between two thread_local objects");
    of_thread_after.touch();
    return NULL;
}
#endif

/* What the child does between alog_new() and its exit. */
static void in_child(const char *mode)
{
    if (strcmp(mode, "many") == 0) {
        int i;
        for (i = 0; i < MANY; i++)
            CHECK_OK(say(child_log, "one of many"));
    } else if (strcmp(mode, "atexit") == 0) {
        CHECK_EQ(atexit(in_late_handler), 0);
        say_and_report("main");
    } else if (strcmp(mode, "keys") == 0) {
        static char after_logging[] = "4 rounds of key destructors of a thread that had logged";
        static char first_message[] = "4 rounds of key destructors of a thread that had not logged";
        CHECK_EQ(pthread_key_create(&key, in_key_destructor), 0);
        run_thread(log_and_leave_a_key, after_logging);
        run_thread(only_leave_a_key, first_message);
#ifdef __cplusplus
    } else if (strcmp(mode, "destructors") == 0) {
        static logs_when_destroyed in_function("destructor of an object made after alog_new");
        in_function.touch();
        run_thread(log_between_thread_locals, NULL);
        of_thread_before.touch();
        say_and_report("main");
        of_thread_after.touch();
#endif
    } else if (strcmp(mode, "stopped") == 0) {
        CHECK_EQ(atexit(in_late_handler), 0);
        say_and_report("main");
        close_account(child_log);
    } else {
        CHECK(!"a mode that exists");
    }
}

/* Runs the mode in a child, then finds each reported message in the log exactly once, and nothing else. */
static void check_mode(const char *mode, int least)
{
    char *log, *reports, *rest, *report;
    int status = -1, count = 0, pipe_ends[2], lines = 0;
    size_t i;
    FILE *reported;
    pid_t child;
    CHECK_EQ(pipe(pipe_ends), 0);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        CHECK_EQ(dup2(pipe_ends[1], REPORT), REPORT);
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        execl("/proc/self/exe", "contract_exit", mode, (char *)NULL);
        _exit(127);
    }
    close(pipe_ends[1]);
    reported = fdopen(pipe_ends[0], "r");
    CHECK(reported != NULL);
    reports = (char *)calloc(1, 65536);
    CHECK(reports != NULL);
    CHECK(fread(reports, 1, 65535, reported) < 65535);
    fclose(reported);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 0);

    log = read_file(LOG_FILE, NULL);
    for (i = 0; log[i]; i++)
        lines += log[i] == '\n';
    for (rest = reports; (report = next_line(&rest)) != NULL; count++)
        CHECK(strstr(log, report) != NULL);
    CHECK(count >= least);
    CHECK_EQ(lines, count + (strcmp(mode, "many") == 0 ? MANY : 0));
    FIGURES("end of a process, %s: accepted %d, written %d, lost 0, duplicated 0, torn 0", mode, lines, lines);
    free(reports);
    free(log);
}

static void everything_accepted_is_written_without_a_stop(void) { check_mode("many", 0); }
static void exit_handlers_before_and_after_the_library_get_a_status(void) { check_mode("atexit", 1); }
static void destructors_of_thread_specific_data_get_a_status(void) { check_mode("keys", 1); }
static void a_handler_that_logs_after_free_gets_a_status(void) { check_mode("stopped", 1); }
#ifdef __cplusplus
static void destructors_of_static_and_thread_local_objects_get_a_status(void) { check_mode("destructors", 2); }
#endif

int main(int argc, char **argv)
{
    if (argc == 2) {
        alarm(CHECK_SECONDS);
        check_test = argv[1];
        if (strcmp(argv[1], "atexit") == 0)
            CHECK_EQ(atexit(in_early_handler), 0);
        child_log = logger_to(TO_FILE, "format=raw");
        in_child(argv[1]);
        return 0;
    }
    check_begin();
    RUN(everything_accepted_is_written_without_a_stop);
    RUN(exit_handlers_before_and_after_the_library_get_a_status);
    RUN(destructors_of_thread_specific_data_get_a_status);
    RUN(a_handler_that_logs_after_free_gets_a_status);
#ifdef __cplusplus
    RUN(destructors_of_static_and_thread_local_objects_get_a_status);
#endif
    return check_end();
}
