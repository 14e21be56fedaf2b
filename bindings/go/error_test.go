package alog_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"alog.dev/alog"
)

// poll takes an error that the test has caused.
func poll(t *testing.T, log *alog.Logger) *alog.Error {
	t.Helper()
	e, ok := log.PollError()
	if !ok {
		t.Fatal("there is no error to poll")
	}
	return e
}

func TestAFullDiskIsAPolledError(t *testing.T) {
	log := newLogger(t, alog.WithSink("file:/dev/full"))
	before := time.Now()
	log.Info("does not fit")
	stop(t, log)
	e := poll(t, log)
	if !errors.Is(e, syscall.ENOSPC) || !errors.Is(e, alog.ErrIO) || e.Errno != syscall.ENOSPC {
		t.Errorf("%#v is not ENOSPC", e)
	}
	if e.Count < 1 || e.Origin != "file:/dev/full" || e.Message == "" {
		t.Errorf("%#v does not say where and what", e)
	}
	if e.First.Before(before.Add(-time.Second)) || e.Last.Before(e.First) || e.Last.After(time.Now().Add(time.Second)) {
		t.Errorf("it happened at %v to %v, and not after %v", e.First, e.Last, before)
	}
	if s := checkAccount(t, log); s.Failed != 1 || s.Written != 0 {
		t.Errorf("one message should have failed: %+v", s)
	}
}

func TestASynchronousWriteReturnsTheResultOfTheDestination(t *testing.T) {
	full := newLogger(t, alog.WithSink("file:/dev/full"))
	if err := full.WriteSync(alog.LevelInfo, "x", -1); !errors.Is(err, syscall.ENOSPC) || !errors.Is(err, alog.ErrIO) {
		t.Errorf("a full disk gives %v", err)
	}
	log, lines := newFileLogger(t)
	if err := log.WriteSync(alog.LevelInfo, "x", patience); err != nil {
		t.Errorf("a file gives %v", err)
	}
	if got := lines(); len(got) != 1 || !strings.HasSuffix(got[0], "INFO - x") {
		t.Errorf("%q was written when WriteSync returned", got)
	}
	if err := log.WriteSync(alog.LevelDebug, "x", 0); err != nil {
		t.Errorf("a level that is switched off gives %v", err)
	}
	stuck := newGate()
	waiting := newLogger(t, alog.WithWriter("gate", stuck))
	defer stuck.open()
	if err := waiting.WriteSync(alog.LevelInfo, "x", time.Millisecond); !errors.Is(err, alog.ErrTimeout) {
		t.Errorf("a destination that waits gives %v", err)
	}
}

func TestABrokenPipeIsAnErrorAndNotTheEndOfTheProcess(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	log := newLogger(t, alog.WithSink("fd:"+strconv.Itoa(int(w.Fd()))))
	r.Close()
	log.Info("nobody reads this")
	stop(t, log)
	if e := poll(t, log); !errors.Is(e, syscall.EPIPE) {
		t.Errorf("%v is not EPIPE", e)
	}
}

func TestADestinationThatCannotBeOpenedSaysWhy(t *testing.T) {
	log, err := alog.New(alog.WithSink("file:" + filepath.Join(t.TempDir(), "missing", "test.log")))
	if log != nil || !errors.Is(err, alog.ErrOpen) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("New: %v, %v", log, err)
	}
	var e *alog.Error
	if !errors.As(err, &e) || e.Errno != syscall.ENOENT {
		t.Errorf("%#v is no *Error with ENOENT", err)
	}
}

func TestAWrongOptionIsRefusedByName(t *testing.T) {
	cases := []struct {
		name string
		opt  alog.Option
		want error
		says string
	}{
		{"unknown setting", alog.WithSetting("colour", "red"), alog.ErrKey, "colour"},
		{"wrong value", alog.WithSetting("level", "loud"), alog.ErrValue, "loud"},
		{"no level", alog.WithLevel(42), alog.ErrValue, "42"},
		{"negative size", alog.WithQueueBytes(-1), alog.ErrValue, "-1"},
		{"negative time", alog.WithOverflow(alog.BlockFor(-time.Second)), alog.ErrValue, "block"},
		{"unknown sink", alog.WithSink("pigeon:coop"), alog.ErrSink, "pigeon"},
		{"NUL in a key", alog.WithSetting("level\x00x", "info"), alog.ErrArgument, `\x00`},
		{"NUL in a value", alog.WithSetting("level", "info\x00"), alog.ErrArgument, `\x00`},
		{"NUL in a sink", alog.WithSink("file:a\x00b"), alog.ErrArgument, `\x00`},
		{"NUL in a name", alog.WithWriter("a\x00b", discard), alog.ErrArgument, `\x00`},
		{"no writer", alog.WithWriter("nothing", nil), alog.ErrArgument, "nothing"},
		{"parameter of a writer", alog.WithWriter("w?colour=red", discard), alog.ErrKey, "colour"},
		{"not UTF-8", alog.WithSink("file:\xff"), alog.ErrArgument, ""},
	}
	for _, c := range cases {
		log, err := alog.New(c.opt)
		var e *alog.Error
		if log != nil || !errors.As(err, &e) || e.Code != c.want || !strings.Contains(e.Message, c.says) {
			t.Errorf("%s: %v, want %v that says %q", c.name, err, c.want, c.says)
		}
	}
}

func TestEveryIntegerIsACodeWithAText(t *testing.T) {
	check := func(n int64) {
		if text := alog.Code(n).Error(); !strings.HasPrefix(text, "alog: ") || len(text) == len("alog: ") {
			t.Errorf("Code(%d).Error() = %q", n, text)
		}
	}
	for n := int64(-1000); n <= 1000; n++ {
		check(n)
	}
	check(math.MinInt32)
	check(math.MaxInt32)
}

func TestAnErrorIsFoundByItsCodeItsNumberAndItsCause(t *testing.T) {
	cause := errors.New("the cable was cut")
	e := &alog.Error{Code: alog.ErrIO, Errno: syscall.EACCES, Count: 3, Origin: "callback:x", Message: "cannot write", Cause: cause}
	for _, target := range []error{alog.ErrIO, syscall.EACCES, fs.ErrPermission, cause} {
		if !errors.Is(e, target) {
			t.Errorf("%v is not %v", e, target)
		}
	}
	for _, other := range []error{alog.ErrOpen, syscall.ENOSPC, syscall.Errno(0)} {
		if errors.Is(e, other) {
			t.Errorf("%v is %v", e, other)
		}
	}
	if got, want := e.Error(), "alog: callback:x: cannot write: the cable was cut (3 times)"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	bare := &alog.Error{Code: alog.ErrQueueFull, Count: 1, Origin: "queue", Message: "queue full"}
	if errors.Is(bare, syscall.Errno(0)) || bare.Error() != "alog: queue full" {
		t.Errorf("%v, or it has an Errno of 0", bare)
	}
}
