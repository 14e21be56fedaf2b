package alog

// #include <alog.h>
//
// #if ALOG_ABI_VERSION != 1
// #error "this package is written for version 1 of the ABI of alog"
// #endif
//
// // Go must not pass an entry that points to a string of its own.
// static inline alog_status alog_go_log_sync(alog_logger logger, alog_level level, uint32_t source,
//                                            int64_t timeout_ms, const char *msg, size_t msg_len,
//                                            alog_error *out_error)
// {
//     alog_entry entry = {msg, msg_len, 0, 0, timeout_ms, level, source, 0, 0};
//     return alog_log_sync(logger, &entry, out_error);
// }
import "C"

import (
	"context"
	"io"
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// closeTimeout bounds Close; it is the bound that the library has for giving back a running logger.
const closeTimeout = 5 * time.Second

// A Logger takes messages from any number of goroutines and writes them on a thread of its own.
// Make one with [New] or [NewWriter], and end it with [Logger.Close].
//
// All methods may be called from any goroutine at any time, also while and after the logger is
// closed: then they say [ErrHandle]. The zero Logger is closed. A Logger must not be copied.
type Logger struct {
	// Read-only.
	id        uint64         // of the library's handle, which refuses it when it is stale
	live      *C.alog_switch // tells of the handle without a call; nil: ask the library
	on        *uint32        // live.levels: bit n is set if level n is on; nil: ask the library
	root      *Logger        // of a derived logger
	lender    *Logger        // whose handle this is, if the library had none for this derived logger
	lent      []byte         // encoded fields that go with each call, where the handle has not got them
	found     bool           // its root belongs to somebody else
	callsBack bool           // a call may run Go functions on the thread of its caller
	hasSource bool           // a call finds out where in the program it is

	closing sync.Mutex // held by the one Close that works
	closed  bool       // guarded by closing

	channels sync.Mutex // guards what follows; that of the root also guards the channels of derived loggers
	messages *messageChannel

	// Of the root.
	errors    *errorChannel
	ended     bool              // no errorChannel is made any more
	feeds     []*messageChannel // those of the root and of derived loggers
	callbacks []*callback       // whose errors are put back
}

// New makes a logger, opens its destinations and starts its writer thread. Without options it takes
// [LevelInfo] and up and writes to standard output.
//
// An error is an [*Error]: a wrong option ([ErrKey], [ErrValue], [ErrSink], [ErrArgument]), a
// destination that cannot be opened ([ErrOpen], with the Errno), or a limit of the system
// ([ErrThread], [ErrMemory], [ErrLimit]). Nothing is left open or running then.
func New(opts ...Option) (*Logger, error) {
	config, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	defer config.free()
	var handle C.alog_logger
	var described C.alog_error
	if err := failure(C.alog_new(config.c, &handle, &described), &described); err != nil {
		return nil, err
	}
	log := &Logger{id: uint64(handle.id), callbacks: config.callbacks}
	log.begin(config)
	return log, nil
}

// begin fills in what root and derived loggers have alike.
func (l *Logger) begin(config *config) {
	l.hasSource = l.hasSource || config.hasSource
	l.callsBack = l.callsBack || config.callsBack
	if Code(C.alog_switch_get(l.c(), &l.live)) == statusOK { // refused, the library is asked for each level
		l.on = (*uint32)(&l.live.levels)
	}
}

// top is the root of the logger, or the logger itself.
func (l *Logger) top() *Logger {
	if l.root != nil {
		return l.root
	}
	return l
}

// c is the handle as C takes it.
func (l *Logger) c() C.alog_logger {
	return C.alog_logger{id: C.uint64_t(l.id)}
}

// NewWriter makes a logger whose destination is w, as [WithWriter] describes under the name "writer".
// A nil w means standard output. Further sinks may be among the options.
func NewWriter(w io.Writer, opts ...Option) (*Logger, error) {
	destination := WithSink("console:")
	if w != nil {
		destination = WithWriter("writer", w)
	}
	return New(append([]Option{destination}, opts...)...)
}

// WriteSync logs one message, waits until it is written, and returns the destination's own result.
// It takes its place in the queue behind what this goroutine logged before. With [WithSource] it carries
// the place of the caller.
//
// A negative timeout means no deadline. The errors are, besides those of [Logger.Log]: an [*Error]
// with [ErrIO] and the Errno or Cause of the first sink that failed; [ErrTimeout] if the deadline
// passed. A message that was in the queue by then stays accepted and will be written, and one for
// which there was no space was not taken; [Logger.Stats] counts which.
//
// Why not a context? A message cannot be taken back, so cancelling could not do what it says.
func (l *Logger) WriteSync(level Level, msg string, timeout time.Duration) error {
	ms := int64(-1)
	if timeout >= 0 {
		ms = milliseconds(timeout)
	}
	var described C.alog_error
	status := C.alog_go_log_sync(l.c(), C.alog_level(level), C.uint32_t(l.source(callsFromMethod)), C.int64_t(ms),
		(*C.char)(unsafe.Pointer(unsafe.StringData(msg))), C.size_t(len(msg)), &described)
	runtime.KeepAlive(l)
	if Code(status) != ErrIO {
		return outcome(Code(status)) // the description says no more than the code
	}
	e := newError(&described)
	l.addCause(e)
	return e
}

// PollError takes the oldest error that nobody has taken yet; it reports false if there is none. It
// never waits, and works until Close, also after Stop: what went wrong in the drain is still there.
//
// Errors of every stage come here: destinations that fail, messages refused because the queue was
// full. If nobody polls, nothing waits: a bounded number is kept, and the rest is counted in
// [Stats].ErrorsLost. An error goes to one reader: here or [Logger.ErrorChannel].
func (l *Logger) PollError() (*Error, bool) {
	defer runtime.KeepAlive(l)
	var c C.alog_error
	if Code(C.alog_poll_error(l.c(), &c)) != statusOK {
		return nil, false
	}
	e := newError(&c)
	l.addCause(e)
	return e, true
}

func (l *Logger) addCause(e *Error) {
	root := l.top()
	root.channels.Lock()
	defer root.channels.Unlock()
	for _, callback := range root.callbacks {
		if cause := callback.cause(e); cause != nil {
			e.Cause = cause
			return
		}
	}
}

// Flush waits until everything accepted before the call, and everything sent to the message channel
// before it, was handed to every destination. What a destination refused counts as failed and is
// reported by [Logger.PollError], not here. On a stopped logger it returns nil at once.
//
// If ctx ends first, the error wraps ctx.Err(), and [ErrTimeout] too if it was a deadline; the writer
// goes on. A ctx that has ended already makes Flush ask without waiting.
func (l *Logger) Flush(ctx context.Context) error {
	return l.finish(ctx, "flush", func(ms int64) Code {
		return Code(C.alog_flush(l.c(), C.int64_t(ms)))
	})
}

// Stop closes the intake, writes everything that was accepted or sent to the message channel before
// the call, and ends the writer thread. It can be called again, from any number of goroutines; all
// wait for the same end. Writes are refused with [ErrStopped] from then on, also those that were
// waiting for space. Errors of the drain can still be polled.
//
// If ctx ends first, the error wraps ctx.Err(), and [ErrTimeout] too if it was a deadline. The intake
// is closed then; the writer goes on with what was accepted, [Logger.Stats] tells what is pending,
// and what the message channel still held is counted as rejected. A ctx that has ended already makes
// Stop close the intake without waiting.
func (l *Logger) Stop(ctx context.Context) error {
	return l.finish(ctx, "stop", func(ms int64) Code {
		return Code(C.alog_stop(l.c(), C.int64_t(ms)))
	})
}

// Close stops the logger and gives back what it holds. Closing a closed logger does nothing and
// returns nil. Errors that nobody took by then are gone, but for those that [Logger.ErrorChannel]
// still delivers.
//
// It waits at most 5 seconds for the destinations. If they do not take everything in that time, it
// returns an error that satisfies errors.Is(err, [ErrTimeout]): the intake is closed, the writer goes
// on, and Close can be called again.
//
// Close of a derived logger ([Logger.With], [Find]) gives only that one back: its root and all the others go on.
func (l *Logger) Close() error {
	if l.onWriterThread() {
		return ErrWouldDeadlock
	}
	l.closing.Lock()
	defer l.closing.Unlock()
	if l.closed {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if l.root != nil {
		if err := l.handOver(ctx); err != nil {
			return l.unfinished("close", err)
		}
		return l.giveBack()
	}
	if l.found {
		if err := l.handOver(ctx); err != nil {
			return l.unfinished("close", err)
		}
	} else if err := l.Stop(ctx); err != nil {
		return err
	}
	l.endErrorChannel()
	return l.giveBack()
}

// giveBack gives the handle back. The caller holds closing.
func (l *Logger) giveBack() error {
	if l.lender == nil {
		if err := outcome(Code(C.alog_free(l.c()))); err != nil {
			return err
		}
		deleteReleased()
	}
	l.closed = true
	return nil
}

// Version returns the version of the library that the program runs with, for example "0.1.0".
func Version() string {
	return C.GoString(C.alog_version())
}
