/*
 * Runs the language-neutral cases: corpus CASES_TSV CONFIG_TSV. Their format: tests/corpus/README.md.
 */
#include "check.h"

#include <ctype.h>

enum { COLUMNS = 6 };

struct row {
    const char *file;
    int line;
    char *column[COLUMNS];
};

static void row_fail(const struct row *row, const char *what, const char *actual)
{
    fprintf(stderr, "%s:%d: %s: %s (got \"%s\")\n", row->file, row->line, row->column[0], what, actual);
    fflush(stdout);
    _exit(1);
}

/* Undoes the corpus' encoding: %XX is one byte, "*N:" in front repeats the rest N times. */
static char *decode(const struct row *row, const char *text, size_t *out_len)
{
    unsigned long times = 1, i;
    size_t unit = 0;
    char *bytes;
    if (*text == '*' && isdigit((unsigned char)text[1])) {
        char *rest;
        times = strtoul(text + 1, &rest, 10);
        if (*rest != ':')
            row_fail(row, "a repetition without a colon", text);
        text = rest + 1;
    }
    bytes = (char *)malloc(strlen(text) * times + 1);
    CHECK(bytes != NULL);
    for (; *text; unit++) {
        unsigned byte;
        if (*text != '%') {
            bytes[unit] = *text++;
        } else if (sscanf(text, "%%%2x", &byte) == 1) {
            bytes[unit] = (char)byte;
            text += 3;
        } else {
            row_fail(row, "a % without two hexadecimal digits", text);
        }
    }
    for (i = 1; i < times; i++)
        memcpy(bytes + i * unit, bytes, unit);
    *out_len = unit * times;
    return bytes;
}

/* "[2026-01-31 23:59:59.123456Z] " */
static size_t stamp_len(const struct row *row, const char *line, size_t len)
{
    const char *shape = "[dddd-dd-dd dd:dd:dd.ddddddZ] ";
    size_t i;
    for (i = 0; shape[i]; i++)
        if (i >= len || !(shape[i] == 'd' ? isdigit((unsigned char)line[i]) : line[i] == shape[i]))
            row_fail(row, "the line does not begin with a time stamp", line);
    return i;
}

static void check_line(const struct row *row, const char *settings, const char *expected)
{
    size_t len, wanted_len;
    char *text = read_file(LOG_FILE, &len), *line = text, *wanted;
    if (strcmp(expected, "-") == 0) {
        if (len != 0)
            row_fail(row, "a line where none was expected", text);
        free(text);
        return;
    }
    if (len == 0 || text[len - 1] != '\n')
        row_fail(row, "the file does not end in a newline", text);
    text[--len] = '\0';
    if (!strstr(settings, "format=raw")) {
        size_t stamp = stamp_len(row, line, len);
        line += stamp;
        len -= stamp;
    }
    wanted = decode(row, expected, &wanted_len);
    if (len != wanted_len || memcmp(line, wanted, len) != 0)
        row_fail(row, "the line is not the expected one", line);
    free(wanted);
    free(text);
}

static void run_case(const struct row *row)
{
    const char *settings = strcmp(row->column[1], "-") == 0 ? "" : row->column[1];
    alog_logger log;
    alog_status status;
    alog_stats stats;
    size_t len;
    char *message = decode(row, row->column[3], &len);
    unlink(LOG_FILE);
    log = logger_to(TO_FILE, settings);
    status = alog_write(log, atoi(row->column[2]), message, len);
    if (status != atoi(row->column[4]))
        row_fail(row, "the write returned something else", alog_status_str(status));
    stats = close_account(log);
    CHECK_EQ(stats.written, status == ALOG_OK);
    check_line(row, settings, row->column[5]);
    free(message);
}

static void run_config(const struct row *row)
{
    alog_config *config = config_with("");
    alog_error error;
    alog_status status, expected = atoi(row->column[4]);
    memset(&error, 0, sizeof error);
    if (strcmp(row->column[1], "set") == 0)
        status = alog_config_set(config, row->column[2], row->column[3], &error);
    else
        status = alog_config_add_sink(config, row->column[3], &error);
    if (status != expected)
        row_fail(row, "another status", error.message);
    if (expected == ALOG_OK && strcmp(row->column[5], "-") != 0)
        row_fail(row, "a text for a case that succeeds", row->column[5]);
    if (expected != ALOG_OK && (error.code != expected || !strstr(error.message, row->column[5])))
        row_fail(row, "the error is another one", error.message);
    alog_config_free(config);
}

/* Splits each line into its columns and runs it. Returns how many there were. */
static int run_rows(const char *path, void (*run)(const struct row *))
{
    char *text = read_file(path, NULL), *rest = text, *line;
    struct row row;
    int count = 0;
    row.file = path;
    for (row.line = 1; (line = next_line(&rest)) != NULL; row.line++) {
        int i;
        if (*line == '#' || *line == '\0')
            continue;
        for (i = 0; i < COLUMNS; i++) {
            row.column[i] = line ? line : (char *)"";
            if (!line)
                row_fail(&row, "a column is missing", row.column[0]);
            line = strchr(line, '\t');
            if (line)
                *line++ = '\0';
        }
        if (line)
            row_fail(&row, "a column too many", line);
        run(&row);
        count++;
    }
    free(text);
    return count;
}

int main(int argc, char **argv)
{
    char *cases, *config;
    int count;
    if (argc != 3) {
        fprintf(stderr, "usage: %s CASES_TSV CONFIG_TSV\n", argv[0]);
        return 2;
    }
    cases = realpath(argv[1], NULL);
    config = realpath(argv[2], NULL);
    CHECK(cases != NULL && config != NULL);
    check_begin();
    count = run_rows(cases, run_case);
    CHECK(count > 0);
    printf("ok %d cases\n", count);
    count = run_rows(config, run_config);
    CHECK(count > 0);
    printf("ok %d settings\n", count);
    free(cases);
    free(config);
    return check_end();
}
