/*
 * alog.hpp: owners, fields by overload, functions as hooks, errors as exceptions where something is made.
 */
#include "lines.h"

#include <sched.h>
#include <alog.hpp>

#include <atomic>
#include <thread>
#include <vector>

static alog::Logger logger_for(alog::Config &config) { return alog::Logger(config.add_sink(TO_FILE)); }

static void every_type_has_its_field()
{
    alog::Config config;
    alog::Logger log = logger_for(config.set("format", "json").set("time_key", ""));
    const std::string text = "string";
    const char *none = nullptr;
    char array[] = "array";
    CHECK_OK(log.info("{text}", {{"null", nullptr}, {"bool", true}, {"i64", INT64_MIN}, {"u64", UINT64_MAX},
                                 {"short", static_cast<short>(-1)}, {"char", 'c'}, {"f64", 1.5}, {"f32", 0.5f},
                                 {"text", text}, {"literal", "l"}, {"array", array}, {"none", none},
                                 {text, alog::Text("two of it", 3)}, alog::Field::bytes("bytes", "\xff", 1),
                                 alog::Field::group("group"), {"in", 1u}, alog::Field::end()}));
#if __cplusplus >= 201703L
    CHECK_OK(log.info("{view}", {{"view", std::string_view("v")}, {"empty", std::string_view()}}));
    ALOG_INFO(log, "{view}", ALOG_FIELD("view", std::string_view("v")), ALOG_FIELD("empty", std::string_view()));
#endif
    CHECK_OK(log.stop());
    CHECK_EQ(alog::Field("k", text).raw().type, ALOG_FIELD_STR);
    char *file = read_file(LOG_FILE, nullptr);
    CHECK(std::strstr(file, "{\"level\":\"INFO\",\"message\":\"string\",\"null\":null,\"bool\":true,"
                            "\"i64\":-9223372036854775808,\"u64\":18446744073709551615,\"short\":-1,\"char\":99,"
                            "\"f64\":1.5,\"f32\":0.5,\"text\":\"string\",\"literal\":\"l\",\"array\":\"array\","
                            "\"none\":null,\"string\":\"two\",\"bytes\":\"\\\\xff\",\"group\":{\"in\":1}}\n") == file);
#if __cplusplus >= 201703L
    CHECK(std::strstr(file, "\"message\":\"v\",\"view\":\"v\",\"empty\":\"\"}\n") != nullptr);
    CHECK(std::strstr(file, "\"source\":\"contract_hpp.cpp") != nullptr);
#endif
    std::free(file);
}

static void lines_can_be_pulled()
{
    alog::Config config;
    alog::Logger log(config.add_sink("pull:out?format=raw"));
    char lines[16];
    std::size_t len = 0;
    int32_t fd = -1;
    CHECK_EQ(log.pull("out", lines, sizeof lines, len, std::chrono::milliseconds(0)), ALOG_EMPTY);
    CHECK_OK(log.pull_fd("out", fd));
    CHECK_OK(log.info("x"));
    CHECK_OK(log.pull("out", lines, sizeof lines, len));
    CHECK(std::string(lines, len) == "x\n");
    CHECK_OK(log.stop());
    CHECK_EQ(log.pull("out", lines, sizeof lines, len), ALOG_ERR_STOPPED);
}

static void each_level_has_its_function()
{
    alog::Config config;
    alog::Logger log = logger_for(config.set("format", "logfmt").set("time_key", "").set("level", "debug"));
    CHECK_EQ(log.trace("a"), ALOG_DISABLED);
    CHECK_OK(log.debug("b"));
    CHECK_OK(log.info("{c}"));
    CHECK_OK(log.notice("d"));
    CHECK_OK(log.warn("e"));
    CHECK_OK(log.error("f"));
    CHECK_OK(log.fatal("g"));
    CHECK_OK(log.write(alog::Level::info, std::string("h")));
    CHECK_OK(log.write_sync(alog::Level::info, "i"));
    CHECK(!log.is_on(alog::Level::trace) && log.is_on(alog::Level::debug));
    CHECK_OK(log.set_levels("trace|fatal"));
    CHECK(log.is_on(alog::Level::trace) && !log.is_on(alog::Level::debug));
    alog_error error;
    CHECK_EQ(log.set_levels("loud", &error), ALOG_ERR_VALUE);
    CHECK_OK(log.stop());
    check_lines("level=debug message=b", "level=info message={c}", "level=notice message=d", "level=warn message=e",
                "level=error message=f", "level=fatal message=g", "level=info message=h", "level=info message=i", NULL);
}

template <typename Make> static alog_status thrown_by(Make make)
{
    try {
        make();
    } catch (const alog::Error &error) {
        CHECK(error.what()[0] != '\0' && error.origin()[0] != '\0');
        return error.code();
    }
    return ALOG_OK;
}

static void a_configuration_is_loaded_from_text_files_and_the_environment()
{
    alog::Config config;
    const std::string text = "level = 'debug'\nformat = 'raw'";
    std::FILE *file = std::fopen("app.toml", "w");
    CHECK(file != nullptr && std::fputs("level = 'warn'\n[[sink]]\nto = '" TO_FILE "'\n", file) >= 0);
    CHECK_EQ(std::fclose(file), 0);
    config.load(text).load_file("app.toml");
    CHECK_EQ(setenv("SHOP_LEVEL", "notice", 1), 0);
    alog::Logger log(config.load_env().load_env("SHOP_").check());
    CHECK_EQ(log.info("a"), ALOG_DISABLED);
    CHECK_OK(log.notice("b"));
    CHECK_OK(log.stop());
    check_lines("b", NULL);
    CHECK_EQ(thrown_by([&] { config.load("level = "); }), ALOG_ERR_SYNTAX);
    CHECK_EQ(thrown_by([&] { config.load_file("gone.toml"); }), ALOG_ERR_OPEN);
    CHECK_EQ(setenv("SHOP_LEVLE", "notice", 1), 0);
    CHECK_EQ(thrown_by([&] { config.load_env("SHOP_"); }), ALOG_ERR_KEY);
    CHECK_EQ(thrown_by([&] { config.set("replace", "sinks").check(); }), ALOG_ERR_KEY);
}

static void what_cannot_be_made_throws()
{
    alog::Config config;
    const std::shared_ptr<int> owned = std::make_shared<int>(0);
    CHECK_EQ(thrown_by([&] { config.set("paint", "red"); }), ALOG_ERR_KEY);
    CHECK_EQ(thrown_by([&] { config.set("level", "loud"); }), ALOG_ERR_VALUE);
    CHECK_EQ(thrown_by([&] { config.add_sink("tape:0"); }), ALOG_ERR_SINK);
    CHECK_EQ(thrown_by([&] { config.add_sink("", [owned](alog::Text, uint64_t) { return 0; }); }), ALOG_ERR_SINK);
    CHECK_EQ(thrown_by([&] { config.add_fields({alog::Field::end()}); }), ALOG_ERR_FIELD);
    CHECK_EQ(thrown_by([&] { config.add_hook(alog::Phase::pre, "", [owned](alog::Record &) { return 0; }); }),
             ALOG_ERR_ARGUMENT);
    CHECK_EQ(owned.use_count(), 1);
    config.add_sink("file:missing/x.log");
    CHECK_EQ(thrown_by([&] { alog::Logger log(config); }), ALOG_ERR_OPEN);
    CHECK_EQ(thrown_by([] { alog::Logger().child("x"); }), ALOG_ERR_HANDLE);
}

static void a_logger_is_moved_and_given_back_once()
{
    alog::Config config;
    alog::Logger first = logger_for(config.set("format", "raw"));
    const alog_logger handle = first;
    alog::Logger second(std::move(first));
    CHECK_EQ(first.info("x"), ALOG_ERR_HANDLE);
    CHECK_EQ(first.flush(), ALOG_ERR_HANDLE);
    CHECK_OK(second.info("a"));
    {
        alog::Logger third;
        CHECK_EQ(third.info("x"), ALOG_ERR_HANDLE);
        third = std::move(second);
        CHECK_OK(third.info("b"));
        CHECK_EQ(static_cast<alog_logger>(third).id, handle.id);
    }
    CHECK_EQ(alog_write(handle, ALOG_LEVEL_INFO, "x", 1), ALOG_ERR_HANDLE);
    check_lines("a", "b", NULL);
    static_assert(!std::is_copy_constructible<alog::Logger>::value, "a handle has one owner");
    static_assert(!std::is_copy_constructible<alog::Config>::value, "a configuration has one owner");
    static_assert(std::is_nothrow_move_constructible<alog::Logger>::value, "moving cannot fail");
    static_assert(std::is_nothrow_move_constructible<alog::Config>::value, "moving cannot fail");
}

static void functions_are_destroyed_when_the_last_user_is_gone()
{
    const std::shared_ptr<int> owned = std::make_shared<int>(0);
    {
        alog::Logger log;
        {
            alog::Config config;
            config.add_hook(alog::Phase::pre, "a", [owned](alog::Record &) { return 0; });
            config.add_hook(alog::Phase::post, "b", [owned](alog::Record &) { return 0; });
            config.add_sink("c", [owned](alog::Text, uint64_t) { return 0; });
            config.set_scheduler([owned](const alog::Record &, uint32_t) { return 0u; });
            log = alog::Logger(config);
        }
        CHECK_OK(log.info("x"));
        CHECK_EQ(owned.use_count(), 5);
    }
    CHECK_EQ(owned.use_count(), 1);
}

static void hooks_ask_and_add()
{
    alog::Config config;
    std::string seen;
    config.set("format", "json").set("time_key", "").set("name", "db").add_fields({{"app", "shop"}});
    config.add_hook(alog::Phase::pre, "ask", [&seen](alog::Record &record) {
        alog_field id, none;
        CHECK(record.get("id", id) && id.value.i64 == 5);
        CHECK(!record.get("none", none));
        seen = record.name().str() + " " + record.message().str();
        CHECK(record.level() == alog::Level::warn);
        CHECK_EQ(record.set(alog::Field::group("g")), ALOG_ERR_FIELD);
        return record.set({"hooked", true}) == ALOG_OK ? 0 : EINVAL;
    });
    alog::Logger log = logger_for(config);
    CHECK_OK(log.warn("user {id}", {{"id", 5}}));
    CHECK_OK(log.stop());
    CHECK_TEXT(seen.c_str(), "db user {id}");
    check_lines("{\"level\":\"WARN\",\"logger\":\"db\",\"message\":\"user 5\",\"app\":\"shop\",\"hooked\":true,\"id\":5}",
                NULL);
}

static void an_exception_of_a_function_becomes_an_error_to_poll()
{
    alog::Config config;
    alog_error error;
    alog_stats stats;
    std::vector<std::string> origins;
    config.add_hook(alog::Phase::pre, "pre", [](alog::Record &) -> int32_t { throw 1; });
    config.add_hook(alog::Phase::post, "post", [](alog::Record &) -> int32_t { throw 2; });
    config.add_sink("sink", [](alog::Text, uint64_t) -> int32_t { throw 3; });
    config.set("workers", "2").set_scheduler([](const alog::Record &, uint32_t) -> uint32_t { throw 4; });
    alog::Logger log(config);
    CHECK_OK(log.info("x"));
    CHECK_OK(log.flush(std::chrono::minutes(1)));
    alog_status polled;
    while ((polled = log.poll_error(error)) == ALOG_OK) {
        origins.push_back(error.origin);
        CHECK(error.os_error == ECANCELED || error.code == ALOG_ERR_SCHEDULER);
    }
    CHECK_EQ(polled, ALOG_EMPTY);
    CHECK_EQ(origins.size(), 4);
    CHECK_OK(log.stats(stats));
    CHECK_EQ(stats.failed, 1);
    log = alog::Logger();
    CHECK_EQ(log.poll_error(error), ALOG_ERR_HANDLE);
}

static void children_add_names_and_fields()
{
    alog::Config config, own;
    alog::Logger log = logger_for(config.set("format", "logfmt").set("time_key", "").set("level_key", ""));
    alog::Logger db = log.child("db", {{"shard", 3}}), plain = db.child("");
    alog::Logger other = db.child(own.set("name", "pool").set("replace", "fields"));
    CHECK_OK(db.info("a"));
    CHECK_OK(plain.info("b"));
    CHECK_OK(other.info("c"));
    CHECK_OK(log.flush());
    CHECK_OK(db.stop());
    CHECK_EQ(log.info("x"), ALOG_ERR_STOPPED);
    check_lines("logger=db message=a shard=3", "logger=db message=b shard=3", "logger=db.pool message=c", NULL);
}

static void a_logger_is_found_by_its_name()
{
    alog::Config config;
    alog::Logger log = logger_for(config.set("format", "logfmt").set("time_key", "").set("name", "app"));
    alog::Logger found = alog::Logger::find("app");
    CHECK_OK(found.info("a"));
    CHECK_OK(found.child("db").info("b"));
    found = alog::Logger::find("nobody");
    CHECK_EQ(alog_logger(found).id, 0);
    CHECK_EQ(found.info("x"), ALOG_ERR_HANDLE);
    CHECK_OK(log.stop());
    CHECK_EQ(alog_logger(alog::Logger::find("app")).id, 0);
    check_lines("level=info logger=app message=a", "level=info logger=app.db message=b", NULL);
}

static void times_are_rounded_up_and_never_negative()
{
    alog::Config config;
    std::atomic<bool> open(false);
    config.add_sink("gate", [&open](alog::Text, uint64_t) {
        while (!open)
            std::this_thread::yield();
        return 0;
    });
    alog::Logger log(config);
    CHECK_OK(log.info("x"));
    CHECK_EQ(log.flush(std::chrono::nanoseconds(1)), ALOG_ERR_TIMEOUT);
    CHECK_EQ(log.flush(std::chrono::seconds(-5)), ALOG_ERR_TIMEOUT);
    CHECK_EQ(log.flush(std::chrono::duration<double>(0.001)), ALOG_ERR_TIMEOUT);
    open = true;
    CHECK_OK(log.flush(std::chrono::hours::max()));
    CHECK_OK(log.stop(std::chrono::minutes(1)));
}

static void changes_apply_while_it_runs()
{
    alog::Config config, changes, refused;
    alog::Logger log = logger_for(config.set("format", "raw"));
    alog_error error;
    CHECK_OK(log.reconfigure(changes.set("level", "error")));
    CHECK_EQ(log.info("x"), ALOG_DISABLED);
    CHECK_EQ(log.reconfigure(refused.set("name", "x"), &error), ALOG_ERR_KEY);
    CHECK_OK(log.error("y"));
    CHECK_OK(log.stop());
    check_lines("y", NULL);
}

static void it_goes_on_with_another_configuration()
{
    alog::Config config, next, refused;
    alog::Logger log = logger_for(config.set("format", "json"));
    alog_error error;
    CHECK_EQ(log.reload(refused.set("workers", "2"), &error), ALOG_ERR_KEY);
    CHECK_OK(log.reload(next.set("format", "raw").set("level", "debug").add_sink(TO_FILE)));
    CHECK_OK(log.debug("x"));
    CHECK_OK(log.reopen());
    CHECK_OK(log.flush());
    CHECK_OK(log.stop());
    CHECK_EQ(log.rotate(), ALOG_ERR_STOPPED);
    check_lines("x", NULL);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    CHECK(file != nullptr && fputs(text, file) >= 0);
    CHECK_EQ(fclose(file), 0);
}

static void it_reads_its_file_again_and_follows_it()
{
    write_file("app.toml", "level = 'error'\n");
    alog::Config config;
    alog::Logger log = logger_for(config.load_file("app.toml").set("reload", "on-change"));
    CHECK_EQ(log.info("x"), ALOG_DISABLED);
    write_file("app.toml", "level = 'info'\nformat = 'raw'\n");
    CHECK_OK(log.reread());
    CHECK_OK(log.info("x"));
    write_file("app.toml", "level = 'debug'\nformat = 'raw'\n");
    while (log.debug("y") == ALOG_DISABLED)
        sched_yield(); // the file is seen at some time
    CHECK_OK(log.stop());
    check_lines("x", "y", NULL);
}

static void memory_is_read_and_cleared()
{
    alog::Config config;
    std::string lines = "before";
    alog::Logger log(config.set("format", "raw").add_sink("memory:last?records=2"));
    for (const char *text : {"a", "b", "c"})
        CHECK_OK(log.info(text));
    CHECK_OK(log.flush());
    CHECK_EQ(log.memory("first", lines), ALOG_ERR_SINK);
    CHECK_TEXT(lines.c_str(), "before");
    CHECK_OK(log.memory("last", lines));
    CHECK_TEXT(lines.c_str(), "b\nc\n");
    CHECK_OK(log.clear_memory("last"));
    CHECK_OK(log.memory("last", lines));
    CHECK(lines.empty());
    static_assert(noexcept(log.memory("last", lines)) && noexcept(log.clear_memory("last")), "what asks is noexcept");
}

int main()
{
    check_begin();
    RUN(every_type_has_its_field);
    RUN(lines_can_be_pulled);
    RUN(each_level_has_its_function);
    RUN(a_configuration_is_loaded_from_text_files_and_the_environment);
    RUN(what_cannot_be_made_throws);
    RUN(a_logger_is_moved_and_given_back_once);
    RUN(functions_are_destroyed_when_the_last_user_is_gone);
    RUN(hooks_ask_and_add);
    RUN(an_exception_of_a_function_becomes_an_error_to_poll);
    RUN(children_add_names_and_fields);
    RUN(a_logger_is_found_by_its_name);
    RUN(times_are_rounded_up_and_never_negative);
    RUN(changes_apply_while_it_runs);
    RUN(it_goes_on_with_another_configuration);
    RUN(it_reads_its_file_again_and_follows_it);
    RUN(memory_is_read_and_cleared);
    return check_end();
}
