package alog

// #include <fcntl.h>
// #include <poll.h>
// #include <alog.h>
//
// static inline int alog_go_duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }
//
// static inline int alog_go_readable(int fd)
// {
//     struct pollfd at = {fd, POLLIN, 0};
//     return poll(&at, 1, 0) == 1;
// }
import "C"

import (
	"os"
	"sync"
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

// errorChannel forwards errors to a Go channel. Its goroutines start with the first call of
// ErrorChannel and end when the logger has stopped and all errors are delivered, or in Close.
type errorChannel struct {
	out     chan error
	fd      *os.File // a duplicate of the descriptor that is readable while there are errors
	end     *os.File // and of the one that is readable when the logger has stopped
	held    *Error   // taken from the library when closing began, not sent yet
	closing chan struct{}
	done    sync.WaitGroup
}

// ErrorChannel returns the channel on which the errors of the logger arrive, each an [*Error]; it is
// the same channel at every call. The first call starts goroutines that wait, without polling, for
// errors and for the end of the logger.
//
// The channel is bounded. If nobody reads it, nothing waits: errors stay in the library, which keeps
// a bounded number and counts the rest in [Stats].ErrorsLost.
//
// It is closed when the logger was stopped, by whatever part of the process in whatever language, and the
// last error is delivered. [Logger.Close] delivers what is left, waiting at most a second for the reader
// where the channel is full, and closes the channel. On a closed logger the channel is closed. If the channel cannot be
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
	var errorFD, endFD C.int32_t
	fd, err := waitable(C.alog_error_fd_get(l.c(), &errorFD), &errorFD, "alog errors")
	if err != nil {
		return closedWith(err) // the next call tries again
	}
	end, err := waitable(C.alog_end_fd_get(l.c(), &endFD), &endFD, "alog end")
	if err != nil {
		_ = fd.Close() // nothing was written to it
		return closedWith(err)
	}
	l.errors = &errorChannel{
		out:     make(chan error, errorBuffer),
		fd:      fd,
		end:     end,
		closing: make(chan struct{}),
	}
	l.errors.done.Add(2)
	go l.errors.run(l)
	go l.errors.awaitEnd()
	return l.errors.out
}

// endErrorChannel ends the goroutines and waits for that. Later calls of ErrorChannel find a closed
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
	_ = c.end.Close()
	c.done.Wait()
}

func (c *errorChannel) run(l *Logger) {
	defer c.done.Done()
	defer close(c.out)
	if conn, err := c.fd.SyscallConn(); err == nil {
		// It returns when forward reports true, or with an error when the file is closed.
		_ = conn.Read(func(uintptr) bool { return c.forward(l) })
	}
	select {
	case <-c.closing:
	default:
		c.forward(l) // stopped: until there are none, for none will come
	}
	select {
	case <-c.closing:
		c.deliverRest(l)
	default:
	}
}

// awaitEnd ends run's wait for readability when the logger has stopped.
func (c *errorChannel) awaitEnd() {
	defer c.done.Done()
	defer c.end.Close()
	conn, err := c.end.SyscallConn()
	if err != nil {
		return
	}
	if conn.Read(func(fd uintptr) bool { return C.alog_go_readable(C.int(fd)) != 0 }) == nil {
		_ = c.fd.Close() // nothing was written to it
	}
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

// waitable duplicates a descriptor that the library gave, so that Go's poller has one that it may close.
func waitable(status C.alog_status, fd *C.int32_t, name string) (*os.File, error) {
	if err := outcome(Code(status)); err != nil {
		return nil, err
	}
	own, err := C.alog_go_duplicate(C.int(*fd))
	if own < 0 {
		return nil, os.NewSyscallError("fcntl", err)
	}
	// Only a non-blocking descriptor goes to Go's poller. Nobody reads from this one, so the mode,
	// which it shares with the library's, changes nothing there.
	if err := syscall.SetNonblock(int(own), true); err != nil {
		_ = syscall.Close(int(own)) // nothing was written to it
		return nil, os.NewSyscallError("fcntl", err)
	}
	file := os.NewFile(uintptr(own), name)
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
