// Measures one logging call of Go: through the package, and through log/slog into a file.
//
//	go-calls BATCHES DIRECTORY
//
// Each batch is 5000 calls, which fit into the queue, so that no call waits for the writer; what is
// queued is written between the batches. Results are lines "name TAB number": the median of the
// batches in nanoseconds, and allocations, for one call.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"time"

	"alog.dev/alog"
)

const (
	calls   = 5000
	message = "order 4711 of customer 0815 was accepted after 12 ms, 3 articles"
)

// A subject is one way to log.
type subject struct {
	name   string
	log    func()
	flush  func() error
	times  []float64
	allocs uint64
}

// batch logs calls times and adds what a call took.
func (s *subject) batch() {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	for i := 0; i < calls; i++ {
		s.log()
	}
	elapsed := time.Since(begin)
	runtime.ReadMemStats(&after)
	s.times = append(s.times, float64(elapsed.Nanoseconds())/calls)
	s.allocs += after.Mallocs - before.Mallocs
	require(s.flush())
}

func (s *subject) print() {
	sort.Float64s(s.times)
	fmt.Printf("%s_ns\t%.1f\n", s.name, s.times[len(s.times)/2])
	fmt.Printf("%s_allocs\t%.2f\n", s.name, float64(s.allocs)/float64(calls*len(s.times)))
}

func require(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func open(path string) *os.File {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	require(err)
	return file
}

func main() {
	// On one thread: a queue belongs to a thread, and the first call of each would be measured too.
	runtime.LockOSThread()
	batches, err := strconv.Atoi(os.Args[1])
	require(err)
	directory := os.Args[2]
	path := func(name string) string { return filepath.Join(directory, name) }

	log, err := alog.New(alog.WithSink("file:" + path("go-alog.log")))
	require(err)
	direct := slog.New(slog.NewTextHandler(open(path("go-slog.log")), nil))
	buffer := bufio.NewWriterSize(open(path("go-slog-buffered.log")), 128<<10)
	buffered := slog.New(slog.NewTextHandler(buffer, nil))
	nothing := func() error { return nil }

	subjects := []*subject{
		{name: "package", log: func() { log.Info(message) }, flush: func() error { return log.Flush(context.Background()) }},
		{name: "slog", log: func() { direct.Info(message) }, flush: nothing},
		{name: "slog_buffered", log: func() { buffered.Info(message) }, flush: buffer.Flush},
		{name: "package_disabled", log: func() { log.Debug(message) }, flush: nothing},
		{name: "slog_disabled", log: func() { direct.Debug(message) }, flush: nothing},
	}
	for i := 0; i < batches; i++ {
		for _, s := range subjects {
			s.batch()
		}
	}
	require(log.Close())
	for _, s := range subjects {
		s.print()
	}
	for _, name := range []string{"go-alog.log", "go-slog.log", "go-slog-buffered.log"} {
		require(os.Remove(path(name)))
	}
}
