package alog_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"alog.dev/alog"
)

// TestCrashProcess is the process of the next test.
func TestCrashProcess(t *testing.T) {
	dir := os.Getenv("ALOG_CRASH_TEST")
	if dir == "" {
		t.Skip("for the test below")
	}
	log, err := alog.New(alog.WithSink("file:"+filepath.Join(dir, "never.log")), alog.WithName("shop"),
		alog.WithSetting("writer", "caller"), alog.WithCrashDir(filepath.Join(dir, "queues")))
	if err != nil {
		t.Fatal(err)
	}
	log.Info("first")
	for i := 0; i < 100; i++ {
		log.Warn("order {id}", "id", i)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {}
}

func TestWhatAKilledProcessAcceptedIsWrittenByTheNextLogger(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestCrashProcess$")
	child.Env = append(os.Environ(), "ALOG_CRASH_TEST="+dir)
	said, err := child.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("%v: %s", err, said)
	}
	log, lines := newFileLogger(t, alog.WithCrashDir(filepath.Join(dir, "queues")), alog.WithPattern("{logger}|{level}|{message}"))
	if err := log.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	got := lines()
	stats, err := log.Stats()
	if err != nil || stats.Recovered != 101 || stats.Written != 101 {
		t.Errorf("%+v, %v", stats, err)
	}
	if len(got) != 102 || !strings.Contains(got[0], "101 records recovered") || got[1] != "shop|INFO|first" ||
		got[101] != "shop|WARN|order 99" {
		t.Errorf("%q", got)
	}
}
