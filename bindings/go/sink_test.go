package alog_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"alog.dev/alog"
)

func TestAnIoWriterGetsWholeLinesInOrder(t *testing.T) {
	var got bytes.Buffer
	log, err := alog.NewWriter(writerFunc(func(p []byte) (int, error) {
		if !bytes.HasSuffix(p, []byte("\n")) {
			t.Errorf("a batch ends in %.20q", p[max(0, len(p)-20):])
		}
		return got.Write(p)
	}), alog.WithFormat(alog.FormatRaw))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	var want strings.Builder
	for i := 0; i < 3000; i++ {
		line := strings.Repeat("x", i%97)
		log.Info(line)
		want.WriteString(line + "\n")
	}
	stop(t, log)
	if got.String() != want.String() {
		t.Errorf("%d bytes arrived, %d were logged", got.Len(), want.Len())
	}
}

func TestAnIoWriterIsNeverCalledTwiceAtOnce(t *testing.T) {
	var inside atomic.Int32
	log := newLogger(t, alog.WithWriter("w", writerFunc(func(p []byte) (int, error) {
		if inside.Add(1) != 1 {
			t.Error("two calls at once")
		}
		runtime.Gosched()
		inside.Add(-1)
		return len(p), nil
	})))
	all(t, 4, func(int) {
		for i := 0; i < 500; i++ {
			log.Info("x")
		}
	})
	stop(t, log)
}

func TestWhatAnIoWriterReturnsBecomesAPolledError(t *testing.T) {
	own := errors.New("the cable was cut")
	wrapped := &ioError{errno: syscall.ENOSPC}
	var none *ioError
	cases := []struct {
		name  string
		w     io.Writer
		errno syscall.Errno
		cause error
		says  string
	}{
		{"an error of its own", fails(own), syscall.EIO, own, "cable"},
		{"an error number", fails(syscall.EDQUOT), syscall.EDQUOT, syscall.EDQUOT, "quota"},
		{"a wrapped error number", fails(wrapped), syscall.ENOSPC, wrapped, "wrapped"},
		{"an error number of 0", fails(syscall.Errno(0)), syscall.EIO, syscall.Errno(0), "errno 0"},
		{"a short count", writerFunc(func(p []byte) (int, error) { return len(p) - 1, nil }), syscall.EIO, io.ErrShortWrite, "short write"},
		{"an error that panics", fails(none), syscall.EIO, nil, "panic in the error of Write"},
		{"a panic", writerFunc(func([]byte) (int, error) { panic("at the disco") }), syscall.EIO, nil, "panic in Write: at the disco"},
	}
	for _, c := range cases {
		log := newLogger(t, alog.WithWriter("screen", c.w))
		if err := log.WriteSync(alog.LevelInfo, "x", -1); !errors.Is(err, c.errno) || c.cause != nil && !errors.Is(err, c.cause) {
			t.Errorf("%s: WriteSync returned %v", c.name, err)
		}
		log.Info("y")
		stop(t, log)
		e := poll(t, log)
		if !errors.Is(e, alog.ErrIO) || e.Errno != c.errno || e.Origin != "callback:screen" {
			t.Errorf("%s: %#v", c.name, e)
		}
		if e.Cause == nil || c.cause != nil && !errors.Is(e, c.cause) || !strings.Contains(e.Error(), c.says) {
			t.Errorf("%s: the error is %q", c.name, e)
		}
		if s := checkAccount(t, log); s.Failed != 2 || s.Written != 0 {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
}

type ioError struct{ errno syscall.Errno }

func (e *ioError) Error() string { return "wrapped" }
func (e *ioError) Unwrap() error { return e.errno }

func TestAFailingIoWriterDoesNotDisturbAnother(t *testing.T) {
	var got bytes.Buffer
	causes := []error{errors.New("one"), errors.New("two"), errors.New("three")}
	log := newLogger(t, alog.WithWriter("ab", fails(causes[0])), alog.WithWriter("a", fails(causes[1])),
		alog.WithWriter("b", &got), alog.WithWriter(strings.Repeat("c", 200), fails(causes[2])))
	log.Info("x")
	stop(t, log)
	if strings.Count(got.String(), "\n") != 1 {
		t.Errorf("%q", got.String())
	}
	for _, cause := range causes {
		if e := poll(t, log); e.Cause != cause {
			t.Errorf("%v instead of %v", e, cause)
		}
	}
	if s := checkAccount(t, log); s.Written != 1 || s.Failed != 0 {
		t.Errorf("%+v", s)
	}
}

func TestAnIoWriterMayLogButNotWait(t *testing.T) {
	var log *alog.Logger
	ready, called := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	log, err := alog.NewWriter(writerFunc(func(p []byte) (int, error) {
		if first.CompareAndSwap(false, true) {
			<-ready
			for name, err := range everyCall(log) {
				switch name {
				case "Log", "Write", "Stats", "SinkStats":
					if err != nil {
						t.Errorf("%s: %v", name, err)
					}
				default:
					if err != alog.ErrWouldDeadlock {
						t.Errorf("%s: %v, want %v", name, err, alog.ErrWouldDeadlock)
					}
				}
			}
			if err := log.Close(); err != alog.ErrWouldDeadlock {
				t.Errorf("Close: %v", err)
			}
			close(called)
		}
		return len(p), nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	close(ready)
	log.MessageChannel() <- "x"
	within(t, "the callback", called)
	close(log.MessageChannel())
	stop(t, log)
	if s := checkAccount(t, log); s.Accepted != 3 || s.Written != 3 {
		t.Errorf("%+v", s)
	}
}

func TestAnIoWriterThatClosesWhileAnotherGoroutineClosesDoesNotHang(t *testing.T) {
	stuck := newGate()
	var log *alog.Logger
	log, err := alog.NewWriter(writerFunc(func(p []byte) (int, error) {
		n, err := stuck.Write(p)
		if closed := log.Close(); closed != alog.ErrWouldDeadlock {
			t.Errorf("Close in Write: %v", closed)
		}
		return n, err
	}))
	if err != nil {
		t.Fatal(err)
	}
	log.Info("x")
	<-stuck.entered
	closed := make(chan error, 1)
	go func() { closed <- log.Close() }()
	stuck.open()
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
}

func TestAFullQueueRefusesTheNewestAndSaysSo(t *testing.T) {
	runtime.LockOSThread() // one thread, one queue
	defer runtime.UnlockOSThread()
	stuck := newGate()
	log := newLogger(t, alog.WithWriter("gate", stuck), alog.WithQueueBytes(4096), alog.WithOverflow(alog.DropNewest))
	log.Info("the writer is busy with this")
	<-stuck.entered
	accepted, dropped := 1, 0
	for dropped < 137 {
		switch err := log.Log(alog.LevelInfo, "until there is no space"); err {
		case nil:
			accepted++
		case alog.ErrDropped:
			dropped++
		default:
			t.Fatal(err)
		}
	}
	if n, err := log.Write([]byte("no space for this either")); n != 0 || err != alog.ErrDropped {
		t.Errorf("Write: %d, %v", n, err)
	}
	dropped++
	if n := testing.AllocsPerRun(100, func() { _ = log.Log(alog.LevelInfo, "until there is no space") }); n != 0 {
		t.Errorf("a refusal allocates %v times", n)
	}
	dropped += 101 // AllocsPerRun has one run more
	stuck.open()
	stop(t, log)

	s := checkAccount(t, log)
	if s.Accepted != uint64(accepted) || s.Written != s.Accepted || s.Rejected[alog.RejectFull] != uint64(dropped) {
		t.Errorf("%d accepted, %d refused: %+v", accepted, dropped, s)
	}
	reported := uint64(0)
	for e, ok := log.PollError(); ok; e, ok = log.PollError() {
		if errors.Is(e, alog.ErrQueueFull) {
			reported += e.Count
		}
	}
	if reported != uint64(dropped) {
		t.Errorf("%d errors were reported for %d refused messages", reported, dropped)
	}
	lines := stuck.lines()
	messages := withoutGaps(lines)
	if len(messages) != accepted || s.GapLines == 0 || len(lines)-len(messages) != int(s.GapLines) {
		t.Errorf("%d messages accepted, %d written in %d lines: %+v", accepted, len(messages), len(lines), s)
	}
	if !strings.Contains(strings.Join(lines, "\n"), "records lost: queue full") {
		t.Error("the log does not say what is missing")
	}
}

func TestNewWriterWithoutAWriterIsStandardOutput(t *testing.T) {
	log, err := alog.NewWriter(nil, alog.WithSetting("level", "off"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if sinks, err := log.SinkStats(); err != nil || len(sinks) != 1 || sinks[0].Name != "console:" {
		t.Errorf("%+v, %v", sinks, err)
	}
}

func TestHandlesOfIoWritersAreGivenBack(t *testing.T) {
	collected := make(chan struct{})
	func() {
		w := &struct{ writerFunc }{discard}
		runtime.SetFinalizer(w, func(any) { close(collected) })
		log, err := alog.NewWriter(w)
		if err != nil {
			t.Fatal(err)
		}
		all(t, 8, func(int) { log.Info("x") })
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	eventually(t, "the collection of the io.Writer", func() bool {
		runtime.GC()
		select {
		case <-collected:
			return true
		default:
			return false
		}
	})
}
