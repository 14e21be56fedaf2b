package alog_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"alog.dev/alog"
)

// patience is a safety net against a hang; no test depends on it.
const patience = 60 * time.Second

// newLogger makes a logger that the end of the test closes.
func newLogger(t testing.TB, opts ...alog.Option) *alog.Logger {
	t.Helper()
	log, err := alog.New(opts...)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return log
}

// newFileLogger makes a logger that writes to a file of its own, and returns what reads its lines.
func newFileLogger(t testing.TB, opts ...alog.Option) (*alog.Logger, func() []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.log")
	log := newLogger(t, append([]alog.Option{alog.WithSink("file:" + path)}, opts...)...)
	return log, func() []string {
		t.Helper()
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return linesOf(string(content))
	}
}

func linesOf(content string) []string {
	if content == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(content, "\n"), "\n")
}

// isGap reports whether the logger itself says in this line that messages are missing.
func isGap(line string) bool {
	return strings.Contains(line, "alog: ") && strings.Contains(line, " lost: ")
}

func withoutGaps(lines []string) []string {
	var messages []string
	for _, line := range lines {
		if !isGap(line) {
			messages = append(messages, line)
		}
	}
	return messages
}

func stop(t testing.TB, log *alog.Logger) {
	t.Helper()
	if err := log.Stop(context.Background()); err != nil {
		t.Fatalf("Stop: %v", err)
	}
}

// within fails the test if done is not closed while patience lasts.
func within(t testing.TB, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s: did not happen within %v", what, patience)
	}
}

// eventually fails the test if a condition that nothing announces is not true while patience lasts.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !condition(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%s: did not happen within %v", what, patience)
		}
	}
}

// all runs f in n goroutines and waits for them.
func all(t testing.TB, n int, f func(i int)) {
	t.Helper()
	var group sync.WaitGroup
	for i := 0; i < n; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			f(i)
		}(i)
	}
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	within(t, "the end of all goroutines", done)
}

// checkAccount holds the two equations of Stats against a stopped logger.
func checkAccount(t testing.TB, log *alog.Logger) alog.Stats {
	t.Helper()
	s, err := log.Stats()
	if err != nil {
		t.Fatalf("Stats: %v", err)
	}
	var rejected, dropped uint64
	for _, n := range s.Rejected {
		rejected += n
	}
	for _, n := range s.Dropped {
		dropped += n
	}
	if s.Attempted != s.Accepted+rejected || s.Accepted != s.Written+s.Failed+dropped+s.Pending {
		t.Errorf("the account does not balance: %+v", s)
	}
	return s
}

// gate is a destination whose Write waits until it is opened.
type gate struct {
	entered chan struct{} // holds a value once a Write waits
	opened  chan struct{}
	once    sync.Once

	mu      sync.Mutex
	written bytes.Buffer
}

func newGate() *gate {
	return &gate{entered: make(chan struct{}, 1), opened: make(chan struct{})}
}

// open lets every Write pass; it can be called again.
func (g *gate) open() { g.once.Do(func() { close(g.opened) }) }

func (g *gate) Write(p []byte) (int, error) {
	select {
	case g.entered <- struct{}{}:
	default:
	}
	<-g.opened
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.written.Write(p)
}

func (g *gate) lines() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return linesOf(g.written.String())
}

// writerFunc is a destination made of a function.
type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// fails is a destination that never takes anything.
func fails(err error) writerFunc {
	return func([]byte) (int, error) { return 0, err }
}

// discard is a destination that takes everything.
var discard = writerFunc(func(p []byte) (int, error) { return len(p), nil })
