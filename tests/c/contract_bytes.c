/*
 * Any bytes are a message: one line each, and the bytes can be restored from the line.
 */
#include "check.h"

/* Length of "[2026-01-31 23:59:59.123456Z] INFO - ". */
enum { HEAD = 37 };

struct sample {
    const char *message;
    size_t len;
    const char *line;
};

#define SAMPLE(message, line) {message, sizeof(message) - 1, line}

static const struct sample samples[] = {
    SAMPLE("", ""),
    SAMPLE("plain", "plain"),
    SAMPLE("\n", ""),
    SAMPLE("one newline at the end\n", "one newline at the end"),
    SAMPLE("two\n\n", "two\\n"),
    SAMPLE("a\nb", "a\\nb"),
    SAMPLE("a\r\nb\tc", "a\\r\\nb\\tc"),
    SAMPLE("forged\n[2026-01-31 23:59:59.123456Z] FATAL - x", "forged\\n[2026-01-31 23:59:59.123456Z] FATAL - x"),
    SAMPLE("nul\0inside", "nul\\x00inside"),
    SAMPLE("\0", "\\x00"),
    SAMPLE("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
    SAMPLE("\x7f\x01\x1f", "\\x7f\\x01\\x1f"),
    SAMPLE("back\\slash \\n", "back\\\\slash \\\\n"),
    SAMPLE("%n%s%x%%", "%n%s%x%%"),
    SAMPLE("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\xa6\x80", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\xa6\x80"),
    SAMPLE("\xff\xfe", "\\xff\\xfe"),
    SAMPLE("cut \xe2\x82", "cut \\xe2\\x82"),
    SAMPLE("overlong \xc0\xaf", "overlong \\xc0\\xaf"),
    SAMPLE("surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80"),
    SAMPLE("beyond \xf4\x90\x80\x80", "beyond \\xf4\\x90\\x80\\x80"),
    SAMPLE("next line \xc2\x85 csi \xc2\x9b", "next line \\u0085 csi \\u009b"),
    SAMPLE("separators \xe2\x80\xa8 \xe2\x80\xa9", "separators \\u2028 \\u2029"),
};

enum { SAMPLES = sizeof samples / sizeof samples[0] };

static void check_head(const char *line)
{
    const char *shape = "[dddd-dd-dd dd:dd:dd.ddddddZ] INFO - ";
    int i;
    for (i = 0; i < HEAD; i++)
        CHECK(shape[i] == 'd' ? line[i] >= '0' && line[i] <= '9' : line[i] == shape[i]);
}

static void hostile_bytes_become_one_line_each(void)
{
    alog_logger log = logger_to(TO_FILE, "");
    char *text, *cursor, *line;
    size_t i;
    for (i = 0; i < SAMPLES; i++)
        CHECK_OK(alog_write(log, ALOG_LEVEL_INFO, samples[i].message, samples[i].len));
    CHECK_EQ(close_account(log).written, SAMPLES);
    text = cursor = read_file(LOG_FILE, NULL);
    for (i = 0; (line = next_line(&cursor)) != NULL; i++) {
        CHECK(i < SAMPLES);
        check_head(line);
        CHECK_TEXT(line + HEAD, samples[i].line);
    }
    CHECK_EQ(i, SAMPLES);
    free(text);
}

static unsigned hex(const char *digits, int count)
{
    char copy[8] = "";
    memcpy(copy, digits, (size_t)count);
    return (unsigned)strtoul(copy, NULL, 16);
}

/* Restores a message from what follows the head of its line. Returns the length. */
static size_t restore(const char *line, char *out)
{
    char *to = out;
    while (*line) {
        unsigned code;
        if (*line != '\\') {
            *to++ = *line++;
            continue;
        }
        line += 2;
        switch (line[-1]) {
        case 'n': *to++ = '\n'; break;
        case 'r': *to++ = '\r'; break;
        case 't': *to++ = '\t'; break;
        case '\\': *to++ = '\\'; break;
        case 'x': *to++ = (char)hex(line, 2); line += 2; break;
        case 'u':
            code = hex(line, 4);
            line += 4;
            if (code >= 0x800) {
                *to++ = (char)(0xe0 | code >> 12);
                *to++ = (char)(0x80 | (code >> 6 & 0x3f));
            } else {
                *to++ = (char)(0xc0 | code >> 6);
            }
            *to++ = (char)(0x80 | (code & 0x3f));
            break;
        default: CHECK(!"an escape that is not documented");
        }
    }
    return (size_t)(to - out);
}

static void random_bytes_can_be_restored_from_their_line(void)
{
    enum { MESSAGES = 2000, LONGEST = 200 };
    static char messages[MESSAGES][LONGEST];
    static size_t lens[MESSAGES];
    char restored[LONGEST * 6];
    alog_logger log = logger_to(TO_FILE, "");
    char *text, *cursor, *line;
    unsigned seed = 20260131;
    int i;
    for (i = 0; i < MESSAGES; i++) {
        size_t j;
        lens[i] = (size_t)i % LONGEST;
        for (j = 0; j < lens[i]; j++) {
            seed = seed * 1103515245u + 12345u;
            messages[i][j] = (char)(seed >> 16);
        }
        CHECK_OK(alog_write(log, ALOG_LEVEL_INFO, messages[i], lens[i]));
        if (lens[i] > 0 && messages[i][lens[i] - 1] == '\n')
            lens[i]--; /* the newline that ends the line */
    }
    CHECK_EQ(close_account(log).written, MESSAGES);
    text = cursor = read_file(LOG_FILE, NULL);
    for (i = 0; (line = next_line(&cursor)) != NULL; i++) {
        size_t len;
        check_head(line);
        len = restore(line + HEAD, restored);
        CHECK_EQ(len, lens[i]);
        CHECK(memcmp(restored, messages[i], len) == 0);
    }
    CHECK_EQ(i, MESSAGES);
    free(text);
}

static void raw_is_the_bytes_alone(void)
{
    static const char expected[] = "nul\0esc\x1b%n\xff\n\na\nb\n";
    alog_logger log = logger_to(TO_FILE, "format=raw");
    char *text;
    size_t len;
    CHECK_OK(alog_write(log, ALOG_LEVEL_INFO, "nul\0esc\x1b%n\xff", 11));
    CHECK_OK(alog_write(log, ALOG_LEVEL_INFO, "", 0));
    CHECK_OK(alog_write(log, ALOG_LEVEL_INFO, "a\nb\n", 4));
    CHECK_EQ(close_account(log).written, 3);
    text = read_file(LOG_FILE, &len);
    CHECK_EQ(len, sizeof expected - 1);
    CHECK(memcmp(text, expected, len) == 0);
    free(text);
}

/* The largest message is taken whole; one byte more is refused whole, and the log says so. */
static void check_largest(const char *settings, size_t largest)
{
    alog_logger log = logger_to(TO_FILE, settings);
    char *message = (char *)malloc(largest + 1), *text, *cursor, *line;
    alog_stats stats;
    uint64_t whole = 0, lost = 0;
    CHECK(message != NULL);
    memset(message, 'm', largest + 1);
    CHECK_OK(alog_write(log, ALOG_LEVEL_INFO, message, largest));
    CHECK_EQ(alog_write(log, ALOG_LEVEL_INFO, message, largest + 1), ALOG_ERR_TOO_LARGE);
    CHECK_EQ(alog_write(log, ALOG_LEVEL_INFO, message, (size_t)-1), ALOG_ERR_TOO_LARGE);
    CHECK_OK(alog_write(log, ALOG_LEVEL_INFO, message, largest));
    stats = close_account(log);
    CHECK_EQ(stats.written, 2);
    CHECK_EQ(stats.rejected[ALOG_REJECT_TOO_LARGE], 2);
    message[largest] = '\0';
    text = cursor = read_file(LOG_FILE, NULL);
    while ((line = next_line(&cursor)) != NULL) {
        unsigned long long number;
        if (sscanf(line, "alog: %llu record", &number) == 1) {
            CHECK(strstr(line, "longer than max_message_bytes") != NULL);
            lost += number;
        } else {
            CHECK(strcmp(line, message) == 0);
            whole++;
        }
    }
    CHECK_EQ(whole, 2);
    CHECK_EQ(lost, 2);
    free(text);
    free(message);
    CHECK_EQ(unlink(LOG_FILE), 0);
}

static void the_largest_message_is_taken_and_one_byte_more_is_refused(void)
{
    check_largest("format=raw", 1024 * 1024);
    check_largest("format=raw max_message_bytes=1", 1);
    check_largest("format=raw max_message_bytes=1000", 1000);
    check_largest("format=raw queue_bytes=4KiB max_message_bytes=3MiB", 3 * 1024 * 1024);
}

int main(void)
{
    check_begin();
    RUN(hostile_bytes_become_one_line_each);
    RUN(random_bytes_can_be_restored_from_their_line);
    RUN(raw_is_the_bytes_alone);
    RUN(the_largest_message_is_taken_and_one_byte_more_is_refused);
    return check_end();
}
