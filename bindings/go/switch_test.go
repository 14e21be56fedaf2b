package alog_test

import (
	"errors"
	"testing"

	"alog.dev/alog"
)

func TestLevelsAreSwitchedWhileTheLoggerRuns(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithPattern("{level}"))
	child := log.With("k", 1)
	for _, c := range []struct {
		levels string
		on     []alog.Level
	}{
		{"debug|warn|fatal", []alog.Level{alog.LevelDebug, alog.LevelWarn, alog.LevelFatal}},
		{"info-", []alog.Level{alog.LevelTrace, alog.LevelDebug, alog.LevelInfo}},
		{"error", []alog.Level{alog.LevelError, alog.LevelFatal}},
		{alog.LevelFatal.String(), []alog.Level{alog.LevelFatal}},
		{"off", nil},
		{"all", levels},
	} {
		if err := child.SetLevels(c.levels); err != nil {
			t.Fatal(err)
		}
		on := make(map[alog.Level]bool)
		for _, level := range c.on {
			on[level] = true
		}
		for _, l := range []*alog.Logger{log, child} {
			for level := alog.Level(-1); level < 40; level++ {
				if l.Enabled(level) != on[level] {
					t.Errorf("%s: Enabled(%v) is %v", c.levels, level, l.Enabled(level))
				}
			}
			want := alog.LevelFatal + 1
			if len(c.on) > 0 {
				want = c.on[0]
			}
			if got := l.Level(); got != want {
				t.Errorf("%s: Level() = %v, want %v", c.levels, got, want)
			}
			before := checkAccount(t, l).Attempted
			for _, level := range levels {
				if err := l.Log(level, "m"); err != nil {
					t.Error(err)
				}
			}
			if n := checkAccount(t, l).Attempted - before; int(n) != len(c.on) {
				t.Errorf("%s: %d messages were taken, want %d", c.levels, n, len(c.on))
			}
		}
	}
	stop(t, log)
	if got := lines(); len(got) != 2*(3+3+2+1+0+7) {
		t.Errorf("%q", got)
	}
}

func TestLevelsThatAreNoneChangeNothing(t *testing.T) {
	log, _ := newFileLogger(t)
	for _, levels := range []string{"loud", "", "info\x00", "\xff"} {
		var e *alog.Error
		if err := log.SetLevels(levels); !errors.As(err, &e) {
			t.Errorf("SetLevels(%q): %v", levels, err)
		}
	}
	if log.Level() != alog.LevelInfo {
		t.Errorf("the level is %v", log.Level())
	}
}

func TestAClosedLoggerHasNoLevels(t *testing.T) {
	log, _ := newFileLogger(t)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	another, _ := newFileLogger(t, alog.WithSetting("level", "off")) // perhaps where the other one was
	for _, log := range []*alog.Logger{log, {}, another} {
		if log.Enabled(alog.LevelFatal) || log.Level() != alog.LevelFatal+1 {
			t.Error("a level is on")
		}
	}
	for _, level := range levels {
		if err := log.Log(level, "x"); err != alog.ErrHandle {
			t.Errorf("Log: %v", err)
		}
	}
	if err := log.SetLevels("all"); !errors.Is(err, alog.ErrHandle) {
		t.Errorf("SetLevels: %v", err)
	}
}

func TestSettingsAreChangedTogetherOrNotAtAll(t *testing.T) {
	log, _ := newFileLogger(t)
	if err := log.Reconfigure(alog.WithLevel(alog.LevelDebug), alog.WithMaxMessageBytes(3),
		alog.WithOverflow(alog.DropOldest+", error+=block:2s")); err != nil {
		t.Fatal(err)
	}
	if err := log.Log(alog.LevelDebug, "four"); err != alog.ErrTooLarge {
		t.Errorf("four bytes: %v", err)
	}
	for _, c := range []struct {
		opt  alog.Option
		want error
	}{
		{alog.WithQueueBytes(4096), alog.ErrKey},
		{alog.WithSink("console:"), alog.ErrKey},
		{alog.WithFields("k", 1), alog.ErrKey},
		{alog.WithPreHook("h", func(*alog.Record) error { return nil }), alog.ErrKey},
		{alog.WithSource(), alog.ErrKey},
		{alog.WithSetting("overflow", "pray"), alog.ErrValue},
	} {
		if err := log.Reconfigure(alog.WithMaxMessageBytes(100), c.opt); !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
	if err := log.Log(alog.LevelDebug, "four"); err != alog.ErrTooLarge {
		t.Errorf("half of a change was made: %v", err)
	}
}

func TestEveryOverflowOfThisPackageIsTaken(t *testing.T) {
	for _, overflow := range []alog.Overflow{alog.Block, alog.BlockFor(1), alog.DropNewest, alog.DropOldest, alog.GrowTo(1 << 24)} {
		newFileLogger(t, alog.WithOverflow(overflow))
	}
}
