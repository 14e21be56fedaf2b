package alog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	stdlog "log"
	"math/rand"
	"os"
	"strings"
	"testing"
	"time"

	"alog.dev/alog"
)

func TestStopWritesEverythingAccepted(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatRaw))
	const goroutines, each = 4, 2000
	all(t, goroutines, func(i int) {
		for n := 0; n < each; n++ {
			if err := log.Log(alog.LevelInfo, fmt.Sprintf("%d:%d", i, n)); err != nil {
				t.Error(err)
			}
		}
	})
	stop(t, log)
	next := make([]int, goroutines)
	for _, line := range lines() {
		var i, n int
		if _, err := fmt.Sscanf(line, "%d:%d", &i, &n); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if next[i] != n {
			t.Fatalf("goroutine %d wrote %d where %d was due", i, n, next[i])
		}
		next[i]++
	}
	for i, n := range next {
		if n != each {
			t.Errorf("goroutine %d wrote %d of %d", i, n, each)
		}
	}
	if s := checkAccount(t, log); s.Written != goroutines*each {
		t.Errorf("%+v", s)
	}
}

func TestAMessageThatBeganAfterAnotherHadReturnedIsWrittenAfterIt(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatRaw))
	const turns = 2000
	balls := [2]chan int{make(chan int, 1), make(chan int, 1)}
	balls[0] <- 0
	all(t, 2, func(i int) {
		for n := range balls[i] {
			log.Info(fmt.Sprint(n))
			balls[1-i] <- n + 1
			if n+2 >= turns {
				close(balls[1-i])
				return
			}
		}
	})
	stop(t, log)
	for n, line := range lines() {
		if line != fmt.Sprint(n) {
			t.Fatalf("line %d is %q", n, line)
		}
	}
	if s := checkAccount(t, log); s.Written < turns {
		t.Errorf("%+v", s)
	}
}

func TestLoggingDoesNotAllocate(t *testing.T) {
	log := newLogger(t, alog.WithSink("file:/dev/null"), alog.WithOverflow(alog.DropNewest))
	closed := newLogger(t, alog.WithSink("file:/dev/null"))
	closed.Close()
	bytes := []byte("a message of some length, as they are")
	text := string(bytes)
	for name, f := range map[string]func(){
		"Info":             func() { log.Info(text) },
		"Log":              func() { _ = log.Log(alog.LevelError, text) },
		"Write":            func() { _, _ = log.Write(bytes) },
		"a disabled level": func() { log.Debug(text) },
		"a refused level":  func() { _ = log.Log(42, text) },
		"a closed logger":  func() { _ = closed.Log(alog.LevelInfo, text) },
	} {
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func TestALoggerIsAnIoWriter(t *testing.T) {
	log, lines := newFileLogger(t, alog.WithFormat(alog.FormatRaw), alog.WithMaxMessageBytes(100))
	stdlog.New(log, "std: ", 0).Print("hello")
	if n, err := fmt.Fprintf(log, "%d bottles\n", 99); n != 11 || err != nil {
		t.Errorf("Fprintf: %d, %v", n, err)
	}
	if n, err := log.Write(nil); n != 0 || err != nil {
		t.Errorf("Write(nil): %d, %v", n, err)
	}
	if n, err := log.Write(make([]byte, 101)); n != 0 || err != alog.ErrTooLarge {
		t.Errorf("Write of too much: %d, %v", n, err)
	}
	stop(t, log)
	if n, err := log.Write([]byte("late")); n != 0 || err != alog.ErrStopped {
		t.Errorf("Write after Stop: %d, %v", n, err)
	}
	if got := withoutGaps(lines()); len(got) != 3 || got[0] != "std: hello" || got[1] != "99 bottles" || got[2] != "" {
		t.Errorf("%q", got)
	}
	off := newLogger(t, alog.WithSetting("level", "off"))
	if n, err := off.Write([]byte("not wanted")); n != 10 || err != nil {
		t.Errorf("Write to a logger that is off: %d, %v", n, err)
	}
}

func TestAnyBytesAreOneMessageAndOneLine(t *testing.T) {
	const longest = 5000
	log, lines := newFileLogger(t, alog.WithMaxMessageBytes(longest))
	messages := []string{"", "\x00", "a\nb", "a\r\nb\n", "\x1b[31mred", "\xff\xfe", "\xc3", "%n%s%d",
		"\u2028\u2029\u0085", `back\slash`, strings.Repeat("x", longest)}
	for b := 0; b < 256; b++ {
		messages = append(messages, string([]byte{byte(b)}))
	}
	random := rand.New(rand.NewSource(1))
	for i := 0; i < 500; i++ {
		message := make([]byte, random.Intn(200))
		random.Read(message)
		messages = append(messages, string(message))
	}
	for _, message := range messages {
		if err := log.Log(alog.LevelInfo, message); err != nil {
			t.Errorf("Log(%.40q): %v", message, err)
		}
	}
	if err := log.Log(alog.LevelInfo, strings.Repeat("x", longest+1)); err != alog.ErrTooLarge {
		t.Errorf("one byte more: %v", err)
	}
	stop(t, log)
	got := withoutGaps(lines())
	if s := checkAccount(t, log); s.Rejected[alog.RejectTooLarge] != 1 || len(got) != len(messages) {
		t.Fatalf("%d messages gave %d lines: %+v", len(messages), len(got), s)
	}
	for i, line := range got {
		if strings.IndexFunc(line, func(r rune) bool { return r < 0x20 || r == 0x7f || r == 0xfffd }) >= 0 {
			t.Fatalf("%q gave %q", messages[i], line)
		}
	}
}

func TestFlushWaitsForEverythingAcceptedBefore(t *testing.T) {
	log, lines := newFileLogger(t)
	for n := 1; n <= 100; n++ {
		log.Info("x")
		if err := log.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := len(lines()); got != n {
			t.Fatalf("%d lines after %d messages", got, n)
		}
	}
}

func TestADeadlineAndACancellationEndTheWait(t *testing.T) {
	for name, wait := range map[string]func(*alog.Logger, context.Context) error{
		"Flush": (*alog.Logger).Flush,
		"Stop":  (*alog.Logger).Stop,
	} {
		stuck := newGate()
		log := newLogger(t, alog.WithWriter("gate", stuck))
		log.Info("waits")
		<-stuck.entered

		short, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		err := wait(log, short)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, alog.ErrTimeout) || !strings.Contains(err.Error(), "1 messages pending") {
			t.Errorf("%s with a deadline: %v", name, err)
		}

		cancelled, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- wait(log, cancelled) }()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || errors.Is(err, alog.ErrTimeout) {
			t.Errorf("%s cancelled: %v", name, err)
		}

		stuck.open()
		if err := wait(log, context.Background()); err != nil {
			t.Errorf("%s repeated: %v", name, err)
		}
		if got := stuck.lines(); len(got) != 1 {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAContextThatHasEndedStillClosesTheIntake(t *testing.T) {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	log, _ := newFileLogger(t)
	if err := log.Stop(over); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Stop: %v", err)
	}
	if err := log.Log(alog.LevelInfo, "late"); err != alog.ErrStopped {
		t.Errorf("the intake is open after Stop: %v", err)
	}
	stop(t, log)
	if err := log.Flush(over); err != nil {
		t.Errorf("Flush with nothing to wait for: %v", err)
	}
}

func TestWritersThatWaitForSpaceAreReleasedByStop(t *testing.T) {
	stuck := newGate()
	log := newLogger(t, alog.WithWriter("gate", stuck), alog.WithQueueBytes(4096))
	defer stuck.open()
	over, cancel := context.WithCancel(context.Background())
	cancel()
	started := make(chan struct{}, 8)
	go func() {
		for i := 0; i < cap(started); i++ {
			<-started
		}
		_ = log.Stop(over) // closes the intake; the destination still waits
	}()
	all(t, cap(started), func(int) {
		started <- struct{}{}
		for {
			if err := log.Log(alog.LevelInfo, "until there is no space"); err != nil {
				if err != alog.ErrStopped {
					t.Errorf("released with %v", err)
				}
				return
			}
		}
	})
	stuck.open()
	stop(t, log)
	if s := checkAccount(t, log); s.Written != s.Accepted || int(s.Written) != len(stuck.lines()) {
		t.Errorf("%+v, %d lines", s, len(stuck.lines()))
	}
}

func TestABlockWithADeadlineRefusesWhenItPasses(t *testing.T) {
	stuck := newGate()
	log := newLogger(t, alog.WithWriter("gate", stuck), alog.WithQueueBytes(4096),
		alog.WithOverflow(alog.BlockFor(time.Millisecond)))
	defer stuck.open()
	for {
		if err := log.Log(alog.LevelInfo, "until there is no space"); err != nil {
			if err != alog.ErrTimeout {
				t.Errorf("refused with %v", err)
			}
			return
		}
	}
}

func TestEverythingOfTheDrainIsStillThereAfterStop(t *testing.T) {
	log := newLogger(t, alog.WithWriter("w", fails(os.ErrClosed)))
	log.Info("x")
	stop(t, log)
	stop(t, log)
	if e := poll(t, log); !errors.Is(e, os.ErrClosed) {
		t.Errorf("%v", e)
	}
	if _, ok := log.PollError(); ok {
		t.Error("the error came twice")
	}
	if s := checkAccount(t, log); s.Failed != 1 {
		t.Errorf("%+v", s)
	}
	if err := log.Flush(context.Background()); err != nil {
		t.Errorf("Flush of a stopped logger: %v", err)
	}
}

func TestStatisticsTellWhereEveryMessageIs(t *testing.T) {
	var all, some bytes.Buffer
	log := newLogger(t, alog.WithWriter("all", &all), alog.WithWriter("some?level=error&format=raw", &some))
	log.Info("one")
	log.Error("two")
	stop(t, log)
	log.Info("three")
	s := checkAccount(t, log)
	if s.Attempted != 3 || s.Accepted != 2 || s.Written != 2 || s.Rejected[alog.RejectStopped] != 1 {
		t.Errorf("%+v", s)
	}
	sinks, err := log.SinkStats()
	if err != nil || len(sinks) != 2 {
		t.Fatalf("%+v, %v", sinks, err)
	}
	want := []alog.SinkStats{
		{Name: "callback:all", Written: 2, Bytes: uint64(all.Len())},
		{Name: "callback:some", Written: 1, Filtered: 1, Bytes: 4},
	}
	if sinks[0] != want[0] || sinks[1] != want[1] || some.String() != "two\n" {
		t.Errorf("%+v, want %+v", sinks, want)
	}
}
