package alog_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"alog.dev/alog"
)

func TestRunWritesUntilAnotherGoroutineStopsTheLogger(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithSetting("writer", "caller"))
	ended := make(chan error, 1)
	go func() { ended <- log.Run() }()
	all(t, 4, func(int) {
		for i := 0; i < 100; i++ {
			log.Info("x")
		}
	})
	stop(t, log)
	if err := <-ended; err != nil && err != alog.ErrMode { // ErrMode: all was over before it began
		t.Errorf("Run: %v", err)
	}
	if got := len(lines()); got != 400 {
		t.Errorf("%d of 400 were written", got)
	}
}

func TestDrainWritesWhatIsThere(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithSetting("writer", "caller"))
	for i := 0; i < 10; i++ {
		log.Info("x")
	}
	if len(lines()) != 0 {
		t.Error("somebody wrote")
	}
	for _, c := range []struct{ limit, want, lines int }{{3, 3, 3}, {0, 7, 10}, {-1, 0, 10}} {
		if n, err := log.Drain(c.limit); n != c.want || err != nil || len(lines()) != c.lines {
			t.Errorf("Drain(%d): %d, %v, %d lines", c.limit, n, err, len(lines()))
		}
	}
}

func TestALoggerWithAWriterOfItsOwnIsNotRun(t *testing.T) {
	log, _ := newFileLogger(t)
	if err := log.Run(); err != alog.ErrMode {
		t.Errorf("Run: %v", err)
	}
	if _, err := log.Drain(0); err != alog.ErrMode {
		t.Errorf("Drain: %v", err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if err := log.Run(); err != alog.ErrHandle {
		t.Errorf("Run of a closed logger: %v", err)
	}
	if n, err := log.Drain(0); n != 0 || err != alog.ErrHandle {
		t.Errorf("Drain of a closed logger: %d, %v", n, err)
	}
}

func TestAFullQueueIsWrittenByTheGoroutineThatLogs(t *testing.T) {
	runtime.LockOSThread() // one thread, one queue
	defer runtime.UnlockOSThread()
	calls := 0
	log := newLogger(t, alog.WithSetting("writer", "caller"), alog.WithQueueBytes(4096),
		alog.WithWriter("w", writerFunc(func(p []byte) (int, error) {
			calls++
			return len(p), nil
		})))
	for i := 0; i < 1000; i++ {
		log.Info(message)
	}
	if calls == 0 {
		t.Error("the queue has space for all of it")
	}
	if err := log.Flush(context.Background()); err != nil {
		t.Error(err)
	}
	if s := checkAccount(t, log); s.Written != 1000 {
		t.Errorf("%+v", s)
	}
}

func TestAThreadShowsItsName(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithPattern("{thread} {message}"))
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with the goroutine, and its name with it
		if err := alog.SetThreadName("reader"); err != nil {
			t.Error(err)
		}
		if err := alog.SetThreadName("\xff"); !errors.Is(err, alog.ErrArgument) {
			t.Errorf("a name that is not UTF-8: %v", err)
		}
		log.Info("m")
	}()
	<-done
	stop(t, log)
	if got := lines(); len(got) != 1 || got[0] != "reader m" {
		t.Errorf("%q", got)
	}
}
