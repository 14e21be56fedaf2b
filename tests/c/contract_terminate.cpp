/*
 * alog_terminate.hpp: what ends a program by std::terminate() is in the log, with its stack.
 */
#include "child.h"
#include "lines.h"

#include <alog_terminate.hpp>

#include <thread>

[[noreturn]] static void last_handler()
{
    _exit(7);
}

/* In a child: `die` ends it by std::terminate(); gives the line that is left. */
static std::string line_of_end(void (*die)())
{
    int status = -1;
    (void)unlink(LOG_FILE);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        begin_child();
        std::set_terminate(last_handler);
        alog::Config config;
        alog::Logger log(config.add_sink(TO_FILE).set("format", "json").set("time_key", ""));
        alog::log_terminate(log);
        alog::log_terminate(log);
        die();
        _exit(1);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 7);
    char *file = read_file(LOG_FILE, nullptr);
    const std::string line = file;
    std::free(file);
    CHECK(std::strchr(line.c_str(), '\n') == line.c_str() + line.size() - 1);
    return line;
}

static void throw_error() { throw std::runtime_error("no {more}"); }
static void throw_number() { throw 5; }

static void check_end_of(void (*die)(), const char *expected)
{
    const std::string line = line_of_end(die);
    CHECK(line.find(expected) == 0);
#if defined(__GLIBC__)
    CHECK(line.find("\"stack\":\"") != std::string::npos);
    CHECK(line.find("contract_terminate") != std::string::npos);
#endif
}

static void what_ends_the_program_is_logged_before_the_handler_that_was_there_runs()
{
    check_end_of([]() noexcept { throw_error(); },
                 "{\"level\":\"FATAL\",\"message\":\"terminate: no {more}\",\"error\":\"no {more}\","
                 "\"error_type\":\"std::runtime_error\",");
    check_end_of([]() noexcept { throw_number(); },
                 "{\"level\":\"FATAL\",\"message\":\"terminate: int\",\"error_type\":\"int\",");
    check_end_of([] { std::terminate(); }, "{\"level\":\"FATAL\",\"message\":\"terminate: without an exception\",");
    check_end_of([] { std::thread([] { throw std::logic_error("in a thread"); }).join(); },
                 "{\"level\":\"FATAL\",\"message\":\"terminate: in a thread\",");
}

int main()
{
    check_begin();
    RUN(what_ends_the_program_is_logged_before_the_handler_that_was_there_runs);
    return check_end();
}
