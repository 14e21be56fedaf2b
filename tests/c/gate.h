/*
 * A gate: a callback sink that lets lines pass only once it is opened.
 *
 * It makes "the destination is stuck" a state that a test enters and leaves at will, so that no test sleeps.
 * gate_write() runs on the writer thread of the logger; everything else on threads of the test.
 */
#ifndef GATE_H
#define GATE_H

#include "check.h"
#include "sequence.h"

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int open;           /* lines pass */
    int32_t result;     /* what gate_write() returns: 0 or an errno value */
    uint64_t entered;   /* calls of gate_write() that began */
    uint64_t lines;     /* lines that passed */
    uint64_t destroyed; /* calls of gate_destroy() */
};

#define GATE_CLOSED {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0, 0, 0}
#define GATE_OPEN {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 1, 0, 0, 0, 0}

static inline int32_t gate_write(void *user_data, const char *lines, size_t lines_len, uint64_t line_count)
{
    struct gate *gate = (struct gate *)user_data;
    int32_t result;
    CHECK(lines_len > 0 && lines[lines_len - 1] == '\n');
    pthread_mutex_lock(&gate->lock);
    gate->entered++;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->open)
        pthread_cond_wait(&gate->changed, &gate->lock);
    gate->lines += line_count;
    result = gate->result;
    pthread_mutex_unlock(&gate->lock);
    return result;
}

static inline void gate_destroy(void *user_data)
{
    struct gate *gate = (struct gate *)user_data;
    pthread_mutex_lock(&gate->lock);
    gate->destroyed++;
    pthread_mutex_unlock(&gate->lock);
}

static inline void gate_open(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = 1;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

/* Waits until the writer thread stands in the gate. */
static inline void gate_wait(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    while (gate->entered == 0)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static inline void add_gate(alog_config *config, struct gate *gate)
{
    CHECK_OK(alog_config_add_callback(config, "gate", gate_write, gate, gate_destroy, NULL));
}

/* A logger whose only sink is the gate. */
static inline alog_logger logger_to_gate(struct gate *gate, const char *settings)
{
    alog_config *config = config_with(settings);
    add_gate(config, gate);
    return logger_from(config);
}

/* A logger whose writer thread stands in the closed gate with one accepted message. */
static inline alog_logger logger_stuck_in_gate(struct gate *gate, const char *settings)
{
    alog_logger log = logger_to_gate(gate, settings);
    CHECK_OK(say(log, "stuck"));
    gate_wait(gate);
    return log;
}

/* A logger whose writer is stuck in the gate with "0 0" and that writes to LOG_FILE as well. */
static inline alog_logger stuck_before_file(struct gate *gate, const char *settings)
{
    alog_config *config = config_with(settings);
    alog_logger log;
    uint64_t number = 0;
    add_gate(config, gate);
    CHECK_OK(alog_config_add_sink(config, TO_FILE, NULL));
    log = logger_from(config);
    CHECK_OK(say_next(log, 0, &number));
    gate_wait(gate);
    return log;
}

#endif
