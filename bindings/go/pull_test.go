package alog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"alog.dev/alog"
)

func TestEverythingIsPulledOnceAndInOrder(t *testing.T) {
	const writers, count = 4, 5000
	log := newLogger(t, alog.WithSink("pull:out?queue_bytes=64KiB&format=raw"), alog.WithSetting("queue_bytes", "4KiB"))
	var out bytes.Buffer
	ended := make(chan error, 1)
	go func() { ended <- log.PullTo(context.Background(), "out", &out) }()
	all(t, writers, func(writer int) {
		for i := 0; i < count; i++ {
			log.Info(fmt.Sprintf("%d %d", writer, i))
		}
	})
	stop(t, log)
	if err := <-ended; err != nil {
		t.Fatalf("PullTo: %v", err)
	}
	next := make(map[int]int)
	for _, line := range linesOf(out.String()) {
		var writer, number int
		if _, err := fmt.Sscanf(line, "%d %d", &writer, &number); err != nil || number != next[writer] {
			t.Fatalf("%q: %v, expected %d", line, err, next[writer])
		}
		next[writer]++
	}
	for writer := 0; writer < writers; writer++ {
		if next[writer] != count {
			t.Errorf("%d of writer %d", next[writer], writer)
		}
	}
	if stats, err := log.Stats(); err != nil || stats.Written != writers*count || stats.Pending != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
}

func TestAPullGivesLongLinesAndTheEnd(t *testing.T) {
	log := newLogger(t, alog.WithSink("pull:out?format=raw"))
	long := strings.Repeat("x", 1000)
	log.Info(long)
	ctx := context.Background()
	if lines, err := log.Pull(ctx, "out", make([]byte, 10)); string(lines) != long+"\n" || err != nil {
		t.Errorf("%d bytes, %v", len(lines), err)
	}
	stop(t, log)
	if _, err := log.Pull(ctx, "out", nil); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestAPullEndsWithItsContext(t *testing.T) {
	log := newLogger(t, alog.WithSink("pull:out"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := log.Pull(ctx, "out", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	ctx, cancel = context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := log.Pull(ctx, "out", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("late: %v", err)
	}
	if _, err := log.Pull(context.Background(), "in", nil); !errors.Is(err, alog.ErrSink) ||
		err.Error() != `alog: no sink "pull:in"; there are "pull:out"` {
		t.Errorf("no such sink: %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestPullToEndsWithAWriterThatFails(t *testing.T) {
	log := newLogger(t, alog.WithSink("pull:out"))
	log.Info("x")
	if err := log.PullTo(context.Background(), "out", failing{}); err != io.ErrClosedPipe {
		t.Errorf("PullTo: %v", err)
	}
}

func TestPullToEndsWellWhenTheLoggerIsClosed(t *testing.T) {
	for i := 0; i < 200; i++ {
		log, err := alog.New(alog.WithSink("pull:out?format=raw"))
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		ended := make(chan error)
		pulling := make(chan struct{})
		go func() {
			close(pulling)
			ended <- log.PullTo(context.Background(), "out", &got)
		}()
		<-pulling
		log.Info("x")
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil || got.String() != "x\n" {
			t.Fatalf("%v, %q", err, got.String())
		}
	}
	log := newLogger(t)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if err := log.PullTo(context.Background(), "out", discard); err != alog.ErrHandle {
		t.Errorf("a closed logger: %v", err)
	}
}
