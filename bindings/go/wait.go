package alog

// #include <alog.h>
import "C"

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// waitSlice is how long a call waits in C before it looks at its context again: short enough for a
// person who cancels, long enough to cost nothing.
const waitSlice = 50 * time.Millisecond

// finish hands over what the message channel holds and then repeats call, which waits for at most the
// given milliseconds (-1: no deadline), until it is done or ctx has ended. It calls at least once.
func (l *Logger) finish(ctx context.Context, what string, call func(ms int64) Code) error {
	defer runtime.KeepAlive(l)
	if l.onWriterThread() {
		return ErrWouldDeadlock
	}
	late := l.handOver(ctx)
	switch code := waitFor(ctx, call); {
	case code == ErrTimeout:
		return l.unfinished(what, ended(ctx))
	case code != statusOK:
		return outcome(code)
	case late != nil:
		return l.unfinished(what, late)
	}
	return nil
}

// unfinished wraps the reason why a ctx ended before the work, and says how much is left.
func (l *Logger) unfinished(what string, reason error) error {
	stats, _ := l.Stats() // if the logger was closed meanwhile, nothing is pending
	left := fmt.Sprintf("%d messages pending, %d not handed over", stats.Pending, l.messagesWaiting())
	if errors.Is(reason, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %s: %w: %s", ErrTimeout, what, reason, left)
	}
	return fmt.Errorf("alog: %s: %w: %s", what, reason, left)
}

// waitFor returns what the last call returned: ErrTimeout if and only if ctx ended first.
func waitFor(ctx context.Context, call func(ms int64) Code) Code {
	if ctx.Done() == nil {
		return call(-1)
	}
	for {
		slice := waitSlice
		over := ended(ctx) != nil
		if over {
			slice = 0
		} else if deadline, ok := ctx.Deadline(); ok {
			slice = min(slice, time.Until(deadline))
		}
		if code := call(milliseconds(slice)); over || code != ErrTimeout {
			return code
		}
	}
}

// ended says why ctx is over, or nil. It does not wait for the timer of ctx to notice its deadline.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return nil
}

// milliseconds rounds up, so that a call never returns before the time it was given; a negative
// duration gives 0.
func milliseconds(d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return int64((d-1)/time.Millisecond) + 1
}

// onWriterThread reports whether the caller is inside the Write of a destination, where nothing that
// waits for the writer, be it a lock of this package, may begin.
func (l *Logger) onWriterThread() bool {
	return Code(C.alog_flush(l.c(), 0)) == ErrWouldDeadlock
}
