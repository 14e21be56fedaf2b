package alog_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"alog.dev/alog"
)

// goroutines counts the goroutines of this package by the stacks of all.
func goroutines() int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	count := 0
	for _, stack := range strings.Split(string(stacks), "\n\n") {
		if strings.Contains(stack, "created by alog.dev/alog.(*Logger)") {
			count++
		}
	}
	return count
}

func TestEveryGoroutineHasAKnownEnd(t *testing.T) {
	eventually(t, "the end of the goroutines of other tests", func() bool { return goroutines() == 0 })
	log, err := alog.New(alog.WithSink("file:/dev/null"))
	if err != nil {
		t.Fatal(err)
	}
	log.Info("x")
	if n := goroutines(); n != 0 {
		t.Errorf("a logger has %d goroutines without a channel", n)
	}
	if log.ErrorChannel() != log.ErrorChannel() || log.MessageChannel() != log.MessageChannel() {
		t.Error("a second call makes a second channel")
	}
	if n := goroutines(); n != 3 {
		t.Errorf("two channels have %d goroutines", n)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the goroutines of the errors", func() bool { return goroutines() == 1 })
	close(log.MessageChannel())
	eventually(t, "the end of the goroutine of the messages", func() bool { return goroutines() == 0 })
}

func TestErrorsArriveOnTheirChannel(t *testing.T) {
	log := newLogger(t, alog.WithSink("file:/dev/full?hold=0"))
	errs := log.ErrorChannel()
	for i := 0; i < 20; i++ {
		_ = log.WriteSync(alog.LevelInfo, "x", -1) // in contrast to Info it is tried in any case
		err := <-errs
		var e *alog.Error
		if !errors.Is(err, syscall.ENOSPC) || !errors.As(err, &e) || e.Count < 1 {
			t.Fatalf("%#v", err)
		}
	}
}

func TestAnErrorThatWasThereBeforeTheChannelArrivesToo(t *testing.T) {
	log := newLogger(t, alog.WithSink("file:/dev/full"))
	log.Info("x")
	stop(t, log)
	if err := <-log.ErrorChannel(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v", err)
	}
}

// distinct is a destination that fails in ways which are not folded into one error.
func distinct() io.Writer {
	var calls atomic.Int64
	return writerFunc(func([]byte) (int, error) {
		return 0, []syscall.Errno{syscall.EIO, syscall.ENOSPC}[calls.Add(1)%2]
	})
}

func TestIfNobodyReadsTheErrorsNothingWaits(t *testing.T) {
	const capacity, failures = 16, 500
	log, err := alog.NewWriter(distinct(), alog.WithErrorCapacity(capacity))
	if err != nil {
		t.Fatal(err)
	}
	errs := log.ErrorChannel()
	for i := 0; i < failures; i++ {
		if err := log.WriteSync(alog.LevelInfo, "x", -1); !errors.Is(err, alog.ErrIO) {
			t.Fatal(err)
		}
	}
	stop(t, log)
	s := checkAccount(t, log)
	if s.Failed != failures || s.ErrorsRaised < failures || s.ErrorsLost == 0 {
		t.Errorf("%+v", s)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	left := 0
	for range errs {
		left++
	}
	if left == 0 || left > failures {
		t.Errorf("%d errors were left in the channel", left)
	}
}

func TestCloseDeliversWhatIsLeftToAReader(t *testing.T) {
	const failures = 200
	log, err := alog.NewWriter(distinct())
	if err != nil {
		t.Fatal(err)
	}
	errs := log.ErrorChannel()
	for i := 0; i < failures; i++ {
		if err := log.WriteSync(alog.LevelInfo, "x", -1); !errors.Is(err, alog.ErrIO) {
			t.Fatal(err)
		}
	}
	stop(t, log)
	s := checkAccount(t, log)
	got := make(chan uint64)
	go func() {
		count := uint64(0)
		for err := range errs {
			var e *alog.Error
			if errors.As(err, &e) {
				count += e.Count
			}
		}
		got <- count
	}()
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if n := <-got; n < failures || n != s.ErrorsRaised || s.ErrorsLost != 0 {
		t.Errorf("%d errors were delivered: %+v", n, s)
	}
	if _, open := <-log.ErrorChannel(); open {
		t.Error("the channel of a closed logger is open")
	}
}

func TestErrorsMayBePolledWhileTheChannelIsRead(t *testing.T) {
	const failures = 200
	log, err := alog.NewWriter(distinct(), alog.WithErrorCapacity(1000))
	if err != nil {
		t.Fatal(err)
	}
	var taken, raised atomic.Uint64
	errs := log.ErrorChannel()
	all(t, 2, func(i int) {
		if i == 0 {
			for err := range errs {
				var e *alog.Error
				if errors.As(err, &e) {
					taken.Add(e.Count)
				}
			}
			return
		}
		for n := 0; n < failures; n++ {
			_ = log.WriteSync(alog.LevelInfo, "x", -1)
			if e, ok := log.PollError(); ok {
				taken.Add(e.Count)
			}
		}
		if err := log.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		raised.Store(checkAccount(t, log).ErrorsRaised)
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	if n := taken.Load(); n < failures || n != raised.Load() {
		t.Errorf("%d of %d errors were taken", n, raised.Load())
	}
}

func TestStopWritesEverythingSentBefore(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatRaw))
	messages := log.MessageChannel()
	defer close(messages)
	const goroutines, each = 4, 500
	all(t, goroutines, func(i int) {
		for n := 0; n < each; n++ {
			messages <- fmt.Sprint(i, ":", n)
		}
	})
	stop(t, log)
	if got := len(lines()); got != goroutines*each {
		t.Errorf("%d of %d were written", got, goroutines*each)
	}
}

func TestFlushWritesEverythingSentBefore(t *testing.T) {
	log, lines := newFileLogger(t)
	messages := log.MessageChannel()
	defer close(messages)
	for n := 1; n <= 50; n++ {
		messages <- "x"
		if err := log.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := len(lines()); got != n {
			t.Fatalf("%d lines after %d messages", got, n)
		}
	}
}

func TestAMessageSentAfterStopIsCountedAsRejected(t *testing.T) {
	log, lines := newFileLogger(t)
	messages := log.MessageChannel()
	messages <- "before"
	stop(t, log)
	const late = 1000
	all(t, 4, func(int) {
		for i := 0; i < late/4; i++ {
			messages <- "late"
		}
	})
	if err := log.Flush(context.Background()); err != nil { // all of them are handed over after this
		t.Fatal(err)
	}
	if s := checkAccount(t, log); s.Rejected[alog.RejectStopped] != late || s.Written != 1 || len(lines()) != 1 {
		t.Errorf("%+v", s)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < late; i++ {
		messages <- "later still"
	}
	close(messages)
}

func TestTheMessageChannelMayBeClosedBeforeStop(t *testing.T) {
	log, lines := newFileLogger(t)
	messages := log.MessageChannel()
	for i := 0; i < 100; i++ {
		messages <- "x"
	}
	close(messages)
	stop(t, log)
	if got := len(lines()); got != 100 {
		t.Errorf("%d of 100 were written", got)
	}
}

func TestStopKeepsItsDeadlineWhileTheMessageChannelIsStuck(t *testing.T) {
	stuck := newGate()
	log := newLogger(t, alog.WithWriter("gate", stuck), alog.WithQueueBytes(4096))
	messages := log.MessageChannel()
	defer close(messages)
	over, cancel := context.WithCancel(context.Background())
	sent := 0
	for open := true; open; {
		select { // until the queue and the channel are full
		case messages <- strings.Repeat("x", 2000):
			sent++
		case <-stuck.entered:
			open = sent < 64
			if open {
				stuck.entered <- struct{}{}
			}
		}
	}
	cancel()
	if err := log.Stop(over); !errors.Is(err, context.Canceled) {
		t.Errorf("Stop: %v", err)
	}
	stuck.open()
	stop(t, log)
	if s := checkAccount(t, log); s.Attempted != uint64(sent) || s.Rejected[alog.RejectStopped] == 0 {
		t.Errorf("%d were sent: %+v", sent, s)
	}
}
