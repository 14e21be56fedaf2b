package alog

// #include <stdlib.h>
// #include "sink.h"
import "C"

import (
	"errors"
	"fmt"
	"io"
	"runtime/cgo"
	"strings"
	"sync"
	"syscall"
	"unicode/utf8"
	"unsafe"
)

// originBytes is the room for an origin in the library's struct, with its NUL.
const originBytes = len(C.alog_error{}.origin)

// writerSink is an io.Writer behind a callback sink, with what it last said about each error number:
// the library carries the number, and the error is put back when it is polled.
type writerSink struct {
	origin string
	w      io.Writer

	mu     sync.Mutex
	causes map[syscall.Errno]error
}

func (c *config) addWriter(name string, w io.Writer) error {
	if w == nil {
		return plainError(ErrArgument, fmt.Sprintf("the io.Writer of %q is nil", name))
	}
	if err := refuseNUL(name); err != nil {
		return err
	}
	bare, _, _ := strings.Cut(name, "?")
	sink := &writerSink{origin: "callback:" + bare, w: w, causes: make(map[syscall.Errno]error)}
	handle := cgo.NewHandle(sink)
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	var described C.alog_error
	err := failure(C.alog_go_add_writer(c.c, cname, C.uintptr_t(handle), &described), &described)
	if err != nil {
		handle.Delete() // the library took it only if it succeeded
		return err
	}
	c.writers = append(c.writers, sink)
	return nil
}

// deleteReleased drops the handles of every io.Writer that the library will not call any more.
func deleteReleased() {
	for sink := C.alog_go_take_released(); sink != nil; {
		next := sink.next
		cgo.Handle(sink.writer).Delete()
		C.free(unsafe.Pointer(sink))
		sink = next
	}
}

// write hands a batch to the io.Writer and returns 0, or the error number that stands for its error.
func (s *writerSink) write(lines []byte) syscall.Errno {
	err := s.try(lines)
	if err == nil {
		return 0
	}
	errno := syscall.EIO
	var own syscall.Errno
	if errors.As(err, &own) && own > 0 {
		errno = own
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.causes[errno] = err
	return errno
}

func (s *writerSink) try(lines []byte) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic in Write: %v", reason)
		}
	}()
	n, err := s.w.Write(lines)
	if err == nil && n < len(lines) {
		err = io.ErrShortWrite
	}
	return err
}

// cause returns what the io.Writer said when it failed as e says, or nil if e is not about s.
func (s *writerSink) cause(e *Error) error {
	// An origin that does not fit into the library's struct is cut there, before a whole character.
	isCut := len(e.Origin)+utf8.UTFMax >= originBytes && strings.HasPrefix(s.origin, e.Origin)
	if e.Code != ErrIO || e.Origin != s.origin && !isCut {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.causes[e.Errno]
}
