package alog_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"alog.dev/alog"
)

const message = "a message of sixty-four bytes, which is what many of them are..."

// userName is what Go cannot know before the program runs.
var userName = message[2:17]

// burst is how many messages a benchmark logs at a time: what a queue holds, so that no call waits for space.
const burst = 1000

// measure tells what one call of f costs its goroutine, f(i) being the i-th. Between bursts it waits for the
// writer, off the clock; BenchmarkSustained is what remains of it when nobody waits.
func measure(b *testing.B, log *alog.Logger, f func(i int)) {
	b.Helper()
	b.ReportAllocs()
	b.ResetTimer()
	var took time.Duration
	for done := 0; done < b.N; {
		end := min(done+burst, b.N)
		begin := time.Now()
		for ; done < end; done++ {
			f(done)
		}
		took += time.Since(begin)
		if err := log.Flush(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "ns/op")
}

func newNull(b *testing.B, opts ...alog.Option) *alog.Logger {
	return newLogger(b, append([]alog.Option{alog.WithSink("file:/dev/null")}, opts...)...)
}

// The yardstick: one call of C that does next to nothing.
func BenchmarkCall(b *testing.B) {
	var nothing alog.Record
	for i := 0; i < b.N; i++ {
		nothing.Level()
	}
}

func BenchmarkInfo(b *testing.B) {
	log := newNull(b)
	measure(b, log, func(int) { log.Info(message) })
}

func BenchmarkWrite(b *testing.B) {
	log, line := newNull(b), []byte(message)
	measure(b, log, func(int) { _, _ = log.Write(line) })
}

func BenchmarkInfoFields2(b *testing.B) {
	log, ctx := newNull(b), context.Background()
	measure(b, log, func(i int) {
		_ = log.LogAttrs(ctx, alog.LevelInfo, "user {id} logged in", alog.Int("id", i), alog.String("name", userName))
	})
}

func BenchmarkInfoFields8(b *testing.B) {
	log := newNull(b)
	measure(b, log, func(i int) { logEight(log, i) })
}

func BenchmarkInfoFields2Source(b *testing.B) {
	log, ctx := newNull(b, alog.WithSource()), context.Background()
	measure(b, log, func(i int) {
		_ = log.LogAttrs(ctx, alog.LevelInfo, "user {id} logged in", alog.Int("id", i), alog.String("name", userName))
	})
}

// Constants: Go makes no memory for them.
func BenchmarkInfoConstants2(b *testing.B) {
	log := newNull(b)
	measure(b, log, func(int) { log.Info("user {id} logged in", "id", 5, "name", "Eve") })
}

// Variables: Go makes memory for each, before alog is called.
func BenchmarkInfoVariables2(b *testing.B) {
	log := newNull(b)
	measure(b, log, func(i int) { log.Info("user {id} logged in", "id", i, "name", userName) })
}

func BenchmarkSlogAttrs2(b *testing.B) {
	log, ctx := newNull(b), context.Background()
	std := slog.New(alog.NewSlogHandler(log))
	measure(b, log, func(i int) {
		std.LogAttrs(ctx, slog.LevelInfo, "user logged in", slog.Int("id", i), slog.String("name", userName))
	})
}

// What of BenchmarkSlogAttrs2 is alog's.
func BenchmarkSlogHandle2(b *testing.B) {
	log, ctx := newNull(b), context.Background()
	handler := alog.NewSlogHandler(log)
	record := slog.NewRecord(time.Now(), slog.LevelInfo, "user logged in", 0)
	record.AddAttrs(slog.Int("id", 5), slog.String("name", userName))
	measure(b, log, func(int) { _ = handler.Handle(ctx, record) })
}

// What of BenchmarkSlogAttrs2 is slog's.
func BenchmarkSlogAlone2(b *testing.B) {
	log, ctx := newNull(b), context.Background()
	std := slog.New(noHandler{})
	measure(b, log, func(i int) {
		std.LogAttrs(ctx, slog.LevelInfo, "user logged in", slog.Int("id", i), slog.String("name", userName))
	})
}

type noHandler struct{}

func (noHandler) Enabled(context.Context, slog.Level) bool  { return true }
func (noHandler) Handle(context.Context, slog.Record) error { return nil }
func (h noHandler) WithAttrs([]slog.Attr) slog.Handler      { return h }
func (h noHandler) WithGroup(string) slog.Handler           { return h }

func BenchmarkOff(b *testing.B) {
	log := newNull(b)
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		log.Debug(message)
	}
}

func BenchmarkOffConstants2(b *testing.B) {
	log := newNull(b)
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		log.Debug("user {id} logged in", "id", 5, "name", "Eve")
	}
}

func BenchmarkOffFields2(b *testing.B) {
	log, ctx := newNull(b), context.Background()
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		_ = log.LogAttrs(ctx, alog.LevelDebug, "user {id} logged in", alog.Int("id", i), alog.String("name", userName))
	}
}

func BenchmarkOffSlog(b *testing.B) {
	std := slog.New(alog.NewSlogHandler(newNull(b)))
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		std.Debug(message)
	}
}

func BenchmarkSustained(b *testing.B) {
	log := newNull(b)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		log.Info(message)
	}
}

func BenchmarkSustainedParallel(b *testing.B) {
	log := newNull(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			log.Info(message)
		}
	})
}

func BenchmarkSustainedFields2(b *testing.B) {
	log, ctx := newNull(b), context.Background()
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		_ = log.LogAttrs(ctx, alog.LevelInfo, "user {id} logged in", alog.Int("id", i), alog.String("name", userName))
	}
}

func BenchmarkSustainedToAnIoWriter(b *testing.B) {
	log := newLogger(b, alog.WithWriter("w", discard))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		log.Info(message)
	}
}

func BenchmarkInfoWithAPreHook(b *testing.B) {
	log := newNull(b, alog.WithPreHook("none", func(*alog.Record) error { return nil }))
	measure(b, log, func(int) { log.Info(message) })
}

func BenchmarkWithAndClose(b *testing.B) {
	log := newNull(b)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		log.With("request", i).Close()
	}
}
