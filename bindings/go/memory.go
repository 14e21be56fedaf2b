package alog

// #include <stdlib.h>
// #include <alog.h>
import "C"

import (
	"runtime"
	"strings"
	"unsafe"
)

// Memory returns the lines that the sink memory:NAME keeps, the oldest first, each without its newline.
// They stay there. A message is among them when it is written: see [Logger.Flush]. It works also after
// Stop. A logger without such a sink returns an [*Error] of the code [ErrSink].
func (l *Logger) Memory(name string) ([]string, error) {
	defer runtime.KeepAlive(l)
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	var size C.size_t
	if err := outcome(Code(C.alog_memory_read(l.c(), c, nil, 0, &size, nil))); err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, nil
	}
	lines := make([]byte, size)
	status := C.alog_memory_read(l.c(), c, (*C.char)(unsafe.Pointer(&lines[0])), size, &size, nil)
	if err := outcome(Code(status)); err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, nil
	}
	return strings.Split(strings.TrimSuffix(string(lines[:size]), "\n"), "\n"), nil
}

// ClearMemory throws away what the sink memory:NAME keeps. It returns the errors of [Logger.Memory].
func (l *Logger) ClearMemory(name string) error {
	defer runtime.KeepAlive(l)
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return outcome(Code(C.alog_memory_clear(l.c(), c)))
}
