package alog_test

import (
	"errors"
	"reflect"
	"strconv"
	"testing"

	"alog.dev/alog"
)

func memoryLogger(t *testing.T, sink string) *alog.Logger {
	t.Helper()
	log, err := alog.New(alog.WithSink(sink), alog.WithFormat(alog.FormatRaw))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func TestMemoryKeepsTheLastLines(t *testing.T) {
	log := memoryLogger(t, "memory:last?records=3")
	defer log.Close()
	if lines, err := log.Memory("last"); len(lines) != 0 || err != nil {
		t.Errorf("before the first message: %q, %v", lines, err)
	}
	for i := 0; i < 10; i++ {
		log.Info(strconv.Itoa(i))
	}
	stop(t, log)
	want := []string{"7", "8", "9"}
	for i := 0; i < 2; i++ { // reading leaves them
		if lines, err := log.Memory("last"); !reflect.DeepEqual(lines, want) || err != nil {
			t.Errorf("%q, %v; want %q", lines, err, want)
		}
	}
	if err := log.ClearMemory("last"); err != nil {
		t.Error(err)
	}
	if lines, err := log.Memory("last"); len(lines) != 0 || err != nil {
		t.Errorf("after ClearMemory: %q, %v", lines, err)
	}
}

func TestMemoryOfAnotherNameIsAnError(t *testing.T) {
	log := memoryLogger(t, "memory:last")
	defer log.Close()
	for _, name := range []string{"first", "", "memory:last"} {
		said := `alog: no sink "memory:` + name + `"; there are "memory:last"`
		if _, err := log.Memory(name); !errors.Is(err, alog.ErrSink) || err.Error() != said {
			t.Errorf("Memory(%q): %v", name, err)
		}
		if err := log.ClearMemory(name); !errors.Is(err, alog.ErrSink) || err.Error() != said {
			t.Errorf("ClearMemory(%q): %v", name, err)
		}
	}
	if _, err := log.Memory("last\x00"); !errors.Is(err, alog.ErrArgument) {
		t.Errorf("a name with a NUL: %v", err)
	}
}

func TestWhatASinkKeepsBackIsCounted(t *testing.T) {
	log := memoryLogger(t, "memory:last?rate_limit=2/h")
	defer log.Close()
	for i := 0; i < 10; i++ {
		log.Info("x")
	}
	stop(t, log)
	stats, err := log.Stats()
	if err != nil || stats.Written != 2 || stats.Dropped[alog.DropSuppressed] != 8 {
		t.Errorf("%+v, %v", stats, err)
	}
	if sinks, err := log.SinkStats(); err != nil || sinks[0].Suppressed != 8 {
		t.Errorf("%+v, %v", sinks, err)
	}
}
