// The program logs whole records: templates, fields, derived loggers, hooks, sources, several formats.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"alog.dev/alog"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	log, err := alog.New(
		alog.WithSink("console:"),
		alog.WithSink("file:record.log?format=json"),
		alog.WithFields("app", "shop"),
		alog.WithSource(),
		alog.WithPostHook("host", addHost),
		alog.WithOverflow(alog.DropOldest+", error+=block:2s"),
	)
	if err != nil {
		return err
	}
	defer log.Close()

	logFields(log)
	serve(log)
	logErrors(log)
	switchLevels(log)
	slog.New(alog.NewSlogHandler(log)).Info("package slog writes here", "user", 5)
	return log.Stop(context.Background())
}

func logFields(log *alog.Logger) {
	log.Info("user {id} created", "id", 5, "admin", true) // INFO - user 5 created app=shop admin=true

	// The same with types: nothing is allocated, however large the number is.
	_ = log.LogAttrs(context.Background(), alog.LevelInfo, "user {id} created", alog.Int("id", 5_000_000), alog.Bool("admin", true))
}

func serve(log *alog.Logger) {
	request := log.Named("http").With("request", 7, alog.Group("peer", alog.String("host", "::1"), alog.Int("port", 80)))
	defer request.Close() // or leave it to the garbage collector

	request.Info("{method} {path}", "method", "GET", "path", "/") // INFO http - GET / app=shop request=7 peer.host=::1 ...

	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := request.LogContext(ctx, alog.LevelNotice, "served", "took", 1500*time.Microsecond); err != nil {
		fmt.Fprintln(os.Stderr, err) // where the queue is full, it waits until the deadline at most
	}
}

func logErrors(log *alog.Logger) {
	if _, err := os.Stat("/no/such/file"); errors.Is(err, fs.ErrNotExist) {
		log.Warn("no settings", "error", err)
		log.Error("cannot start", alog.ErrorFrom(err)) // error.message=... error.type=*fs.PathError error.cause.message=...
	}
}

// addHost is called on the writer thread for every record.
func addHost(r *alog.Record) error {
	if r.Level() < alog.LevelError {
		return nil
	}
	host, err := os.Hostname()
	if err != nil {
		return err // an error to poll; the record goes out
	}
	return r.Set("host", host)
}

func switchLevels(log *alog.Logger) {
	if err := log.SetLevels("debug|warn+"); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if log.Enabled(alog.LevelDebug) { // about a nanosecond
		log.Debug("expensive", "files", countFiles())
	}
	log.Info("this is off")
	if err := log.Reconfigure(alog.WithLevel(alog.LevelInfo), alog.WithOverflow(alog.Block)); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func countFiles() int {
	entries, err := os.ReadDir(".")
	if err != nil {
		return 0
	}
	return len(entries)
}
