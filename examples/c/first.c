/* The first log line.  cc first.c $(pkg-config --cflags --libs alog) -o first && ./first */
#include <alog.h>
#include <stdio.h>

int main(void)
{
    alog_logger log;
    alog_error error;
    if (alog_new(NULL, &log, &error) != ALOG_OK) {
        fprintf(stderr, "no logger: %s\n", error.message);
        return 1;
    }
    alog_write(log, ALOG_LEVEL_INFO, "hello, world", 12);
    alog_stop(log, -1); /* writes everything; what failed meanwhile is there to be asked for */
    while (alog_poll_error(log, &error) == ALOG_OK)
        fprintf(stderr, "%s\n", error.message);
    alog_free(log);
    return 0;
}
