// Measures phuslu/log: JSON, its fast encoding, into a file and through its AsyncWriter. That has no way to wait for it but
// to close it, so its queue is larger than a batch, and it gets time to write between batches.
package main

import (
	"path/filepath"
	"time"

	"alog.dev/alog/tests/bench/calls"
	"github.com/phuslu/log"
)

func main() {
	batches, directory := calls.Arguments()
	file, remove := calls.Open(directory, "phuslu.log")
	direct := log.Logger{Level: log.InfoLevel, Writer: log.IOWriter{Writer: file}}
	queue := &log.AsyncWriter{
		ChannelSize: 2 * calls.Count,
		Writer:      &log.FileWriter{Filename: filepath.Join(directory, "phuslu-async.log")},
	}
	queued := log.Logger{Level: log.InfoLevel, Writer: queue}

	flush := func() error {
		time.Sleep(10 * time.Millisecond)
		return nil
	}
	calls.Run(batches, []*calls.Subject{
		{Name: "file", Log: func(int) { direct.Info().Msg(calls.Message) }},
		{Name: "async", Log: func(int) { queued.Info().Msg(calls.Message) }, Flush: flush},
		{Name: "async_fields", Flush: flush, Log: func(i int) {
			queued.Info().Int("order", i).Str("customer", calls.Customer).Msg(calls.FieldsMessage)
		}},
		{Name: "disabled", Log: func(int) { direct.Debug().Msg(calls.Message) }},
	})
	calls.Require(queue.Close())
	remove()
}
