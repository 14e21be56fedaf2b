/*
 * A program that was started without standard streams, as daemons are: nothing of the logger's takes their numbers, so that
 * what is printed does not end in a log.
 */
#include "check.h"

#include <fcntl.h>
#include <unistd.h>

#define OTHERS 100

static void without_standard_streams_no_file_takes_their_place(void)
{
    alog_config *config;
    alog_logger log;
    alog_error error;
    char *text;
    int stream, made = -1, printed[3];
    for (stream = 0; stream < 3; stream++)
        CHECK(fcntl(stream, F_DUPFD_CLOEXEC, OTHERS + stream) == OTHERS + stream);
    for (stream = 0; stream < 3; stream++)
        CHECK_EQ(close(stream), 0);
    if (alog_config_new(&config) == ALOG_OK && alog_config_set(config, "format", "raw", &error) == ALOG_OK &&
        alog_config_add_sink(config, "console:", &error) == ALOG_OK &&
        alog_config_add_sink(config, "file:" LOG_FILE, &error) == ALOG_OK)
        made = alog_new(config, &log, &error);
    if (made == ALOG_OK) {
        made = alog_write(log, ALOG_LEVEL_INFO, "once", 4);
        for (stream = 0; stream < 3; stream++)
            printed[stream] = write(stream, "printed\n", 8) == 8;
        alog_stop(log, -1);
    }
    for (stream = 0; stream < 3; stream++)
        CHECK(dup2(OTHERS + stream, stream) == stream && close(OTHERS + stream) == 0);
    CHECK_OK(made);
    CHECK(!printed[0] && !printed[1] && !printed[2]);
    CHECK_OK(alog_poll_error(log, &error));
    CHECK_EQ(error.os_error, EBADF);
    text = read_file(LOG_FILE, NULL);
    CHECK_TEXT(text, "once\n");
    free(text);
    alog_config_free(config);
    CHECK_OK(alog_free(log));
}

int main(void)
{
    check_begin();
    RUN(without_standard_streams_no_file_takes_their_place);
    return check_end();
}
