package alog

// #include <alog.h>
import "C"

import "runtime"

// With returns a logger that is derived from l: every message that is logged with it has these fields,
// too. The args are those of [Logger.Log].
//
//	request := log.With("request", id)
//	request.Info("begins") // INFO - begins request=7
//
// A derived logger shares everything else with its root: queues, writer threads, levels, errors,
// statistics; Stop and Flush are those of the root. It costs some memory and no thread, and nothing per
// message. It works without its parent, and refuses with [ErrStopped] when the root is stopped or closed.
// [Logger.Close] gives it back, or the garbage collector does when nobody has it any more.
//
// If the library refuses, for want of memory or because there are 65,536 loggers already, or l is closed
// or stopped, the messages go through l, the fields with each of them. [Logger.Child] returns the error
// instead.
func (l *Logger) With(args ...any) *Logger {
	fields := appendArgs(nil, args)
	child, err := l.Child(func(c *config) error { return c.addFields(fields) })
	if err != nil {
		return l.lend(fields)
	}
	return child
}

// Named returns a logger that is derived from l as by [Logger.With], whose name is that of l, a dot, and
// this. If the library refuses that name, it has the name of l.
func (l *Logger) Named(name string) *Logger {
	child, err := l.Child(WithName(name))
	if err != nil {
		return l.lend(nil)
	}
	return child
}

// Child makes a logger that is derived from l as by [Logger.With], with what it has of its own: a name,
// fields, hooks, sinks and [WithSource], in addition to those of l or, with [WithReplace], instead of
// them. Other options are refused with [ErrKey]; the other errors are those of [New] and [ErrStopped].
func (l *Logger) Child(opts ...Option) (*Logger, error) {
	if len(l.lent) > 0 {
		opts = append([]Option{func(c *config) error { return c.addFields(l.lent) }}, opts...)
	}
	config, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	defer config.free()
	var handle C.alog_logger
	var described C.alog_error
	if err := failure(C.alog_child_new(l.c(), config.c, &handle, &described), &described); err != nil {
		return nil, err
	}
	child := l.derive(uint64(handle.id))
	child.begin(config)
	child.root.remember(config.callbacks)
	runtime.SetFinalizer(child, (*Logger).collected)
	return child, nil
}

// derive makes a derived logger of a handle.
func (l *Logger) derive(id uint64) *Logger {
	return &Logger{id: id, root: l.top(), callsBack: l.callsBack, hasSource: l.hasSource}
}

// lend makes a derived logger without a handle of its own. It keeps the one whose handle it has.
func (l *Logger) lend(fields []byte) *Logger {
	child := l.derive(l.id)
	child.live, child.on = l.live, l.on
	child.lender = l
	child.lent = append(l.lent[:len(l.lent):len(l.lent)], fields...)
	return child
}

// collected gives back a derived logger that nobody has any more.
func (l *Logger) collected() {
	l.closing.Lock()
	defer l.closing.Unlock()
	if !l.closed {
		_ = l.giveBack() // there is nobody to tell
	}
}

// remember keeps the callbacks of a derived logger, until the library lets go of them.
func (l *Logger) remember(callbacks []*callback) {
	if len(callbacks) == 0 {
		return
	}
	l.channels.Lock()
	defer l.channels.Unlock()
	for _, callback := range callbacks {
		callback.root.Store(l)
	}
	l.callbacks = append(l.callbacks, callbacks...)
}

func (l *Logger) forget(c *callback) {
	l.channels.Lock()
	defer l.channels.Unlock()
	for i, callback := range l.callbacks {
		if callback == c {
			l.callbacks = append(l.callbacks[:i:i], l.callbacks[i+1:]...)
			return
		}
	}
}
