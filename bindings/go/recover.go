package alog

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// lastWords bounds how long a goroutine that panics waits for the log: for space, for its record to be written, and for
// what others have logged. It is the bound that the library has for messages of LevelFatal.
const lastWords = 5 * time.Second

// Recover is for the beginning of main and of goroutines: deferred, it logs a panic and lets it go on.
//
//	func main() {
//		log, err := alog.New(alog.WithSink("file:app.log"))
//		...
//		defer log.Close()
//		defer log.Recover()
//
// The record has [LevelFatal], the text of the panic's value, its type as the field error_type, and the stack of the
// goroutine as the field stack; without that where the record would be too long. It is written when the panic goes on,
// and so is what others had logged before, or 5 seconds have passed. [runtime.Goexit] is no panic. A panic that passes
// several deferred Recovers is logged by each.
//
// It must be deferred itself: called by a deferred function it finds nothing.
func (l *Logger) Recover() {
	value := recover()
	if value == nil {
		return
	}
	end := time.Now().Add(lastWords)
	l.logPanic(LevelFatal, value, debug.Stack())
	// Go runs no exit handlers of C: what is still in the queue of another thread would be lost with the program.
	ctx, cancel := context.WithDeadline(context.Background(), end)
	_ = l.Flush(ctx) // late: the program ends all the same
	cancel()
	panic(value)
}

// Catch calls f, and returns nil. A panic in f ends there: it is logged as by [Logger.Recover], but with [LevelError] since
// the program goes on, and returned as a [*PanicError].
func (l *Logger) Catch(f func()) (err error) {
	defer func() {
		if value := recover(); value != nil {
			stack := debug.Stack()
			l.logPanic(LevelError, value, stack)
			err = &PanicError{Value: value, Stack: stack}
		}
	}()
	f()
	return nil
}

// A PanicError is a panic that [Logger.Catch] ended.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // as of [runtime/debug.Stack]
}

// Error gives the text of the value behind "panic: ".
func (e *PanicError) Error() string { return "panic: " + textOf(e.Value) }

// Unwrap gives the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// logPanic is called while the stack is that of the panic.
func (l *Logger) logPanic(level Level, value any, stack []byte) {
	if l.isOff(level) {
		return
	}
	source := uint32(0)
	if l.hasSource {
		source = sourceOfPanic()
	}
	msg := "panic: " + textOf(value)
	put := func(attrs ...Attr) error {
		buffer := newBuffer()
		defer buffer.free()
		buffer.bytes = appendAttrs(append(buffer.bytes, l.lent...), attrs, nil)
		return l.put(level, 0, source, milliseconds(lastWords), msg, buffer.bytes)
	}
	kind := String("error_type", fmt.Sprintf("%T", value))
	if err := put(kind, Bytes("stack", stack)); errors.Is(err, ErrTooLarge) {
		_ = put(kind) // what becomes of it is counted; whoever could be told is about to end
	}
}

// sourceOfPanic gives the number of the place that panicked: the first one behind the runtime's own functions.
func sourceOfPanic() uint32 {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	panics := false
	for {
		frame, more := frames.Next()
		isRuntime := strings.HasPrefix(frame.Function, "runtime.")
		panics = panics || frame.Function == "runtime.gopanic"
		if panics && !isRuntime {
			return sourceOf(frame.PC + 1) // as runtime.Callers has it: behind the call
		}
		if !more {
			return 0
		}
	}
}
