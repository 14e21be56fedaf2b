/**
 * @file alog.hpp
 * alog for C++11 and later: owners of configurations and loggers, fields made of C++ values, functions as hooks.
 *
 *   alog::Config config;
 *   config.set("level", "debug").add_sink("file:app.log");
 *   alog::Logger log(config);
 *   log.info("user {id} logged in", {{"id", 5}, {"name", name}});
 *   ALOG_DEBUG(log, "with its place in the program", ALOG_FIELD("name", name));
 *
 * Header only, on top of alog.h; includes alog_log.h, whose macros take an alog::Logger as they take a handle.
 *
 * Conventions:
 *   - Making a configuration or a logger throws alog::Error if it fails. Everything that logs, waits or asks is
 *     noexcept and gives an alog_status.
 *   - A function given to a configuration is copied once, may be called from any thread, and is destroyed when
 *     nobody uses it any more. An exception that leaves it becomes ECANCELED.
 *   - Text is borrowed for the call, like everything else that is passed.
 *
 * Since 0.2.0.
 */

#ifndef ALOG_HPP
#define ALOG_HPP

#include <alog_log.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#if __cplusplus >= 201703L
#include <string_view>
#endif

namespace alog {

/** The severity of a message. */
enum class Level : alog_level {
    trace = ALOG_LEVEL_TRACE,
    debug = ALOG_LEVEL_DEBUG,
    info = ALOG_LEVEL_INFO,
    notice = ALOG_LEVEL_NOTICE,
    warn = ALOG_LEVEL_WARN,
    error = ALOG_LEVEL_ERROR,
    fatal = ALOG_LEVEL_FATAL
};

/** When a hook runs. */
enum class Phase : int32_t {
    pre = ALOG_HOOK_PRE,  /**< on the thread that logs */
    post = ALOG_HOOK_POST /**< on the writer thread */
};

/** What making something failed with. `what()` is the message. */
class Error : public std::runtime_error {
public:
    explicit Error(const alog_error &error) : std::runtime_error(error.message), error_(error) {}

    /** Which kind of error: one of ALOG_ERR_*. */
    alog_status code() const noexcept { return error_.code; }
    /** The errno behind it; 0 if there is none. */
    int os_error() const noexcept { return error_.os_error; }
    /** Which sink or stage it comes from. */
    const char *origin() const noexcept { return error_.origin; }

    /** Throws if `status` is an error; `error` is what the call filled, or has the code 0. */
    static void check(alog_status status, alog_error &error)
    {
        if (status >= ALOG_OK)
            return;
        if (error.code == ALOG_OK) {
            error.code = status;
            std::strncpy(error.message, alog_status_str(status), sizeof error.message - 1);
        }
        throw Error(error);
    }

private:
    alog_error error_;
};

/** Borrowed bytes: literals, std::string, and since C++17 std::string_view convert to it. */
class Text {
public:
    /** NUL-terminated; a null pointer is empty. */
    Text(const char *text) noexcept : data_(text), size_(text != nullptr ? std::strlen(text) : 0) {}
    Text(const char *data, std::size_t size) noexcept : data_(data), size_(size) {}
    Text(const std::string &text) noexcept : data_(text.data()), size_(text.size()) {}
#if __cplusplus >= 201703L
    Text(std::string_view text) noexcept : data_(text.data()), size_(text.size()) {}
    operator std::string_view() const noexcept { return std::string_view(data_, size_); }
#endif

    const char *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    /** A copy. */
    std::string str() const { return size_ > 0 ? std::string(data_, size_) : std::string(); }

private:
    const char *data_;
    std::size_t size_;
};

/** A key and a typed value. Borrows both: it is for the call that it is made in. */
class Field {
public:
    /** No value. */
    Field(Text key, std::nullptr_t) noexcept : raw_(make(key, ALOG_FIELD_NULL)) {}
    /** A truth value, or a number of any type; characters are numbers. */
    template <typename T, typename std::enable_if<std::is_arithmetic<T>::value, int>::type = 0>
    Field(Text key, T value) noexcept : raw_(make(key, number_type<T>()))
    {
        put(value, std::integral_constant<int32_t, number_type<T>()>());
    }
    /** NUL-terminated text; a null pointer is no value. */
    Field(Text key, const char *text) noexcept
        : raw_(with_bytes(key, text != nullptr ? ALOG_FIELD_STR : ALOG_FIELD_NULL, Text(text)))
    {
    }
    /** Text of any bytes. */
    Field(Text key, Text text) noexcept : raw_(with_bytes(key, ALOG_FIELD_STR, text)) {}

    /** Bytes that are no text. */
    static Field bytes(Text key, const void *data, std::size_t size) noexcept
    {
        return Field(with_bytes(key, ALOG_FIELD_BYTES, Text(static_cast<const char *>(data), size)));
    }
    /** Begins a group: the fields up to its end() belong to it. */
    static Field group(Text key) noexcept { return Field(make(key, ALOG_FIELD_GROUP)); }
    /** Ends the group that was begun last. */
    static Field end() noexcept { return Field(make(nullptr, ALOG_FIELD_END)); }

    /** The same for C. */
    const alog_field &raw() const noexcept { return raw_; }

private:
    explicit Field(const alog_field &raw) noexcept : raw_(raw) {}

    template <typename T> static constexpr int32_t number_type()
    {
        return std::is_same<T, bool>::value            ? ALOG_FIELD_BOOL
               : std::is_floating_point<T>::value      ? ALOG_FIELD_F64
               : std::is_signed<T>::value              ? ALOG_FIELD_I64
                                                       : ALOG_FIELD_U64;
    }
    template <typename T> void put(T value, std::integral_constant<int32_t, ALOG_FIELD_BOOL>) noexcept
    {
        raw_.value.u64 = value ? 1 : 0;
    }
    template <typename T> void put(T value, std::integral_constant<int32_t, ALOG_FIELD_F64>) noexcept
    {
        raw_.value.f64 = static_cast<double>(value);
    }
    template <typename T> void put(T value, std::integral_constant<int32_t, ALOG_FIELD_I64>) noexcept
    {
        raw_.value.i64 = value;
    }
    template <typename T> void put(T value, std::integral_constant<int32_t, ALOG_FIELD_U64>) noexcept
    {
        raw_.value.u64 = value;
    }
    static alog_field make(Text key, int32_t type) noexcept
    {
        alog_field raw = {key.data(), key.size(), type, 0, {0}};
        return raw;
    }
    static alog_field with_bytes(Text key, int32_t type, Text value) noexcept
    {
        alog_field raw = make(key, type);
        raw.value.bytes.ptr = value.data();
        raw.value.bytes.len = value.size();
        return raw;
    }

    alog_field raw_;
};

/** Fields as they are passed: `{{"id", 5}, {"name", name}}`. */
typedef std::initializer_list<Field> Fields;

static_assert(sizeof(Field) == sizeof(alog_field) && std::is_standard_layout<Field>::value,
              "an array of alog::Field is an array of alog_field");

/** The fields for C: Field is nothing but an alog_field. */
inline const alog_field *raw(Fields fields) noexcept { return reinterpret_cast<const alog_field *>(fields.begin()); }

/** A record as hooks and schedulers see it; valid during the call. */
class Record {
public:
    explicit Record(alog_record *record) noexcept : record_(record) {}

    Level level() const noexcept { return static_cast<Level>(alog_record_level_get(record_)); }
    /** As it was logged: a template is not rendered. */
    Text message() const noexcept
    {
        const char *data = nullptr;
        std::size_t size = 0;
        (void)alog_record_message_get(record_, &data, &size); // fails only without a record
        return Text(data, size);
    }
    /** The logger's name; empty if it has none. */
    Text name() const noexcept
    {
        const char *data = nullptr;
        std::size_t size = 0;
        (void)alog_record_name_get(record_, &data, &size); // as above
        return Text(data, size);
    }
    /** Looks a field up; true if and only if it is there. `a.b` is field `b` of group `a`. */
    bool get(Text key, alog_field &out_field) const noexcept
    {
        return alog_record_field_get(record_, key.data(), key.size(), &out_field) == ALOG_OK;
    }
    /** Adds or overrides a field; as alog_record_field_set(). In hooks only. */
    alog_status set(const Field &field) noexcept { return alog_record_field_set(record_, &field.raw()); }

private:
    alog_record *record_;
};

/** Takes lines; gives 0 or an errno value. */
typedef std::function<int32_t(Text lines, uint64_t line_count)> Sink;
/** Sees every record; gives 0 or an errno value. */
typedef std::function<int32_t(Record &record)> Hook;
/** Chooses a worker: 0 to `worker_count - 1`. */
typedef std::function<uint32_t(const Record &record, uint32_t worker_count)> Scheduler;

/** How a logger is to be made. Owns an alog_config; one thread at a time. Everything throws alog::Error. */
class Config {
public:
    Config()
    {
        alog_error error = {};
        alog_config *made = nullptr;
        Error::check(alog_config_new(&made), error);
        config_.reset(made);
    }

    /** Sets a key: see alog_config_set() for what there is. */
    Config &set(const std::string &key, const std::string &value)
    {
        alog_error error = {};
        Error::check(alog_config_set(get(), key.c_str(), value.c_str(), &error), error);
        return *this;
    }
    /** Takes over what a TOML text says, all of it or nothing: see alog_config_load(). */
    Config &load(Text text)
    {
        alog_error error = {};
        Error::check(alog_config_load(get(), text.data(), text.size(), &error), error);
        return *this;
    }
    /** The same with a file; errors name it, with line and column. */
    Config &load_file(const std::string &path)
    {
        alog_error error = {};
        Error::check(alog_config_load_file(get(), path.c_str(), &error), error);
        return *this;
    }
    /** The same with the variables of the environment that begin with `prefix`: see alog_config_load_env(). */
    Config &load_env(const std::string &prefix = "ALOG_")
    {
        alog_error error = {};
        Error::check(alog_config_load_env(get(), prefix.c_str(), &error), error);
        return *this;
    }
    /** Throws if the parts do not fit together, as making the logger would; opens nothing. */
    const Config &check() const
    {
        alog_error error = {};
        Error::check(alog_config_check(get(), &error), error);
        return *this;
    }
    /** Adds a destination: `console:`, `stderr:`, `file:PATH`, `fd:N`, with parameters. */
    Config &add_sink(const std::string &spec)
    {
        alog_error error = {};
        Error::check(alog_config_add_sink(get(), spec.c_str(), &error), error);
        return *this;
    }
    /** Adds a function as a destination, under a name. */
    Config &add_sink(const std::string &spec, Sink sink)
    {
        std::unique_ptr<Sink> own(new Sink(std::move(sink)));
        alog_error error = {};
        Error::check(alog_config_add_callback(get(), spec.c_str(), call_sink, own.get(), destroy<Sink>, &error), error);
        own.release(); // the configuration has it now
        return *this;
    }
    /** Adds base fields, which every record has. They are copied. */
    Config &add_fields(Fields fields)
    {
        alog_error error = {};
        Error::check(alog_config_add_fields(get(), raw(fields), fields.size(), &error), error);
        return *this;
    }
    /** Adds a hook behind those of its phase. */
    Config &add_hook(Phase phase, const std::string &name, Hook hook)
    {
        std::unique_ptr<Hook> own(new Hook(std::move(hook)));
        alog_error error = {};
        Error::check(alog_config_add_hook(get(), static_cast<int32_t>(phase), name.c_str(), call_hook, own.get(),
                                          destroy<Hook>, &error),
                     error);
        own.release(); // as above
        return *this;
    }
    /** Lets a function choose the worker of each record. */
    Config &set_scheduler(Scheduler scheduler)
    {
        std::unique_ptr<Scheduler> own(new Scheduler(std::move(scheduler)));
        alog_error error = {};
        Error::check(alog_config_set_scheduler(get(), call_scheduler, own.get(), destroy<Scheduler>, &error), error);
        own.release(); // as above
        return *this;
    }

    /** The same for C; still owned by this. */
    alog_config *get() const noexcept { return config_.get(); }

private:
    struct Free {
        void operator()(alog_config *config) const noexcept { alog_config_free(config); }
    };

    template <typename Function> static void destroy(void *function) { delete static_cast<Function *>(function); }

    static int32_t call_sink(void *sink, const char *lines, std::size_t lines_len, uint64_t line_count)
    {
        try {
            return (*static_cast<Sink *>(sink))(Text(lines, lines_len), line_count);
        } catch (...) {
            return ECANCELED;
        }
    }
    static int32_t call_hook(void *hook, alog_record *record)
    {
        try {
            Record seen(record);
            return (*static_cast<Hook *>(hook))(seen);
        } catch (...) {
            return ECANCELED;
        }
    }
    static uint32_t call_scheduler(void *scheduler, const alog_record *record, uint32_t worker_count)
    {
        try {
            const Record seen(const_cast<alog_record *>(record)); // a const Record only asks
            return (*static_cast<Scheduler *>(scheduler))(seen, worker_count);
        } catch (...) {
            return worker_count; // no worker: reported, and worker 0 takes the record
        }
    }

    std::unique_ptr<alog_config, Free> config_;
};

/**
 * A logger. Owns its handle; usable from every thread, as long as it is not moved or destroyed meanwhile.
 *
 * The destructor stops a root logger and waits up to 5 seconds for what is unwritten; call stop() to know.
 */
class Logger {
public:
    /** No logger: every call gives ALOG_ERR_HANDLE. */
    Logger() noexcept : handle_(), switch_(nullptr) {}
    /** Opens the sinks and starts the writer thread. Throws alog::Error. */
    explicit Logger(const Config &config) : Logger()
    {
        alog_error error = {};
        Error::check(alog_new(config.get(), &handle_, &error), error);
        find_switch();
    }
    Logger(Logger &&other) noexcept : handle_(other.handle_), switch_(other.switch_) { other.forget(); }
    Logger &operator=(Logger &&other) noexcept
    {
        if (this != &other) {
            (void)alog_free(handle_); // as in the destructor
            handle_ = other.handle_;
            switch_ = other.switch_;
            other.forget();
        }
        return *this;
    }
    Logger(const Logger &) = delete;
    Logger &operator=(const Logger &) = delete;
    ~Logger() { (void)alog_free(handle_); } // nobody is left to tell; the writer goes on after 5 seconds

    /** The handle, for C and for the macros of alog_log.h; still owned by this. */
    operator alog_logger() const noexcept { return handle_; }

    /** A logger derived from this one; see alog_child_new(). Throws alog::Error. */
    Logger child(const Config &config) const
    {
        alog_error error = {};
        Logger made;
        Error::check(alog_child_new(handle_, config.get(), &made.handle_, &error), error);
        made.find_switch();
        return made;
    }
    /**
     * One that is derived from the logger of that name, whoever made it: see alog_find(). It is no logger (`id` 0) if
     * there is none. Throws alog::Error if it cannot be derived.
     */
    static Logger find(const char *name)
    {
        alog_logger found = {0};
        alog_error error = {};
        Logger made;
        if (alog_find(name, &found) == ALOG_OK) {
            Error::check(alog_child_new(found, nullptr, &made.handle_, &error), error);
            made.find_switch();
        }
        return made;
    }
    /** One with a name, which may be empty, and base fields. Throws alog::Error. */
    Logger child(Text name, Fields fields = {}) const
    {
        Config config;
        if (name.size() > 0)
            config.set("name", name.str());
        return child(config.add_fields(fields));
    }

    /** False if and only if the level is switched off; about a nanosecond, no call. */
    bool is_on(Level level) const noexcept
    {
        // Acquire: the levels are of this logger, not of one that had the slot before.
        return switch_ == nullptr || __atomic_load_n(&switch_->id, __ATOMIC_ACQUIRE) != handle_.id ||
               (__atomic_load_n(&switch_->levels, __ATOMIC_RELAXED) >> static_cast<alog_level>(level) & 1) != 0;
    }

    /** Logs bytes as they are; as alog_write(). */
    alog_status write(Level level, Text message) const noexcept
    {
        return alog_write(handle_, static_cast<alog_level>(level), message.data(), message.size());
    }
    /** The same, and waits until it is written; as alog_write_sync() without a deadline. */
    alog_status write_sync(Level level, Text message, alog_error *out_error = nullptr) const noexcept
    {
        return alog_write_sync(handle_, static_cast<alog_level>(level), message.data(), message.size(), -1, out_error);
    }
    /**
     * Logs a message with fields; as alog_log(). With fields, `{name}` in the message stands for the field of
     * that name; without, braces mean nothing. The record has no place: ALOG_LOG() gives it one.
     */
    alog_status log(Level level, Text message, Fields fields = {}) const noexcept
    {
        if (!is_on(level))
            return ALOG_DISABLED;
        alog_entry entry = {message.data(), message.size(), raw(fields), fields.size(), ALOG_BY_POLICY,
                            static_cast<alog_level>(level), 0, 0, 0};
        if (fields.size() > 0)
            entry.flags = ALOG_TEMPLATE;
        return alog_log(handle_, &entry);
    }
    /** log() at one level. */
    alog_status trace(Text message, Fields fields = {}) const noexcept { return log(Level::trace, message, fields); }
    alog_status debug(Text message, Fields fields = {}) const noexcept { return log(Level::debug, message, fields); }
    alog_status info(Text message, Fields fields = {}) const noexcept { return log(Level::info, message, fields); }
    alog_status notice(Text message, Fields fields = {}) const noexcept { return log(Level::notice, message, fields); }
    alog_status warn(Text message, Fields fields = {}) const noexcept { return log(Level::warn, message, fields); }
    alog_status error(Text message, Fields fields = {}) const noexcept { return log(Level::error, message, fields); }
    alog_status fatal(Text message, Fields fields = {}) const noexcept { return log(Level::fatal, message, fields); }

    /** Waits until what was accepted is handed over; as alog_flush(). Without a time: however long it takes. */
    alog_status flush() const noexcept { return alog_flush(handle_, -1); }
    template <typename Rep, typename Period>
    alog_status flush(std::chrono::duration<Rep, Period> timeout) const noexcept
    {
        return alog_flush(handle_, milliseconds(timeout));
    }
    /** Stops the logger and everything that shares its root; as alog_stop(). Without a time: as above. */
    alog_status stop() const noexcept { return alog_stop(handle_, -1); }
    template <typename Rep, typename Period>
    alog_status stop(std::chrono::duration<Rep, Period> timeout) const noexcept
    {
        return alog_stop(handle_, milliseconds(timeout));
    }

    /** Takes the oldest error: `ALOG_EMPTY` if there is none; as alog_poll_error(). */
    alog_status poll_error(alog_error &out_error) const noexcept { return alog_poll_error(handle_, &out_error); }
    /** Takes whole lines of the sink `pull:NAME`, as alog_pull(); without a time: waits until there is one. */
    alog_status pull(const char *name, char *out, std::size_t out_size, std::size_t &out_len) const noexcept
    {
        return alog_pull(handle_, name, out, out_size, -1, &out_len, nullptr);
    }
    template <typename Rep, typename Period>
    alog_status pull(const char *name, char *out, std::size_t out_size, std::size_t &out_len,
                     std::chrono::duration<Rep, Period> timeout) const noexcept
    {
        return alog_pull(handle_, name, out, out_size, milliseconds(timeout), &out_len, nullptr);
    }
    /** The descriptor that is readable while a pull would not wait; as alog_pull_fd_get(). */
    alog_status pull_fd(const char *name, int32_t &out_fd) const noexcept
    {
        return alog_pull_fd_get(handle_, name, &out_fd);
    }

    /** The account; as alog_stats_get(). */
    alog_status stats(alog_stats &out_stats) const noexcept { return alog_stats_get(handle_, &out_stats); }

    /** The lines that the sink `memory:NAME` keeps, one behind the other; as alog_memory_read(). */
    alog_status memory(Text name, std::string &out_lines) const noexcept
    try {
        std::string lines, text = name.str();
        size_t len = 0;
        alog_status status = alog_memory_read(handle_, text.c_str(), nullptr, 0, &len, nullptr);
        if (status == ALOG_OK) {
            lines.resize(len + 1); // never empty: there is a place to copy to
            status = alog_memory_read(handle_, text.c_str(), &lines[0], len, &len, nullptr);
        }
        if (status == ALOG_OK) {
            lines.resize(len);
            out_lines.swap(lines);
        }
        return status;
    } catch (...) {
        return ALOG_ERR_MEMORY;
    }
    /** Throws them away; as alog_memory_clear(). */
    alog_status clear_memory(Text name) const noexcept
    try { return alog_memory_clear(handle_, name.str().c_str()); } catch (...) { return ALOG_ERR_MEMORY; }

    /** Switches levels, `"debug|warn|fatal"` for example; as alog_levels_set(). */
    alog_status set_levels(const char *levels, alog_error *out_error = nullptr) const noexcept
    {
        return alog_levels_set(handle_, levels, out_error);
    }
    /** Changes the keys that are set in `changes`, all or none; as alog_reconfigure(). */
    alog_status reconfigure(const Config &changes, alog_error *out_error = nullptr) const noexcept
    {
        return alog_reconfigure(handle_, changes.get(), out_error);
    }
    /** Goes on with another configuration, as a whole or not at all; as alog_reload(). */
    alog_status reload(const Config &config, alog_error *out_error = nullptr) const noexcept
    {
        return alog_reload(handle_, config.get(), out_error);
    }
    /** Goes on with what the files say now that it was made from; as alog_reload() with NULL. */
    alog_status reread(alog_error *out_error = nullptr) const noexcept { return alog_reload(handle_, nullptr, out_error); }
    /** Lets every file be opened anew by its name; as alog_reopen(). */
    alog_status reopen() const noexcept { return alog_reopen(handle_); }
    /** Lets every file be rotated now; as alog_rotate(). */
    alog_status rotate() const noexcept { return alog_rotate(handle_); }

private:
    /** Rounded up; a negative time is over already, one that 64 bits cannot say never is. */
    template <typename Rep, typename Period> static int64_t milliseconds(std::chrono::duration<Rep, Period> timeout)
    {
        const double exact = std::chrono::duration<double, std::milli>(timeout).count();
        if (!(exact > 0))
            return 0;
        if (exact >= 9e18)
            return -1;
        const int64_t whole = static_cast<int64_t>(exact);
        return static_cast<double>(whole) < exact ? whole + 1 : whole;
    }
    void find_switch() noexcept
    {
        if (alog_switch_get(handle_, &switch_) != ALOG_OK)
            switch_ = nullptr; // then the library is asked each time
    }
    void forget() noexcept
    {
        handle_.id = 0;
        switch_ = nullptr;
    }

    alog_logger handle_;
    const alog_switch *switch_;
};

} // namespace alog

/* ALOG_FIELD() of C++ strings. */
static inline alog_field alog_field_of_(const char *key, int is_literal, const std::string &value)
{
    return alog_field_strn_(key, is_literal, value.data(), value.size());
}
#if __cplusplus >= 201703L
static inline alog_field alog_field_of_(const char *key, int is_literal, std::string_view value)
{
    alog_field field = alog_field_strn_(key, is_literal, value.data(), value.size());
    field.type = ALOG_FIELD_STR; /* an empty view may have no pointer, and is text all the same */
    return field;
}
#endif

#endif /* ALOG_HPP */
