// Whole records in C++: fields, derived loggers, hooks, levels.
//
//     c++ -std=c++11 record.cpp $(pkg-config --cflags --libs alog) -o record && ./record
#include <alog.hpp>
#include <iostream>

// Fields take their type from the value. The macros of alog_log.h add the place in the program.
static void log_with_fields(const alog::Logger &log, const std::string &name)
{
    log.info("user {id} logged in", {{"id", 5}, {"name", name}});
    log.warn("slow request", {{"ms", 812.5}, alog::Field::group("req"), {"path", "/cart"}, alog::Field::end()});
    ALOG_INFO(log, "user {name} logged out", ALOG_FIELD("name", name));
}

int main()
{
    try {
        int64_t request = 17;
        alog::Config config;
        config.add_sink("console:?format=logfmt").add_sink("file:record.json?format=json&level=warn");
        config.add_hook(alog::Phase::pre, "request", [&request](alog::Record &record) {
            return record.set({"request", request}) == ALOG_OK ? 0 : 1;
        });
        alog::Logger log(config);

        log_with_fields(log, "Eve");

        alog::Logger db = log.child("db", {{"shard", 3}});
        db.info("connected");

        log.set_levels("debug|error+");
        log.debug("shown");
        log.info("not shown");

        if (log.stop(std::chrono::seconds(5)) == ALOG_ERR_TIMEOUT)
            std::cerr << "log records are still unwritten\n";
    } catch (const alog::Error &error) { // only making something throws
        std::cerr << "no logger: " << error.what() << '\n';
        return 1;
    }
}
