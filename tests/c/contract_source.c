/*
 * Where a record comes from: places in the program, also of a module that is gone, and names of threads.
 */
#include "gate.h"
#include "lines.h"

#include <alog_log.h>
#include <dlfcn.h>
#include <stddef.h>

static const char *module_path;

#define SOURCE_JSON JSON " level_key= message_key="

static void equal_places_have_one_number(void)
{
    uint32_t one = 0, same = 0, other = 0;
    char file[] = "a.c", function[] = "main";
    CHECK_OK(alog_source_get(file, 3, 5, function, 4, &one));
    CHECK_OK(alog_source_get("a.c", 3, 5, "main", 4, &same));
    CHECK(one != 0);
    CHECK_EQ(one, same);
    CHECK_OK(alog_source_get("b.c", 3, 5, "main", 4, &other));
    CHECK(one != other);
    CHECK_OK(alog_source_get("a.c", 3, 6, "main", 4, &other));
    CHECK(one != other);
    CHECK_OK(alog_source_get("a.c", 3, 5, "other", 5, &other));
    CHECK(one != other);
    CHECK_OK(alog_source_get(NULL, 0, 0, NULL, 0, &other));
    CHECK_EQ(alog_source_get("a.c", 3, 5, "main", 4, NULL), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_source_get(NULL, 1, 5, "main", 4, &other), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_source_get("a.c", 3, 5, NULL, 1, &other), ALOG_ERR_ARGUMENT);
}

static void a_place_is_copied(void)
{
    alog_logger log = logger_to(TO_FILE, "pattern={path}|{file}|{line}|{function}|{source}");
    char file[] = "src/copied.c", function[] = "copy";
    alog_entry entry = entry_of("m", NULL, 0);
    CHECK_OK(alog_source_get(file, strlen(file), 12, function, strlen(function), &entry.source));
    memset(file, 'x', strlen(file));
    memset(function, 'x', strlen(function));
    CHECK_OK(alog_log(log, &entry));
    entry.source = 0;
    CHECK_OK(alog_log(log, &entry));
    entry.source = UINT32_MAX; /* never given */
    CHECK_OK(alog_log(log, &entry));
    close_account(log);
    check_lines("src/copied.c|copied.c|12|copy|copied.c:12", "||||", "||||", NULL);
}

static void the_place_of_a_macro_is_shown(void)
{
    alog_logger log = logger_to(TO_FILE, "pattern={file}|{line}|{function}");
    char first[128], second[128];
    int line, i;
    for (i = 0; i < 2; i++) {
        line = __LINE__ + 1;
        ALOG_INFO(log, "m");
    }
    snprintf(first, sizeof first, "contract_source.c|%d|%s", line, __func__);
    line = __LINE__ + 1;
    ALOG_INFOF(log, "%d", i);
    snprintf(second, sizeof second, "contract_source.c|%d|%s", line, __func__);
    close_account(log);
    check_lines(first, first, second, NULL);
}

static void what_an_unloaded_module_logged_is_written(void)
{
    struct gate gate = GATE_CLOSED;
    alog_config *config = config_with("pattern={file}|{function}|{message}|{fields}");
    static const char line[] = "module.c|module_speak|the module speaks: {key of the module}|"
                               "key_of_the_module=\"value of the module\"";
    alog_logger log;
    void *module, *symbol;
    void (*speak)(alog_logger);
    add_gate(config, &gate);
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    log = logger_from(config);
    CHECK_OK(say(log, "stuck"));
    gate_wait(&gate); /* nothing more is formatted from here on */
    module = dlopen(module_path, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL)
        fprintf(stderr, "%s\n", dlerror());
    CHECK(module != NULL);
    symbol = dlsym(module, "module_speak");
    CHECK(symbol != NULL);
    memcpy(&speak, &symbol, sizeof speak); /* C has no cast from one to the other */
    speak(log);
    speak(log);
    CHECK_EQ(dlclose(module), 0);
    CHECK(dlopen(module_path, RTLD_NOW | RTLD_NOLOAD) == NULL); /* it is gone */
    gate_open(&gate);
    close_account(log);
    check_lines("||stuck|", line, line, NULL);
}

static void *speak_named(void *argument)
{
    alog_logger log = *(const alog_logger *)argument;
    char name[] = "reader";
    CHECK_OK(alog_thread_name_set(name, 6));
    memset(name, 'x', 6);
    CHECK_OK(say(log, "a"));
    CHECK_OK(alog_flush(log, -1)); /* the name is looked up when the line is made */
    CHECK_OK(alog_thread_name_set("writer", 6));
    CHECK_OK(say(log, "b"));
    CHECK_EQ(alog_thread_name_set(NULL, 1), ALOG_ERR_ARGUMENT);
    CHECK_EQ(alog_thread_name_set("\xff", 1), ALOG_ERR_ARGUMENT);
    CHECK_OK(say(log, "c"));
    return NULL;
}

static void a_thread_is_shown_by_the_name_it_gave_itself(void)
{
    alog_logger log = logger_to(TO_FILE, "pattern={thread}:{message}");
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, speak_named, &log), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    close_account(log);
    check_lines("reader:a", "writer:b", "writer:c", NULL);
}

static void *speak_as_the_system_says(void *argument)
{
    CHECK_EQ(pthread_setname_np(pthread_self(), "of the system"), 0);
    CHECK_OK(say(*(const alog_logger *)argument, "m"));
    return NULL;
}

static void without_one_it_is_shown_by_the_systems_name(void)
{
    alog_logger log = logger_to(TO_FILE, "pattern={thread}:{message}");
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, speak_as_the_system_says, &log), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    close_account(log);
    check_lines("of the system:m", NULL);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s MODULE\n", argv[0]);
        return 2;
    }
    module_path = argv[1];
    check_begin();
    RUN(equal_places_have_one_number);
    RUN(a_place_is_copied);
    RUN(the_place_of_a_macro_is_shown);
    RUN(what_an_unloaded_module_logged_is_written);
    RUN(a_thread_is_shown_by_the_name_it_gave_itself);
    RUN(without_one_it_is_shown_by_the_systems_name);
    return check_end();
}
