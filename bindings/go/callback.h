// The C side of Go functions that the library calls, and of calls whose C structs Go cannot pass.
#ifndef ALOG_GO_CALLBACK_H
#define ALOG_GO_CALLBACK_H

#include <alog.h>

// cgo drops a plain const from the parameters of exported functions.
typedef const char alog_go_text;

// What the library holds of a Go value: a destination, a hook, a scheduler.
typedef struct alog_go_callback {
    uintptr_t handle;              // a cgo.Handle: a number, not a pointer
    struct alog_go_callback *next; // in the list of those that the library has given back
} alog_go_callback;

// As the function of the library; each takes the handle if and only if it returns ALOG_OK.
alog_status alog_go_add_writer(alog_config *config, const char *spec, uintptr_t handle, alog_error *out_error);
alog_status alog_go_add_hook(alog_config *config, int32_t phase, const char *name, uintptr_t handle,
                             alog_error *out_error);
alog_status alog_go_set_scheduler(alog_config *config, uintptr_t handle, alog_error *out_error);

// Gives everything that the library will not call any more, linked by next; the caller frees them.
alog_go_callback *alog_go_take_released(void);

// alog_log_encoded for loggers that may call Go on the thread of the caller: under a name of its own,
// because the other one is promised to cgo never to do that.
static inline alog_status alog_go_log_calling_back(alog_logger logger, alog_level level, uint32_t flags,
                                                   uint32_t source, int64_t timeout_ms, const char *msg,
                                                   size_t msg_len, const uint8_t *fields, size_t fields_len) {
    return alog_log_encoded(logger, level, flags, source, timeout_ms, msg, msg_len, fields, fields_len);
}

// What C gives of a record, in a form that Go may hold: a pointer to nothing is NULL.
typedef struct alog_go_value {
    const uint8_t *content; // of texts, bytes and groups
    size_t content_len;
    uint64_t bits; // of everything else
    int32_t type;
} alog_go_value;

// The functions of the library, with a message and a name as values of type ALOG_FIELD_STR.
alog_status alog_go_record_message_get(const alog_record *record, alog_go_value *out_value);
alog_status alog_go_record_name_get(const alog_record *record, alog_go_value *out_value);
alog_status alog_go_record_field_get(const alog_record *record, const char *key, size_t key_len,
                                     alog_go_value *out_value);

// alog_record_field_set with the value as it is encoded: Go may not pass pointers inside of a struct.
alog_status alog_go_record_field_set(alog_record *record, const char *key, size_t key_len, int32_t type,
                                     const uint8_t *value, size_t value_len);

#endif
