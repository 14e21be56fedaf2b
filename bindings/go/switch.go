package alog

// #include <stdlib.h>
// #include <alog.h>
import "C"

import (
	"math/bits"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// isOff reports whether the level is surely switched off. A level that is none and a logger that was given
// back are for the library to refuse.
func (l *Logger) isOff(level Level) bool {
	return l.on != nil && uint32(level) <= uint32(LevelFatal) &&
		atomic.LoadUint32(l.on)>>uint32(level)&1 == 0 && l.isLive()
}

// isLive reports whether the switch is still that of this logger.
func (l *Logger) isLive() bool {
	return atomic.LoadUint64((*uint64)(&l.live.id)) == l.id
}

// levels is the set of levels that are on: bit n for level n. A closed logger has none.
func (l *Logger) levels() uint32 {
	if l.on == nil || !l.isLive() {
		return 0
	}
	return atomic.LoadUint32(l.on)
}

// Enabled reports whether the level is switched on, in about a nanosecond: for what costs something to
// find out only for the log. On a closed logger no level is.
func (l *Logger) Enabled(level Level) bool {
	return uint32(level) <= uint32(LevelFatal) && l.levels()>>uint32(level)&1 != 0
}

// Level returns the lowest level that is switched on, and [LevelFatal] + 1 if none is.
func (l *Logger) Level() Level {
	return Level(bits.TrailingZeros32(l.levels() | 1<<(LevelFatal+1)))
}

// SetLevels switches levels on and off while the logger runs, for the root and everything derived from
// it. The text is that of the setting "level": "info" or "info+" (it and what is more severe), "info-" (it
// and what is less severe), "debug|warn|fatal", "all", "off"; [Level.String] gives one, too. Any other is
// refused with an [*Error] with [ErrValue].
func (l *Logger) SetLevels(levels string) error {
	if err := refuseNUL(levels); err != nil {
		return err
	}
	text := C.CString(levels)
	defer C.free(unsafe.Pointer(text))
	var described C.alog_error
	defer runtime.KeepAlive(l)
	return failure(C.alog_levels_set(l.c(), text, &described), &described)
}

// Reconfigure changes settings while the logger runs, for the root and everything derived from it: all of
// them or, if one is refused, none. Whoever meets one of the new settings meets all of them.
//
// [WithLevel], [WithOverflow] and [WithMaxMessageBytes] can be changed; everything else is refused with an
// [*Error] with [ErrKey].
func (l *Logger) Reconfigure(changes ...Option) error {
	config, err := newConfig(changes)
	if err != nil {
		return err
	}
	defer config.free()
	if config.hasSource {
		return plainError(ErrKey, "WithSource cannot be changed while a logger runs")
	}
	var described C.alog_error
	defer runtime.KeepAlive(l)
	return failure(C.alog_reconfigure(l.c(), config.c, &described), &described)
}
