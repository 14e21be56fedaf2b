package alog

// #include <stdlib.h>
// #include <alog.h>
import "C"

import (
	"context"
	"io"
	"runtime"
	"unsafe"
)

// pullBytes is how much one call of Pull takes at most, unless one line is longer.
const pullBytes = 64 * 1024

// Pull takes lines of the sink "pull:NAME", of this logger or one that shares its queue: whole ones, oldest
// first, each with its newline. It waits for the first one until ctx ends, and then returns what ended it. It
// returns [io.EOF] when the logger is stopped and everything was taken, and [ErrSink] if there is no such sink.
//
// It uses buf if that has room, or else memory of its own; the lines are valid until buf is used again.
//
// Unlike an [io.Writer], such a sink calls nothing on a thread of the library. Any number of goroutines may pull;
// each line goes to one of them. Lines count as written when they are taken, and [Logger.Flush] and
// [Logger.Stop] wait for that: a goroutine that pulls and stops does the one in another goroutine, or pulls on
// after a Stop that timed out.
func (l *Logger) Pull(ctx context.Context, name string, buf []byte) ([]byte, error) {
	defer runtime.KeepAlive(l)
	if err := refuseNUL(name); err != nil {
		return nil, err
	}
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	buf = buf[:cap(buf)]
	if len(buf) == 0 {
		buf = make([]byte, pullBytes)
	}
	var length C.size_t
	for {
		code := waitFor(ctx, func(ms int64) Code {
			to := (*C.char)(unsafe.Pointer(unsafe.SliceData(buf)))
			code := Code(C.alog_pull(l.c(), cname, to, C.size_t(len(buf)), C.int64_t(ms), &length, nil))
			if code == statusEmpty {
				code = ErrTimeout // what waitFor repeats
			}
			return code
		})
		switch code {
		case statusOK:
			return buf[:length], nil
		case ErrTooLarge:
			buf = make([]byte, length)
		case ErrStopped:
			return nil, io.EOF
		case ErrTimeout:
			return nil, ended(ctx)
		default:
			return nil, l.sinkError(code, "pull:"+name)
		}
	}
}

// PullTo writes the lines of the sink "pull:NAME" to w, whole lines at a time, on the calling goroutine: until
// the logger is stopped and everything is taken, or it is closed, when it returns nil; until ctx ends; or until w fails. The
// lines that w did not take are lost, and count as written all the same: a destination that fails is better
// added with [WithWriter].
func (l *Logger) PullTo(ctx context.Context, name string, w io.Writer) error {
	buf := make([]byte, pullBytes)
	for hasPulled := false; ; hasPulled = true {
		lines, err := l.Pull(ctx, name, buf)
		// Close waits for the last lines to be taken, and not for the pull behind them.
		if err == io.EOF || err == ErrHandle && hasPulled {
			return nil
		}
		if err != nil {
			return err
		}
		if n, err := w.Write(lines); err != nil {
			return err
		} else if n < len(lines) {
			return io.ErrShortWrite
		}
	}
}
