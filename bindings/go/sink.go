package alog

// #include <stdlib.h>
// #include "callback.h"
import "C"

import (
	"fmt"
	"io"
	"strings"
	"syscall"
	"unsafe"
)

// writerSink is an io.Writer behind a callback sink.
type writerSink struct {
	*callback
	w io.Writer
}

func (c *config) addWriter(name string, w io.Writer) error {
	if w == nil {
		return plainError(ErrArgument, fmt.Sprintf("the io.Writer of %q is nil", name))
	}
	if err := refuseNUL(name); err != nil {
		return err
	}
	bare, _, _ := strings.Cut(name, "?")
	sink := &writerSink{newCallback("callback:"+bare, ErrIO), w}
	sink.writes = true
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	err := register(sink, func(handle C.uintptr_t, described *C.alog_error) C.alog_status {
		return C.alog_go_add_writer(c.c, cname, handle, described)
	})
	if err != nil {
		return err
	}
	c.callbacks = append(c.callbacks, sink.callback)
	return nil
}

// write hands a batch to the io.Writer and returns 0, or the error number that stands for its error.
func (s *writerSink) write(lines []byte) syscall.Errno {
	return s.call("Write", func() error {
		n, err := s.w.Write(lines)
		if err == nil && n < len(lines) {
			err = io.ErrShortWrite
		}
		return err
	})
}
