/*
 * Whichever allocation or system call fails while a logger recovers what a dead process had accepted: no record is lost
 * without being counted, and none comes twice, by that logger and the next one. Each is tried in a child of its own.
 */
#include "scarce.h"

#include "child.h"
#include "lines.h"

#define QUEUES "crash_dir=queues queue_bytes=4KiB format=raw "
#define OWN "alog: "

enum { WRITTEN = 3, LEFT = 7, RECORDS = WRITTEN + LEFT, BEYOND = 20, MOST_SECONDS = 280 };

/* What the recovering child tells. */
static struct board {
    uint64_t failed_calls;
    uint64_t lost;
} *board;

/* Accepts records, writes some of them, and ends without a stop. */
static void die(uint64_t unused)
{
    alog_logger log = logger_to(TO_FILE, QUEUES "writer=caller");
    uint64_t accepted = 0;
    (void)unused;
    while (accepted < RECORDS) {
        CHECK_OK(say_next(log, 0, &accepted));
        if (accepted == WRITTEN)
            CHECK_OK(alog_drain(log, 0, NULL));
    }
}

/* Recovers while the call `from` of that kind fails; 0: none does. */
static void recover(int kind, uint64_t from)
{
    alog_config *config = config_with(QUEUES);
    alog_logger log = {0};
    alog_status status;
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    scarce_arm(kind, from, from ? 1 : 0);
    status = alog_new(config, &log, NULL);
    if (status == ALOG_OK)
        CHECK_OK(alog_stop(log, -1));
    scarce_disarm();
    alog_config_free(config);
    if (status == ALOG_OK) {
        alog_stats stats = stats_of(log);
        check_balance(&stats);
        board->lost += stats.failed;
        CHECK_OK(alog_free(log));
    }
    board->failed_calls = scarce.failed;
}

static void recover_with_memory(uint64_t from)
{
    recover(SCARCE_MEMORY, from);
}

static void recover_with_calls(uint64_t from)
{
    recover(SCARCE_CALLS, from);
}

static void in_child(void (*act)(uint64_t), uint64_t from)
{
    pid_t child = fork();
    if (child == 0) {
        begin_child();
        act(from);
        _exit(0);
    }
    join_child(child);
}

/* Each record is in the log once, in order, but for so many that are counted as lost. */
static void check_log(uint64_t from)
{
    char *text = read_file(LOG_FILE, NULL), *cursor = text, *line;
    uint64_t found = 0, next = 0;
    while ((line = next_line(&cursor)) != NULL) {
        unsigned long long number;
        if (strncmp(line, OWN, strlen(OWN)) == 0)
            continue;
        CHECK_EQ(sscanf(line, "0 %llu", &number), 1);
        if (number < next)
            fprintf(stderr, "call %llu: %llu comes again\n", (unsigned long long)from, number);
        CHECK(number >= next);
        next = number + 1;
        found++;
    }
    if (found + board->lost != RECORDS)
        fprintf(stderr, "call %llu\n", (unsigned long long)from);
    CHECK_EQ(found + board->lost, RECORDS);
    free(text);
}

static void whichever_fails(const char *what, void (*act)(uint64_t))
{
    uint64_t n, last = 0, lost = 0;
    for (n = 1; n <= last + BEYOND; n++) {
        (void)unlink(LOG_FILE);
        board->lost = 0;
        in_child(die, 0);
        in_child(act, n);
        if (board->failed_calls > 0)
            last = n;
        in_child(recover_with_calls, 0);
        check_log(n);
        lost += board->lost;
        CHECK_EQ(rmdir("queues"), 0);
    }
    FIGURES("%s while recovering: each of %llu fails; accepted %llu, counted as failed %llu, lost 0, duplicated 0, reordered 0",
        what, (unsigned long long)last, (unsigned long long)(n - 1) * RECORDS, (unsigned long long)lost);
}

static void whichever_allocation_fails_no_record_is_lost_or_doubled(void)
{
    whichever_fails("allocations", recover_with_memory);
}

static void whichever_system_call_fails_no_record_is_lost_or_doubled(void)
{
    whichever_fails("system calls", recover_with_calls);
}

int main(void)
{
    void *shared;
    check_begin();
    alarm((unsigned)check_times(MOST_SECONDS));
    shared = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    board = (struct board *)shared;
    RUN(whichever_allocation_fails_no_record_is_lost_or_doubled);
    RUN(whichever_system_call_fails_no_record_is_lost_or_doubled);
    return check_end();
}
