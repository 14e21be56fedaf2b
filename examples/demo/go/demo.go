// Demo pushes every line of a file through alog from four goroutines, into one sink that works and one
// that does not, and says what happened.
//
//	demo INPUT OUTPUT
//
// Line n goes to goroutine (n - 1) % 4 as the message "go.t<goroutine> #<n> <line>". The report on standard
// output is one "name value" per line; verify.py reads it, and checks OUTPUT against INPUT.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"alog.dev/alog"
)

const goroutines = 4

func main() {
	log.SetFlags(0)
	log.SetPrefix("demo: ")
	if len(os.Args) != 3 {
		log.Fatal("usage: demo INPUT OUTPUT")
	}
	messages, err := readMessages(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	logger, err := alog.New(
		alog.WithMaxMessageBytes(64<<20),
		alog.WithSink("file:"+os.Args[2]),
		alog.WithSink("file:/dev/full"),
	)
	if err != nil {
		log.Fatal(err)
	}

	calls := make([]time.Duration, len(messages)) // one for each line; goroutines write to different ones
	begin := time.Now()
	refused := produce(logger, messages, calls)
	printErrors(logger) // those so far
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := logger.Stop(ctx); err != nil {
		log.Fatal(err)
	}
	took := time.Since(begin)
	printErrors(logger) // those of the last lines
	printReport(logger, calls, refused, took)
	if err := logger.Close(); err != nil {
		log.Fatal(err)
	}
}

// readMessages gives every line of the file as the message that its goroutine is going to log.
func readMessages(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	messages := make([]string, len(lines))
	for i, line := range lines {
		messages[i] = fmt.Sprintf("go.t%d #%d %s", i%goroutines, i+1, line)
	}
	return messages, nil
}

// produce logs all messages, notes how long each call took, and returns how many were refused.
func produce(logger *alog.Logger, messages []string, calls []time.Duration) int64 {
	var refused atomic.Int64
	var all sync.WaitGroup
	for g := 0; g < goroutines; g++ {
		all.Add(1)
		go func(first int) {
			defer all.Done()
			for i := first; i < len(messages); i += goroutines {
				begin := time.Now()
				err := logger.Log(alog.LevelInfo, messages[i])
				calls[i] = time.Since(begin)
				if err != nil {
					refused.Add(1)
				}
			}
		}(g)
	}
	all.Wait()
	return refused.Load()
}

func printErrors(logger *alog.Logger) {
	for {
		e, ok := logger.PollError()
		if !ok {
			return
		}
		fmt.Printf("error %d %s: %s\n", e.Count, e.Origin, e.Message)
	}
}

func printReport(logger *alog.Logger, calls []time.Duration, refused int64, took time.Duration) {
	sinks, err := logger.SinkStats()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("lines %d\nwritten %d\nrefused %d\n", len(calls), sinks[0].Written, refused)
	sort.Slice(calls, func(i, j int) bool { return calls[i] < calls[j] })
	fmt.Printf("p50_ns %d\np99_ns %d\nmax_ns %d\n",
		calls[len(calls)/2], calls[len(calls)*99/100], calls[len(calls)-1])
	fmt.Printf("clock_ns %d\nlines_per_second %.0f\n", clockCost(), float64(len(calls))/took.Seconds())
}

// clockCost is what reading the clock twice costs: contained in every figure of a call.
func clockCost() time.Duration {
	samples := make([]time.Duration, 1001)
	for i := range samples {
		begin := time.Now()
		samples[i] = time.Since(begin)
	}
	sort.Slice(samples, func(i, j int) bool { return samples[i] < samples[j] })
	return samples[len(samples)/2]
}
