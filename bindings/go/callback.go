package alog

// #include <stdlib.h>
// #include "callback.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime/cgo"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"unicode/utf8"
	"unsafe"
)

// originBytes is the room for an origin in the library's struct, with its NUL.
const originBytes = len(C.alog_error{}.origin)

// A callback is a Go function that the library calls, with what it last said about each error number:
// the library carries the number, and the error is put back when it is polled.
type callback struct {
	origin string
	code   Code
	writes bool                   // it is called by whoever writes
	root   atomic.Pointer[Logger] // that it was added to by a derived logger; nil: it stays with its logger

	mu     sync.Mutex
	causes map[syscall.Errno]error
}

// called is a callback as the library's handle leads to it.
type called interface{ forgotten() }

func newCallback(origin string, code Code) *callback {
	return &callback{origin: origin, code: code, causes: make(map[syscall.Errno]error)}
}

// register hands a Go value to the library, which takes its handle if and only if add succeeds.
func register(value called, add func(C.uintptr_t, *C.alog_error) C.alog_status) error {
	handle := cgo.NewHandle(value)
	var described C.alog_error
	err := failure(add(C.uintptr_t(handle), &described), &described)
	if err != nil {
		handle.Delete()
	}
	return err
}

// deleteReleased drops the handles of everything that the library will not call any more.
func deleteReleased() {
	for released := C.alog_go_take_released(); released != nil; {
		next := released.next
		handle := cgo.Handle(released.handle)
		handle.Value().(called).forgotten()
		handle.Delete()
		C.free(unsafe.Pointer(released))
		released = next
	}
}

// forgotten is called when the library has let go of it.
func (c *callback) forgotten() {
	if root := c.root.Load(); root != nil {
		root.forget(c)
	}
}

// call runs f and returns 0, or the error number that stands for its error or its panic.
//
// What writes must come back: a goroutine that ends there takes the library's writer with it. Go cannot keep it from
// ending, but would end the process in words of its runtime, so it ends in ours. Why not a goroutine for each call? The
// library knows by the thread that it is called from a callback, and refuses there what would wait for the writer.
func (c *callback) call(what string, f func() error) syscall.Errno {
	returned := false
	defer func() {
		if !returned && c.writes {
			panic(fmt.Sprintf("alog: %s of %q has called runtime.Goexit, as FailNow of a test does:"+
				" what writes for a logger must return", what, c.origin))
		}
	}()
	err := recovering(what, f)
	returned = true
	if err == nil {
		return 0
	}
	errno := syscall.EIO
	var own syscall.Errno
	if fault := recovering("the error of "+what, func() error { errors.As(err, &own); return nil }); fault != nil {
		err = fault // such as a nil pointer that is not a nil error: whoever polls it would panic, too
	}
	if own > 0 {
		errno = own
	}
	c.remember(errno, err)
	return errno
}

func recovering(what string, f func() error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic in %s: %s", what, textOf(reason))
		}
	}()
	return f()
}

func (c *callback) remember(errno syscall.Errno, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.causes[errno] = err
}

// cause returns what the function said when it failed as e says, or nil if e is not about c.
func (c *callback) cause(e *Error) error {
	// An origin that does not fit into the library's struct is cut there, before a whole character.
	isCut := len(e.Origin)+utf8.UTFMax >= originBytes && strings.HasPrefix(c.origin, e.Origin)
	if e.Code != c.code || e.Origin != c.origin && !isCut {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.causes[e.Errno]
}
