//go:build go1.24

package alog_test

import (
	"strconv"
	"testing"

	"alog.dev/alog"
)

func TestWhatIsLoggedNeedNotBeOnTheHeap(t *testing.T) {
	log := newLogger(t, alog.WithSink("file:/dev/null"))
	n := 0
	if got := testing.AllocsPerRun(1000, func() {
		n++
		var buffer [64]byte
		line := append(strconv.AppendInt(buffer[:0], int64(n), 10), " bottles"...)
		_, _ = log.Write(line)
		log.Info(string(line[:8]))
	}); got != 0 {
		t.Errorf("a message made on the stack allocates %v times", got)
	}
}
