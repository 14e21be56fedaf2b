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
// Stop. A logger without such a sink returns an [*Error] of the code [ErrSink], which names those that there are.
func (l *Logger) Memory(name string) ([]string, error) {
	defer runtime.KeepAlive(l)
	if err := refuseNUL(name); err != nil {
		return nil, err
	}
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	var size C.size_t
	code := Code(C.alog_memory_read(l.c(), c, nil, 0, &size, nil))
	if err := l.sinkError(code, "memory:"+name); err != nil {
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
	if err := refuseNUL(name); err != nil {
		return err
	}
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return l.sinkError(Code(C.alog_memory_clear(l.c(), c)), "memory:"+name)
}
