package alog

// #include <alog.h>
import "C"

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
)

// Reasons why a message was not taken: indexes of [Stats].Rejected.
const (
	RejectFull          = 0 // the queue was full and the policy is DropNewest
	RejectTimeout       = 1 // no space within the time of BlockFor, or of a WriteSync
	RejectTooLarge      = 2 // longer than the logger takes
	RejectStopped       = 3 // after Stop
	RejectWouldDeadlock = 4 // waiting would never have ended: in the Write of a destination
	RejectMemory        = 5 // memory could not be had
	RejectArgument      = 6 // an argument was wrong: a level out of range, a field
)

// Reasons why an accepted message was for no sink: indexes of [Stats].Dropped.
const (
	DropFiltered   = 0 // no sink takes messages of that level
	DropReplaced   = 1 // it made room for a newer one, by DropOldest
	DropSuppressed = 2 // every sink that takes its level kept it back, by rate_limit or dedup
)

// Stats tells where every message given to a logger is now. It always holds that
//
//	Attempted = Accepted + the sum of Rejected
//	Accepted  = Written + Failed + the sum of Dropped + Pending
//
// Messages of a level that is switched off are no attempts.
type Stats struct {
	Attempted uint64    // messages of an enabled level given to the logger
	Accepted  uint64    // those that were taken
	Written   uint64    // accepted, and handed to the operating system by at least one sink
	Failed    uint64    // accepted, wanted by at least one sink, and written by none
	Pending   uint64    // accepted, and nothing of the other three yet
	Rejected  [8]uint64 // not taken, by reason
	Dropped   [8]uint64 // accepted but for no sink, by reason

	ErrorsRaised uint64 // errors reported so far; folded ones count one each
	ErrorsLost   uint64 // of those, how many did not fit and are gone
	Queues       uint64 // operating system threads that hold a queue now
	QueueBytes   uint64 // bytes of address space held by those queues
	GapLines     uint64 // lines of its own that say in the log that messages are missing
	Recovered    uint64 // of the accepted ones, those of a process that is no more: by crash_dir
}

// SinkStats tells what became of the messages at one sink. Every accepted message that is no longer
// pending is counted once in Written, Failed, Filtered or Suppressed.
type SinkStats struct {
	Name       string // as in Error.Origin
	Written    uint64 // handed to the operating system, or taken by the io.Writer
	Failed     uint64 // this sink could not write them
	Filtered   uint64 // below this sink's level
	Retried    uint64 // writes that were tried again: interrupted, cut short, not possible at that moment
	Bytes      uint64 // bytes handed over
	Suppressed uint64 // of a level that it takes, kept back by rate_limit or dedup
}

// Stats reads the exact account of the logger, also after Stop. It does not slow writers down.
// After Close it returns [ErrHandle].
func (l *Logger) Stats() (Stats, error) {
	defer runtime.KeepAlive(l)
	var c C.alog_stats
	if err := outcome(Code(C.alog_stats_get(l.c(), &c))); err != nil {
		return Stats{}, err
	}
	s := Stats{
		Attempted:    uint64(c.attempted),
		Accepted:     uint64(c.accepted),
		Written:      uint64(c.written),
		Failed:       uint64(c.failed),
		Pending:      uint64(c.pending),
		ErrorsRaised: uint64(c.errors_raised),
		ErrorsLost:   uint64(c.errors_lost),
		Queues:       uint64(c.queues),
		QueueBytes:   uint64(c.queue_bytes),
		GapLines:     uint64(c.gap_lines),
		Recovered:    uint64(c.recovered),
	}
	for i := range s.Rejected {
		s.Rejected[i] = uint64(c.rejected[i])
	}
	for i := range s.Dropped {
		s.Dropped[i] = uint64(c.dropped[i])
	}
	return s, nil
}

// SinkStats reads the exact account of every sink, in the order in which they were added, also after
// Stop. After Close it returns [ErrHandle].
func (l *Logger) SinkStats() ([]SinkStats, error) {
	defer runtime.KeepAlive(l)
	var sinks []SinkStats
	for {
		var c C.alog_sink_stats
		status := Code(C.alog_sink_stats_get(l.c(), C.uint32_t(len(sinks)), &c))
		if status == statusEmpty {
			return sinks, nil
		}
		if err := outcome(status); err != nil {
			return nil, err
		}
		sinks = append(sinks, SinkStats{
			Name:       text(c.name[:]),
			Written:    uint64(c.written),
			Failed:     uint64(c.failed),
			Filtered:   uint64(c.filtered),
			Retried:    uint64(c.retried),
			Bytes:      uint64(c.bytes),
			Suppressed: uint64(c.suppressed),
		})
	}
}

// sinkError is outcome for the calls that name a sink: where there is none of that name, it says which there are.
func (l *Logger) sinkError(code Code, sink string) error {
	if code != ErrSink {
		return outcome(code)
	}
	sinks, err := l.SinkStats()
	if err != nil {
		return err
	}
	there := make([]string, len(sinks))
	for i := range sinks {
		there[i] = strconv.Quote(sinks[i].Name)
	}
	if len(there) == 0 {
		there = []string{"none"}
	}
	return plainError(ErrSink, fmt.Sprintf("no sink %q; there are %s", sink, strings.Join(there, ", ")))
}
