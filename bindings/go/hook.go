package alog

// #include <stdlib.h>
// #include "callback.h"
import "C"

import (
	"fmt"
	"math"
	"syscall"
	"unsafe"
)

// The phases of the library.
const (
	hookPre  = 0
	hookPost = 1
)

// hook is a function behind a hook of the library.
type hook struct {
	*callback
	see func(*Record) error
}

// scheduler is a function behind a scheduler of the library.
type scheduler struct {
	*callback
	choose func(*Record, int) int
}

// WithPreHook adds a function that sees every record before it is queued, on the goroutine that logs:
// what it adds with [Record.Set] overrides the fields of the logger, and is overridden by those of the
// call. The name stands in errors as "hook:NAME".
//
// An error or a panic becomes an [*Error] with [ErrHook] to poll, with the Cause; the record goes out
// all the same. It is called by several goroutines at once. It may log; what it logs passes no
// pre-hooks. It must not call [runtime.Goexit], as FailNow of a test does.
func WithPreHook(name string, hook func(*Record) error) Option {
	return func(c *config) error { return c.addHook(hookPre, name, hook) }
}

// WithPostHook is as [WithPreHook], but the function is called on the writer thread, when the record is
// about to be written, and what it adds overrides every other field. Loggers with several workers call
// it from several threads at once. As in the Write of a destination, what waits for the writer is
// refused with [ErrWouldDeadlock], and [runtime.Goexit] ends the program.
func WithPostHook(name string, hook func(*Record) error) Option {
	return func(c *config) error { return c.addHook(hookPost, name, hook) }
}

// WithScheduler lets a function choose the worker of each record: 0 to workers-1. Another number, or a
// panic, becomes an [*Error] with [ErrScheduler] to poll, and worker 0 takes the record. It is called on
// the goroutines that log, on several at once. It must not call [runtime.Goexit].
//
// Records that go to different workers are written in no particular order.
func WithScheduler(choose func(r *Record, workers int) int) Option {
	return func(c *config) error { return c.setScheduler(choose) }
}

func (c *config) addHook(phase int, name string, see func(*Record) error) error {
	if see == nil {
		return plainError(ErrArgument, fmt.Sprintf("the function of hook %q is nil", name))
	}
	if err := refuseNUL(name); err != nil {
		return err
	}
	added := &hook{newCallback("hook:"+name, ErrHook), see}
	added.writes = phase == hookPost
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	err := register(added, func(handle C.uintptr_t, described *C.alog_error) C.alog_status {
		return C.alog_go_add_hook(c.c, C.int32_t(phase), cname, handle, described)
	})
	if err != nil {
		return err
	}
	c.callbacks = append(c.callbacks, added.callback)
	c.callsBack = c.callsBack || phase == hookPre
	return nil
}

func (c *config) setScheduler(choose func(*Record, int) int) error {
	if choose == nil {
		return plainError(ErrArgument, "the function of the scheduler is nil")
	}
	set := &scheduler{newCallback("scheduler", ErrScheduler), choose}
	err := register(set, func(handle C.uintptr_t, described *C.alog_error) C.alog_status {
		return C.alog_go_set_scheduler(c.c, handle, described)
	})
	if err != nil {
		return err
	}
	c.callbacks = append(c.callbacks, set.callback)
	c.callsBack = true
	return nil
}

func (h *hook) run(record *C.alog_record) syscall.Errno {
	r := &Record{c: record}
	defer r.end()
	return h.call("the hook", func() error { return h.see(r) })
}

// pick returns the choice, or a number that is none.
func (s *scheduler) pick(record *C.alog_record, workers int) uint32 {
	r := &Record{c: record, fixed: true}
	defer r.end()
	worker := -1
	err := recovering("the scheduler", func() error {
		worker = s.choose(r, workers)
		return nil
	})
	if err == nil && (worker < 0 || worker >= workers) {
		err = fmt.Errorf("it picked worker %d of %d", worker, workers)
	}
	if err != nil {
		s.remember(0, err)
		return math.MaxUint32
	}
	return uint32(worker)
}

// A Record is a record on its way, as hooks and schedulers see it. It is valid during the call that
// received it; later its methods give nothing, and Set refuses.
type Record struct {
	c     *C.alog_record // nil: the call is over, which the library answers for every question
	fixed bool           // nothing may be added: a scheduler has it
}

func (r *Record) end() { r.c = nil }

// Level returns the level of the record.
func (r *Record) Level() Level {
	return Level(C.alog_record_level_get(r.c))
}

// Message returns the message as it was logged: a template is not rendered.
func (r *Record) Message() string {
	var value C.alog_go_value
	C.alog_go_record_message_get(r.c, &value) // a call that is over leaves it empty
	return string(content(&value))
}

// Logger returns the name of the logger, which is empty if it has none.
func (r *Record) Logger() string {
	var value C.alog_go_value
	C.alog_go_record_name_get(r.c, &value) // a call that is over leaves it empty
	return string(content(&value))
}

// Field returns the value of a field as far as it is known in this phase; "a.b" is field b of group a.
// It reports false if there is none so far. The value is nil, a bool, int64, uint64, float64, string or
// []byte, and []Attr for a group.
func (r *Record) Field(name string) (value any, ok bool) {
	var found C.alog_go_value
	code := Code(C.alog_go_record_field_get(r.c, (*C.char)(unsafe.Pointer(unsafe.StringData(name))),
		C.size_t(len(name)), &found))
	if code != statusOK {
		return nil, false
	}
	kind := byte(found._type)
	switch kind {
	case kindString, kindBytes, kindGroup:
		return decodeContent(kind, content(&found)), true
	default:
		return decodeBits(kind, uint64(found.bits)), true
	}
}

// Set adds a field to the record, or overrides one that this phase may override. The value is what [Any]
// takes, but no group: that is refused with [ErrField]. Level and message cannot be overridden. In a
// scheduler, and when the call is over, it is refused with [ErrArgument].
func (r *Record) Set(name string, value any) error {
	if r.fixed {
		return ErrArgument
	}
	buffer := newBuffer()
	defer buffer.free()
	item := appendAny(buffer.bytes, name, value, nil)
	buffer.bytes = item
	head, key, content := cutItem(item)
	return outcome(Code(C.alog_go_record_field_set(r.c,
		(*C.char)(unsafe.Pointer(unsafe.SliceData(key))), C.size_t(len(key)), C.int32_t(head),
		(*C.uint8_t)(unsafe.SliceData(content)), C.size_t(len(content)))))
}

// content is what a value points to, for as long as the call lasts.
func content(value *C.alog_go_value) []byte {
	return unsafe.Slice((*byte)(value.content), int(value.content_len))
}
