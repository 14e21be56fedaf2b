package alog_test

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"testing"

	"alog.dev/alog"
)

func TestSignalsDisturbNeitherTheLoggerNorTheProgram(t *testing.T) {
	const signals = 2000
	received := make(chan os.Signal, 1)
	signal.Notify(received, syscall.SIGUSR1)
	defer signal.Stop(received)
	var own atomic.Int64
	log := newLogger(t, alog.WithWriter("w", writerFunc(func(p []byte) (int, error) {
		own.Add(1)
		return len(p), nil
	})), alog.WithSink("file:/dev/null"))
	all(t, 3, func(i int) {
		for n := 0; n < signals; n++ {
			if i == 0 {
				if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
					t.Error(err)
				}
			} else if err := log.Log(alog.LevelInfo, "x"); err != nil {
				t.Error(err)
			}
		}
	})
	<-received
	stop(t, log)
	if e, ok := log.PollError(); ok {
		t.Errorf("a signal leaked out as %v", e)
	}
	if s := checkAccount(t, log); s.Written != 2*signals {
		t.Errorf("%+v", s)
	}
}
