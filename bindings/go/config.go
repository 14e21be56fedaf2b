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
	// FormatText is the default: "[2026-01-31 23:59:59.123456Z] INFO - message key=value" in UTC. Control
	// characters, invalid UTF-8 and backslashes are escaped, so that one message stays one line and
	// can be restored.
	FormatText Format = "text"

	// FormatRaw is the bytes of the message alone, and a newline if there is none.
	FormatRaw Format = "raw"

	// FormatJSON is one object per line: {"time":"...","level":"INFO","message":"...","key":"value"}.
	FormatJSON Format = "json"

	// FormatLogfmt is key=value for everything: time=... level=info message=... key=value.
	FormatLogfmt Format = "logfmt"
)

// An Overflow is what a write does when its queue is full. It may have rules for some levels behind the
// policy for all of them:
//
//	alog.WithOverflow(alog.DropOldest + ", error+=block:2s")
type Overflow string

const (
	// Block is the default: wait until there is space.
	Block Overflow = "block"

	// DropNewest refuses the new message with [ErrDropped] and never waits.
	DropNewest Overflow = "drop-newest"

	// DropOldest drops the oldest messages of this thread that the writer has not begun with, and never
	// waits.
	DropOldest Overflow = "drop-oldest"
)

// GrowTo takes larger queues while all queues of the logger together stay within so many bytes, and then
// waits as [Block] does.
func GrowTo(bytes int) Overflow {
	return Overflow("grow:" + strconv.Itoa(bytes))
}

// BlockFor waits for space at most that long, rounded up to whole milliseconds, and then refuses the
// message with [ErrTimeout].
func BlockFor(d time.Duration) Overflow {
	ms := (d + time.Millisecond - 1) / time.Millisecond
	return Overflow(fmt.Sprintf("block:%dms", ms))
}

// WithLevel sets the lowest level taken. The default is [LevelInfo]. [Logger.SetLevels] changes it, and
// WithSetting("level", ...) takes every set of levels that it takes.
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
// up to a power of two. The default is 1 MiB; memory is used only for what was touched. With 0 a write
// hands over: it returns when the writer has taken the message.
func WithQueueBytes(n int) Option {
	return WithSetting("queue_bytes", strconv.Itoa(n))
}

// WithMaxMessageBytes sets the length in bytes of the longest message with its fields, 1 to 1 GiB. The default
// is 1 MiB; one byte more is [ErrTooLarge].
func WithMaxMessageBytes(n int) Option {
	return WithSetting("max_message_bytes", strconv.Itoa(n))
}

// WithCrashDir keeps the queues in files of a directory of the user's own, which is made if it is missing: what was
// accepted when the program was killed is written by the next logger with that directory, or by the command
// "alog recover". The longest message is then a quarter of the queue, less 32 bytes.
func WithCrashDir(path string) Option {
	return WithSetting("crash_dir", path)
}

// WithErrorCapacity sets how many distinct errors are kept for [Logger.PollError], 1 to 65536. The
// default is 256; what does not fit is counted in [Stats].ErrorsLost.
func WithErrorCapacity(n int) Option {
	return WithSetting("error_capacity", strconv.Itoa(n))
}

// WithPattern makes the lines of the sinks that name no format or pattern themselves of a text with
// tokens, for example "{time:%H:%M:%S.%3f} {level|5} {logger} {message} {fields}". The C header alog.h has
// the list at alog_config_set, and an unknown token is an error that has it, too.
func WithPattern(pattern string) Option {
	return WithSetting("pattern", pattern)
}

// WithWorkers sets the number of writer threads, 0 to 64; the default is 1. With 0 the goroutine that logs
// writes itself. With several, the records of a thread stay in order, but not those of a goroutine, which
// moves between threads; see [WithScheduler].
func WithWorkers(n int) Option {
	return WithSetting("workers", strconv.Itoa(n))
}

// WithName names the logger, 1 to 255 bytes. The name of a derived logger follows that of its parent and a
// dot.
func WithName(name string) Option {
	return WithSetting("name", name)
}

// WithFields adds fields that every record of the logger has; args are those of [Logger.Log]. They are
// made once, now, and cost nothing per record. Fields of hooks and of a call override them.
func WithFields(args ...any) Option {
	return func(c *config) error { return c.addFields(appendArgs(nil, args)) }
}

// WithReplace says what a derived logger ([Logger.Child]) does not take over from its parent: "fields",
// "pre_hooks", "post_hooks", "sinks".
func WithReplace(parts ...string) Option {
	return WithSetting("replace", strings.Join(parts, "|"))
}

// WithSetting sets a setting by its name in the library, which is the same in every language:
//
//	level, overflow, queue_bytes, max_message_bytes, error_capacity, format, pattern, workers, name, crash_dir
//	and replace: there are options named after them
//	scheduler    with several workers: by-thread (the default) or round-robin
//	writer       thread (the default); caller: no thread writes, see Logger.Run and Logger.Drain
//	on_fatal     when a message of LevelFatal is written: continue (the default), or abort the program
//	reload       of a logger made with WithConfigFile: never (the default); on-change: it follows the file
//	time_zone    utc (the default), local, or an IANA name such as Europe/Berlin
//	color        of text and patterns: auto (the default), always, never
//	redact       fields whose values no line shows, in groups too, such as password,req.token
//	time_key, level_key, message_key, logger_key, source_key, thread_key, pid_key, seq_key
//	             names of elements in json and logfmt; an empty one leaves the element out; seq is the number of a
//	             record in its sink
//
// Sizes may carry a unit ("4MiB"). A wrong name or value makes [New] return an [*Error] that says what is
// allowed.
func WithSetting(key, value string) Option {
	return func(c *config) error { return c.set(key, value) }
}

// WithConfigFile takes over what a TOML file says: settings as those of [WithSetting], base fields in the table
// [fields], and a table [[sink]] for each destination, with its URL under "to" and its parameters beside that:
//
//	level = "debug"
//
//	[fields]
//	service = "shop"
//
//	[[sink]]
//	to = "file:shop.log"
//	level = "warn"
//
// Like every option it counts above those before it, and sinks and fields add up. A wrong file makes [New] return an
// [*Error] whose Message begins with file, line and column, and says what was meant if that is near; one that cannot be
// read is [ErrOpen]. With reload = "on-change" in it the logger follows the file: when it changes, it applies as by
// [Logger.Reload], and an error of it arrives at [Logger.PollError]. CONFIGURATION.md of the project tells what there is to say.
func WithConfigFile(path string) Option {
	return func(c *config) error {
		return c.load(path, func(path *C.char, described *C.alog_error) C.alog_status {
			return C.alog_config_load_file(c.c, path, described)
		})
	}
}

// WithConfigText does what [WithConfigFile] does, with a text.
func WithConfigText(toml string) Option {
	return func(c *config) error {
		var described C.alog_error
		c.callsBack = true // it may say who writes
		return failure(C.alog_config_load(c.c, (*C.char)(unsafe.Pointer(unsafe.StringData(toml))),
			C.size_t(len(toml)), &described), &described)
	}
}

// WithEnvironment takes over what the environment says: the variable of a setting is the prefix, such as "ALOG_", and the
// setting's name in capitals: ALOG_LEVEL=debug. The variable named after "SINKS" has URLs as for [WithSink] with
// semicolons or newlines between them (%3B is a semicolon in one), which stand instead of all URLs given before it;
// io.Writers stay.
//
// An empty variable counts as not set. One that is no setting is an error if its name is near to one, and is left alone
// otherwise. Nothing is read if the program has more rights than its user. What os.Setenv changed counts.
func WithEnvironment(prefix string) Option {
	return func(c *config) error {
		return c.load(prefix, func(prefix *C.char, described *C.alog_error) C.alog_status {
			return C.alog_config_load_env(c.c, prefix, described)
		})
	}
}

// WithSink adds a destination by its URL:
//
//	console:    standard output, descriptor 1
//	stderr:     standard error, descriptor 2
//	file:PATH   a file, appended to, made with mode 0640 if missing
//	fd:N        a duplicate of descriptor N; N stays yours
//	tcp://HOST:PORT, udp://HOST:PORT, unix:PATH, unixgram:PATH
//	            a socket, one JSON object per line
//	syslog:, syslog+tcp://HOST, syslog+udp://HOST, journald:
//	            syslog, and the systemd journal, with fields
//	otlp://HOST:PORT
//	            an OpenTelemetry collector
//	memory:NAME the last lines, in memory: read with [Logger.Memory]
//	pull:NAME   nowhere: take the lines with [Logger.Pull]
//
// with optional parameters, for example "file:app.log?level=warn&format=json": level says which levels
// this sink takes; format, pattern, time_zone and color are the settings of this sink alone; CONFIGURATION.md
// lists the others, such as rate_limit, dedup, backtrace, redact, hold and batch_delay. In PATH and
// in values, %3F stands for ?, %26 for & and %25 for %.
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
// [Logger.Close] return [ErrWouldDeadlock] there. It must not wait for another goroutine that logs to the
// same logger, nor call [runtime.Goexit], as FailNow of a test does: a writer that ends in the middle of a
// batch ends the program, in a panic that names it.
//
// For a file, "file:" and "fd:" are cheaper: their lines do not pass through Go.
func WithWriter(name string, w io.Writer) Option {
	return func(c *config) error { return c.addWriter(name, w) }
}

// Check reports whether these options are right and fit together, as [New] would; it opens nothing.
func Check(opts ...Option) error {
	config, err := newConfig(opts)
	if err != nil {
		return err
	}
	defer config.free()
	var described C.alog_error
	return failure(C.alog_config_check(config.c, &described), &described)
}

// config is a configuration of the library while options fill it.
type config struct {
	c         *C.alog_config
	callbacks []*callback
	callsBack bool // Go functions may be called on the threads that log
	hasSource bool
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
	err := failure(C.alog_config_set(c.c, ckey, cvalue, &described), &described)
	if err == nil {
		c.noteWriter(key, value)
	}
	return err
}

// load has the library read something that a text names.
func (c *config) load(name string, call func(*C.char, *C.alog_error) C.alog_status) error {
	if err := refuseNUL(name); err != nil {
		return err
	}
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	c.callsBack = true // it may say who writes
	var described C.alog_error
	return failure(call(cname, &described), &described)
}

// noteWriter finds out whether the threads that log may write, and so call io.Writers and hooks, also
// those of derived loggers. To think so in vain costs little.
func (c *config) noteWriter(key, value string) {
	switch name := strings.ReplaceAll(key, "-", "_"); {
	case strings.EqualFold(name, "workers"):
		c.callsBack = c.callsBack || !strings.ContainsAny(value, "123456789")
	case strings.EqualFold(name, "writer"):
		c.callsBack = true
	}
}

func (c *config) addFields(encoded []byte) error {
	var described C.alog_error
	return failure(C.alog_config_add_encoded_fields(c.c, (*C.uint8_t)(unsafe.SliceData(encoded)),
		C.size_t(len(encoded)), &described), &described)
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
