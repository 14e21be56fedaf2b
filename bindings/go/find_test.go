package alog_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"

	"alog.dev/alog"
)

func TestALoggerIsFoundByItsName(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithName("find.me"), alog.WithPattern("{logger} {message} {fields}"))
	found, err := alog.Find("find.me", alog.WithName("part"), alog.WithFields("k", 1))
	if err != nil {
		t.Fatal(err)
	}
	log.Info("a")
	found.Info("b")
	found.With("m", 2).Named("deep").Info("c")
	found.MessageChannel() <- "d"
	close(found.MessageChannel())
	if err := found.Close(); err != nil {
		t.Error(err)
	}
	checkClosed(t, found)
	log.Info("e")
	stop(t, log)
	want := "find.me a |find.me.part b k=1|find.me.part.deep c k=1 m=2|find.me.part d k=1|find.me e "
	if got := strings.Join(lines(), "|"); got != want {
		t.Errorf("%s", got)
	}
}

func TestOnlyALoggerThatRunsIsFound(t *testing.T) {
	first, lines := newFileLogger(t, alog.WithName("find.twice"), alog.WithFormat(alog.FormatRaw))
	second := newLogger(t, alog.WithName("find.twice"), alog.WithSink("file:/dev/null"))
	newLogger(t, alog.WithSink("file:/dev/null")).Named("find.child")
	for _, name := range []string{"", "find", "find.child", "FIND.TWICE", "a\x00b", "\xff"} {
		if found, err := alog.Find(name); found != nil || !errors.Is(err, alog.ErrHandle) && !errors.Is(err, alog.ErrArgument) {
			t.Errorf("%q: %v, %v", name, found, err)
		}
	}
	found, err := alog.Find("find.twice")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	found.Info("the oldest of two")
	if err := found.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if err := first.Log(alog.LevelInfo, "x"); err != alog.ErrStopped {
		t.Errorf("%v", err)
	}
	if again, err := alog.Find("find.twice"); err != nil || again.Log(alog.LevelInfo, "x") != nil || again.Close() != nil {
		t.Errorf("the one that runs: %v", err)
	}
	if s := checkAccount(t, second); s.Accepted != 1 {
		t.Errorf("%+v", s)
	}
	if got := strings.Join(lines(), "|"); got != "the oldest of two" {
		t.Errorf("%s", got)
	}
	if _, err := alog.Find("find.twice", alog.WithWorkers(2)); !errors.Is(err, alog.ErrKey) {
		t.Errorf("an option for a root: %v", err)
	}
}

// stopElsewhere stops a logger as a part of the process does of which this one knows nothing: by a handle of its own.
func stopElsewhere(t *testing.T, name string) {
	t.Helper()
	found, err := alog.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	stop(t, found)
}

func TestTheErrorChannelEndsWhenAnotherPartOfTheProcessStopsTheLogger(t *testing.T) {
	errs := make(map[string]<-chan error)
	owner := newLogger(t, alog.WithName("find.stopped"), alog.WithSink("file:/dev/full?hold=0s"))
	errs["its owner's"] = owner.ErrorChannel()
	for _, name := range []string{"one", "another"} {
		found, err := alog.Find("find.stopped")
		if err != nil {
			t.Fatal(err)
		}
		defer found.Close()
		errs[name] = found.ErrorChannel()
	}
	owner.Info("there is no space for this")
	if err := owner.Flush(context.Background()); err != nil {
		t.Error(err)
	}
	stopElsewhere(t, "find.stopped")
	seen := 0
	for name, channel := range errs {
		for err := range channel {
			if seen++; !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if seen == 0 {
		t.Error("the error is lost")
	}
}

func TestErrorsAreDeliveredToASlowReaderAfterAStopElsewhere(t *testing.T) {
	const failures = 200
	log, err := alog.NewWriter(distinct(), alog.WithName("find.slow"), alog.WithErrorCapacity(2*failures))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	errs := log.ErrorChannel()
	for i := 0; i < failures; i++ {
		if err := log.WriteSync(alog.LevelInfo, "x", -1); !errors.Is(err, alog.ErrIO) {
			t.Fatal(err)
		}
	}
	stopElsewhere(t, "find.slow")
	var seen uint64
	for err := range errs {
		var e *alog.Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		seen += e.Count
	}
	if s := checkAccount(t, log); seen != s.ErrorsRaised || seen < failures {
		t.Errorf("%d errors of %+v", seen, s)
	}
}

func TestTheErrorsOfAFoundLoggerAreThoseOfItsOwner(t *testing.T) {
	log := newLogger(t, alog.WithName("find.full"), alog.WithSink("file:/dev/full"))
	found, err := alog.Find("find.full")
	if err != nil {
		t.Fatal(err)
	}
	errs := found.ErrorChannel()
	found.Info("x")
	if err := <-errs; !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	if err := found.Close(); err != nil {
		t.Error(err)
	}
	if _, open := <-errs; open {
		t.Error("the channel is open")
	}
	log.Info("y")
	stop(t, log)
	if e := poll(t, log); !errors.Is(e, syscall.ENOSPC) {
		t.Error(e)
	}
}
