/*
 * Runs the language-neutral cases: corpus CASES_TSV CONFIG_TSV RECORDS_TSV. Their format: tests/corpus/README.md,
 * and the head of RECORDS_TSV.
 */
#include "check.h"

#include <ctype.h>

enum { COLUMNS = 6, RECORD_COLUMNS = 8, MOST_FIELDS = 512 };

struct row {
    const char *file;
    int line;
    char *column[RECORD_COLUMNS];
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
    if (!strstr(settings, "format=") && !strstr(settings, "pattern=")) {
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

/* A column in which "-" stands for nothing. */
static char *optional(char *column)
{
    return strcmp(column, "-") == 0 ? column + 1 : column;
}

static void run_case(const struct row *row)
{
    const char *settings = optional(row->column[1]);
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

/* Undoes %XX where the text lies, which never grows; gives the length. */
static size_t decode_in_place(const struct row *row, char *text)
{
    size_t len;
    char *bytes = decode(row, text, &len);
    memcpy(text, bytes, len);
    text[len] = '\0';
    free(bytes);
    return len;
}

/* The configuration of a record's logger. */
static alog_config *config_of(const struct row *row)
{
    alog_config *config = config_with("");
    char *pair, *rest = optional(row->column[1]);
    while ((pair = strtok_r(rest, " ", &rest)) != NULL) {
        char *value = strchr(pair, '=');
        alog_error error;
        if (value == NULL)
            row_fail(row, "a setting without =", pair);
        *value++ = '\0';
        decode_in_place(row, value);
        if (alog_config_set(config, pair, value, &error) != ALOG_OK)
            row_fail(row, "a setting is refused", error.message);
    }
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    return config;
}

/* A field of "KEY:TYPE=VALUE", "KEY:{" or "}". It points into the item. */
static alog_field field_of_item(const struct row *row, char *item)
{
    alog_field field = {NULL, 0, ALOG_FIELD_END, 0, {0}};
    char *type = strchr(item, ':'), *value;
    if (strcmp(item, "}") == 0)
        return field;
    if (type == NULL || type[1] == '\0' || (type[1] != '{' && type[2] != '='))
        row_fail(row, "a field that is none", item);
    *type++ = '\0';
    field.key = item;
    field.key_len = decode_in_place(row, item);
    value = type + (*type == '{' ? 1 : 2);
    switch (*type) {
    case '{': field.type = ALOG_FIELD_GROUP; break;
    case 'n': field.type = ALOG_FIELD_NULL; break;
    case 'b': field.type = ALOG_FIELD_BOOL; field.value.u64 = *value == '1'; break;
    case 'i': field.type = ALOG_FIELD_I64; field.value.i64 = strtoll(value, NULL, 10); break;
    case 'u': field.type = ALOG_FIELD_U64; field.value.u64 = strtoull(value, NULL, 10); break;
    case 'f': field.type = ALOG_FIELD_F64; field.value.f64 = strtod(value, NULL); break;
    case 's': case 'x':
        field.type = *type == 's' ? ALOG_FIELD_STR : ALOG_FIELD_BYTES;
        field.value.bytes.len = decode_in_place(row, value);
        field.value.bytes.ptr = value;
        break;
    default: row_fail(row, "a type that there is not", type);
    }
    return field;
}

static void run_record(const struct row *row)
{
    char *settings = strdup(optional(row->column[1])), *rest = optional(row->column[5]), *item;
    alog_config *config = config_of(row);
    alog_field fields[MOST_FIELDS];
    alog_entry entry;
    alog_status status;
    alog_logger log;
    size_t count = 0;
    char *message = decode(row, row->column[3], &entry.msg_len);
    while ((item = strtok_r(rest, " ", &rest)) != NULL) {
        CHECK(count < MOST_FIELDS);
        if (strcmp(item, "|") == 0) { /* what came so far belongs to the logger */
            CHECK_OK(alog_config_add_fields(config, fields, count, NULL));
            count = 0;
        } else {
            fields[count++] = field_of_item(row, item);
        }
    }
    (void)unlink(LOG_FILE);
    log = logger_from(config);
    entry.msg = message;
    entry.fields = fields;
    entry.field_count = count;
    entry.timeout_ms = ALOG_BY_POLICY;
    entry.level = atoi(row->column[2]);
    entry.source = entry.flags = entry.reserved = 0;
    if (strcmp(row->column[4], "template") == 0)
        entry.flags = ALOG_TEMPLATE;
    status = alog_log(log, &entry);
    if (status != atoi(row->column[6]))
        row_fail(row, "the call returned something else", alog_status_str(status));
    CHECK_EQ(close_account(log).written, status == ALOG_OK);
    check_line(row, settings, row->column[7]);
    free(message);
    free(settings);
}

/* Splits each line into its columns and runs it. Returns how many there were. */
static int run_rows(const char *path, int columns, void (*run)(const struct row *))
{
    char *text = read_file(path, NULL), *rest = text, *line;
    struct row row;
    int count = 0;
    row.file = path;
    for (row.line = 1; (line = next_line(&rest)) != NULL; row.line++) {
        int i;
        if (*line == '#' || *line == '\0')
            continue;
        for (i = 0; i < columns; i++) {
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

/* Runs the cases of one file; there must be some. */
static void run_file(const char *path, int columns, void (*run)(const struct row *), const char *what)
{
    int count = run_rows(path, columns, run);
    CHECK(count > 0);
    printf("ok %d %s\n", count, what);
}

int main(int argc, char **argv)
{
    char *paths[3];
    int i;
    if (argc != 4) {
        fprintf(stderr, "usage: %s CASES_TSV CONFIG_TSV RECORDS_TSV\n", argv[0]);
        return 2;
    }
    for (i = 0; i < 3; i++)
        CHECK((paths[i] = realpath(argv[1 + i], NULL)) != NULL);
    check_begin();
    run_file(paths[0], COLUMNS, run_case, "cases");
    run_file(paths[1], COLUMNS, run_config, "settings");
    run_file(paths[2], RECORD_COLUMNS, run_record, "records");
    for (i = 0; i < 3; i++)
        free(paths[i]);
    return check_end();
}
