// Package calls measures logging calls of Go in batches.
//
// Each batch is [Count] calls, which fit into alog's queue, so that no call waits for the writer; what is queued is
// written between the batches. All subjects of a program take turns.
package calls

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"time"
)

// Count is how many calls a batch has.
const Count = 5000

// Message is what is logged: 64 bytes.
const Message = "order 4711 of customer 0815 was accepted after 12 ms, 3 articles"

// FieldsMessage is what is logged with two fields: a number, order, and a text, customer.
const FieldsMessage = "order was accepted"

// Customer is the text; the number is how many calls the batch had before.
const Customer = "ACME 0815"

// A Subject is one way to log.
type Subject struct {
	Name string
	Log  func(i int)
	// Flush waits until what is queued is written; nil if nothing is.
	Flush func() error

	times  []float64
	allocs uint64
}

// batch logs Count times and adds what a call took.
func (s *Subject) batch() {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	for i := 0; i < Count; i++ {
		s.Log(i)
	}
	elapsed := time.Since(begin)
	runtime.ReadMemStats(&after)
	s.times = append(s.times, float64(elapsed.Nanoseconds())/Count)
	s.allocs += after.Mallocs - before.Mallocs
	if s.Flush != nil {
		Require(s.Flush())
	}
}

// print prints lines "name TAB number": the median of the batches in nanoseconds, and allocations, for one call.
func (s *Subject) print() {
	sort.Float64s(s.times)
	fmt.Printf("%s_ns\t%.2f\n", s.Name, s.times[len(s.times)/2])
	fmt.Printf("%s_allocs\t%.2f\n", s.Name, float64(s.allocs)/float64(Count*len(s.times)))
}

// Run measures all of them in turn and prints the results.
func Run(batches int, subjects []*Subject) {
	// On one thread: a queue belongs to a thread, and the first call of each would be measured too.
	runtime.LockOSThread()
	for i := 0; i < batches; i++ {
		for _, s := range subjects {
			s.batch()
		}
	}
	for _, s := range subjects {
		s.print()
	}
}

// Arguments gives those of the command line: how many batches, and a directory for the files.
func Arguments() (batches int, directory string) {
	batches, err := strconv.Atoi(os.Args[1])
	Require(err)
	return batches, os.Args[2]
}

// Open opens a new file; the function that it gives removes it.
func Open(directory, name string) (*os.File, func()) {
	file, err := os.OpenFile(filepath.Join(directory, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	Require(err)
	return file, func() { Require(os.Remove(file.Name())) }
}

// Require ends the program if something went wrong: a number would be worth nothing.
func Require(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
