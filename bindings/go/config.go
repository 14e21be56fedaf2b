package alog

// #include <stdlib.h>
// #include <alog.h>
import "C"

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// An Option is one part of how a logger is to be made. [New] applies options in their order; a later
// one for the same setting wins, and sinks add up.
type Option func(*config) error

// A Format is what becomes of a message in a line.
type Format string

const (
	// FormatText is the default: "[2026-01-31 23:59:59.123456Z] INFO - message" in UTC. Control
	// characters, invalid UTF-8 and backslashes are escaped, so that one message stays one line and
	// can be restored.
	FormatText Format = "text"

	// FormatRaw is the bytes of the message alone, and a newline if there is none.
	FormatRaw Format = "raw"
)

// An Overflow is what a write does when its queue is full.
type Overflow string

const (
	// Block is the default: wait until there is space.
	Block Overflow = "block"

	// DropNewest refuses the new message with [ErrDropped] and never waits.
	DropNewest Overflow = "drop-newest"
)

// BlockFor waits for space at most that long, rounded up to whole milliseconds, and then refuses the
// message with [ErrTimeout].
func BlockFor(d time.Duration) Overflow {
	ms := (d + time.Millisecond - 1) / time.Millisecond
	return Overflow(fmt.Sprintf("block:%dms", ms))
}

// WithLevel sets the lowest level taken. The default is [LevelInfo].
func WithLevel(level Level) Option {
	return WithSetting("level", strings.ToLower(level.String()))
}

// WithFormat sets the format of the sinks that name none themselves. The default is [FormatText].
func WithFormat(format Format) Option {
	return WithSetting("format", string(format))
}

// WithOverflow sets what a write does when its queue is full. The default is [Block].
func WithOverflow(overflow Overflow) Option {
	return WithSetting("overflow", string(overflow))
}

// WithQueueBytes sets the size in bytes of the queue of each thread that logs: 4 KiB to 1 GiB, rounded
// up to a power of two. The default is 1 MiB; memory is used only for what was touched.
func WithQueueBytes(n int) Option {
	return WithSetting("queue_bytes", strconv.Itoa(n))
}

// WithMaxMessageBytes sets the length in bytes of the longest message taken, 1 to 1 GiB. The default
// is 1 MiB; one byte more is [ErrTooLarge].
func WithMaxMessageBytes(n int) Option {
	return WithSetting("max_message_bytes", strconv.Itoa(n))
}

// WithErrorCapacity sets how many distinct errors are kept for [Logger.PollError], 1 to 65536. The
// default is 256; what does not fit is counted in [Stats].ErrorsLost.
func WithErrorCapacity(n int) Option {
	return WithSetting("error_capacity", strconv.Itoa(n))
}

// WithSetting sets a setting by its name in the library, which is the same in every language: level,
// format, overflow, queue_bytes, max_message_bytes, error_capacity. Sizes may carry a unit ("4MiB"),
// the level may be "off".
//
// A wrong name or value makes [New] return an [*Error] that says what is allowed.
func WithSetting(key, value string) Option {
	return func(c *config) error { return c.set(key, value) }
}

// WithSink adds a destination by its URL:
//
//	console:    standard output, descriptor 1
//	stderr:     standard error, descriptor 2
//	file:PATH   a file, appended to, made with mode 0640 if missing
//	fd:N        a duplicate of descriptor N; N stays yours
//
// with optional parameters, for example "file:app.log?level=warn&format=raw": level is the lowest
// level that this sink takes, format its format. In PATH, %3F stands for ? and %25 for %.
//
// A logger without a sink has "console:"; at most 64 are possible.
func WithSink(spec string) Option {
	return func(c *config) error { return c.addSink(spec) }
}

// WithWriter adds w as a destination. The name, which may carry the parameters of [WithSink] as in
// "screen?level=warn", stands in errors and statistics as "callback:screen".
//
// Write is called with a batch of whole lines, on the writer thread of the logger: never from two
// threads at once for one logger. An error that it returns, a short count or a panic makes the lines
// of the batch count as failed and arrives at [Logger.PollError]; logging goes on. Write may log to
// the same logger, which then never waits; [Logger.Flush], [Logger.WriteSync], [Logger.Stop] and
// [Logger.Close] return [ErrWouldDeadlock] there. It must not call [runtime.Goexit], nor wait for
// another goroutine that logs to the same logger.
//
// For a file, "file:" and "fd:" are cheaper: their lines do not pass through Go.
func WithWriter(name string, w io.Writer) Option {
	return func(c *config) error { return c.addWriter(name, w) }
}

// config is a configuration of the library while options fill it.
type config struct {
	c       *C.alog_config
	writers []*writerSink
}

func newConfig(opts []Option) (*config, error) {
	var c config
	if err := failure(C.alog_config_new(&c.c), &C.alog_error{}); err != nil {
		return nil, err
	}
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			c.free()
			return nil, err
		}
	}
	return &c, nil
}

func (c *config) free() {
	C.alog_config_free(c.c)
	deleteReleased()
}

func (c *config) set(key, value string) error {
	if err := refuseNUL(key, value); err != nil {
		return err
	}
	ckey, cvalue := C.CString(key), C.CString(value)
	defer C.free(unsafe.Pointer(ckey))
	defer C.free(unsafe.Pointer(cvalue))
	var described C.alog_error
	return failure(C.alog_config_set(c.c, ckey, cvalue, &described), &described)
}

func (c *config) addSink(spec string) error {
	if err := refuseNUL(spec); err != nil {
		return err
	}
	cspec := C.CString(spec)
	defer C.free(unsafe.Pointer(cspec))
	var described C.alog_error
	return failure(C.alog_config_add_sink(c.c, cspec, &described), &described)
}

// refuseNUL keeps a text from being cut short silently where C sees its end.
func refuseNUL(texts ...string) error {
	for _, text := range texts {
		if strings.IndexByte(text, 0) >= 0 {
			return plainError(ErrArgument, fmt.Sprintf("%q has a NUL byte", text))
		}
	}
	return nil
}
