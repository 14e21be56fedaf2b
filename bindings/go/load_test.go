package alog_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"alog.dev/alog"
)

// configFile writes a file of this text.
func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAFileSaysWhatALoggerDoes(t *testing.T) {
	file := configFile(t, `
		level = "debug"
		pattern = "{level} {message} {fields}"
		[fields]
		service = "shop"
		host.cores = 8
	`)
	log, lines := newFileLogger(t, alog.WithConfigFile(file), alog.WithFields("more", true))
	log.Debug("a", "id", 5)
	log.Trace("off")
	stop(t, log)
	if got := lines(); len(got) != 1 || got[0] != "DEBUG a service=shop host.cores=8 more=true id=5" {
		t.Errorf("%q", got)
	}
}

func TestAnErrorInAFileHasItsPlaceAndWhatWasMeant(t *testing.T) {
	for text, want := range map[string]*alog.Error{
		"# ü\nlevle = 'warn'":  {Code: alog.ErrKey, Message: `app.toml:2:1: no key "levle"; is it "level"?`},
		"level = ":             {Code: alog.ErrSyntax, Message: "app.toml:1:9: "},
		"[[sink]]\nto = 'x'":   {Code: alog.ErrSink, Message: `app.toml:2:6: no sink "x"; there are console:`},
		"[fields]\na = [1, 2]": {Code: alog.ErrField, Message: "app.toml:2:5: a field takes no array"},
	} {
		_, err := alog.New(alog.WithConfigFile(configFile(t, text)))
		var e *alog.Error
		if !errors.As(err, &e) || e.Code != want.Code || !strings.HasPrefix(e.Message, want.Message) {
			t.Errorf("%q: %v", text, err)
		}
	}
	_, err := alog.New(alog.WithConfigFile("/nowhere/at/all"))
	if !errors.Is(err, alog.ErrOpen) || !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := alog.New(alog.WithConfigFile("a\x00b")); !errors.Is(err, alog.ErrArgument) {
		t.Error(err)
	}
}

func TestTheEnvironmentCountsAboveATextAndLeavesWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "env.log")
	t.Setenv("SHOP_LEVEL", "error")
	t.Setenv("SHOP_SINKS", "file:"+path+"?format=raw")
	t.Setenv("SHOP_DATABASE", "x")
	var lines bytes.Buffer
	text := "level = 'debug'\nformat = 'raw'\nworkers = 0\n[[sink]]\nto = 'file:/nowhere/at/all'"
	log := newLogger(t, alog.WithConfigText(text), alog.WithWriter("w", &lines), alog.WithEnvironment("SHOP_"))
	log.Warn("off")
	log.Error("on")
	stop(t, log)
	content, err := os.ReadFile(path)
	if err != nil || string(content) != "on\n" || lines.String() != "on\n" {
		t.Errorf("%q, %q: %v", content, lines.String(), err)
	}
}

func TestAVariableThatIsNearlyASettingIsRefused(t *testing.T) {
	t.Setenv("SHOP_LEVLE", "error")
	_, err := alog.New(alog.WithEnvironment("SHOP_"))
	if !errors.Is(err, alog.ErrKey) || !strings.Contains(err.Error(), "SHOP_LEVLE; is it SHOP_LEVEL?") {
		t.Error(err)
	}
	if _, err := alog.New(alog.WithEnvironment("")); !errors.Is(err, alog.ErrArgument) {
		t.Error(err)
	}
}

func TestAnEmptyTextSaysNothing(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithConfigText(""), alog.WithFormat(alog.FormatRaw))
	log.Info("x")
	stop(t, log)
	if got := lines(); len(got) != 1 || got[0] != "x" {
		t.Errorf("%q", got)
	}
}

func TestOptionsAreCheckedWithoutOpeningAnything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.log")
	if err := alog.Check(alog.WithSink("file:"+path), alog.WithWriter("w", &bytes.Buffer{})); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, wrong := range [][]alog.Option{
		{alog.WithSetting("writer", "caller"), alog.WithWorkers(2)},
		{alog.WithReplace("sinks")},
		{alog.WithConfigText("levle = 1")},
	} {
		if err := alog.Check(wrong...); err == nil {
			t.Error("it fits together")
		}
	}
}
