package alog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"alog.dev/alog"
)

type (
	hiddenText struct{ Key string }
	hiddenJSON struct{ Key string }
	hiddenBoth struct{ Key string }
	pair       struct{ a, b int }
	failsText  struct{ Key string }
	panicsText struct{ Key string }
	digest     []byte
)

func (hiddenText) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }
func (hiddenJSON) MarshalJSON() ([]byte, error) { return []byte(`"[redacted]"`), nil }
func (hiddenBoth) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }
func (h hiddenBoth) String() string             { return h.Key }
func (p pair) MarshalJSON() ([]byte, error)     { return json.Marshal([]int{p.a, p.b}) }
func (failsText) MarshalText() ([]byte, error)  { return nil, errors.New("no text") }
func (panicsText) MarshalText() ([]byte, error) { panic("at the disco") }

func TestAValueThatHidesItselfFromAMarshalerIsHidden(t *testing.T) {
	var noText *hiddenText
	var noJSON *hiddenJSON
	for _, c := range []struct {
		value any
		want  string
	}{
		{hiddenText{"hunter2"}, "k=[redacted]"}, {&hiddenText{"hunter2"}, "k=[redacted]"},
		{hiddenJSON{"hunter2"}, "k=[redacted]"}, {&hiddenJSON{"hunter2"}, "k=[redacted]"},
		{hiddenBoth{"hunter2"}, "k=[redacted]"}, {map[string]any{"in": hiddenText{"hunter2"}}, "k.in=[redacted]"},
		{pair{1, 2}, "k=[1,2]"}, {json.RawMessage(`{"a": 1}`), `k={\a\: 1}`}, {netip.MustParseAddr("::1"), "k=::1"},
		{failsText{"hunter2"}, "k=!ERROR:no text"}, {panicsText{"hunter2"}, "k=%!v(PANIC=MarshalText method: at the disco)"},
		{noText, "k=null"}, {noJSON, "k=null"}, {digest("abc"), "k=abc"}, {digest{0xff}, `k=\xff`}, {digest(nil), "k=null"},
	} {
		checkLogfmt(t, "Info", c.want, func(log *alog.Logger) { log.Info("", "k", c.value) })
		checkLogfmt(t, "Any", c.want, func(log *alog.Logger) { log.Info("", alog.Any("k", c.value)) })
		checkLogfmt(t, "slog", c.want, func(log *alog.Logger) { slog.New(alog.NewSlogHandler(log)).Info("", "k", c.value) })
	}
}

func TestWhatHidesItselfFromPackageSlogIsHiddenByItsHandler(t *testing.T) {
	for _, value := range []any{hiddenText{"hunter2"}, hiddenBoth{"hunter2"}, password("hunter2"), errors.New("broken")} {
		var want bytes.Buffer
		slog.New(slog.NewTextHandler(&want, nil)).Info("m", "k", value)
		got := written(t, func(log *alog.Logger) { slog.New(alog.NewSlogHandler(log)).Info("m", "k", value) })
		if _, fields, _ := strings.Cut(strings.TrimSpace(want.String()), "msg=m "); len(got) != 1 || got[0] != "INFO - m "+fields {
			t.Errorf("%T: %q, and slog has %q", value, got, fields)
		}
	}
}
