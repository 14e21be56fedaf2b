package alog_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"
	"unsafe"

	"alog.dev/alog"
)

func checkRoom(t *testing.T, what any, isUsual bool) func([]byte, bool, []byte) {
	return func(inRoom []byte, taken bool, inBuffer []byte) {
		t.Helper()
		if fits := len(inBuffer) <= 256; taken != (fits && isUsual) {
			t.Errorf("%v: taken is %v with %d bytes", what, taken, len(inBuffer))
		}
		if taken && !bytes.Equal(inRoom, inBuffer) {
			t.Errorf("%v: %q in a room, %q in a buffer", what, inRoom, inBuffer)
		}
	}
}

func TestARoomEncodesAsABufferDoes(t *testing.T) {
	log := newLogger(t, alog.WithSink("file:/dev/null"))
	zone := time.FixedZone("", -12*3600)
	for _, value := range []any{
		"", "text", 5, -1, true, false, int64(math.MinInt64), uint64(math.MaxUint64), 1.5, time.Minute, nil,
		time.Unix(1, 2), time.Unix(1, 2).UTC(), time.Unix(1, 999999999).In(zone), []byte("\xff"), []byte(nil),
		time.Date(-20000, 1, 1, 0, 0, 0, 0, time.UTC), int8(3), fmt.Errorf("broken"), struct{}{},
	} {
		what := fmt.Sprintf("%T %v", value, value)
		attr := alog.Any("key", value)
		_, isAny, _ := alog.Encode(attr)
		checkRoom(t, what, isAny)(alog.Encode(alog.Int("", 1), attr, alog.String("k", "v")))
		_, isArg, _ := alog.EncodeArgs("key", value)
		checkRoom(t, what, isArg)(alog.EncodeArgs("a", 1, "key", value, attr, "b", 2))
		_, isSlog, _ := alog.EncodeSlog(log, slog.Any("key", value))
		checkRoom(t, what, isSlog)(alog.EncodeSlog(log, slog.Any("key", value), slog.Int("b", 2)))
	}
	checkRoom(t, "nothing", true)(alog.Encode())
	checkRoom(t, "nothing", true)(alog.EncodeSlog(log))
}

func TestARoomTakesWhatFitsAndNothingElse(t *testing.T) {
	log := newLogger(t, alog.WithSink("file:/dev/null"))
	for n := 0; n <= 300; n++ {
		text := strings.Repeat("x", n)
		checkRoom(t, n, true)(alog.Encode(alog.String("k", text)))
		checkRoom(t, n, true)(alog.Encode(alog.String(text, "v"), alog.Bool("b", true)))
		checkRoom(t, n, true)(alog.Encode(alog.String("k", text), alog.Int("i", 1)))
		checkRoom(t, n, true)(alog.Encode(alog.String("k", text), alog.Attr{Key: "null"}, alog.Attr{}))
		checkRoom(t, n, true)(alog.Encode(alog.String("k", text), alog.Time("t", began)))
		checkRoom(t, n, true)(alog.Encode(alog.String("k", text), alog.Duration("d", time.Hour)))
		checkRoom(t, n, true)(alog.EncodeArgs("k", text, "i", 1, alog.String("v", text)))
		checkRoom(t, n, true)(alog.EncodeSlog(log, slog.String("k", text), slog.Bool("b", false)))
	}
}

// With more, each field of a call costs a copy: BenchmarkOffFields2 tells.
func TestAnAttrHasFourWords(t *testing.T) {
	if size := unsafe.Sizeof(alog.Attr{}); size > 4*unsafe.Sizeof(uintptr(0)) && unsafe.Sizeof(uintptr(0)) == 8 {
		t.Errorf("an Attr has %d bytes", size)
	}
}

func TestAnAttrShowsItself(t *testing.T) {
	for want, attr := range map[string]alog.Attr{
		"id=5": alog.Int("id", 5), "name=Eve": alog.String("name", "Eve"), "=<nil>": {},
		"g=[a=1 b=true]": alog.Group("g", alog.Int("a", 1), alog.Bool("b", true)), "g=[]": alog.Group("g"),
	} {
		if got := fmt.Sprint(attr); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
