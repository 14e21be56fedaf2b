package alog_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"alog.dev/alog"
)

// everyCall calls every method that can say so with a logger that is none, and returns what they say.
func everyCall(log *alog.Logger) map[string]error {
	said := make(map[string]error)
	said["Log"] = log.Log(alog.LevelInfo, "x")
	_, said["Write"] = log.Write([]byte("x"))
	said["WriteSync"] = log.WriteSync(alog.LevelInfo, "x", -1)
	said["Flush"] = log.Flush(context.Background())
	said["Stop"] = log.Stop(context.Background())
	_, said["Stats"] = log.Stats()
	_, said["SinkStats"] = log.SinkStats()
	return said
}

func checkClosed(t *testing.T, log *alog.Logger) {
	t.Helper()
	for name, err := range everyCall(log) {
		if err != alog.ErrHandle {
			t.Errorf("%s: %v, want %v", name, err, alog.ErrHandle)
		}
	}
	if e, ok := log.PollError(); ok {
		t.Errorf("PollError: %v", e)
	}
	if e, open := <-log.ErrorChannel(); open && !errors.Is(e, alog.ErrHandle) {
		t.Errorf("ErrorChannel: %v", e)
	}
	log.Info("x")
}

func TestUseAfterCloseIsRefusedInEightGoroutines(t *testing.T) {
	log, lines := newFileLogger(t)
	log.Info("before")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	all(t, 8, func(int) {
		for i := 0; i < 50; i++ {
			checkClosed(t, log)
		}
	})
	if got := lines(); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestCloseCanBeCalledAgainAndFromManyGoroutines(t *testing.T) {
	log, _ := newFileLogger(t)
	all(t, 8, func(int) {
		for i := 0; i < 3; i++ {
			if err := log.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	checkClosed(t, log)
}

func TestTheZeroLoggerIsClosed(t *testing.T) {
	var log alog.Logger
	checkClosed(t, &log)
	if err := log.Close(); err != alog.ErrHandle {
		t.Errorf("Close: %v", err)
	}
}

func TestCloseWhileEverythingIsUsedLosesNothing(t *testing.T) {
	for round := 0; round < 10; round++ {
		log, lines := newFileLogger(t, alog.WithWriter("w", discard))
		accepted := make([]int, 8)
		all(t, len(accepted)+2, func(i int) {
			if i >= len(accepted) {
				if err := log.Close(); err != nil {
					t.Error(err)
				}
				return
			}
			for {
				err := log.Log(alog.LevelInfo, "x")
				if err == alog.ErrHandle {
					return
				} else if err == nil {
					accepted[i]++
				} else if err != alog.ErrStopped {
					t.Errorf("Log: %v", err)
				}
				log.PollError()
				_, _ = log.Stats()
				log.ErrorChannel()
			}
		})
		sum := 0
		for _, n := range accepted {
			sum += n
		}
		if got := len(lines()); got != sum {
			t.Fatalf("%d messages were accepted, %d written", sum, got)
		}
	}
}

func TestStopRacingWithWritersLosesNothing(t *testing.T) {
	for round := 0; round < 10; round++ {
		log, lines := newFileLogger(t)
		accepted := make([]int, 8)
		all(t, len(accepted)+2, func(i int) {
			if i >= len(accepted) {
				stop(t, log)
				return
			}
			for {
				if err := log.Log(alog.LevelInfo, "x"); err == alog.ErrStopped {
					return
				} else if err != nil {
					t.Errorf("Log: %v", err)
				}
				accepted[i]++
			}
		})
		sum := 0
		for _, n := range accepted {
			sum += n
		}
		if s := checkAccount(t, log); len(lines()) != sum || s.Written != uint64(sum) {
			t.Fatalf("%d messages were accepted, %d written: %+v", sum, len(lines()), s)
		}
	}
}

func TestCloseGivesBackDescriptors(t *testing.T) {
	runtime.LockOSThread() // one thread, one queue: it is kept until the thread logs elsewhere
	defer runtime.UnlockOSThread()
	cycle := func() {
		log, err := alog.New(alog.WithWriter("w", fails(syscall.EIO)), alog.WithSink("file:/dev/null"))
		if err != nil {
			t.Fatal(err)
		}
		errs := log.ErrorChannel()
		log.Info("x")
		if err := <-errs; !errors.Is(err, syscall.EIO) {
			t.Error(err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}
	cycle() // what is made once per process is made here
	before := descriptors(t)
	for i := 0; i < 50; i++ {
		cycle()
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors became %d", before, after)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}

func TestTextsPassedToTheLibraryAreFreed(t *testing.T) {
	const size, times = 1 << 20, 300
	long := strings.Repeat("x", size)
	refused := func() {
		for _, opt := range []alog.Option{alog.WithSetting("level", long), alog.WithSetting(long, ""),
			alog.WithSink(long), alog.WithWriter("?"+long, discard)} {
			if _, err := alog.New(opt); err == nil {
				t.Fatal("taken")
			}
		}
	}
	refused()
	before := resident(t)
	for i := 0; i < times; i++ {
		refused()
	}
	if grown := resident(t) - before; grown > times*size/4 {
		t.Errorf("%d MiB more after %d MiB were passed", grown>>20, 4*times*size>>20)
	}
}

// resident is the memory of this process in bytes.
func resident(t *testing.T) int {
	t.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(statm), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

func TestRandomHandlesAreRefused(t *testing.T) {
	log, _ := newFileLogger(t)
	random := rand.New(rand.NewSource(1))
	for i := 0; i < 1000; i++ {
		forged := alog.Forge(random.Uint64())
		for name, err := range everyCall(forged) {
			if err != alog.ErrHandle {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if err := log.Log(alog.LevelInfo, "still here"); err != nil {
		t.Error(err)
	}
}
