package alog_test

import (
	"encoding"
	"errors"
	"strings"
	"testing"

	"alog.dev/alog"
)

var levels = []alog.Level{alog.LevelTrace, alog.LevelDebug, alog.LevelInfo, alog.LevelNotice,
	alog.LevelWarn, alog.LevelError, alog.LevelFatal}

func TestALineCarriesTheNameOfItsLevel(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithLevel(alog.LevelTrace))
	for _, write := range []func(string, ...any){log.Trace, log.Debug, log.Info, log.Notice, log.Warn, log.Error, log.Fatal} {
		write("x")
	}
	stop(t, log)
	got := lines()
	if len(got) != len(levels) {
		t.Fatalf("%q", got)
	}
	for i, level := range levels {
		if want := " " + level.String() + " - x"; !strings.HasSuffix(got[i], want) {
			t.Errorf("line %q does not end in %q", got[i], want)
		}
	}
}

func TestALevelSwitchesOffEveryLevelBelowIt(t *testing.T) {
	for _, lowest := range levels {
		log, lines := newFileLogger(t, alog.WithLevel(lowest))
		for _, level := range levels {
			if err := log.Log(level, "x"); err != nil {
				t.Errorf("Log(%v) with %v and up: %v", level, lowest, err)
			}
		}
		stop(t, log)
		if got, want := len(lines()), len(levels)-int(lowest); got != want {
			t.Errorf("%v and up wrote %d lines, want %d", lowest, got, want)
		}
		if s := checkAccount(t, log); s.Attempted != s.Accepted {
			t.Errorf("a level that is switched off was an attempt: %+v", s)
		}
	}
}

func TestALevelOutOfRangeIsRefused(t *testing.T) {
	log, lines := newFileLogger(t)
	for _, level := range []alog.Level{-1, 7, -2147483648, 2147483647} {
		if err := log.Log(level, "x"); err != alog.ErrArgument {
			t.Errorf("Log(%v): %v", level, err)
		}
		if err := log.WriteSync(level, "x", -1); !errors.Is(err, alog.ErrArgument) {
			t.Errorf("WriteSync(%v): %v", level, err)
		}
	}
	stop(t, log)
	if s := checkAccount(t, log); s.Rejected[alog.RejectArgument] != 8 || len(lines()) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestALevelIsReadBackFromItsText(t *testing.T) {
	for _, level := range levels {
		text, err := encoding.TextMarshaler(level).MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{string(text), strings.ToLower(level.String())} {
			var back alog.Level = -1
			if err := back.UnmarshalText([]byte(name)); err != nil || back != level {
				t.Errorf("%q is read as %v, %v", name, back, err)
			}
		}
	}
	for name, level := range map[string]alog.Level{"Warning": alog.LevelWarn, "critical": alog.LevelFatal} {
		if got, err := alog.ParseLevel(name); err != nil || got != level {
			t.Errorf("%q is read as %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"loud", "", "info\x00", "\xff", "info+", "2"} {
		if _, err := alog.ParseLevel(name); !errors.Is(err, alog.ErrValue) {
			t.Errorf("ParseLevel(%q): %v", name, err)
		}
	}
	if _, err := alog.Level(7).MarshalText(); !errors.Is(err, alog.ErrValue) {
		t.Errorf("MarshalText: %v", err)
	}
	if got := alog.Level(-1).String(); got != "Level(-1)" {
		t.Errorf("String() = %q", got)
	}
}
