/*
 * A number of calls to be counted by callgrind, none of which finds the queue full:
 *
 *     valgrind --tool=callgrind --toggle-collect=alog_write instructions CALLS FILE
 */
#include "subject/alog.h"

#include <unistd.h>

/* How many records the default queue holds at least. */
enum { CALLS_MAX = 10000 };

int main(int count, char **arguments)
{
    REQUIRE(count == 3);
    size_t calls = argument_number(arguments[1]);
    REQUIRE(calls <= CALLS_MAX);
    subject_open(arguments[2], 1);
    for (size_t i = 0; i < calls; i++)
        subject_log(MESSAGE, MESSAGE_BYTES);
    subject_close();
    unlink(arguments[2]);
    return 0;
}
