#include "sink.h"
#include "_cgo_export.h"

#include <stdatomic.h>
#include <stdlib.h>

static _Atomic(alog_go_sink *) released;

// Runs on a writer thread of the library: the only way from there into Go.
static int32_t write_lines(void *user_data, const char *lines, size_t lines_len, uint64_t line_count) {
    (void)line_count;
    return alogGoWrite(((alog_go_sink *)user_data)->writer, lines, lines_len);
}

// Runs on whichever thread lets go last. That may be one in the middle of alog_write, which Go was
// promised not to be called from; so the sink is only put aside here, for Go to find.
static void release(void *user_data) {
    alog_go_sink *sink = user_data;
    sink->next = atomic_load(&released);
    while (!atomic_compare_exchange_weak(&released, &sink->next, sink)) {
    }
}

alog_status alog_go_add_writer(alog_config *config, const char *spec, uintptr_t writer, alog_error *out_error) {
    alog_go_sink *sink = malloc(sizeof *sink);
    if (sink == NULL) {
        return ALOG_ERR_MEMORY;
    }
    sink->writer = writer;
    sink->next = NULL;
    alog_status status = alog_config_add_callback(config, spec, write_lines, sink, release, out_error);
    if (status != ALOG_OK) {
        free(sink);
    }
    return status;
}

alog_go_sink *alog_go_take_released(void) { return atomic_exchange(&released, NULL); }
