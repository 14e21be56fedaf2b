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
