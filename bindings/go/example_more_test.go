package alog_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"alog.dev/alog"
)

// A logger of channels, whose writer is a goroutine of the program's choosing.
func Example_channels() {
	log, err := alog.NewWriter(os.Stdout, alog.WithSetting("writer", "caller"), // nobody writes yet
		alog.WithPattern("[{level}] {message}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	complete := make(chan struct{})
	go func() {
		_ = log.Run() // writes until the logger is stopped
		close(complete)
	}()

	reported := make(chan struct{})
	go func() {
		defer close(reported)
		for err := range log.ErrorChannel() {
			fmt.Println("the log itself failed:", err)
		}
	}()

	messages := log.MessageChannel()
	messages <- "sent on a channel"
	fmt.Fprint(log, "written to an io.Writer")
	close(messages)

	_ = log.Stop(context.Background()) // takes nothing more, and waits for what was sent
	<-complete
	_ = log.Close()
	<-reported
	// Unordered output:
	// [INFO] sent on a channel
	// [INFO] written to an io.Writer
}

func ExampleFind() {
	log, err := alog.NewWriter(os.Stdout, alog.WithName("shop"), alog.WithPattern("{logger} {message}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()

	// Elsewhere in the process, in whatever language:
	plugin, err := alog.Find("shop", alog.WithName("plugin"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer plugin.Close() // gives back its own, and stops nobody else's
	plugin.Info("loaded")
	// Output: shop.plugin loaded
}

func ExampleNewSlogHandlerOptions() {
	log, err := alog.NewWriter(os.Stdout, alog.WithFormat(alog.FormatLogfmt), alog.WithSetting("time_key", ""))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	std := slog.New(alog.NewSlogHandlerOptions(log, &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == "password" {
				return slog.String(a.Key, "***")
			}
			return a
		},
	}))
	std.Info("logs in", "user", "eve", "password", "secret")
	// Output: level=info message="logs in" user=eve password=***
}

func ExampleLogger_Catch() {
	log, err := alog.NewWriter(os.Stdout, alog.WithPattern("{level} {message} {field:error_type}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	err = log.Catch(func() {
		var none []int
		fmt.Println(none[7])
	})
	_ = log.Flush(context.Background())
	var caught *alog.PanicError
	fmt.Println(errors.As(err, &caught), len(caught.Stack) > 0)
	// Output:
	// ERROR panic: runtime error: index out of range [7] with length 0 runtime.boundsError
	// true true
}

func ExampleLogger_Recover() {
	log, err := alog.NewWriter(os.Stdout, alog.WithPattern("{level} {message}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	defer func() { _ = recover() }() // or it would end this program
	defer log.Recover()              // first thing in main, and in every goroutine
	panic("no such order")
	// Output: FATAL panic: no such order
}

func ExampleLogger_Flush() {
	log, err := alog.NewWriter(os.Stdout, alog.WithFormat(alog.FormatRaw))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	log.Info("written when Flush returns")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := log.Flush(ctx); err != nil {
		fmt.Println("not yet:", err)
	}
	fmt.Println("and this behind it")
	// Output:
	// written when Flush returns
	// and this behind it
}

func ExampleLogger_PullTo() {
	log, err := alog.New(alog.WithSink("pull:screen?format=raw"))
	if err != nil {
		fmt.Println(err)
		return
	}
	var screen strings.Builder
	ended := make(chan error)
	go func() { ended <- log.PullTo(context.Background(), "screen", &screen) }() // until the logger is stopped
	log.Info("no thread of the library calls into Go for this")
	_ = log.Close()
	fmt.Println(<-ended, screen.String())
	// Output: <nil> no thread of the library calls into Go for this
}

func ExampleLogger_WriteSync() {
	log, err := alog.New(alog.WithSink("file:/dev/full?hold=0")) // a disk that is full, and is not waited for
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	fmt.Println(log.WriteSync(alog.LevelInfo, "what does the disk say", 5*time.Second))
	// Output: alog: cannot write "file:/dev/full": no space left on device (os error 28)
}

func ExampleWithConfigText() {
	log, err := alog.New(alog.WithConfigText(`
level = "debug"
pattern = "{level:lower} {message} {all_fields}"

[fields]
service = "shop"

[[sink]]
to = "memory:last"
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	log.Debug("begins")
	_ = log.Flush(context.Background())
	lines, _ := log.Memory("last")
	fmt.Println(lines)
	// Output: [debug begins service=shop]
}
