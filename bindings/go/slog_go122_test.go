//go:build go1.22

package alog_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"

	"alog.dev/alog"
)

func TestTheHandlerDoesWhatPackageSlogAsks(t *testing.T) {
	for name, opts := range map[string]*slog.HandlerOptions{
		"without options": nil,
		"with options": {AddSource: true, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			return a
		}},
	} {
		t.Run(name, func(t *testing.T) { checkHandler(t, opts) })
	}
}

func checkHandler(t *testing.T, opts *slog.HandlerOptions) {
	var lines bytes.Buffer
	var log *alog.Logger
	begin := func(t *testing.T) slog.Handler {
		lines.Reset()
		log = newLogger(t, alog.WithWriter("json", &lines), alog.WithFormat(alog.FormatJSON),
			alog.WithSetting("message_key", slog.MessageKey))
		return alog.NewSlogHandlerOptions(log, opts)
	}
	slogtest.Run(t, begin, func(t *testing.T) map[string]any {
		if strings.HasSuffix(t.Name(), "/zero-time") {
			t.Skip("alog has a time of its own for every record")
		}
		stop(t, log)
		var fields map[string]any
		if err := json.Unmarshal(lines.Bytes(), &fields); err != nil {
			t.Fatalf("%q: %v", lines.Bytes(), err)
		}
		return fields
	})
}
