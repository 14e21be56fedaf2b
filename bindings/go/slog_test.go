package alog_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"alog.dev/alog"
)

func TestLevelsOfSlogBecomeTheNearestLevelBelow(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithSetting("level", "all"), alog.WithPattern("{level}"))
	std := slog.New(alog.NewSlogHandler(log))
	for _, level := range []slog.Level{-100, -5, -4, -1, 0, 1, 2, 3, 4, 7, 8, 11, 12, 100} {
		std.Log(context.Background(), level, "m")
	}
	stop(t, log)
	want := "TRACE TRACE DEBUG DEBUG INFO INFO NOTICE NOTICE WARN WARN ERROR ERROR FATAL FATAL"
	if got := strings.Join(lines(), " "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAttributesOfSlogBecomeFields(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithPattern("{message} {all_fields}"))
	std := slog.New(alog.NewSlogHandler(log.With("base", 0))).With("a", 1).WithGroup("g").With("b", 1.5)
	std.Info("{a} stays", "c", errors.New("broken"), "d", 2*time.Second, "e", uint64(1)<<63, "f", nil, "h", true)
	stop(t, log)
	want := `{a} stays base=0 a=1 g.b=1.5 g.c=broken g.d=2s g.e=9223372036854775808 g.f=null g.h=true`
	if got := lines(); len(got) != 1 || got[0] != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestALevelThatIsOffIsNotEnabledForSlog(t *testing.T) {
	log, _ := newFileLogger(t)
	handler := alog.NewSlogHandler(log)
	if handler.Enabled(context.Background(), slog.LevelDebug) || !handler.Enabled(context.Background(), slog.LevelInfo) {
		t.Error("debug is on or info is off")
	}
}

func TestGroupsOfSlogAreAsDeepAsTheLibraryTakesThem(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithPattern("{all_fields}"))
	handler := alog.NewSlogHandler(log)
	for i := 0; i < 40; i++ {
		handler = handler.WithGroup("g")
	}
	slog.New(handler).Info("deep", "k", 1, slog.Group("more", "x", 1))
	stop(t, log)
	if got := lines(); len(got) != 1 || got[0] != strings.Repeat("g.", 32)+"k=1 "+strings.Repeat("g.", 32)+"more=!DEPTH" {
		t.Errorf("%q", got)
	}
}

func TestTheSourceOfSlogIsWhereItWasCalled(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithPattern("{file} {function}"), alog.WithSource())
	slog.New(alog.NewSlogHandler(log)).Info("here")
	stop(t, log)
	if got := lines(); len(got) != 1 || got[0] != "slog_test.go alog.dev/alog_test.TestTheSourceOfSlogIsWhereItWasCalled" {
		t.Errorf("%q", got)
	}
}

// password tells package slog to show something else.
type password string

func (password) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("length", 3), slog.String("is", "hidden"))
}

func TestWhatIsMadeForSlogIsShownAsSlogShowsIt(t *testing.T) {
	checkLine(t, "INFO - m id=5 g.a=1 v=2 p.length=3 p.is=hidden q.length=3 q.is=hidden k.b=true n=null", func(log *alog.Logger) {
		log.Info("m", slog.Int("id", 5), slog.Group("g", "a", 1), "v", slog.IntValue(2), "p", password("abc"),
			alog.Any("q", password("abc")), "k", slog.Bool("b", true), "n", slog.Value{})
	})
}

func TestAttributesAreReplacedAsPackageSlogDoes(t *testing.T) {
	// What slog's own handler makes of the same calls is what is wanted.
	opts := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.TimeKey, slog.LevelKey, slog.MessageKey, "secret":
			return slog.Attr{}
		case "p":
			return slog.Attr{Key: "p2", Value: slog.AnyValue(password("abc"))}
		case "flat":
			return slog.Group("", slog.Int("a", 1), slog.Int("secret", 2))
		}
		return slog.String(a.Key, strings.Join(append(groups, a.Value.String()), "/"))
	}}
	calls := func(handler slog.Handler) {
		std := slog.New(handler).With("a", 1, "secret", 2).WithGroup("g").With("b", 2, slog.Group("in", "c", 3, "secret", 4))
		std.WithGroup("h").Info("", "d", 4, "p", 5, "flat", 6, slog.Group("x", slog.Group("y", "z", 7)), slog.Group("", "q", 8), "v", password("abc"))
		std.Info("", "secret", 1)
	}
	var want bytes.Buffer
	calls(slog.NewJSONHandler(&want, opts))
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatJSON), alog.WithSetting("time_key", ""),
		alog.WithSetting("level_key", ""), alog.WithSetting("message_key", ""))
	calls(alog.NewSlogHandlerOptions(log, opts))
	slog.New(alog.NewSlogHandlerOptions(log, opts)).Info("", slog.Group("gone", "secret", 1), "k", 1)
	want.WriteString(`{"k":"1"}` + "\n") // slog's own forgets a comma there
	stop(t, log)
	if got := strings.Join(lines(), "\n") + "\n"; got != want.String() {
		t.Errorf("%s instead of %s", got, want.String())
	}
}

func TestOptionsOfSlogAddTheSourceAndALevel(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithPattern("{message} {file}"))
	var level slog.LevelVar
	std := slog.New(alog.NewSlogHandlerOptions(log, &slog.HandlerOptions{AddSource: true, Level: &level}))
	std.Info("a")
	level.Set(slog.LevelWarn)
	std.Info("b")
	std.With("k", 1).WithGroup("g").Warn("c")
	slog.New(alog.NewSlogHandler(log)).Info("d")
	stop(t, log)
	if got := strings.Join(lines(), "|"); got != "a slog_test.go|c slog_test.go|d " {
		t.Errorf("%s", got)
	}
}
