// Measures zerolog: JSON, its only fast encoding, into a file and into its diode, a ring that drops
// when it is full. The diode has no way to wait for it but to close it, so it is larger than a batch and gets time to
// write between batches; what it drops is an error.
package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"alog.dev/alog/tests/bench/calls"
	"github.com/rs/zerolog"
	"github.com/rs/zerolog/diode"
)

// written counts lines.
type written struct {
	file  interface{ Write([]byte) (int, error) }
	lines atomic.Int64
}

func (w *written) Write(line []byte) (int, error) {
	w.lines.Add(1)
	return w.file.Write(line)
}

func main() {
	batches, directory := calls.Arguments()
	zerolog.TimeFieldFormat = "2006-01-02T15:04:05.000000Z07:00"
	file, remove := calls.Open(directory, "zerolog.log")
	diodeFile, removeDiode := calls.Open(directory, "zerolog-diode.log")
	counted := &written{file: diodeFile}
	dropped := 0
	ring := diode.NewWriter(counted, 2*calls.Count, 0, func(missed int) { dropped += missed })
	direct := zerolog.New(file).Level(zerolog.InfoLevel).With().Timestamp().Logger()
	queued := zerolog.New(ring).Level(zerolog.InfoLevel).With().Timestamp().Logger()

	var expected int64
	flush := func() error {
		expected += calls.Count
		for begin := time.Now(); counted.lines.Load() < expected; time.Sleep(time.Millisecond) {
			if time.Since(begin) > 10*time.Second {
				return fmt.Errorf("the diode wrote %d of %d lines", counted.lines.Load(), expected)
			}
		}
		return nil
	}
	calls.Run(batches, []*calls.Subject{
		{Name: "file", Log: func(int) { direct.Info().Msg(calls.Message) }},
		{Name: "diode", Log: func(int) { queued.Info().Msg(calls.Message) }, Flush: flush},
		{Name: "diode_fields", Flush: flush, Log: func(i int) {
			queued.Info().Int("order", i).Str("customer", calls.Customer).Msg(calls.FieldsMessage)
		}},
		{Name: "disabled", Log: func(int) { direct.Debug().Msg(calls.Message) }},
	})
	calls.Require(ring.Close())
	if dropped > 0 {
		calls.Require(fmt.Errorf("the diode dropped %d lines", dropped))
	}
	remove()
	removeDiode()
}
