package alog_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"alog.dev/alog"
)

// A FIFO, standard output and the limit of a file's size: what a write raises there ends a Go program, if it
// reaches one of Go's own threads. So each runs in a process of its own.

func TestTheReaderOfAFIFOMayDieWhoeverWritesAndTheNextOneIsTold(t *testing.T) { runAlone(t, "fifo") }

func TestTheReaderOfStandardOutputMayDieWhoeverWrites(t *testing.T) { runAlone(t, "stdout") }

func TestAFileMayReachTheLimitOfItsSizeWhoeverWrites(t *testing.T) { runAlone(t, "size") }

func runAlone(t *testing.T, fault string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestPipeProcess$", "-test.v")
	child.Env = append(os.Environ(), "ALOG_PIPE_TEST="+fault)
	said, err := child.CombinedOutput()
	if err != nil || strings.Count(string(said), "figures: ") != len(pipeModes) {
		t.Fatalf("%v: %s", err, said)
	}
	for _, line := range linesOf(string(said)) {
		if _, figures, is := strings.Cut(line, "figures: "); is {
			t.Log(figures)
		}
	}
}

// Whoever may write: the logger's thread, a thread of each sink, a goroutine that drains, the one that logs.
var pipeModes = []string{"", "own_thread", "writer=caller", "workers=0", "workers=3"}

func TestPipeProcess(t *testing.T) {
	faults := map[string]func(*testing.T, string){"fifo": fifoDies, "stdout": stdoutDies, "size": sizeIsLimited}
	fault := faults[os.Getenv("ALOG_PIPE_TEST")]
	if fault == nil {
		t.Skip("a part of other tests")
	}
	runtime.LockOSThread() // the order of one thread's lines is looked at
	for _, mode := range pipeModes {
		fault(t, mode)
	}
}

// pipeLog is a logger to a sink and to a file that gets everything.
type pipeLog struct {
	*alog.Logger
	mode, all string
	logged    int
}

func newPipeLog(t *testing.T, mode, sink string) *pipeLog {
	all := filepath.Join(t.TempDir(), "all")
	parameters := "?own_thread=no"
	opts := []alog.Option{alog.WithSetting("format", "raw")}
	if key, value, is := strings.Cut(mode, "="); is {
		opts = append(opts, alog.WithSetting(key, value))
	} else if mode != "" {
		parameters = "?own_thread=yes"
	}
	opts = append(opts, alog.WithSink("file:"+all+parameters), alog.WithSink(sink+parameters))
	return &pipeLog{Logger: newLogger(t, opts...), mode: mode, all: all}
}

// say logs so many more, and waits until what became of them is known.
func (l *pipeLog) say(t *testing.T, count int) {
	for end := l.logged + count; l.logged < end; l.logged++ {
		if err := l.Log(alog.LevelInfo, "line "+strconv.Itoa(l.logged)); err != nil {
			t.Fatal(err)
		}
	}
	for n := 1; l.mode == "writer=caller" && n > 0; {
		var err error
		if n, err = l.Drain(0); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// lost takes all errors, each of which must be this one, and returns how many lines they say were lost.
func (l *pipeLog) lost(t *testing.T, errno syscall.Errno, origin string) uint64 {
	var count uint64
	for e, ok := l.PollError(); ok; e, ok = l.PollError() {
		if e.Errno != errno || e.Origin != origin {
			t.Fatalf("%v", e)
		}
		count += e.Count
	}
	return count
}

// settle compares the account of a stopped logger with what came through to one of its sinks, and what was lost there.
func (l *pipeLog) settle(t *testing.T, what, text string, lost uint64, place int) {
	var records, told uint64
	next := 0
	if text != "" && !strings.HasSuffix(text, "\n") {
		t.Fatalf("the last line is torn: %q", text)
	}
	for _, line := range linesOf(text) {
		var number int
		if isGap(line) {
			if _, err := fmt.Sscanf(line, "alog: %d record", &number); err != nil {
				t.Fatal(err)
			}
			told += uint64(number)
			continue
		}
		number, err := strconv.Atoi(strings.TrimPrefix(line, "line "))
		if err != nil || number < next {
			t.Fatalf("%q: torn, twice or out of order", line)
		}
		next = number + 1
		records++
	}
	s := checkAccount(t, l.Logger)
	sinks, err := l.SinkStats()
	if err != nil {
		t.Fatal(err)
	}
	sink, all := sinks[place], uint64(l.logged)
	if s.Accepted != all || s.Written != all || sink.Written != records || sink.Failed != lost || records+lost != all {
		t.Errorf("%+v, %+v, %d lines, %d lost", s, sink, records, lost)
	}
	fmt.Fprintf(os.Stderr, "figures: %s, %q: accepted %d, written %d, failed %d, told %d, lost 0, duplicated 0, torn 0\n",
		what, l.mode, s.Accepted, records, lost, told)
}

func openFIFO(t *testing.T, path string) int {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

// readSome reads what is there, which is less than the buffer takes.
func readSome(t *testing.T, fd int) string {
	buffer := make([]byte, 1<<16)
	n, err := syscall.Read(fd, buffer)
	if err != nil || n == len(buffer) {
		t.Fatalf("%d bytes, %v", n, err)
	}
	return string(buffer[:n])
}

func fifoDies(t *testing.T, mode string) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	reader := openFIFO(t, path)
	log := newPipeLog(t, mode, "file:"+path)
	log.say(t, 300)
	text := readSome(t, reader)
	syscall.Close(reader)
	log.say(t, 300)
	lost := log.lost(t, syscall.EPIPE, "file:"+path)
	if lost == 0 {
		t.Error("no error")
	}
	reader = openFIFO(t, path)
	stop(t, log.Logger)
	text += readSome(t, reader)
	syscall.Close(reader)
	if !strings.HasSuffix(text, "alog: 300 records lost: destination failed\n") {
		t.Errorf("the next reader was not told: %q", text)
	}
	lost += log.lost(t, syscall.EPIPE, "file:"+path)
	log.settle(t, "a reader of a FIFO that dies", text, lost, 1)
}

func stdoutDies(t *testing.T, mode string) {
	var ends [2]int
	stdout, err := syscall.Dup(1)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Dup3(ends[1], 1, 0); err != nil {
		t.Fatal(err)
	}
	syscall.Close(ends[1])
	log := newPipeLog(t, mode, "console:")
	log.say(t, 10)
	text := readSome(t, ends[0])
	syscall.Close(ends[0])
	log.say(t, 300)
	lost := log.lost(t, syscall.EPIPE, "console:")
	stop(t, log.Logger)
	lost += log.lost(t, syscall.EPIPE, "console:")
	if err := syscall.Dup3(stdout, 1, 0); err != nil {
		t.Fatal(err)
	}
	syscall.Close(stdout)
	log.settle(t, "standard output that nobody reads", text, lost, 1)
}

func sizeIsLimited(t *testing.T, mode string) {
	const fileSize = 1 // RLIMIT_FSIZE
	log := newPipeLog(t, mode, "memory:kept")
	origin := "file:" + log.all
	var before syscall.Rlimit
	if err := syscall.Getrlimit(fileSize, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(fileSize, &syscall.Rlimit{Cur: 1000, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	log.say(t, 300)
	if err := syscall.Setrlimit(fileSize, &before); err != nil {
		t.Fatal(err)
	}
	stop(t, log.Logger)
	text, err := os.ReadFile(log.all)
	if err != nil {
		t.Fatal(err)
	}
	log.settle(t, "a limit of file sizes", string(text), log.lost(t, syscall.EFBIG, origin), 0)
}
