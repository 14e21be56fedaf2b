/*
 * spdlog's async logger as its documentation makes one: the global thread pool with its default queue (8192) and one
 * worker, which blocks callers when the queue is full; a basic file sink; alog's own text format.
 */
#include "subject/peer.h"

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

static std::shared_ptr<spdlog::logger> logger;

void peer_open(const char *path)
{
    spdlog::init_thread_pool(spdlog::details::default_async_q_size, 1);
    logger = spdlog::basic_logger_mt<spdlog::async_factory>("bench", path);
    logger->set_pattern("[%Y-%m-%d %H:%M:%S.%fZ] %l - %v", spdlog::pattern_time_type::utc);
}

void peer_thread() {}

void peer_log(const char *message, size_t len)
{
    logger->info(spdlog::string_view_t(message, len));
}

void peer_log_values(int64_t order, int64_t customer, double ms)
{
    logger->info("order {} of customer {} was accepted after {} ms", order, customer, ms);
}

/* The pool's end waits until its worker has written everything; the file is closed with its last owner. */
void peer_close()
{
    logger.reset();
    spdlog::shutdown();
}
