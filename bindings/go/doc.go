// Package alog is an asynchronous logger: a call hands its message to a queue and returns, and a
// thread of the logger writes it. A call never waits for a destination, a message is never lost
// silently, and errors are there for who asks.
//
//	log, err := alog.New(alog.WithSink("file:app.log"))
//	if err != nil {
//		return err
//	}
//	defer log.Close()
//	log.Info("user {id} logged in", "id", 5, "admin", true)
//
// writes
//
//	[2026-01-31 23:59:59.123456Z] INFO - user 5 logged in admin=true
//
// Three words are never mixed. A message is accepted when [Logger.Log] returns nil: it is copied and
// in the queue. It is written when the operating system has it, which is what [Logger.Flush] and
// [Logger.Stop] wait for and [Logger.WriteSync] returns: it survives the death of the process. It is
// durable when it survives the loss of power, which the parameter durable of a file is for.
//
// # Fields
//
// What follows a message are its fields: keys with their values, as for package slog, and values of type [Attr].
// They stay fields in every format, also those that the message shows. [Logger.With] gives a logger whose
// messages all have certain fields, [Logger.Named] one with a name. Hooks ([WithPreHook], [WithPostHook])
// see every record and may add to it. Of fields with one key the last in this order counts: those of the
// logger, of pre-hooks, of the call, of post-hooks. [WithFormat] and [WithPattern] say what lines look like.
//
// Only what the call itself does costs its goroutine time: fields are copied as they are, and everything is
// put into its form on the writer thread. An enabled call is one call of C and allocates nothing of its
// own; [Logger.LogAttrs] has none for its arguments either. A level that is off costs a load or two
// ([Logger.SetLevels] switches it while the program runs).
//
// Package slog writes here, too: [NewSlogHandler]. A [log/slog.Attr] is taken wherever an Attr is behind a message.
//
// # Destinations
//
// A logger writes to one or more sinks: standard output and standard error, files and descriptors
// ([WithSink]), and every [io.Writer] ([NewWriter], [WithWriter]). Each may have its own lowest level
// and format. What a sink cannot write counts as failed, is reported, and does not disturb the others.
//
// # Configuration
//
// Every setting is an option; what is said in a file ([WithConfigFile]), a text ([WithConfigText]) or the environment
// ([WithEnvironment]) is one, too, and counts above the options before it:
//
//	log, err := alog.New(alog.WithLevel(alog.LevelWarn), alog.WithConfigFile("app.toml"), alog.WithEnvironment("ALOG_"))
//
// A logger that runs goes on with other options by [Logger.Reload]: all of them or, if one is wrong, as it was.
// Without options it reads the file again, and with reload = "on-change" in the file that happens by itself.
// [Logger.Reopen] and [Logger.Rotate] are for its files.
//
// # Errors
//
// The errors of a call are constants of type [Code]: [ErrStopped], [ErrTooLarge] and so on. What goes
// wrong later, on the writer thread or in a hook, is an [*Error] that is polled ([Logger.PollError]) or
// received ([Logger.ErrorChannel]). [errors.Is] finds the Code and the operating system's number in both:
//
//	if e, ok := log.PollError(); ok && errors.Is(e, syscall.ENOSPC) {
//		// the disk is full
//	}
//
// If nobody asks, nothing waits. [Logger.Stats] has the exact account in any case, and lost messages
// leave a line in the log itself:
//
//	[2026-01-31 23:59:59.123456Z] WARN - alog: 137 records lost: queue full
//
// # The end of a program
//
// Go runs no exit handlers of C, so nothing writes what is still in the queue when main returns: call
// [Logger.Close], or [Logger.Stop] with a deadline of your own, before the program ends. A deferred
// call does not run when the program ends in [os.Exit], in log.Fatal of the standard library, or by a
// signal; [os/signal.NotifyContext] turns a signal into a return from main. A panic runs deferred calls of its own
// goroutine only: [Logger.Recover], deferred there, writes it with its stack and what others logged.
//
// # When the queue is full
//
// Each operating system thread that logs has a queue of [WithQueueBytes], so the number of queues
// follows the number of threads on which the program's goroutines run. Where a queue is full, a write
// waits for space ([Block], the default), waits for a bounded time ([BlockFor], and for a single call
// [Logger.LogContext]), refuses the message ([DropNewest]), drops older ones ([DropOldest]), or takes a
// larger queue ([GrowTo]). A goroutine that waits for space occupies a thread, as in any call that blocks in the
// operating system, and Go gives its place to another thread. A program whose thousands of goroutines
// must survive a destination that hangs therefore uses [DropNewest], or [BlockFor] with a short time:
// the runtime ends a program that needs more than 10,000 threads ([runtime/debug.SetMaxThreads]).
//
// # Several languages in one process
//
// A logger with a name ([WithName]) is found by it from every language of the process: [Find] in Go, alog_find in C.
// All that they log goes through one writer, in causal order, with one account. A package built with
// -buildmode=c-shared or c-archive logs that way into the program that loads it.
//
// # Children
//
// A program that is started ([os/exec]) inherits nothing of a logger: all descriptors are closed on exec. A Go program
// does not fork otherwise. Where a program of C or Python does that has loaded Go code, the library goes on in the child,
// but Go's runtime, which is not made for it, does not.
//
// # Threads and goroutines
//
// Every thread and goroutine has a known end:
//
//	the writer threads of a logger    from New             until Stop or Close
//	two goroutines of the errors      from ErrorChannel    until the last error after a stop, or Close
//	the goroutine of the messages     from MessageChannel  until the channel is closed by its senders
//
// There are no others; [WithWorkers] says how many writer threads, and derived loggers have none of their
// own. A writer thread is not one of Go's, blocks all signals, and calls into Go only for an io.Writer and
// for a post-hook. Pre-hooks and schedulers run on the goroutine that logs. A derived logger that nobody
// has any more is given back by the garbage collector, a root never: close it.
//
// # Building
//
// The package needs cgo and finds the library with pkg-config. The build tag alog_static links the
// library into the program, which then needs no shared library of this name.
package alog
