package alog_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"alog.dev/alog"
)

var began = time.Now()

// logEight logs with eight fields, none of which Go knows before it runs.
func logEight(log *alog.Logger, i int) {
	_ = log.LogAttrs(context.Background(), alog.LevelInfo, "user {id} did {what}",
		alog.Int("id", i), alog.String("what", message[:i%64]), alog.Uint64("session", uint64(i)<<32),
		alog.Float64("share", float64(i)/3), alog.Bool("admin", i%2 == 0), alog.Duration("took", time.Duration(i)),
		alog.Time("began", began), alog.Int64("left", -int64(i)))
}

// written logs to a logger of its own and gives what follows the time stamp.
func written(t *testing.T, f func(*alog.Logger), opts ...alog.Option) []string {
	t.Helper()
	log, lines := newFileLogger(t, opts...)
	f(log)
	stop(t, log)
	got := lines()
	for i, line := range got {
		_, got[i], _ = strings.Cut(line, "Z] ")
	}
	return got
}

func checkLine(t *testing.T, want string, f func(*alog.Logger), opts ...alog.Option) {
	t.Helper()
	if got := written(t, f, opts...); len(got) != 1 || got[0] != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestATemplateShowsItsFieldsAndTheOthersFollow(t *testing.T) {
	checkLine(t, "INFO - user 5 created admin=true", func(log *alog.Logger) {
		log.Info("user {id} created", "id", 5, alog.Bool("admin", true))
	})
	checkLine(t, "INFO - {none} {x} GET", func(log *alog.Logger) {
		log.Info("{none} {{x}} {req.method}", alog.Group("req", alog.String("method", "GET")))
	})
}

func TestBracesOfAWriteAndOfTheMessageChannelMeanNothing(t *testing.T) {
	got := written(t, func(log *alog.Logger) {
		child := log.With("a", 1)
		_, _ = child.Write([]byte("{a} {{"))
		child.MessageChannel() <- "}} {a}"
		close(child.MessageChannel())
	})
	if len(got) != 2 || got[0] != "INFO - {a} {{ a=1" || got[1] != "INFO - }} {a} a=1" {
		t.Errorf("%q", got)
	}
}

type (
	celsius float32
	name    string
	flag    bool
	count   uint16
	point   struct{ X, Y int }
	secret  struct{ value string }
	rude    struct{}
)

func (secret) String() string { return "***" }
func (rude) String() string   { panic("no") }

func TestAValueOfEveryTypeHasItsForm(t *testing.T) {
	var noPointer *point
	var noError error
	moment := time.Date(2026, 1, 31, 23, 59, 59, 123, time.FixedZone("", 3600))
	ancient := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		value any
		want  string
	}{
		{nil, "null"}, {true, "true"}, {flag(false), "false"},
		{-1, "-1"}, {int8(-8), "-8"}, {int16(-16), "-16"}, {int32(-32), "-32"}, {int64(math.MinInt64), "-9223372036854775808"},
		{uint(1), "1"}, {uint8(8), "8"}, {count(16), "16"}, {uint32(32), "32"}, {uint64(math.MaxUint64), "18446744073709551615"},
		{uintptr(7), "7"}, {1.5, "1.5"}, {celsius(36.5), "36.5"}, {math.NaN(), "NaN"}, {math.Inf(-1), "-Infinity"},
		{"text", "text"}, {name("Eve"), "Eve"}, {"", `""`}, {"a b", `"a b"`}, {[]byte("\xff"), `"\xff"`},
		{1500 * time.Millisecond, "1.5s"}, {moment, "2026-01-31T23:59:59.000000123+01:00"}, {ancient, "0001-01-01T00:00:00Z"},
		{errors.New("broken"), "broken"}, {noError, "null"}, {secret{"x"}, "***"}, {noPointer, "null"},
		{[]string(nil), "null"}, {[]int{1, 2}, `"[1 2]"`}, {point{1, 2}, `"{X:1 Y:2}"`},
		{rude{}, `"%!v(PANIC=String method: no)"`},
	} {
		checkLine(t, "INFO - m k="+c.want, func(log *alog.Logger) { log.Info("m", "k", c.value) })
		checkLine(t, "INFO - m k="+c.want, func(log *alog.Logger) { log.Info("m", alog.Any("k", c.value)) })
	}
}

func TestAnAttrShowsWhatItsConstructorSays(t *testing.T) {
	moment := time.Date(2026, 1, 31, 23, 59, 59, 0, time.UTC)
	ancient := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		attr  alog.Attr
		want  string
		value any
	}{
		{alog.Attr{}, "_=null", nil},
		{alog.Int("k", -1), "k=-1", int64(-1)}, {alog.Int64("k", math.MinInt64), "k=-9223372036854775808", int64(math.MinInt64)},
		{alog.Uint64("k", math.MaxUint64), "k=18446744073709551615", uint64(math.MaxUint64)},
		{alog.Float64("k", 2), "k=2.0", 2.0}, {alog.Bool("k", true), "k=true", true}, {alog.Bool("k", false), "k=false", false},
		{alog.String("k", "a=b"), `k="a=b"`, "a=b"}, {alog.Duration("k", time.Minute), "k=1m0s", time.Minute},
		{alog.Time("k", moment), "k=2026-01-31T23:59:59Z", moment}, {alog.Time("k", ancient), "k=0001-01-01T00:00:00Z", ancient},
		{alog.Any("k", 5), "k=5", int64(5)}, {alog.Err(nil), "error=null", nil}, {alog.Err(fs.ErrExist), `error="file already exists"`, fs.ErrExist},
	} {
		checkLine(t, "INFO - m "+c.want, func(log *alog.Logger) { log.Info("m", c.attr) })
		if got := c.attr.Value(); got != c.value {
			t.Errorf("%s: Value() = %v, want %v", c.want, got, c.value)
		}
	}
	if got := alog.Bytes("k", []byte{1}).Value(); fmt.Sprint(got) != "[1]" {
		t.Errorf("Value() of bytes is %v", got)
	}
	checkLine(t, "INFO - m g.a=1 g.h.b=2 m.x=1 m.y.z=2", func(log *alog.Logger) {
		log.Info("m", alog.Group("g", alog.Int("a", 1), alog.Group("h", alog.Int("b", 2))),
			"m", map[string]any{"y": []alog.Attr{alog.Int("z", 2)}, "x": alog.Int("ignored", 0).Value().(int64) + 1})
	})
}

func TestAValueWithoutAKeyIsVisible(t *testing.T) {
	for want, args := range map[string][]any{
		"!BADKEY=5":        {5},
		"!BADKEY=k":        {"k"},
		"a=1 !BADKEY=b":    {"a", 1, "b"},
		"!BADKEY=1.5 a=1":  {1.5, "a", 1},
		"!BADKEY=null x=1": {nil, alog.Int("x", 1)},
		`k.!BADKEY=no`:     {"k", []alog.Attr{alog.String("!BADKEY", "no")}},
		"k.id=5":           {"k", alog.Int("id", 5)},
	} {
		args := args
		checkLine(t, "INFO - m "+want, func(log *alog.Logger) { log.Info("m", args...) })
	}
}

func TestGroupsBeyondTheDepthOfTheLibraryDoNotCostTheMessage(t *testing.T) {
	attr, fields := alog.Int("k", 1), map[string]any{"k": 1}
	for i := 0; i < 40; i++ {
		attr, fields = alog.Group("g", attr), map[string]any{"g": fields}
	}
	deep := "INFO - m " + strings.Repeat("g.", 32) + "g=!DEPTH"
	checkLine(t, deep, func(log *alog.Logger) { log.Info("m", attr) })
	checkLine(t, deep, func(log *alog.Logger) { log.Info("m", "g", fields["g"]) })
}

func TestAKeyThatIsTooLongIsRefusedAndCounted(t *testing.T) {
	log, lines := newFileLogger(t)
	if err := log.Log(alog.LevelInfo, "m", strings.Repeat("k", 65535), 1); err != nil {
		t.Error(err)
	}
	for _, value := range []any{1, "text", time.Now(), []alog.Attr{}, map[string]any{}, nil, true, []byte{}} {
		if err := log.Log(alog.LevelInfo, "m", strings.Repeat("k", 65536), value); err != alog.ErrField {
			t.Errorf("%T: %v", value, err)
		}
	}
	stop(t, log)
	if s := checkAccount(t, log); s.Accepted != 1 || s.Attempted != 9 || len(withoutGaps(lines())) != 1 {
		t.Errorf("%+v", s)
	}
	if _, err := alog.New(alog.WithFields(strings.Repeat("k", 65536), 1)); !errors.Is(err, alog.ErrField) {
		t.Errorf("New: %v", err)
	}
}

func TestErrorFromShowsTheChainBehindAnError(t *testing.T) {
	path := &fs.PathError{Op: "open", Path: "x", Err: syscall.ENOENT}
	checkLine(t, `INFO - m error.message="load: open x: no such file or directory" error.type=*fmt.wrapError`+
		` error.cause.message="open x: no such file or directory" error.cause.type=*fs.PathError`+
		` error.cause.cause.message="no such file or directory" error.cause.cause.type=syscall.Errno`,
		func(log *alog.Logger) { log.Info("m", alog.ErrorFrom(fmt.Errorf("load: %w", path))) })
	checkLine(t, `INFO - m error.message="a\nb" error.type=*errors.joinError`+
		` error.errors.0.message=a error.errors.0.type=*errors.errorString`+
		` error.errors.1.message=b error.errors.1.type=*errors.errorString`,
		func(log *alog.Logger) { log.Info("m", alog.ErrorFrom(errors.Join(errors.New("a"), errors.New("b")))) })
	checkLine(t, "INFO - m error=null", func(log *alog.Logger) { log.Info("m", alog.ErrorFrom(nil)) })
}

func TestErrorFromOfAnErrorThatPanicsShowsThat(t *testing.T) {
	var none *fs.PathError
	var noneOfSeveral *several
	for want, err := range map[string]error{
		"error.message=<nil> error.type=*fs.PathError":      none,
		"error.message=<nil> error.type=*alog_test.several": noneOfSeveral,
		"error.message=several error.type=alog_test.several" +
			" error.errors.0.message=<nil> error.errors.0.type=*fs.PathError": several{none},
	} {
		checkLine(t, "INFO - m "+want, func(log *alog.Logger) { log.Info("m", alog.ErrorFrom(err)) })
	}
}

func TestErrorFromShowsTheFirst16Errors(t *testing.T) {
	var err error = errors.New("first")
	for i := 0; i < 100; i++ {
		err = several{several{err}, err} // a tree of 2^100
	}
	got := written(t, func(log *alog.Logger) { log.Info("", alog.ErrorFrom(err)) })
	if len(got) != 1 || strings.Count(got[0], ".type=") != 16 {
		t.Errorf("%q", got)
	}
}

// several is an error of others, which it does not name.
type several []error

func (several) Error() string     { return "several" }
func (e several) Unwrap() []error { return e }

func TestFieldsNeedNoMemory(t *testing.T) {
	null, ctx := alog.WithSink("file:/dev/null"), context.Background()
	log, withSource := newLogger(t, null), newLogger(t, null, alog.WithSource())
	child := log.With("request", 7)
	handler, record := alog.NewSlogHandler(log).WithGroup("g"), slog.NewRecord(began, slog.LevelInfo, "m", 0)
	record.AddAttrs(slog.Int("id", 5000), slog.String("name", message), slog.Time("began", began))
	long, raw := strings.Repeat("x", 500), []byte(message)
	i := 0
	for name, f := range map[string]func(){
		"eight fields that are not constant": func() { logEight(log, i) },
		"eight fields with a source":         func() { logEight(withSource, i) },
		"eight fields of a derived logger":   func() { logEight(child, i) },
		"fields that are long":               func() { _ = log.LogAttrs(ctx, alog.LevelInfo, "m", alog.String("k", long), alog.Int("i", i)) },
		"bytes and times of two zones": func() {
			_ = log.LogAttrs(ctx, alog.LevelInfo, "m", alog.Bytes("k", raw), alog.Time("t", began), alog.Time("u", began.UTC()))
		},
		"slog":                func() { _ = handler.Handle(ctx, record) },
		"constants":           func() { log.Info("m", "id", 5, "name", "Eve", "admin", true, "share", 0.5) },
		"a level that is off": func() { log.Debug("m", "id", 5, "admin", true) },
		"Enabled":             func() { log.Enabled(alog.LevelDebug) },
	} {
		if n := testing.AllocsPerRun(1000, func() { i++; f() }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestTheSourceIsWhereTheMethodIsCalled(t *testing.T) {
	_, _, line, _ := runtime.Caller(0)
	got := written(t, func(log *alog.Logger) {
		for i := 0; i < 2; i++ { // the second time from memory
			log.Info("m")
			log.Error("m", "k", 1)
			_ = log.Log(alog.LevelInfo, "m")
			_ = log.LogContext(context.Background(), alog.LevelInfo, "m")
			_ = log.LogAttrs(context.Background(), alog.LevelInfo, "m")
			_ = log.WriteSync(alog.LevelInfo, "m", -1)
			log.Fatal("m")
			log.With("k", 1).Info("m")
		}
	}, alog.WithPattern("Z] {source} {function}"), alog.WithSource())
	if len(got) != 16 {
		t.Fatalf("%q", got)
	}
	for i, line0 := range got {
		want := fmt.Sprintf("record_test.go:%d alog.dev/alog_test.TestTheSourceIsWhereTheMethodIsCalled.func1", line+3+i%8)
		if line0 != want {
			t.Errorf("%q, want %q", line0, want)
		}
	}
}

func TestWithoutTheOptionThereIsNoSource(t *testing.T) {
	checkLine(t, "m||", func(log *alog.Logger) { log.Info("m") }, alog.WithPattern("Z] {message}|{source}|"))
}

func TestTheDeadlineOfAContextEndsTheWaitForSpace(t *testing.T) {
	runtime.LockOSThread() // one thread, one queue
	defer runtime.UnlockOSThread()
	stuck := newGate()
	log := newLogger(t, alog.WithWriter("gate", stuck), alog.WithQueueBytes(4096))
	defer stuck.open()
	deadline, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	for err := error(nil); err == nil; {
		err = log.LogContext(deadline, alog.LevelInfo, "until there is no space", "k", 1)
		if err != nil && err != alog.ErrTimeout {
			t.Errorf("refused with %v", err)
		}
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if err := log.LogContext(over, alog.LevelInfo, "no space for this either"); err != alog.ErrTimeout {
		t.Errorf("a context that is over: %v", err)
	}
	if err := log.LogAttrs(over, alog.LevelInfo, "nor for this", alog.Int("k", 1)); err != alog.ErrTimeout {
		t.Errorf("LogAttrs: %v", err)
	}
}

func TestAContextThatIsOverStillLogsWhereThereIsSpace(t *testing.T) {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	past, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	got := written(t, func(log *alog.Logger) {
		for _, ctx := range []context.Context{over, past, nil, context.Background()} {
			if err := log.LogContext(ctx, alog.LevelInfo, "m"); err != nil {
				t.Errorf("%v: %v", ctx, err)
			}
		}
	})
	if len(got) != 4 {
		t.Errorf("%q", got)
	}
}

func TestALongRecordIsRefusedWithItsFields(t *testing.T) {
	log, _ := newFileLogger(t, alog.WithMaxMessageBytes(100))
	if err := log.Log(alog.LevelInfo, "m", "k", strings.Repeat("x", 100)); err != alog.ErrTooLarge {
		t.Errorf("%v", err)
	}
}

func TestAValueMayLogWhileItIsLogged(t *testing.T) {
	log, lines := newFileLogger(t)
	log.Info("outer", "a", 1, "k", logging{log}, "b", 2)
	stop(t, log)
	if got := lines(); len(got) != 2 || !strings.HasSuffix(got[0], "inner x=1") || !strings.HasSuffix(got[1], "outer a=1 k=logged b=2") {
		t.Errorf("%q", got)
	}
}

type logging struct{ log *alog.Logger }

func (v logging) String() string {
	v.log.Info("inner", "x", 1)
	return "logged"
}

func TestARecordIsOneCallOfCAndOneThatIsOffIsNone(t *testing.T) {
	log, _ := newFileLogger(t, alog.WithSource())
	std := slog.New(alog.NewSlogHandler(log))
	child := log.With("k", 1)
	for name, want := range map[string]struct {
		calls int64
		f     func()
	}{
		"Info":             {1, func() { log.Info("x") }},
		"Info with fields": {1, func() { log.Info("{a}", "a", 1, "b", "c") }},
		"LogAttrs": {1, func() {
			_ = log.LogAttrs(context.Background(), alog.LevelInfo, "x", alog.Int("a", 1), alog.String("b", "c"))
		}},
		"Write":               {1, func() { _, _ = log.Write([]byte("x")) }},
		"a derived logger":    {1, func() { child.Info("x") }},
		"slog":                {1, func() { std.Info("x", "a", 1) }},
		"a level that is off": {0, func() { log.Debug("x", "a", 1); child.Debug("x"); std.Debug("x") }},
	} {
		want.f()                       // finds out where it is, once
		fewest := int64(math.MaxInt64) // what else the process does is counted too, and only adds
		for i := 0; i < 1000; i++ {
			before := runtime.NumCgoCall()
			want.f()
			fewest = min(fewest, runtime.NumCgoCall()-before)
		}
		if fewest != want.calls {
			t.Errorf("%s: %d calls of C for one", name, fewest)
		}
	}
}
