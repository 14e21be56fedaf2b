package alog

// #include <alog.h>
import "C"

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

// WithSource makes each record carry where in the program it was logged: "source" in json and logfmt,
// {source}, {file}, {line} and {function} in patterns. Asking Go for that ([runtime.Callers]) costs twice
// as much as the rest of the call and more, so it is off by default. Derived loggers do as their parent
// does.
func WithSource() Option {
	return func(c *config) error {
		c.hasSource = true
		return nil
	}
}

// place is a place in the program, with the number that the library has given it.
type place struct {
	pc     uintptr
	number uint32
}

// places remembers numbers by program counter. Two places that meet in an entry take turns in it, so it
// never grows; the library, which finds a number again, knows a million of them.
var places [1 << placeBits]atomic.Pointer[place]

const placeBits = 12

// source gives the number of the place that is so many calls away, as [runtime.Callers] counts them from
// itself on. It is 0 if nobody wants to know.
func (l *Logger) source(calls int) uint32 {
	if !l.hasSource {
		return 0
	}
	var pc [1]uintptr
	runtime.Callers(calls, pc[:])
	return sourceOf(pc[0])
}

func sourceOf(pc uintptr) uint32 {
	// Fibonacci hashing: program counters differ in their low bits.
	entry := &places[uint64(pc)*0x9e3779b97f4a7c15>>(64-placeBits)]
	if known := entry.Load(); known != nil && known.pc == pc {
		return known.number
	}
	number := askSource(pc)
	entry.Store(&place{pc, number})
	return number
}

// askSource gives a place its number; 0, for unknown, where there is none.
func askSource(pc uintptr) uint32 {
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	var number C.uint32_t
	// Refused, the number stays 0.
	C.alog_source_get((*C.char)(unsafe.Pointer(unsafe.StringData(frame.File))), C.size_t(len(frame.File)),
		C.uint32_t(frame.Line), (*C.char)(unsafe.Pointer(unsafe.StringData(frame.Function))),
		C.size_t(len(frame.Function)), &number)
	return uint32(number)
}
