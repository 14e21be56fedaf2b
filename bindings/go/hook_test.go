package alog_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"alog.dev/alog"
)

// sets is a hook that adds one field.
func sets(name string, value any) func(*alog.Record) error {
	return func(r *alog.Record) error { return r.Set(name, value) }
}

func TestFieldsOverrideEachOtherInTheOrderOfTheirPhases(t *testing.T) {
	checkLine(t, "INFO - m a=base b=pre c=call d=post", func(log *alog.Logger) {
		log.Info("m", "c", "call", "d", "call")
	}, alog.WithFields("a", "base", "b", "base", "c", "base", "d", "base"),
		alog.WithPreHook("b", sets("b", "pre")), alog.WithPreHook("c", sets("c", "pre")),
		alog.WithPreHook("d", sets("d", "pre")), alog.WithPostHook("d", sets("d", "post")))
}

func TestAHookSeesTheWholeRecord(t *testing.T) {
	moment := time.Unix(1, 0)
	seen := make(map[string]string)
	see := func(r *alog.Record) error {
		if r.Level() != alog.LevelWarn || r.Message() != "user {id}" || r.Logger() != "db.tx" {
			t.Errorf("%v, %q, %q", r.Level(), r.Message(), r.Logger())
		}
		for _, name := range []string{"base", "n", "t", "f", "i", "u", "x", "s", "e", "b", "g", "g.h.s", "d", "", "none", "g.none"} {
			value, ok := r.Field(name)
			seen[name] = fmt.Sprintf("%T %v %v", value, value, ok)
			if attrs, isGroup := value.([]alog.Attr); isGroup {
				h := attrs[1].Value().([]alog.Attr)
				seen[name] = fmt.Sprintf("%s=%v %s.%s=%v", attrs[0].Key, attrs[0].Value(), attrs[1].Key, h[0].Key, h[0].Value())
			}
		}
		return nil
	}
	for phase, opt := range map[string]alog.Option{"pre": alog.WithPreHook("see", see), "post": alog.WithPostHook("see", see)} {
		log, _ := newFileLogger(t, opt, alog.WithName("db"), alog.WithFields("base", 1))
		log.Named("tx").Warn("user {id}", "n", nil, "t", true, "f", false, "i", -5, "u", uint64(1)<<63, "x", 1.5, "s", "text",
			"e", "", "b", []byte("\xff"), alog.Group("g", alog.Int("a", 1), alog.Group("h", alog.String("s", "deep"))),
			"d", moment.UTC(), "", "nameless")
		stop(t, log)
		for name, want := range map[string]string{
			"base": "int64 1 true", "n": "<nil> <nil> true", "t": "bool true true", "f": "bool false true", "i": "int64 -5 true",
			"u": "uint64 9223372036854775808 true", "x": "float64 1.5 true", "s": "string text true", "e": "string  true",
			"b": "[]uint8 [255] true", "g": "a=1 h.s=deep", "g.h.s": "string deep true", "d": "string 1970-01-01T00:00:01Z true",
			"": "string nameless true", "none": "<nil> <nil> false", "g.none": "<nil> <nil> false",
		} {
			if seen[name] != want {
				t.Errorf("%s: field %q is %q, want %q", phase, name, seen[name], want)
			}
		}
	}
}

func TestAHookOfANamelessLoggerSeesAnEmptyName(t *testing.T) {
	names := 0
	log, _ := newFileLogger(t, alog.WithPreHook("see", func(r *alog.Record) error {
		deep(1000) // the stack moves while it has what the library gave
		if r.Logger() != "" || r.Message() != "" {
			t.Errorf("%q, %q", r.Logger(), r.Message())
		}
		if value, ok := r.Field(""); value != "" || !ok {
			t.Errorf("%v, %v", value, ok)
		}
		names++
		return nil
	}))
	log.Info("", "", "")
	if names != 1 {
		t.Error("the hook was not called")
	}
}

func deep(n int) int {
	var filler [64]int
	if n > 0 {
		filler[n%64] = deep(n - 1)
	}
	return filler[n%64]
}

func TestASetTakesEveryValueButGroups(t *testing.T) {
	values := []any{nil, true, -1, uint(1), 1.5, "a b", []byte("\xff"), time.Second, errors.New("broken"), time.Unix(0, 0).UTC()}
	checkLine(t, `INFO - m 0=null 1=true 2=-1 3=1 4=1.5 5="a b" 6="\xff" 7=1s 8=broken 9=1970-01-01T00:00:00Z`, func(log *alog.Logger) {
		log.Info("m")
	}, alog.WithPostHook("sets", func(r *alog.Record) error {
		for i, value := range values {
			if err := r.Set(fmt.Sprint(i), value); err != nil {
				t.Errorf("Set(%v): %v", value, err)
			}
		}
		for _, group := range []any{[]alog.Attr{}, map[string]any{"k": 1}, alog.Int("k", 1)} {
			if err := r.Set("g", group); err != alog.ErrField {
				t.Errorf("Set(%v): %v", group, err)
			}
		}
		if err := r.Set(strings.Repeat("k", 65536), 1); err != alog.ErrField {
			t.Errorf("Set of a key that is too long: %v", err)
		}
		return nil
	}))
}

func TestAHookThatFailsOrPanicsIsAPolledErrorAndTheRecordGoesOut(t *testing.T) {
	own := errors.New("no such user")
	for _, with := range []func(string, func(*alog.Record) error) alog.Option{alog.WithPreHook, alog.WithPostHook} {
		log, lines := newFileLogger(t, with("fails", func(*alog.Record) error { return own }),
			with("errno", func(*alog.Record) error { return syscall.ENOSPC }),
			with("panics", func(*alog.Record) error { panic("at the disco") }), with("works", sets("k", 1)))
		log.Info("m")
		stop(t, log)
		for _, want := range []struct {
			origin string
			errno  syscall.Errno
			says   string
		}{{"hook:fails", syscall.EIO, "no such user"}, {"hook:errno", syscall.ENOSPC, "no space"}, {"hook:panics", syscall.EIO, "panic in the hook: at the disco"}} {
			e := poll(t, log)
			if e.Origin != want.origin || e.Errno != want.errno || !errors.Is(e, alog.ErrHook) || !strings.Contains(e.Error(), want.says) {
				t.Errorf("%#v: %v", e, e)
			}
			if want.origin == "hook:fails" && !errors.Is(e, own) {
				t.Errorf("%v has lost its cause", e)
			}
		}
		if got := lines(); len(got) != 1 || !strings.HasSuffix(got[0], "m k=1") {
			t.Errorf("%q", got)
		}
	}
}

func TestARecordIsOverWhenItsCallbackReturns(t *testing.T) {
	var kept *alog.Record
	log, _ := newFileLogger(t, alog.WithPreHook("keeps", func(r *alog.Record) error {
		kept = r
		return nil
	}))
	log.Info("m", "k", 1)
	if _, ok := kept.Field("k"); ok || kept.Message() != "" || kept.Logger() != "" || kept.Level() != -1 || kept.Set("k", 2) != alog.ErrArgument {
		t.Error("it still answers")
	}
}

func TestAPreHookMayLogAndItsMessagesPassNoPreHooks(t *testing.T) {
	var log *alog.Logger
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatRaw), alog.WithPreHook("logs", func(r *alog.Record) error {
		return log.Log(alog.LevelInfo, "hook of "+r.Message())
	}))
	log.Info("a")
	_, _ = log.Write([]byte("b"))
	if err := log.WriteSync(alog.LevelInfo, "c", -1); err != nil {
		t.Error(err)
	}
	stop(t, log)
	if got := strings.Join(lines(), "|"); got != "hook of a|a|hook of b|b|hook of c|c" {
		t.Errorf("%s", got)
	}
}

func TestAStackThatMovesInAPreHookDoesNotTouchTheMessage(t *testing.T) {
	want := strings.Repeat("x", 40)
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatRaw), alog.WithPreHook("deep", func(*alog.Record) error {
		deep(5000)
		return nil
	}))
	all(t, 20, func(int) {
		var buffer [40]byte
		copy(buffer[:], want)
		log.Info(string(buffer[:]))
		_, _ = log.Write(buffer[:])
	})
	stop(t, log)
	for _, line := range lines() {
		if line != want {
			t.Fatalf("%q", line)
		}
	}
}

func TestAHookOfADerivedLoggerIsItsOwn(t *testing.T) {
	got := written(t, func(log *alog.Logger) {
		child, err := log.Child(alog.WithPreHook("child", sets("child", 1)), alog.WithPostHook("post", sets("post", 1)))
		if err != nil {
			t.Fatal(err)
		}
		alone, err := child.Child(alog.WithReplace("pre_hooks", "post_hooks"))
		if err != nil {
			t.Fatal(err)
		}
		log.Info("a")
		child.With("k", 1).Info("b")
		alone.Info("c")
	}, alog.WithPreHook("root", sets("root", 1)))
	want := []string{"INFO - a root=1", "INFO - b k=1 root=1 child=1 post=1", "INFO - c"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestASchedulerPicksTheWorker(t *testing.T) {
	var picked [3]atomic.Int64
	log, lines := newFileLogger(t, alog.WithWorkers(3), alog.WithScheduler(func(r *alog.Record, workers int) int {
		worker := int(r.Level()) % workers
		picked[worker].Add(1)
		if err := r.Set("k", 1); err != alog.ErrArgument {
			t.Errorf("Set in a scheduler: %v", err)
		}
		return worker
	}))
	all(t, 4, func(int) {
		for i := 0; i < 100; i++ {
			log.Info("x")
			log.Notice("x")
			log.Warn("x")
		}
	})
	stop(t, log)
	for i := range picked {
		if n := picked[i].Load(); n != 400 {
			t.Errorf("worker %d was picked %d times", i, n)
		}
	}
	if got := len(lines()); got != 1200 {
		t.Errorf("%d of 1200 were written", got)
	}
	if e, ok := log.PollError(); ok {
		t.Errorf("%v", e)
	}
}

func TestAChoiceThatIsNoneIsAPolledErrorAndWorker0TakesTheRecord(t *testing.T) {
	for want, choose := range map[string]func(*alog.Record, int) int{
		"it picked worker 2 of 2":                   func(_ *alog.Record, workers int) int { return workers },
		"it picked worker -1 of 2":                  func(*alog.Record, int) int { return -1 },
		"panic in the scheduler: at the disco":      func(*alog.Record, int) int { panic("at the disco") },
		"it picked worker 9223372036854775807 of 2": func(*alog.Record, int) int { return int(^uint(0) >> 1) },
	} {
		log, lines := newFileLogger(t, alog.WithWorkers(2), alog.WithScheduler(choose))
		log.Info("x")
		stop(t, log)
		if e := poll(t, log); !errors.Is(e, alog.ErrScheduler) || !strings.Contains(e.Error(), want) {
			t.Errorf("%v does not say %q", e, want)
		}
		if got := lines(); len(got) != 1 {
			t.Errorf("%q", got)
		}
	}
}

func TestNilFunctionsAndWrongNamesAreRefused(t *testing.T) {
	fine := func(*alog.Record) error { return nil }
	for _, opt := range []alog.Option{alog.WithPreHook("h", nil), alog.WithPostHook("h", nil), alog.WithScheduler(nil),
		alog.WithPreHook("", fine), alog.WithPostHook("a\x00b", fine), alog.WithPreHook("\xff", fine)} {
		if log, err := alog.New(opt); log != nil || !errors.Is(err, alog.ErrArgument) {
			t.Errorf("%v, %v", log, err)
		}
	}
}

func TestTheGoroutineThatLogsMayWrite(t *testing.T) {
	for _, key := range []string{"workers", "WORKERS"} {
		var got bytes.Buffer // written by this goroutine alone: the race detector would see others
		log := newLogger(t, alog.WithWriter("w", &got), alog.WithSetting(key, "0"), alog.WithFormat(alog.FormatRaw),
			alog.WithPostHook("post", func(*alog.Record) error { deep(1000); return nil }))
		child := log.With("k", 1)
		log.Info("a")
		child.Info("b")
		_, _ = child.Write([]byte("c"))
		if got.String() != "a\nb\nc\n" {
			t.Errorf("%q was written when the calls had returned", got.String())
		}
	}
}

func TestADerivedLoggerWithAnIoWriterIsWrittenByWhoeverLogs(t *testing.T) {
	log := newLogger(t, alog.WithSink("file:/dev/null"), alog.WithWorkers(0))
	var calls atomic.Int64
	child, err := log.Child(alog.WithWriter("w", writerFunc(func(p []byte) (int, error) {
		calls.Add(1)
		runtime.Gosched()
		return len(p), nil
	})))
	if err != nil {
		t.Fatal(err)
	}
	all(t, 4, func(i int) {
		for n := 0; n < 100; n++ {
			[]*alog.Logger{log, child}[i%2].Info("x")
		}
	})
	if calls.Load() == 0 {
		t.Error("nothing was written")
	}
}
