#include "callback.h"
#include "_cgo_export.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static _Atomic(alog_go_callback *) released;

static uintptr_t handle_of(void *user_data) { return ((alog_go_callback *)user_data)->handle; }

// The ways from the library into Go: this one on a writer thread, the others also on those that log.
static int32_t write_lines(void *user_data, const char *lines, size_t lines_len, uint64_t line_count) {
    (void)line_count;
    return alogGoWrite(handle_of(user_data), lines, lines_len);
}

static int32_t run_hook(void *user_data, alog_record *record) { return alogGoHook(handle_of(user_data), record); }

static uint32_t pick_worker(void *user_data, const alog_record *record, uint32_t worker_count) {
    // Go has no const; alogGoPick only reads.
    return alogGoPick(handle_of(user_data), (alog_record *)record, worker_count);
}

// Runs on whichever thread lets go last. That may be one in the middle of alog_write, which Go was
// promised not to be called from; so the callback is only put aside here, for Go to find.
static void release(void *user_data) {
    alog_go_callback *callback = user_data;
    callback->next = atomic_load(&released);
    while (!atomic_compare_exchange_weak(&released, &callback->next, callback)) {
    }
}

static alog_go_callback *new_callback(uintptr_t handle) {
    alog_go_callback *callback = malloc(sizeof *callback);
    if (callback != NULL) {
        callback->handle = handle;
        callback->next = NULL;
    }
    return callback;
}

// Frees what the library did not take.
static alog_status taken(alog_status status, alog_go_callback *callback) {
    if (status != ALOG_OK) {
        free(callback);
    }
    return status;
}

alog_status alog_go_add_writer(alog_config *config, const char *spec, uintptr_t handle, alog_error *out_error) {
    alog_go_callback *callback = new_callback(handle);
    if (callback == NULL) {
        return ALOG_ERR_MEMORY;
    }
    return taken(alog_config_add_callback(config, spec, write_lines, callback, release, out_error), callback);
}

alog_status alog_go_add_hook(alog_config *config, int32_t phase, const char *name, uintptr_t handle,
                             alog_error *out_error) {
    alog_go_callback *callback = new_callback(handle);
    if (callback == NULL) {
        return ALOG_ERR_MEMORY;
    }
    return taken(alog_config_add_hook(config, phase, name, run_hook, callback, release, out_error), callback);
}

alog_status alog_go_set_scheduler(alog_config *config, uintptr_t handle, alog_error *out_error) {
    alog_go_callback *callback = new_callback(handle);
    if (callback == NULL) {
        return ALOG_ERR_MEMORY;
    }
    return taken(alog_config_set_scheduler(config, pick_worker, callback, release, out_error), callback);
}

alog_go_callback *alog_go_take_released(void) { return atomic_exchange(&released, NULL); }

static alog_status give(alog_status status, int32_t type, const char *content, size_t content_len,
                        alog_go_value *out_value) {
    if (status == ALOG_OK) {
        out_value->type = type;
        out_value->content = content_len == 0 ? NULL : (const uint8_t *)content;
        out_value->content_len = content_len;
    }
    return status;
}

alog_status alog_go_record_message_get(const alog_record *record, alog_go_value *out_value) {
    const char *msg = NULL;
    size_t msg_len = 0;
    alog_status status = alog_record_message_get(record, &msg, &msg_len);
    return give(status, ALOG_FIELD_STR, msg, msg_len, out_value);
}

alog_status alog_go_record_name_get(const alog_record *record, alog_go_value *out_value) {
    const char *name = NULL;
    size_t name_len = 0;
    alog_status status = alog_record_name_get(record, &name, &name_len);
    return give(status, ALOG_FIELD_STR, name, name_len, out_value);
}

alog_status alog_go_record_field_get(const alog_record *record, const char *key, size_t key_len,
                                     alog_go_value *out_value) {
    alog_field field = {0};
    alog_status status = alog_record_field_get(record, key, key_len, &field);
    if (field.type == ALOG_FIELD_STR || field.type == ALOG_FIELD_BYTES || field.type == ALOG_FIELD_GROUP) {
        return give(status, field.type, field.value.bytes.ptr, field.value.bytes.len, out_value);
    }
    out_value->bits = field.value.u64;
    return give(status, field.type, NULL, 0, out_value);
}

alog_status alog_go_record_field_set(alog_record *record, const char *key, size_t key_len, int32_t type,
                                     const uint8_t *value, size_t value_len) {
    alog_field field = {key, key_len, type, 0, {0}};
    if (type == ALOG_FIELD_BOOL) {
        field.value.u64 = value_len == 1 && value[0] != 0;
    } else if (type == ALOG_FIELD_STR || type == ALOG_FIELD_BYTES) {
        field.value.bytes.ptr = (const char *)value;
        field.value.bytes.len = value_len;
    } else if (value_len == sizeof field.value.u64) {
        memcpy(&field.value.u64, value, value_len);
    }
    return alog_record_field_set(record, &field);
}
