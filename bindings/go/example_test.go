package alog_test

import (
	"context"
	"errors"
	"fmt"
	stdlog "log"
	"log/slog"
	"os"
	"syscall"
	"time"

	"alog.dev/alog"
)

func Example() {
	log, err := alog.NewWriter(os.Stdout, alog.WithFormat(alog.FormatRaw))
	if err != nil {
		fmt.Fprintln(os.Stderr, "no logger:", err)
		return
	}
	defer log.Close()
	log.Info("user {id} logged in", "id", 5)
	log.Warn("disk is nearly full")
	// Output:
	// user 5 logged in
	// disk is nearly full
}

func ExampleLogger_Info() {
	log, err := alog.NewWriter(os.Stdout, alog.WithPattern("{level} {message} {fields}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	log.Info("user {id} created", "id", 5, "admin", true)
	log.Info("{method} {req.path}", "method", "GET", alog.Group("req", alog.String("path", "/"), alog.Int("bytes", 12)))
	log.Info("a value without a key is visible", 42)
	// Output:
	// INFO user 5 created admin=true
	// INFO GET / req.bytes=12
	// INFO a value without a key is visible !BADKEY=42
}

func ExampleLogger_LogAttrs() {
	log, err := alog.NewWriter(os.Stdout, alog.WithFormat(alog.FormatJSON), alog.WithSetting("time_key", ""))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	_ = log.LogAttrs(context.Background(), alog.LevelNotice, "served", alog.Duration("took", 1500*time.Microsecond),
		alog.Group("peer", alog.String("host", "::1"), alog.Int("port", 80)))
	// Output: {"level":"NOTICE","message":"served","took":"1.5ms","peer":{"host":"::1","port":80}}
}

func ExampleLogger_With() {
	log, err := alog.NewWriter(os.Stdout, alog.WithPattern("{logger} {message} {fields}"), alog.WithName("shop"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	request := log.Named("http").With("request", 7)
	request.Info("begins")
	request.Info("ends", "status", 200)
	// Output:
	// shop.http begins request=7
	// shop.http ends request=7 status=200
}

func ExampleLogger_Child() {
	log, err := alog.New(alog.WithSink("file:/dev/null"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	audit, err := log.Child(alog.WithName("audit"), alog.WithReplace("sinks"), alog.WithWriter("screen?format=raw", os.Stdout))
	if err != nil {
		fmt.Println(err)
		return
	}
	log.Info("this goes to the file")
	audit.Info("this to the screen")
	// Output: this to the screen
}

func ExampleLogger_SetLevels() {
	log, err := alog.NewWriter(os.Stdout, alog.WithFormat(alog.FormatRaw))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	if err := log.SetLevels("debug|error+"); err != nil {
		fmt.Println(err)
	}
	log.Debug("this is on")
	log.Info("and this is off")
	fmt.Println(log.Enabled(alog.LevelInfo), log.Level())
	log.Close()
	// Unordered output:
	// false DEBUG
	// this is on
}

func ExampleWithPostHook() {
	log, err := alog.NewWriter(os.Stdout, alog.WithPattern("{message} {fields}"),
		alog.WithPostHook("hide", func(r *alog.Record) error {
			if _, ok := r.Field("password"); ok {
				return r.Set("password", "***")
			}
			return nil
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	log.Info("user {id} logs in", "id", 5, "password", "secret")
	// Output: user 5 logs in password=***
}

func ExampleErrorFrom() {
	log, err := alog.NewWriter(os.Stdout, alog.WithPattern("{message} {fields}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	log.Error("cannot save", alog.ErrorFrom(fmt.Errorf("disk: %w", syscall.ENOSPC)))
	// Output:
	// cannot save error.message="disk: no space left on device" error.type=*fmt.wrapError error.cause.message="no space left on device" error.cause.type=syscall.Errno
}

func ExampleNewSlogHandler() {
	log, err := alog.NewWriter(os.Stdout, alog.WithFormat(alog.FormatLogfmt), alog.WithSetting("time_key", ""))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	std := slog.New(alog.NewSlogHandler(log))
	std.WithGroup("req").Info("served", "status", 200)
	// Output: level=info message=served req.status=200
}

func ExampleNew() {
	log, err := alog.New(
		alog.WithSink("file:/dev/null"),
		alog.WithSink("stderr:?level=error"),
		alog.WithLevel(alog.LevelDebug),
		alog.WithOverflow(alog.BlockFor(250*time.Millisecond)),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	log.Debug("both sinks know of this, one takes it")
	sinks, _ := log.SinkStats()
	for _, sink := range sinks {
		fmt.Println(sink.Name)
	}
	// Output:
	// file:/dev/null
	// stderr:
}

func ExampleNew_wrongOption() {
	_, err := alog.New(alog.WithSetting("level", "loud"))
	fmt.Println(errors.Is(err, alog.ErrValue))
	// Output: true
}

func ExampleLogger_Write() {
	log, err := alog.NewWriter(os.Stdout, alog.WithFormat(alog.FormatRaw))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	stdlog.New(log, "std: ", 0).Print("package log writes here")
	slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{} // it is not the same twice
			}
			return a
		},
	})).Info("and slog", "user", 5)
	// Output:
	// std: package log writes here
	// {"level":"INFO","msg":"and slog","user":5}
}

func ExampleLogger_PollError() {
	log, err := alog.New(alog.WithSink("file:/dev/full?hold=0"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	log.Info("this does not fit on the disk")
	log.Flush(context.Background())
	for e, ok := log.PollError(); ok; e, ok = log.PollError() {
		fmt.Println(e.Origin, errors.Is(e, syscall.ENOSPC))
	}
	// Output: file:/dev/full true
}

func ExampleLogger_ErrorChannel() {
	log, err := alog.New(alog.WithSink("file:/dev/full"))
	if err != nil {
		fmt.Println(err)
		return
	}
	errs := log.ErrorChannel() // before Close, which delivers and closes it
	reported := make(chan struct{})
	go func() {
		defer close(reported)
		for err := range errs {
			fmt.Println(errors.Is(err, syscall.ENOSPC))
		}
	}()
	log.Info("this does not fit on the disk")
	log.Close()
	<-reported
	// Output: true
}

func ExampleLogger_MessageChannel() {
	log, err := alog.NewWriter(os.Stdout, alog.WithFormat(alog.FormatRaw))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	messages := log.MessageChannel()
	messages <- "one"
	messages <- "two"
	close(messages)
	// Output:
	// one
	// two
}

func ExampleLogger_Stop() {
	log, err := alog.NewWriter(os.Stdout, alog.WithFormat(alog.FormatRaw))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	log.Info("the last words")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := log.Stop(ctx); errors.Is(err, alog.ErrTimeout) {
		stats, _ := log.Stats()
		fmt.Println(stats.Pending, "messages are still unwritten")
	}
	fmt.Println(log.Log(alog.LevelInfo, "too late") == alog.ErrStopped)
	// Output:
	// the last words
	// true
}
