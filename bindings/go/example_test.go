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
	log.Info("user 5 logged in")
	log.Warn("disk is nearly full")
	// Output:
	// user 5 logged in
	// disk is nearly full
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
	log, err := alog.New(alog.WithSink("file:/dev/full"))
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
