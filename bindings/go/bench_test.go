package alog_test

import (
	"context"
	"testing"

	"alog.dev/alog"
)

const message = "a message of sixty-four bytes, which is what many of them are..."

func BenchmarkInfo(b *testing.B) {
	log := newLogger(b, alog.WithSink("file:/dev/null"))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		log.Info(message)
	}
}

func BenchmarkInfoParallel(b *testing.B) {
	log := newLogger(b, alog.WithSink("file:/dev/null"))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			log.Info(message)
		}
	})
}

func BenchmarkDisabled(b *testing.B) {
	log := newLogger(b, alog.WithSink("file:/dev/null"))
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		log.Debug(message)
	}
}

func BenchmarkDisabledWithFields(b *testing.B) {
	log := newLogger(b, alog.WithSink("file:/dev/null"))
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		log.Debug("user {id} logged in", "id", 5, "admin", true)
	}
}

func BenchmarkInfoToAnIoWriter(b *testing.B) {
	log := newLogger(b, alog.WithWriter("w", discard))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		log.Info(message)
	}
}

// Constants: Go makes no memory for them.
func BenchmarkInfoTwoConstants(b *testing.B) {
	log := newLogger(b, alog.WithSink("file:/dev/null"))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		log.Info("user {id} logged in", "id", 5, "admin", true)
	}
}

func BenchmarkInfoTwoVariables(b *testing.B) {
	log := newLogger(b, alog.WithSink("file:/dev/null"))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		log.Info("user {id} logged in", "id", i, "name", message[:i%64])
	}
}

func BenchmarkLogAttrsTwo(b *testing.B) {
	log := newLogger(b, alog.WithSink("file:/dev/null"))
	ctx := context.Background()
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		_ = log.LogAttrs(ctx, alog.LevelInfo, "user {id} logged in", alog.Int("id", i), alog.String("name", message[:i%64]))
	}
}

func BenchmarkLogAttrsEight(b *testing.B) {
	log := newLogger(b, alog.WithSink("file:/dev/null"))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		logEight(log, i)
	}
}

func BenchmarkLogAttrsTwoWithSource(b *testing.B) {
	log := newLogger(b, alog.WithSink("file:/dev/null"), alog.WithSource())
	ctx := context.Background()
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		_ = log.LogAttrs(ctx, alog.LevelInfo, "user {id} logged in", alog.Int("id", i), alog.String("name", message[:i%64]))
	}
}

func BenchmarkInfoWithAPreHook(b *testing.B) {
	log := newLogger(b, alog.WithSink("file:/dev/null"), alog.WithPreHook("none", func(*alog.Record) error { return nil }))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		log.Info(message)
	}
}

func BenchmarkWithAndClose(b *testing.B) {
	log := newLogger(b, alog.WithSink("file:/dev/null"))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		log.With("request", i).Close()
	}
}
