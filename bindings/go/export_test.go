package alog

import (
	"log/slog"
	"time"
)

// Forge makes a logger out of any number, for tests of handles that the library did not give.
func Forge(id uint64) *Logger { return &Logger{id: id} }

// Lend is With where the library has refused.
func Lend(l *Logger, args ...any) *Logger { return l.lend(appendArgs(nil, args)) }

// Encode gives the fields as a room encodes them, if it takes them, and as a buffer does.
func Encode(attrs ...Attr) (inRoom []byte, taken bool, inBuffer []byte) {
	var r room
	taken = r.addAttrs(attrs)
	return append([]byte{}, r.encoded()...), taken, appendAttrs(nil, attrs, nil)
}

// EncodeArgs is Encode for what stands behind a message.
func EncodeArgs(args ...any) (inRoom []byte, taken bool, inBuffer []byte) {
	var r room
	taken = r.addArgs(args)
	return append([]byte{}, r.encoded()...), taken, appendArgs(nil, args)
}

// EncodeSlog is Encode for package slog.
func EncodeSlog(l *Logger, attrs ...slog.Attr) (inRoom []byte, taken bool, inBuffer []byte) {
	var r room
	handler := NewSlogHandler(l).WithAttrs([]slog.Attr{slog.Int("a", 1)}).WithGroup("g").(*slogHandler)
	record := slog.NewRecord(time.Time{}, slog.LevelInfo, "", 0)
	record.AddAttrs(attrs...)
	taken = handler.fill(&r, &record)
	return append([]byte{}, r.encoded()...), taken, handler.appendFields(nil, &record)
}
