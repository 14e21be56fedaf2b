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
	var lines bytes.Buffer
	var log *alog.Logger
	begin := func(t *testing.T) slog.Handler {
		lines.Reset()
		log = newLogger(t, alog.WithWriter("json", &lines), alog.WithFormat(alog.FormatJSON),
			alog.WithSetting("message_key", slog.MessageKey))
		return alog.NewSlogHandler(log)
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
