package alog_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"alog.dev/alog"
)

// deepInside is a name that a stack shows.
//
//go:noinline
func deepInside(values []int) int { return values[7] }

func TestAFatalMessageIsWrittenWhenTheCallReturns(t *testing.T) {
	for _, opts := range [][]alog.Option{
		nil,
		{alog.WithSetting("workers", "0")},
		{alog.WithSetting("workers", "3")},
		{alog.WithSetting("writer", "caller")},
		{alog.WithQueueBytes(0)},
	} {
		log, lines := newFileLogger(t, append(opts, alog.WithFormat(alog.FormatRaw))...)
		log.Fatal("a")
		log.Fatal("b {n}", "n", 1)
		_ = log.LogAttrs(context.Background(), alog.LevelFatal, "c {n}", alog.Int("n", 2))
		log.With(alog.Int("n", 3)).Fatal("d")
		if got := strings.Join(lines(), " "); got != "a b 1 c 2 d" {
			t.Errorf("%q", got)
		}
	}
}

func TestAContextBoundsTheWaitOfAFatalMessage(t *testing.T) {
	gate := newGate()
	log, err := alog.NewWriter(gate, alog.WithFormat(alog.FormatRaw))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := log.LogContext(ctx, alog.LevelFatal, "no wait"); err != nil {
		t.Error(err)
	}
	gate.open()
	if err := log.Close(); err != nil {
		t.Error(err)
	}
}

// TestPanicProcess is what TestAPanicThatEndsTheProgram starts.
func TestPanicProcess(t *testing.T) {
	path := os.Getenv("ALOG_PANIC_TEST")
	if path == "" {
		t.Skip("a part of TestAPanicThatEndsTheProgram")
	}
	log, err := alog.New(alog.WithSink("file:"+path), alog.WithFormat(alog.FormatJSON), alog.WithWorkers(3),
		alog.WithSetting("time_key", ""), alog.WithSource())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		log.Info("of another thread")
		close(done)
	}()
	<-done
	go func() { // nobody recovers it
		defer log.Recover()
		deepInside(nil)
	}()
	select {}
}

func TestAPanicThatEndsTheProgramLeavesItsStackAndWhatOthersLogged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "panic.log")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestPanicProcess$")
	child.Env = append(os.Environ(), "ALOG_PANIC_TEST="+path)
	said, err := child.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(string(said), "index out of range") {
		t.Fatalf("%v: %s", err, said)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := linesOf(string(content)); len(got) != 2 {
		t.Fatalf("%q", got)
	}
	for _, part := range []string{`"message":"of another thread"`, `"level":"FATAL","source":"recover_test.go:`,
		`"message":"panic: runtime error: index out of range [7] with length 0"`,
		`"error_type":"runtime.boundsError"`, `"stack":"goroutine `, "deepInside"} {
		if !strings.Contains(string(content), part) {
			t.Errorf("no %s in %s", part, content)
		}
	}
}

func TestRecoverLetsThePanicGoOnAndCatchEndsIt(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithPattern("{level} {message} {field:error_type}"))
	func() {
		defer func() {
			if value := recover(); value != io.EOF {
				t.Errorf("%v", value)
			}
		}()
		defer log.Recover()
		panic(io.EOF)
	}()
	err := log.Catch(func() { panic(io.EOF) })
	var caught *alog.PanicError
	if !errors.Is(err, io.EOF) || !errors.As(err, &caught) || len(caught.Stack) == 0 || err.Error() != "panic: EOF" {
		t.Errorf("%v", err)
	}
	if err := log.Catch(func() { panic("text") }); errors.Unwrap(err) != nil || err.Error() != "panic: text" {
		t.Errorf("%v", err)
	}
	if err := log.Catch(func() {}); err != nil {
		t.Errorf("%v", err)
	}
	func() { defer log.Recover() }()
	stop(t, log)
	want := "FATAL panic: EOF *errors.errorString|ERROR panic: EOF *errors.errorString|ERROR panic: text string"
	if got := strings.Join(lines(), "|"); got != want {
		t.Errorf("%q", got)
	}
}

func TestAStackThatMakesTheRecordTooLongIsLeftOut(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatLogfmt), alog.WithSetting("max_message_bytes", "100"))
	_ = log.Catch(func() { panic("short") })
	stop(t, log)
	// The line that tells of the loss may stand on either side.
	if got := strings.Join(lines(), "\n") + "\n"; !strings.Contains(got, `message="panic: short" error_type=string`+"\n") {
		t.Errorf("%q", got)
	}
}

func TestAGoroutineThatLogsFatalLetsOthersRun(t *testing.T) {
	gate := newGate()
	log, err := alog.NewWriter(gate)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	begin := time.Now()
	go func() {
		defer close(done)
		log.Fatal("last words")
	}()
	gate.open()
	within(t, "the end of the call", done)
	if time.Since(begin) < 4*time.Second && len(gate.lines()) != 1 {
		t.Errorf("%q", gate.lines())
	}
	if err := log.Close(); err != nil {
		t.Error(err)
	}
}
