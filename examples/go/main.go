// The program writes lines, asks for an error, and stops.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"alog.dev/alog"
)

func main() {
	log, err := alog.New(
		alog.WithSink("console:"),
		alog.WithSink("file:/dev/full?level=error"), // a disk that is always full
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer log.Close()

	log.Info("user 5 logged in")
	log.Error("the payment was refused")

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := log.Stop(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err) // the deadline passed: it says what is still unwritten
	}
	for e, ok := log.PollError(); ok; e, ok = log.PollError() {
		fmt.Fprintln(os.Stderr, e)
	}
}
