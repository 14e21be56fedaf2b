package alog_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"alog.dev/alog"
)

// numbers is how many messages a process of these tests logs.
const numbers = 5000

// TestEndingProcess is what TestAProgramThatEnds starts: it logs numbers and ends as it is told.
func TestEndingProcess(t *testing.T) {
	path, end := os.Getenv("ALOG_END_TEST"), os.Getenv("ALOG_END")
	if path == "" {
		t.Skip("a part of TestAProgramThatEnds")
	}
	log, err := alog.New(alog.WithSink("file:"+path), alog.WithFormat(alog.FormatRaw))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < numbers; i++ {
		if err := log.Log(alog.LevelInfo, strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	switch end {
	case "close":
		err = log.Close()
	case "flush":
		err = log.Flush(context.Background())
	case "fatal":
		log.Fatal("the last word")
	}
	if err != nil {
		t.Fatal(err)
	}
	os.Exit(0)
}

func TestAProgramThatEnds(t *testing.T) {
	for end, least := range map[string]int{"close": numbers, "flush": numbers, "fatal": numbers + 1, "os.Exit": 0} {
		path := filepath.Join(t.TempDir(), "end.log")
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestEndingProcess$")
		child.Env = append(os.Environ(), "ALOG_END_TEST="+path, "ALOG_END="+end)
		said, err := child.CombinedOutput()
		cancel()
		if err != nil {
			t.Fatalf("%s: %v: %s", end, err, said)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// What is there is the beginning of what was logged, in whole lines; os.Exit is a kill, in the middle of a write.
		text := string(content)
		if end == "os.Exit" {
			text = text[:strings.LastIndexByte(text, '\n')+1]
		}
		lines := linesOf(text)
		if len(lines) < least || text != "" && !strings.HasSuffix(text, "\n") {
			t.Errorf("%s: %d lines, at least %d are promised", end, len(lines), least)
		}
		for i, line := range lines {
			if i < numbers && line != strconv.Itoa(i) {
				t.Fatalf("%s: line %d is %q", end, i, line)
			}
		}
	}
}

// TestGoexitingProcess is what TestAGoexitWhereALoggerWritesEndsTheProgramInItsName starts.
func TestGoexitingProcess(t *testing.T) {
	where := os.Getenv("ALOG_GOEXIT_TEST")
	goexit := writerFunc(func([]byte) (int, error) { runtime.Goexit(); return 0, nil })
	opts := map[string][]alog.Option{
		"Write":             {alog.WithWriter("w", goexit)},
		"Write of who logs": {alog.WithWriter("w", goexit), alog.WithWorkers(0)},
		"the hook":          {alog.WithPostHook("h", func(*alog.Record) error { runtime.Goexit(); return nil })},
	}[where]
	if opts == nil {
		t.Skip("a part of TestAGoexitWhereALoggerWritesEndsTheProgramInItsName")
	}
	log, err := alog.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	_ = log.WriteSync(alog.LevelInfo, "x", -1)
}

func TestAGoexitWhereALoggerWritesEndsTheProgramInItsName(t *testing.T) {
	for where, want := range map[string]string{
		"Write": `alog: Write of "callback:w" has called runtime.Goexit`, "Write of who logs": `alog: Write of "callback:w" has`,
		"the hook": `alog: the hook of "hook:h" has`,
	} {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestGoexitingProcess$")
		child.Env = append(os.Environ(), "ALOG_GOEXIT_TEST="+where)
		said, err := child.CombinedOutput()
		cancel()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(said), "panic: "+want) ||
			!strings.Contains(string(said), "TestGoexitingProcess.func") {
			t.Errorf("%s: %v: %s", where, err, said)
		}
	}
}

func TestProgramsThatAreStartedInheritNothingAndDisturbNothing(t *testing.T) {
	const starts = 40
	path := filepath.Join(t.TempDir(), "start.log")
	log := newLogger(t, alog.WithSink("file:"+path), alog.WithSink("memory:m"), alog.WithWriter("w", discard))
	log.ErrorChannel() // has a descriptor of its own
	var stopped atomic.Bool
	var logged atomic.Int64
	all(t, 4, func(i int) {
		for n := 0; i > 0 && !stopped.Load(); n++ {
			if err := log.Log(alog.LevelInfo, fmt.Sprint(i, " ", n)); err != nil {
				t.Error(err)
			}
			logged.Add(1)
		}
		for n := 0; i == 0 && n < starts; n++ {
			open, err := exec.Command("ls", "-l", "/proc/self/fd").CombinedOutput()
			if err != nil || strings.Contains(string(open), "start.log") || strings.Contains(string(open), "eventfd") {
				t.Errorf("%v: %s", err, open)
			}
		}
		stopped.Store(true)
	})
	stop(t, log)
	if s := checkAccount(t, log); s.Written != uint64(logged.Load()) || s.Pending != 0 {
		t.Errorf("%d were logged: %+v", logged.Load(), s)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sinks, err := log.SinkStats()
	if err != nil {
		t.Fatal(err)
	}
	// What the file had no room for while the others did is counted there.
	lines, lost := 0, int(sinks[0].Failed)
	for _, line := range linesOf(string(content)) {
		if !strings.Contains(line, "alog: ") {
			lines++
		}
	}
	if lines+lost != int(logged.Load()) {
		t.Errorf("%d lines and %d lost for %d messages", lines, lost, logged.Load())
	}
}

func TestPreemptionAndProfilingDisturbNothing(t *testing.T) {
	const messages = 20000
	// 10,000 times in a second of CPU time a thread is interrupted, in Go and in C; each collection interrupts all.
	runtime.SetCPUProfileRate(10000)
	defer runtime.SetCPUProfileRate(0)
	next := make([]int, 4)
	log := newLogger(t, alog.WithFormat(alog.FormatRaw), alog.WithQueueBytes(64<<10),
		alog.WithWriter("w", writerFunc(func(p []byte) (int, error) {
			for _, line := range linesOf(string(p)) {
				var who, n int
				if _, err := fmt.Sscanf(line, "%d %d", &who, &n); err != nil || n != next[who] {
					t.Errorf("%q, %v: message %d is next", line, err, next[who])
				}
				next[who]++
			}
			return len(p), nil
		})))
	all(t, len(next)+1, func(i int) {
		if i == len(next) {
			for n := 0; n < 50; n++ {
				runtime.GC()
			}
			return
		}
		runtime.LockOSThread() // then it has one queue, and its messages stay in order
		defer runtime.UnlockOSThread()
		for n := 0; n < messages; n++ {
			if err := log.LogAttrs(context.Background(), alog.LevelInfo, strconv.Itoa(i)+" "+strconv.Itoa(n)); err != nil {
				t.Error(err)
			}
		}
	})
	stop(t, log)
	if e, ok := log.PollError(); ok {
		t.Errorf("a signal leaked out as %v", e)
	}
	if s := checkAccount(t, log); s.Written != messages*uint64(len(next)) {
		t.Errorf("%+v", s)
	}
}

// waiting calls what waits, from inside a callback, and reports what it says.
func waiting(log *alog.Logger) map[string]error {
	return map[string]error{
		"Flush":     log.Flush(context.Background()),
		"Stop":      log.Stop(context.Background()),
		"Close":     log.Close(),
		"WriteSync": log.WriteSync(alog.LevelInfo, "x", -1),
	}
}

func TestAPostHookMayLogButNotWait(t *testing.T) {
	var log *alog.Logger
	ready, called := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	log = newLogger(t, alog.WithSink("file:/dev/null"), alog.WithPostHook("waits", func(*alog.Record) error {
		<-ready
		if !first.CompareAndSwap(false, true) {
			return nil
		}
		for name, err := range waiting(log) {
			if err != alog.ErrWouldDeadlock {
				t.Errorf("%s: %v, want %v", name, err, alog.ErrWouldDeadlock)
			}
		}
		defer close(called)
		return log.Log(alog.LevelInfo, "of the hook")
	}))
	close(ready)
	log.Info("x")
	within(t, "the hook", called)
	stop(t, log)
	if s := checkAccount(t, log); s.Written != 2 || s.Rejected[alog.RejectWouldDeadlock] != 1 {
		t.Errorf("%+v", s)
	}
	if e := poll(t, log); !errors.Is(e, alog.ErrWouldDeadlock) {
		t.Errorf("what was refused is reported as %v", e)
	}
}

func TestAPreHookThatFlushesAndStopsDoesSo(t *testing.T) {
	var log *alog.Logger
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatRaw), alog.WithPreHook("stops", func(r *alog.Record) error {
		if r.Message() != "stop" {
			return nil
		}
		if err := log.Flush(context.Background()); err != nil {
			return err
		}
		return log.Stop(context.Background())
	}))
	log.Info("before")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := log.Log(alog.LevelInfo, "stop"); err != alog.ErrStopped {
			t.Errorf("the message whose hook has stopped the logger: %v", err)
		}
	}()
	within(t, "the end of the call", ended)
	if got := strings.Join(lines(), "|"); got != "before" {
		t.Errorf("%s", got)
	}
	checkAccount(t, log)
}

func TestAnIoWriterThatBlocksHoldsUpNobodyWhoHasADeadline(t *testing.T) {
	stuck := newGate()
	log := newLogger(t, alog.WithWriter("gate", stuck))
	defer stuck.open()
	log.Info("x")
	<-stuck.entered
	for name, call := range map[string]func(context.Context) error{"Flush": log.Flush, "Stop": log.Stop} {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		if err := call(ctx); !errors.Is(err, alog.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
	stuck.open()
	stop(t, log)
	if s := checkAccount(t, log); s.Written != 1 || s.Pending != 0 {
		t.Errorf("%+v", s)
	}
}

// panics is a value whose own words panic.
type panics struct{}

func (panics) Error() string { panic("no words") }

func TestAValueThatPanicsIsShownAndHarmsNobody(t *testing.T) {
	var none *panics
	checkLine(t, `INFO - m a="%!v(PANIC=Error method: no words)" b=<nil>`, func(log *alog.Logger) {
		log.Info("m", "a", panics{}, "b", none)
	})
}
