/*
 * A process with a crash_dir that is killed just before and just after each store to its mapped queues and each call that
 * changes a file: whatever was accepted is in the log once, in order, whole; also when who recovers is killed like that.
 */
#include "child.h"
#include "lines.h"

#include "kill.h"

#define QUEUES "crash_dir=queues queue_bytes=4KiB writer=caller format=raw "
#define OTHER_FILE "other.log"
#define RECOVERED "alog: "

enum { ROUNDS = 3, OF_ROUND = 5, MESSAGES = ROUNDS * OF_ROUND, KEEP = 9, KILL_SECONDS = 280 };

/* What a process leaves behind in memory that it shares with this one. */
static struct board {
    uint64_t points;
    uint64_t accepted;
} *board;

/* What is tried. */
struct session {
    const char *name;
    const char *settings;
    const char *sinks[2];
    int padding;    /* so many bytes follow the number in each message */
    int is_awaited; /* the last message of each round is written before its call returns */
};

static const struct session sessions[] = {
    {"one file", QUEUES, {TO_FILE, NULL}, 0, 0},
    {"a queue that goes round", QUEUES, {TO_FILE, NULL}, 600, 0},
    {"a queue that grows", QUEUES "overflow=grow:64KiB", {TO_FILE, NULL}, 900, 0},
    {"two files, of which one is rotated", QUEUES, {TO_FILE "?rotate_lines=5&keep=9", "file:" OTHER_FILE}, 0, 0},
    {"records that are awaited", QUEUES, {TO_FILE, NULL}, 0, 1},
};

enum { SESSIONS = sizeof sessions / sizeof sessions[0] };

static alog_logger open_logger(const struct session *session)
{
    alog_config *config = config_with(session->settings);
    for (int i = 0; i < 2 && session->sinks[i]; i++)
        CHECK_OK(alog_config_add_sink(config, session->sinks[i], NULL));
    return logger_from(config);
}

static void close_logger(alog_logger log)
{
    CHECK_OK(alog_stop(log, -1));
    CHECK_OK(alog_free(log));
}

static int print_message(char *out, size_t size, const struct session *session, uint64_t number)
{
    return snprintf(out, size, "%llu%0*d", (unsigned long long)number, session->padding + 1, 0);
}

static void say_number(alog_logger log, const struct session *session, int is_awaited)
{
    char message[1024];
    size_t len = (size_t)print_message(message, sizeof message, session, board->accepted);
    if (is_awaited)
        CHECK_OK(alog_write_sync(log, ALOG_LEVEL_INFO, message, len, -1, NULL));
    else
        CHECK_OK(alog_write(log, ALOG_LEVEL_INFO, message, len));
    ++board->accepted;
}

/* Accepts and writes in turns; the last round is written by the stop. */
static void live(const struct session *session)
{
    alog_logger log = open_logger(session), child;
    alog_config *config = config_with("");
    CHECK_OK(alog_child_new(log, config, &child, NULL));
    alog_config_free(config);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < OF_ROUND; i++)
            say_number(i % 2 ? child : log, session, session->is_awaited && i + 1 == OF_ROUND);
        if (round + 1 < ROUNDS && !session->is_awaited)
            CHECK_OK(alog_drain(log, 0, NULL));
    }
    close_logger(log);
    CHECK_OK(alog_free(child));
}

/* Recovers, and writes nothing of its own. */
static void recover(const struct session *session)
{
    close_logger(open_logger(session));
}

/* Has a process of its own do something, killed at that point; 0: at none. False if it came to its end before that. */
static int is_killed(void (*act)(const struct session *), const struct session *session, uint64_t at)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        begin_child();
        kill_arm(at, &board->points);
        act(session);
        kill_disarm();
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    if (WIFEXITED(status))
        CHECK_EQ(WEXITSTATUS(status), 0);
    else
        CHECK_EQ(WTERMSIG(status), SIGKILL);
    return WIFSIGNALED(status);
}

/* Takes a file away, in which each line must be the message that follows the last one. */
static void take_file(const char *path, const struct session *session, uint64_t *next)
{
    char *text = read_file(path, NULL), *cursor = text, *line;
    while ((line = next_line(&cursor)) != NULL) {
        char expected[1024];
        if (strncmp(line, RECOVERED, strlen(RECOVERED)) == 0)
            continue;
        print_message(expected, sizeof expected, session, (*next)++);
        CHECK_TEXT(line, expected);
    }
    free(text);
    (void)unlink(path);
}

/* Takes a log away, the oldest file first: it has all that was accepted, and at most what was being accepted. */
static uint64_t take_log(const char *path, const struct session *session)
{
    uint64_t found = 0;
    char rotated[64];
    for (int i = KEEP; i > 0; i--) {
        snprintf(rotated, sizeof rotated, "%s.%d", path, i);
        take_file(rotated, session, &found);
    }
    take_file(path, session, &found);
    snprintf(rotated, sizeof rotated, "%s.lock", path);
    (void)unlink(rotated);
    CHECK(found >= board->accepted);
    CHECK(found <= board->accepted + 1);
    return found;
}

/* Recovers what is left; gives how many records there are in all, the same in each log. No queue is left. */
static uint64_t take_all(const struct session *session)
{
    uint64_t found;
    CHECK(!is_killed(recover, session, 0));
    found = take_log(LOG_FILE, session);
    if (session->sinks[1])
        CHECK_EQ(take_log(OTHER_FILE, session), found);
    CHECK(rmdir("queues") == 0 || errno == ENOENT);
    return found;
}

static void nothing_is_lost_or_doubled_at_whichever_store_a_process_is_killed(void)
{
    for (int i = 0; i < SESSIONS; i++) {
        uint64_t at = 0, records = 0;
        int killed = 1;
        while (killed) {
            board->accepted = 0;
            killed = is_killed(live, &sessions[i], ++at);
            records += take_all(&sessions[i]);
        }
        CHECK_EQ(board->accepted, MESSAGES);
        FIGURES("%s: kills %llu, records %llu, lost 0, duplicated 0, torn 0, reordered 0", sessions[i].name,
            (unsigned long long)at - 1, (unsigned long long)records);
    }
}

/* The first is killed at one of some points, a number that no period of the program divides apart. */
static void nothing_is_lost_or_doubled_at_whichever_store_who_recovers_is_killed(void)
{
    uint64_t step = (uint64_t)(397 / check_times(1)) | 1;
    for (int i = 0; i < SESSIONS; i++) {
        uint64_t kills = 0, records = 0;
        for (uint64_t first = step, killed = 1; killed; first += step) {
            for (uint64_t at = 1; killed; at++, kills++) {
                board->accepted = 0;
                killed = is_killed(live, &sessions[i], first);
                killed = is_killed(recover, &sessions[i], at) && killed;
                records += take_all(&sessions[i]);
            }
            killed = board->accepted < MESSAGES;
        }
        FIGURES("%s: kills of who recovers %llu, records %llu, lost 0, duplicated 0, torn 0, reordered 0",
            sessions[i].name, (unsigned long long)kills, (unsigned long long)records);
    }
}

int main(void)
{
    void *shared;
    check_begin();
    alarm((unsigned)check_times(KILL_SECONDS));
    shared = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    board = (struct board *)shared;
    RUN(nothing_is_lost_or_doubled_at_whichever_store_a_process_is_killed);
    RUN(nothing_is_lost_or_doubled_at_whichever_store_who_recovers_is_killed);
    return check_end();
}
