// The C side of a sink that is an io.Writer.
#ifndef ALOG_GO_SINK_H
#define ALOG_GO_SINK_H

#include <alog.h>

// cgo drops a plain const from the parameters of exported functions.
typedef const char alog_go_text;

// What the library holds of an io.Writer.
typedef struct alog_go_sink {
    uintptr_t writer;          // a cgo.Handle: a number, not a pointer
    struct alog_go_sink *next; // in the list of those that the library has given back
} alog_go_sink;

// As alog_config_add_callback(); takes the handle if and only if it returns ALOG_OK.
alog_status alog_go_add_writer(alog_config *config, const char *spec, uintptr_t writer, alog_error *out_error);

// Gives every sink that the library will not call any more, linked by next; the caller frees them.
alog_go_sink *alog_go_take_released(void);

#endif
