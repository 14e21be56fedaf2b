/*
 * alog_terminate.hpp: the end of a C++ program by std::terminate() as a record that is written before it.
 *
 *     #include <alog_terminate.hpp>
 *
 *     alog::Logger log(config);
 *     alog::log_terminate(log);
 *
 * What it leaves of an exception that nobody catches:
 *
 *     FATAL - terminate: no more error="no more" error_type=std::runtime_error stack="./app(+0x9d2c) ..."
 */
#ifndef ALOG_TERMINATE_HPP
#define ALOG_TERMINATE_HPP

#include <alog.hpp>

#include <atomic>
#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <typeinfo>
#if defined(__GLIBC__)
#include <execinfo.h>
#endif

namespace alog {

/** What log_terminate() is made of. */
namespace detail {

/** Who logs the end, and what comes after it. */
struct Termination {
    Termination() noexcept : logger(0), before(nullptr), is_installed(false) {}
    std::atomic<uint64_t> logger;
    std::atomic<std::terminate_handler> before;
    std::atomic<bool> is_installed;
};

inline Termination &termination() noexcept
{
    static Termination termination;
    return termination;
}

/** Where this thread is, a line for each call; empty where that cannot be found out. */
inline std::string stack()
{
    std::string text;
#if defined(__GLIBC__)
    void *calls[64];
    const int count = backtrace(calls, 64);
    const std::unique_ptr<char *, void (*)(void *)> lines(backtrace_symbols(calls, count), std::free);
    for (int at = 0; lines && at < count; at++)
        text.append(at > 0 ? "\n" : "").append(lines.get()[at]);
#endif
    return text;
}

/** Logs `what` of an exception of type `type`; an empty one has none. */
inline void log_end(Text message, Text type, Text what) noexcept
{
    alog_field fields[3];
    std::size_t count = 0;
    const auto log = [&] {
        const alog_entry entry = {message.data(), message.size(), fields, count, 5000, ALOG_LEVEL_FATAL,
                                  0, ALOG_TEMPLATE, 0};
        return alog_log(alog_logger{termination().logger}, &entry);
    };
    if (what.size() > 0)
        fields[count++] = Field("error", what).raw();
    if (type.size() > 0)
        fields[count++] = Field("error_type", type).raw();
    try {
        const std::string calls = stack();
        fields[count++] = Field("stack", Text(calls)).raw();
        if (log() != ALOG_ERR_TOO_LARGE)
            return;
        count--;
    } catch (...) { // without memory: the record goes without it
    }
    (void)log(); // what becomes of it is counted; whoever could be told ends here
}

[[noreturn]] inline void on_terminate() noexcept
{
    const std::type_info *type = abi::__cxa_current_exception_type();
    char *readable = type != nullptr ? abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr) : nullptr;
    const Text name = readable != nullptr ? readable : type != nullptr ? type->name() : "";
    try {
        if (type != nullptr)
            throw;
        log_end("terminate: without an exception", name, "");
    } catch (const std::exception &error) {
        log_end("terminate: {error}", name, error.what());
    } catch (...) {
        log_end("terminate: {error_type}", name, "");
    }
    (void)alog_flush(alog_logger{termination().logger}, 5000); // what others logged; late, the program ends all the same
    if (const std::terminate_handler before = termination().before)
        before();
    std::abort();
}

} // namespace detail

/**
 * From now on the end by std::terminate(), of an exception that nobody catches for example, is logged at FATAL before
 * the handler that was there runs: with what() as `error`, its type as `error_type` and the calls as `stack`, as far as
 * the system knows them (glibc; names of the program's own functions with -rdynamic). It is written when that handler
 * runs, and so is what others logged, or 5 s have passed. Called again it only changes the logger; one that was given back logs nothing.
 *
 *     alog::log_terminate(log);
 */
inline void log_terminate(alog_logger log) noexcept
{
    detail::termination().logger = log.id;
    if (!detail::termination().is_installed.exchange(true))
        detail::termination().before = std::set_terminate(detail::on_terminate);
}

} // namespace alog

#endif /* ALOG_TERMINATE_HPP */
