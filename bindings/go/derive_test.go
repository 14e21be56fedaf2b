package alog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"alog.dev/alog"
)

func TestADerivedLoggerAddsItsFieldsAndItsName(t *testing.T) {
	got := written(t, func(log *alog.Logger) {
		db := log.Named("db").With("pool", 2, alog.Group("host", alog.String("name", "a")))
		db.Named("tx").Info("{app} begins", "id", 5, "pool", 3)
		db.Info("idle")
		log.Info("root")
	}, alog.WithName("shop"), alog.WithFields("app", "mail"))
	want := []string{"INFO shop.db.tx - mail begins host.name=a id=5 pool=3",
		"INFO shop.db - idle app=mail pool=2 host.name=a", "INFO shop - root app=mail"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestADerivedLoggerHasSinksOfItsOwn(t *testing.T) {
	var all, own, only bytes.Buffer
	log := newLogger(t, alog.WithWriter("all", &all), alog.WithFormat(alog.FormatRaw))
	audit, err := log.Child(alog.WithWriter("own", &own))
	if err != nil {
		t.Fatal(err)
	}
	alone, err := log.Child(alog.WithWriter("only", &only), alog.WithReplace("sinks", "fields"))
	if err != nil {
		t.Fatal(err)
	}
	log.Info("a")
	audit.Info("b")
	alone.Info("c")
	stop(t, audit) // which is the root's
	if all.String() != "a\nb\n" || own.String() != "b\n" || only.String() != "c\n" {
		t.Errorf("%q, %q, %q", all.String(), own.String(), only.String())
	}
	if err := log.Log(alog.LevelInfo, "late"); err != alog.ErrStopped {
		t.Errorf("the root is not stopped: %v", err)
	}
}

func TestWhatTheIoWriterOfADerivedLoggerReturnsBecomesAPolledError(t *testing.T) {
	cause := errors.New("the cable was cut")
	log, _ := newFileLogger(t)
	child, err := log.Child(alog.WithWriter("broken", fails(cause)))
	if err != nil {
		t.Fatal(err)
	}
	child.Info("x")
	if err := log.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if e := poll(t, child); !errors.Is(e, cause) || e.Origin != "callback:broken" {
		t.Errorf("%v", e)
	}
}

func TestADerivedLoggerRefusesWhatIsForTheRoot(t *testing.T) {
	log, _ := newFileLogger(t)
	for _, opt := range []alog.Option{alog.WithWorkers(2), alog.WithLevel(alog.LevelDebug), alog.WithQueueBytes(4096)} {
		if child, err := log.Child(opt); child != nil || !errors.Is(err, alog.ErrKey) {
			t.Errorf("%v, %v", child, err)
		}
	}
	if child, err := log.Child(alog.WithName(strings.Repeat("x", 256))); child != nil || !errors.Is(err, alog.ErrValue) {
		t.Errorf("%v, %v", child, err)
	}
}

func TestDerivedLoggersMayBeClosedInAnyOrder(t *testing.T) {
	log, lines := newFileLogger(t)
	parent := log.With("a", 1)
	child := parent.With("b", 2)
	for i := 0; i < 2; i++ {
		if err := parent.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := parent.Log(alog.LevelInfo, "closed"); err != alog.ErrHandle {
		t.Errorf("a closed derived logger: %v", err)
	}
	child.Info("still here")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if err := child.Log(alog.LevelInfo, "late"); err != alog.ErrStopped {
		t.Errorf("after the root: %v", err)
	}
	if err := child.Close(); err != nil {
		t.Fatal(err)
	}
	if err := child.Log(alog.LevelInfo, "later"); err != alog.ErrHandle {
		t.Errorf("after its own end: %v", err)
	}
	if got := lines(); len(got) != 1 || !strings.HasSuffix(got[0], "still here a=1 b=2") {
		t.Errorf("%q", got)
	}
}

func TestWithOfALoggerThatIsNoneRefusesAsItDoes(t *testing.T) {
	log, _ := newFileLogger(t)
	stop(t, log)
	stopped := log.With("k", 1)
	if err := stopped.Log(alog.LevelInfo, "x"); err != alog.ErrStopped {
		t.Errorf("of a stopped logger: %v", err)
	}
	if _, err := log.Child(); !errors.Is(err, alog.ErrStopped) {
		t.Errorf("Child: %v", err)
	}
	if err := stopped.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := log.Stats(); err != nil {
		t.Errorf("its Close closed the other: %v", err)
	}
	var none alog.Logger
	if err := none.With("k", 1).Named("n").Log(alog.LevelInfo, "x"); err != alog.ErrHandle {
		t.Errorf("of the zero Logger: %v", err)
	}
}

func TestFieldsAreShownAlsoWhereTheLibraryRefusesADerivedLogger(t *testing.T) {
	checkLine(t, "INFO - m 1 a=1 b=2 c=3", func(log *alog.Logger) {
		lent := alog.Lend(alog.Lend(log, "a", 1), "b", 2).Named(strings.Repeat("x", 256))
		lent.Info("m {d}", "c", 3, "d", 1)
	})
	got := written(t, func(log *alog.Logger) {
		lent := alog.Lend(log, "a", 1)
		lent.Info("x")
		lent.With("b", 2).Info("x")
		_ = lent.LogAttrs(context.Background(), alog.LevelInfo, "x", alog.Int("c", 3))
		_, _ = lent.Write([]byte("x"))
	})
	want := []string{"INFO - x a=1", "INFO - x a=1 b=2", "INFO - x a=1 c=3", "INFO - x a=1"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestDerivedLoggersThatNobodyHasAreGivenBack(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatRaw))
	const loggers = 70000 // more than there can be at once
	sum := 0
	for i := 0; i < loggers; i++ {
		child, err := log.Child(alog.WithFields("i", i))
		if errors.Is(err, alog.ErrLimit) {
			eventually(t, "the collection of derived loggers", func() bool {
				runtime.GC()
				child, err = log.Child(alog.WithFields("i", i))
				return err == nil
			})
		} else if err != nil {
			t.Fatal(err)
		}
		if child.Log(alog.LevelInfo, "x") == nil {
			sum++
		}
	}
	stop(t, log)
	if got := len(lines()); got != loggers || sum != loggers {
		t.Errorf("%d of %d messages were accepted, %d written", sum, loggers, got)
	}
}

func TestALoggerThatIsCollectedDuringItsLastCallLosesNothing(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatRaw))
	done := make(chan struct{})
	var collecting sync.WaitGroup
	collecting.Add(1)
	go func() {
		defer collecting.Done()
		for {
			select {
			case <-done:
				return
			default:
				runtime.GC()
			}
		}
	}()
	for i := 0; i < 3000; i++ {
		if err := log.With("i", i).Log(alog.LevelInfo, "x"); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	collecting.Wait()
	stop(t, log)
	if got := len(lines()); got != 3000 {
		t.Errorf("%d of 3000 were written", got)
	}
}

func TestTheWriterOfADerivedLoggerIsGivenBack(t *testing.T) {
	log, _ := newFileLogger(t)
	collected := make(chan struct{})
	func() {
		w := &struct{ writerFunc }{discard}
		runtime.SetFinalizer(w, func(any) { close(collected) })
		child, err := log.Child(alog.WithWriter("w", w))
		if err != nil {
			t.Fatal(err)
		}
		child.Info("x")
		if err := child.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	eventually(t, "the collection of the io.Writer", func() bool {
		log.With("k", 1).Close() // looks for what the library has let go of
		runtime.GC()
		select {
		case <-collected:
			return true
		default:
			return false
		}
	})
}

func TestEveryMessageChannelIsPartOfAFlush(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatRaw))
	var children []*alog.Logger
	for i := 0; i < 4; i++ {
		children = append(children, log.With("i", i))
	}
	for n := 0; n < 50; n++ {
		for i, child := range children {
			child.MessageChannel() <- fmt.Sprint(i)
		}
		if err := children[n%4].Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := len(lines()); got != 4*(n+1) {
			t.Fatalf("%d lines after %d messages", got, 4*(n+1))
		}
	}
	for _, child := range children {
		close(child.MessageChannel())
	}
	eventually(t, "the end of the goroutines", func() bool { return goroutines() == 0 })
}

func TestCloseOfADerivedLoggerWritesWhatWasSentBefore(t *testing.T) {
	log, lines := newFileLogger(t)
	child := log.With("k", 1)
	for i := 0; i < 100; i++ {
		child.MessageChannel() <- "x"
	}
	if err := child.Close(); err != nil {
		t.Fatal(err)
	}
	close(child.MessageChannel())
	stop(t, log)
	if got := len(lines()); got != 100 {
		t.Errorf("%d of 100 were written", got)
	}
}

func TestLoggersAreDerivedAndClosedInManyGoroutines(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatRaw))
	all(t, 8, func(i int) {
		for n := 0; n < 200; n++ {
			child := log.With("i", i).Named("n")
			child.Info("x")
			if err := child.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	stop(t, log)
	if got := len(lines()); got != 1600 {
		t.Errorf("%d of 1600 were written", got)
	}
}
