package alog

// #include <alog.h>
import "C"

import (
	"runtime"
	"unsafe"
)

// Run writes on the calling goroutine, in place of a writer thread, until another one calls [Logger.Stop]:
// for loggers made with WithSetting("writer", "caller"). It returns nil when everything accepted is written
// or counted as failed.
//
// It refuses with [ErrMode] if the logger has writer threads of its own, if another goroutine runs or
// drains it, or if it is stopped already. It occupies an operating system thread.
func (l *Logger) Run() error {
	defer runtime.KeepAlive(l)
	return outcome(Code(C.alog_run(l.c())))
}

// Drain writes on the calling goroutine what is there, at most so many records, and returns how many it
// wrote; it never waits for more. With limit 0 or less there is no limit. It is for loggers made with
// WithSetting("writer", "caller"); others refuse with [ErrMode]. While another goroutine writes it
// returns 0.
func (l *Logger) Drain(limit int) (int, error) {
	var count C.size_t
	status := C.alog_drain(l.c(), C.size_t(max(limit, 0)), &count)
	runtime.KeepAlive(l)
	if Code(status) == statusEmpty {
		return 0, nil
	}
	return int(count), outcome(Code(status))
}

// SetThreadName names the operating system thread that the calling goroutine runs on in all logs: what the
// token {thread} and the setting "thread_key" show. It is of use to a goroutine that has a thread of its
// own, by [runtime.LockOSThread].
func SetThreadName(name string) error {
	return outcome(Code(C.alog_thread_name_set((*C.char)(unsafe.Pointer(unsafe.StringData(name))), C.size_t(len(name)))))
}
