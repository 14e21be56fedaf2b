package alog

// #include <alog.h>
import "C"

import "runtime"

// Reload goes on with another configuration, as if the logger had been made with these options: as a whole or not at
// all. What can differ is [WithLevel], [WithOverflow], [WithMaxMessageBytes], the destinations, and how their lines look;
// what is not among the options has its default. [Logger.Reconfigure] changes single settings.
//
// A destination given by a URL that is the same stays open and keeps its figures; one that is gone writes what it was
// given. What is logged when Reload has returned goes to the new destinations. Derived loggers follow, and keep the
// destinations of their own. Hooks and [WithSource] stay as they are.
//
//	err := log.Reload(alog.WithConfigFile("shop.toml"), alog.WithEnvironment("SHOP_LOG_"))
//
// Without options the file of [WithConfigFile] is read again; what was given beside it still counts, and an
// environment is as it was. For an operator's kill -HUP:
//
//	hup := make(chan os.Signal, 1)
//	signal.Notify(hup, syscall.SIGHUP)
//	for range hup {
//		if err := log.Reload(); err != nil {
//			log.Error("the configuration is as before: " + err.Error())
//		}
//	}
//
// A file that says reload = "on-change" is read again by itself.
//
// An error is an [*Error]: [ErrKey] for what cannot be changed while a logger runs, what [New] returns,
// [ErrArgument] without options where there is no file, [ErrStopped], or [ErrWouldDeadlock] in an [io.Writer] or a hook on a writer thread. The logger then goes on as it was.
func (l *Logger) Reload(opts ...Option) error {
	defer runtime.KeepAlive(l)
	var described C.alog_error
	if len(opts) == 0 {
		defer deleteReleased() // what the library has given back
		return failure(C.alog_reload(l.c(), nil, &described), &described)
	}
	config, err := newConfig(opts)
	if err != nil {
		return err
	}
	defer config.free() // which also drops what the library has given back
	// Before: from the moment on that they are called, their errors are put back.
	root := l.top()
	root.remember(config.callbacks)
	return failure(C.alog_reload(l.c(), config.c, &described), &described)
}

// Reopen lets every file of the logger be opened anew by its name, as after a rotation by another program. It is done in
// the background, after what was logged before and before what is logged later; [Logger.Flush] waits for it. A
// file that cannot be opened arrives at [Logger.PollError], and the old one goes on. The error is [ErrStopped],
// [ErrHandle], or [ErrLimit] if 1024 of these calls wait already, for a writer that does not get on.
func (l *Logger) Reopen() error {
	defer runtime.KeepAlive(l)
	return outcome(Code(C.alog_reopen(l.c())))
}

// Rotate lets every file of the logger be rotated now, as its parameters say; everything else is as for [Logger.Reopen].
func (l *Logger) Rotate() error {
	defer runtime.KeepAlive(l)
	return outcome(Code(C.alog_rotate(l.c())))
}
