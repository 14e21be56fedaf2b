package alog

// #include "callback.h"
import "C"

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"
)

// What alog_log_encoded is told.
const (
	flagTemplate = 1  // {name} in the message stands for a field
	byPolicy     = -1 // instead of a time: wait for space as the policy says
)

// callsFromMethod leads source from an exported method to its caller: over runtime.Callers, source and
// the method.
const callsFromMethod = 3

// Log hands one message to the queue, with fields: args are keys with their values, as for package slog,
// and values of type [Attr] or [log/slog.Attr].
//
//	log.Log(alog.LevelInfo, "user {id} created", "id", 5, alog.Bool("admin", false))
//
// With fields, {name} in the message stands for the field of that name and {a.b} for field b of group a,
// also for fields of the logger ([WithFields], [Logger.With]); {{ and }} are braces. A name without a field
// stays as it is, braces and all, and so does everything else in braces. Without fields the message is
// taken as it is. A value without a key has the key "!BADKEY". What becomes of a value is told at [Any].
//
// A nil error means accepted, not written: everything is copied, and the writer thread formats and
// writes it. It is nil also where the level is switched off. The messages of a goroutine are written in
// the order of its calls, and a message whose call began after another call had returned is written
// after that one.
//
// Log waits for no destination, but with [LevelFatal], see [Logger.Fatal]; only where the queue is full and
// the policy is [Block], [BlockFor] or [GrowTo] does it wait, for space. Otherwise it says why the message was not taken: [ErrDropped],
// [ErrTimeout], [ErrStopped], [ErrTooLarge], [ErrWouldDeadlock], [ErrMemory], [ErrArgument] for a level
// out of range, [ErrField] for a key that is too long, [ErrHandle]. All but the last are counted in
// [Stats].
//
// Log itself allocates nothing. Go does where it makes an argument an any, but for constants and small
// numbers; [Logger.LogAttrs] avoids that.
func (l *Logger) Log(level Level, msg string, args ...any) error {
	if l.isOff(level) {
		return nil
	}
	return l.logArgs(level, byPolicy, msg, args)
}

// LogContext is [Logger.Log] with a bound: where it has to wait for space, it does so until the deadline
// of ctx at the latest, and then returns [ErrTimeout]. If ctx is over, it does not wait, but the message
// is taken where there is space. A cancellation does not end a wait that has begun.
func (l *Logger) LogContext(ctx context.Context, level Level, msg string, args ...any) error {
	if l.isOff(level) {
		return nil
	}
	return l.logArgs(level, patience(ctx), msg, args)
}

// LogAttrs is [Logger.LogContext] for fields that are Attrs: it allocates nothing for numbers, texts, bytes,
// truth values and durations, and for times in [time.Local] and [time.UTC].
func (l *Logger) LogAttrs(ctx context.Context, level Level, msg string, attrs ...Attr) error {
	if l.isOff(level) {
		return nil
	}
	source := uint32(0)
	if l.hasSource {
		source = l.source(callsFromMethod)
	}
	if len(attrs) == 0 {
		return l.putMessage(level, source, patience(ctx), msg)
	}
	if l.hasRoom() {
		var room room
		if room.addAttrs(attrs) {
			return l.hand(level, flagTemplate, source, patience(ctx), msg, room.encoded())
		}
	}
	buffer := newBuffer()
	buffer.bytes = appendAttrs(append(buffer.bytes, l.lent...), attrs, nil)
	err := l.put(level, flagTemplate, source, patience(ctx), msg, buffer.bytes)
	buffer.free()
	return err
}

// What follows is inlined, so that a level that is off costs one load. Whether the switch is still that of
// this logger does not matter here: a message that the library would refuse for it is not counted, and nobody
// is told. A function for the condition would be too much for the inliner.

// Trace logs at [LevelTrace]. Like the other methods named after a level it takes what [Logger.Log]
// takes and returns nothing: what is refused is counted in [Stats]; use Log to know it of a single
// message.
func (l *Logger) Trace(msg string, args ...any) {
	if l.on == nil || atomic.LoadUint32(l.on)&(1<<LevelTrace) != 0 {
		_ = l.logArgs(LevelTrace, byPolicy, msg, args)
	}
}

// Debug logs at [LevelDebug].
func (l *Logger) Debug(msg string, args ...any) {
	if l.on == nil || atomic.LoadUint32(l.on)&(1<<LevelDebug) != 0 {
		_ = l.logArgs(LevelDebug, byPolicy, msg, args)
	}
}

// Info logs at [LevelInfo].
func (l *Logger) Info(msg string, args ...any) {
	if l.on == nil || atomic.LoadUint32(l.on)&(1<<LevelInfo) != 0 {
		_ = l.logArgs(LevelInfo, byPolicy, msg, args)
	}
}

// Notice logs at [LevelNotice].
func (l *Logger) Notice(msg string, args ...any) {
	if l.on == nil || atomic.LoadUint32(l.on)&(1<<LevelNotice) != 0 {
		_ = l.logArgs(LevelNotice, byPolicy, msg, args)
	}
}

// Warn logs at [LevelWarn].
func (l *Logger) Warn(msg string, args ...any) {
	if l.on == nil || atomic.LoadUint32(l.on)&(1<<LevelWarn) != 0 {
		_ = l.logArgs(LevelWarn, byPolicy, msg, args)
	}
}

// Error logs at [LevelError].
func (l *Logger) Error(msg string, args ...any) {
	if l.on == nil || atomic.LoadUint32(l.on)&(1<<LevelError) != 0 {
		_ = l.logArgs(LevelError, byPolicy, msg, args)
	}
}

// Fatal logs at [LevelFatal] and waits until the message is written: 5 seconds at most, whatever the destinations
// say, and with a context not longer than that. If the queue is full it waits 5 seconds for space, unless a rule of
// the policy names the level. So does every call with this level.
//
// Unlike its namesake in package log it does not end the program, unless the setting "on_fatal" is "abort": call
// [Logger.Close] and then [os.Exit]. What panics is logged by [Logger.Recover].
func (l *Logger) Fatal(msg string, args ...any) {
	if l.on == nil || atomic.LoadUint32(l.on)&(1<<LevelFatal) != 0 {
		_ = l.logArgs(LevelFatal, byPolicy, msg, args)
	}
}

// Write logs p at [LevelInfo] as one message, so that a Logger is an [io.Writer] for package log and
// others. Braces mean nothing in it. A newline that ends p is not doubled.
//
// It returns len(p) if the message was accepted or its level is switched off, and otherwise 0 with
// the error of [Logger.Log]: nothing that will be written is reported as failed.
func (l *Logger) Write(p []byte) (int, error) {
	msg := unsafe.String(unsafe.SliceData(p), len(p)) // the call copies it
	if err := l.putMessage(LevelInfo, 0, byPolicy, msg); err != nil {
		return 0, err
	}
	return len(p), nil
}

// logArgs is called by exported methods only: the number of calls counts on it.
func (l *Logger) logArgs(level Level, timeoutMs int64, msg string, args []any) error {
	source := uint32(0)
	if l.hasSource {
		source = l.source(callsFromMethod + 1)
	}
	if len(args) == 0 {
		return l.putMessage(level, source, timeoutMs, msg)
	}
	if l.hasRoom() {
		var room room
		if room.addArgs(args) {
			return l.hand(level, flagTemplate, source, timeoutMs, msg, room.encoded())
		}
	}
	buffer := newBuffer()
	buffer.bytes = appendArgs(append(buffer.bytes, l.lent...), args)
	err := l.put(level, flagTemplate, source, timeoutMs, msg, buffer.bytes)
	buffer.free()
	return err
}

// hasRoom reports whether the fields of a call may be on the stack of its goroutine, and are all it has.
func (l *Logger) hasRoom() bool {
	return stackStays && !l.callsBack && len(l.lent) == 0
}

// putMessage hands over a message without fields: it is no template, its braces are braces.
func (l *Logger) putMessage(level Level, source uint32, timeoutMs int64, msg string) error {
	if source != 0 || timeoutMs != byPolicy || l.callsBack || len(l.lent) > 0 {
		return l.put(level, 0, source, timeoutMs, msg, l.lent)
	}
	status := C.alog_write(l.c(), C.alog_level(level),
		(*C.char)(unsafe.Pointer(unsafe.StringData(msg))), C.size_t(len(msg)))
	runtime.KeepAlive(l) // until here it must not be given back
	return outcome(Code(status))
}

// put hands over a message with fields, whatever the logger.
func (l *Logger) put(level Level, flags, source uint32, timeoutMs int64, msg string, fields []byte) error {
	if !l.callsBack {
		return l.hand(level, flags, source, timeoutMs, msg, fields)
	}
	// The stack of this goroutine may move while it runs Go inside of C: nothing may point into it.
	own := strings.Clone(msg)
	status := C.alog_go_log_calling_back(l.c(), C.alog_level(level), C.uint32_t(flags), C.uint32_t(source),
		C.int64_t(timeoutMs), (*C.char)(unsafe.Pointer(unsafe.StringData(own))), C.size_t(len(own)),
		(*C.uint8_t)(unsafe.SliceData(fields)), C.size_t(len(fields)))
	runtime.KeepAlive(l)
	return outcome(Code(status))
}

// hand hands over a message with fields, for a logger that runs no Go function meanwhile.
func (l *Logger) hand(level Level, flags, source uint32, timeoutMs int64, msg string, fields []byte) error {
	status := C.alog_log_encoded(l.c(), C.alog_level(level), C.uint32_t(flags), C.uint32_t(source),
		C.int64_t(timeoutMs), (*C.char)(unsafe.Pointer(unsafe.StringData(msg))), C.size_t(len(msg)),
		(*C.uint8_t)(unsafe.SliceData(fields)), C.size_t(len(fields)))
	runtime.KeepAlive(l)
	return outcome(Code(status))
}

// patience is how long a call with a context waits for space.
func patience(ctx context.Context) int64 {
	if ctx == nil || ctx.Done() == nil {
		return byPolicy
	}
	if ctx.Err() != nil {
		return 0
	}
	if deadline, ok := ctx.Deadline(); ok {
		return milliseconds(time.Until(deadline))
	}
	return byPolicy
}
