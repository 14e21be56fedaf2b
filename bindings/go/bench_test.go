package alog_test

import (
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

func BenchmarkInfoToAnIoWriter(b *testing.B) {
	log := newLogger(b, alog.WithWriter("w", discard))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		log.Info(message)
	}
}
