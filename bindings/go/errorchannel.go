package alog

// #include <fcntl.h>
// #include <alog.h>
//
// static inline int alog_go_duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }
import "C"

import (
	"os"
	"syscall"
	"time"
)

const (
	// errorBuffer is how many errors the channel itself holds for its reader.
	errorBuffer = 64

	// errorGrace is how long Close waits for a reader to take the last errors. It passes only where
	// more are left than the channel has room for.
	errorGrace = time.Second
)

// errorChannel forwards errors to a Go channel. Its goroutine starts with the first call of
// ErrorChannel and ends in Close.
type errorChannel struct {
	out     chan error
	fd      *os.File // a duplicate of the descriptor that is readable while there are errors
	held    *Error   // taken from the library when closing began, not sent yet
	closing chan struct{}
	done    chan struct{}
}

// ErrorChannel returns the channel on which the errors of the logger arrive, each an [*Error]; it is
// the same channel at every call. The first call starts a goroutine that waits, without polling,
// until there are errors.
//
// The channel is bounded. If nobody reads it, nothing waits: errors stay in the library, which keeps
// a bounded number and counts the rest in [Stats].ErrorsLost.
//
// [Logger.Close] delivers what is left, waiting at most a second for the reader where the channel is
// full, and closes the channel. On a closed logger the channel is closed. If the channel cannot be
// had, for example for want of a descriptor ([ErrLimit]), it holds the reason and is closed, and a
// later call tries again. A derived logger has the channel of its root.
func (l *Logger) ErrorChannel() <-chan error {
	if l.root != nil {
		return l.root.ErrorChannel()
	}
	l.channels.Lock()
	defer l.channels.Unlock()
	if l.errors != nil {
		return l.errors.out
	}
	if l.ended {
		return closedWith(nil)
	}
	fd, err := l.errorFile()
	if err != nil {
		return closedWith(err) // the next call tries again
	}
	l.errors = &errorChannel{
		out:     make(chan error, errorBuffer),
		fd:      fd,
		closing: make(chan struct{}),
		done:    make(chan struct{}),
	}
	go l.errors.run(l)
	return l.errors.out
}

// endErrorChannel ends the goroutine and waits for that. Later calls of ErrorChannel find a closed
// channel.
func (l *Logger) endErrorChannel() {
	l.channels.Lock()
	c, ended := l.errors, l.ended
	l.ended = true
	l.channels.Unlock()
	if c == nil || ended {
		return
	}
	close(c.closing) // ends a send that waits for a reader
	_ = c.fd.Close() // ends the wait for readability; nothing was written to it that could be lost
	<-c.done
}

func (c *errorChannel) run(l *Logger) {
	defer close(c.done)
	defer close(c.out)
	if conn, err := c.fd.SyscallConn(); err == nil {
		// It returns when forward reports true, or with an error when the file is closed.
		_ = conn.Read(func(uintptr) bool { return c.forward(l) })
	}
	<-c.closing
	c.deliverRest(l)
}

// forward sends errors until there are none: then it reports false, to be called again when the
// descriptor is readable. It reports true once the logger is being closed.
func (c *errorChannel) forward(l *Logger) bool {
	for {
		e, ok := l.PollError()
		if !ok {
			return false
		}
		select {
		case c.out <- e:
		case <-c.closing:
			c.held = e
			return true
		}
	}
}

// deliverRest sends what a stopped logger still has, for at most errorGrace.
func (c *errorChannel) deliverRest(l *Logger) {
	grace := time.NewTimer(errorGrace)
	defer grace.Stop()
	e, ok := c.held, c.held != nil
	if !ok {
		e, ok = l.PollError()
	}
	for ; ok; e, ok = l.PollError() {
		select {
		case c.out <- e:
			continue
		default:
		}
		select {
		case c.out <- e:
		case <-grace.C:
			return
		}
	}
}

// errorFile duplicates the descriptor of the library, so that Go's poller has one that it may close.
func (l *Logger) errorFile() (*os.File, error) {
	var fd C.int32_t
	if err := outcome(Code(C.alog_error_fd_get(l.c(), &fd))); err != nil {
		return nil, err
	}
	own, err := C.alog_go_duplicate(C.int(fd))
	if own < 0 {
		return nil, os.NewSyscallError("fcntl", err)
	}
	// Only a non-blocking descriptor goes to Go's poller. Nobody reads from this one, so the mode,
	// which it shares with the library's, changes nothing there.
	if err := syscall.SetNonblock(int(own), true); err != nil {
		_ = syscall.Close(int(own)) // nothing was written to it
		return nil, os.NewSyscallError("fcntl", err)
	}
	file := os.NewFile(uintptr(own), "alog errors")
	if err := file.SetReadDeadline(time.Time{}); err != nil { // none is set: this asks the poller
		_ = file.Close() // nothing was written to it
		return nil, err
	}
	return file, nil
}

// closedWith gives a closed channel that holds err, if there is one.
func closedWith(err error) <-chan error {
	c := make(chan error, 1)
	if err != nil {
		c <- err
	}
	close(c)
	return c
}
