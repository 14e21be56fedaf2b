package alog

// #include <alog.h>
import "C"

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// A Code is the kind of an error. The codes are constants, so a Code can be compared, switched on, and
// looked for with [errors.Is] in everything this package returns.
type Code int32

// Every kind of error there is.
const (
	// ErrDropped: the queue is full and the policy is [DropNewest]; the message was not taken. It is
	// counted, and reported by PollError and by a line in the log.
	ErrDropped Code = 3

	ErrArgument      Code = -1 // an argument is wrong: a level out of range, a NUL in a setting
	ErrHandle        Code = -2 // the logger was closed, or is the zero Logger
	ErrStopped       Code = -3 // the logger was stopped and takes no more messages
	ErrTimeout       Code = -4 // the deadline passed: a wait can be repeated, a message was not taken
	ErrWouldDeadlock Code = -5 // called from the Write of a destination, where waiting would never end
	ErrTooLarge      Code = -6 // the message with its fields is longer than the logger takes
	ErrField         Code = -7 // a field is malformed: its key is too long, or it is a group where none can be
	ErrMode          Code = -8 // the logger has a writer: threads of its own, or another goroutine that runs it

	ErrKey    Code = -20 // no such setting
	ErrValue  Code = -21 // the setting does not take that value
	ErrSink   Code = -22 // the sink is malformed, or of no known kind
	ErrSyntax Code = -23 // the text of a configuration is no TOML

	ErrMemory Code = -40 // memory could not be had
	ErrThread Code = -41 // the writer thread could not be started
	ErrLimit  Code = -42 // a limit was reached: loggers, descriptors

	ErrOpen Code = -60 // a destination could not be opened
	ErrIO   Code = -61 // a destination did not take what was written to it

	// Only in polled errors.
	ErrQueueFull Code = -80 // messages were refused because the queue was full
	ErrHook      Code = -81 // a hook failed; the record went out all the same
	ErrScheduler Code = -82 // a scheduler picked a worker that does not exist; worker 0 took the record

	ErrPanic Code = -100 // an internal fault was caught; what the call was to do may not have happened
)

// Statuses of the library that are no errors here.
const (
	statusOK       Code = 0
	statusEmpty    Code = 1
	statusDisabled Code = 2
)

// Error returns the library's own words for the code. It is total: every integer gives a text.
func (c Code) Error() string {
	return "alog: " + C.GoString(C.alog_status_str(C.alog_status(c)))
}

// An Error is one thing that went wrong, as [Logger.PollError] reports it and as [New] returns it.
//
// [errors.Is] finds its Code, its Errno and its Cause, and through the Errno what package syscall
// makes of it: errors.Is(err, syscall.ENOSPC), errors.Is(err, fs.ErrPermission).
type Error struct {
	Code    Code          // what kind of error, for example ErrIO
	Errno   syscall.Errno // the operating system's error number; 0 if none is behind it
	Count   uint64        // how many identical consecutive errors this one stands for, at least 1
	First   time.Time     // when the first of them happened
	Last    time.Time     // when the last of them happened
	Origin  string        // which sink or stage it comes from, for example "file:app.log"
	Message string        // what happened, in words

	// Cause is what the io.Writer of a sink or a hook returned: of several errors of it with the same
	// Errno, the latest. It is nil if no function of the program is behind the error.
	Cause error
}

// Error gives the message, with what it does not say itself: the origin, the cause, a count above one.
func (e *Error) Error() string {
	text := "alog: "
	if !strings.Contains(e.Message, e.Origin) {
		text += e.Origin + ": "
	}
	text += e.Message
	if e.Cause != nil && e.Cause != error(e.Errno) {
		text += ": " + fmt.Sprint(e.Cause) // which recovers a panic
	}
	if e.Count > 1 {
		text += fmt.Sprintf(" (%d times)", e.Count)
	}
	return text
}

// Unwrap returns the Code, and the Errno and the Cause if there are any.
func (e *Error) Unwrap() []error {
	errs := []error{e.Code}
	if e.Errno != 0 {
		errs = append(errs, e.Errno)
	}
	if e.Cause != nil {
		errs = append(errs, e.Cause)
	}
	return errs
}

// outcome turns the status of a call into an error. The statuses that a program may meet again and
// again are constants here, which an interface holds without allocating.
func outcome(code Code) error {
	switch code {
	case statusOK, statusDisabled:
		return nil
	case ErrDropped:
		return ErrDropped
	case ErrStopped:
		return ErrStopped
	case ErrTimeout:
		return ErrTimeout
	case ErrTooLarge:
		return ErrTooLarge
	case ErrHandle:
		return ErrHandle
	case ErrArgument:
		return ErrArgument
	case ErrWouldDeadlock:
		return ErrWouldDeadlock
	case ErrField:
		return ErrField
	default:
		return code
	}
}

// failure is outcome for the calls that describe their error in a struct.
func failure(status C.alog_status, described *C.alog_error) error {
	switch {
	case Code(status) == statusOK:
		return nil
	case described.code == 0: // no description: the words of the code
		return plainError(Code(status), C.GoString(C.alog_status_str(status)))
	default:
		return newError(described)
	}
}

// plainError is an error of this package's own.
func plainError(code Code, message string) *Error {
	now := time.Now()
	return &Error{Code: code, Count: 1, First: now, Last: now, Message: message}
}

func newError(c *C.alog_error) *Error {
	return &Error{
		Code:    Code(c.code),
		Errno:   syscall.Errno(c.os_error),
		Count:   uint64(c.count),
		First:   time.Unix(0, int64(c.first_unix_ns)),
		Last:    time.Unix(0, int64(c.last_unix_ns)),
		Origin:  text(c.origin[:]),
		Message: text(c.message[:]),
	}
}

// text copies the text of a fixed-size field, up to its NUL.
func text(field []C.char) string {
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(field))), len(field))
	if end := bytes.IndexByte(b, 0); end >= 0 {
		b = b[:end]
	}
	return string(b)
}
