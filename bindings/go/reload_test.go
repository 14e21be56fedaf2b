package alog_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"alog.dev/alog"
)

func TestAReloadChangesSinksLevelsAndLooksAtOnce(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatRaw))
	child := log.With("k", 1)
	other := filepath.Join(t.TempDir(), "other.log")
	log.Info("a")
	err := child.Reload(alog.WithSink("file:"+other), alog.WithLevel(alog.LevelDebug),
		alog.WithPattern("{level}:{message}"))
	if err != nil {
		t.Fatal(err)
	}
	log.Debug("b")
	child.Debug("c")
	stop(t, log)
	if got := lines(); len(got) != 1 || got[0] != "a" {
		t.Errorf("%q", got)
	}
	if content, err := os.ReadFile(other); err != nil || string(content) != "DEBUG:b\nDEBUG:c\n" {
		t.Errorf("%q, %v", content, err)
	}
	if err := log.Reload(); !errors.Is(err, alog.ErrStopped) {
		t.Error(err)
	}
}

func TestAReloadThatIsRefusedChangesNothing(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatRaw))
	debug := alog.WithLevel(alog.LevelDebug)
	for text, opts := range map[string][]alog.Option{
		"workers cannot be changed": {debug, alog.WithWorkers(2)},
		"name cannot be changed":    {debug, alog.WithName("x")},
		"no such file":              {debug, alog.WithSink("file:/nowhere/at/all")},
		`app.toml:1:1: no key "x"`:  {debug, alog.WithConfigFile(configFile(t, "x = 1"))},
	} {
		if err := log.Reload(opts...); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if log.Enabled(alog.LevelDebug) {
		t.Error("a level was changed")
	}
	log.Info("as before")
	stop(t, log)
	if got := lines(); len(got) != 1 || got[0] != "as before" {
		t.Errorf("%q", got)
	}
}

func TestAWriterThatAReloadBringsHasItsErrorsPutBack(t *testing.T) {
	log := newLogger(t, alog.WithFormat(alog.FormatRaw))
	broken := errors.New("broken")
	if err := log.Reload(alog.WithWriter("out", fails(broken))); err != nil {
		t.Fatal(err)
	}
	if err := log.WriteSync(alog.LevelInfo, "a", -1); !errors.Is(err, broken) {
		t.Error(err)
	}
	var lines bytes.Buffer
	if err := log.Reload(alog.WithWriter("out", &lines), alog.WithFormat(alog.FormatRaw)); err != nil {
		t.Fatal(err)
	}
	if err := log.WriteSync(alog.LevelInfo, "b", -1); err != nil {
		t.Error(err)
	}
	stop(t, log)
	if lines.String() != "b\n" {
		t.Errorf("%q", lines.String())
	}
}

func TestAWriterThatWasReplacedIsCollected(t *testing.T) {
	collected := make(chan struct{})
	log := func() *alog.Logger {
		lines := new(bytes.Buffer)
		runtime.SetFinalizer(lines, func(*bytes.Buffer) { close(collected) })
		log := newLogger(t)
		if err := log.Reload(alog.WithWriter("out", lines)); err != nil {
			t.Fatal(err)
		}
		return log
	}()
	log.Info("a")
	file := alog.WithSink("file:" + filepath.Join(t.TempDir(), "log"))
	eventually(t, "the writer is collected", func() bool {
		if err := log.Reload(file); err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		select {
		case <-collected:
			return true
		default:
			return false
		}
	})
}

func TestAWriterCannotReloadAndMayAskForFiles(t *testing.T) {
	var log *alog.Logger
	said := make(chan error, 3)
	made := make(chan struct{})
	log = newLogger(t, alog.WithWriter("out", writerFunc(func(p []byte) (int, error) {
		<-made
		said <- log.Reload()
		said <- log.Reopen()
		said <- log.Rotate()
		return len(p), nil
	})))
	close(made)
	log.Info("a")
	if err := log.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := <-said; !errors.Is(err, alog.ErrWouldDeadlock) {
		t.Error(err)
	}
	for i := 0; i < 2; i++ {
		if err := <-said; err != nil {
			t.Error(err)
		}
	}
}

func TestFilesAreReopenedAndRotatedUntilTheStop(t *testing.T) {
	log, _ := newFileLogger(t)
	calls := []func() error{log.Reopen, log.Rotate}
	for _, call := range calls {
		log.Info("a")
		if err := call(); err != nil {
			t.Error(err)
		}
		if err := log.Flush(context.Background()); err != nil {
			t.Error(err)
		}
	}
	if e, found := log.PollError(); found {
		t.Error(e)
	}
	stop(t, log)
	for _, call := range calls {
		if err := call(); !errors.Is(err, alog.ErrStopped) {
			t.Error(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Error(err)
	}
	for _, call := range calls {
		if err := call(); !errors.Is(err, alog.ErrHandle) {
			t.Error(err)
		}
	}
}

func TestWithoutOptionsTheFileIsReadAgain(t *testing.T) {
	path := configFile(t, "level = 'warn'\nformat = 'raw'")
	var lines bytes.Buffer
	log := newLogger(t, alog.WithConfigFile(path), alog.WithWriter("out", &lines))
	write(t, path, "level = 'info'\npattern = '{level} {message}'")
	if err := log.Reload(); err != nil {
		t.Fatal(err)
	}
	log.Info("a")
	write(t, path, "levle = 'debug'")
	if err := log.Reload(); err == nil || !strings.Contains(err.Error(), `app.toml:1:1: no key "levle"`) {
		t.Error(err)
	}
	log.Info("b")
	stop(t, log)
	if lines.String() != "INFO a\nINFO b\n" {
		t.Errorf("%q", lines.String())
	}
	said := "a configuration must be given: this logger was not made from a file"
	if err := newLogger(t).Reload(); !errors.Is(err, alog.ErrArgument) || !strings.Contains(err.Error(), said) {
		t.Error(err)
	}
}

func TestAFileThatChangesAppliesAndABadOneIsAnError(t *testing.T) {
	path := configFile(t, "level = 'error'\nreload = 'on-change'")
	var lines bytes.Buffer
	log := newLogger(t, alog.WithConfigFile(path), alog.WithWriter("out", &lines), alog.WithFormat(alog.FormatRaw))
	write(t, path, "reload = 'on-change'\nlevel =")
	eventually(t, "the file is refused", func() bool {
		e, found := log.PollError()
		if found && (e.Code != alog.ErrSyntax || !strings.HasPrefix(e.Message, "app.toml:2:8: ")) {
			t.Error(e)
		}
		return found
	})
	if log.Enabled(alog.LevelInfo) {
		t.Error("a file with an error applies")
	}
	write(t, path, "reload = 'on-change'")
	eventually(t, "the file applies", func() bool { return log.Enabled(alog.LevelInfo) })
	log.Info("a")
	stop(t, log)
	if lines.String() != "a\n" {
		t.Errorf("%q", lines.String())
	}
}

// write replaces a file at once, so that nobody sees half of it.
func write(t *testing.T, path, text string) {
	t.Helper()
	draft := path + ".draft"
	if err := os.WriteFile(draft, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(draft, path); err != nil {
		t.Fatal(err)
	}
}
