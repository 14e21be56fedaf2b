// Measures one logging call of Go: through the package, and through log/slog into a file.
//
//	go-calls BATCHES DIRECTORY
//
// Results are lines "name TAB number", as package calls prints them.
package main

import (
	"bufio"
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"alog.dev/alog"
	"alog.dev/alog/tests/bench/calls"
)

func main() {
	batches, directory := calls.Arguments()
	background := context.Background()

	path := filepath.Join(directory, "go-alog.log")
	log, err := alog.New(alog.WithSink("file:" + path))
	calls.Require(err)
	flush := func() error { return log.Flush(background) }
	file, remove := calls.Open(directory, "go-slog.log")
	direct := slog.New(slog.NewTextHandler(file, nil))
	bufferedFile, removeBuffered := calls.Open(directory, "go-slog-buffered.log")
	buffer := bufio.NewWriterSize(bufferedFile, 128<<10)
	buffered := slog.New(slog.NewTextHandler(buffer, nil))

	calls.Run(batches, []*calls.Subject{
		{Name: "package", Log: func(int) { log.Info(calls.Message) }, Flush: flush},
		{Name: "package_fields", Flush: flush, Log: func(i int) {
			log.Info(calls.FieldsMessage, "order", i, "customer", calls.Customer)
		}},
		{Name: "package_attrs", Flush: flush, Log: func(i int) {
			_ = log.LogAttrs(background, alog.LevelInfo, calls.FieldsMessage,
				alog.Int("order", i), alog.String("customer", calls.Customer))
		}},
		{Name: "package_disabled", Log: func(int) { log.Debug(calls.Message) }},
		{Name: "slog", Log: func(int) { direct.Info(calls.Message) }},
		{Name: "slog_fields", Log: func(i int) {
			direct.LogAttrs(background, slog.LevelInfo, calls.FieldsMessage,
				slog.Int("order", i), slog.String("customer", calls.Customer))
		}},
		{Name: "slog_buffered", Log: func(int) { buffered.Info(calls.Message) }, Flush: buffer.Flush},
		{Name: "slog_disabled", Log: func(int) { direct.Debug(calls.Message) }},
	})
	calls.Require(log.Close())
	calls.Require(os.Remove(path))
	remove()
	removeBuffered()
}
