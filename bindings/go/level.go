package alog

// #include <alog.h>
import "C"

import (
	"fmt"
	"strings"
	"unsafe"
)

// A Level is the severity of a message. Levels are ordered: a logger and each of its sinks have a
// lowest level that they take.
type Level int32

// The levels, from the least severe to the most.
const (
	LevelTrace  Level = 0 // every step of the way; for the author of the code
	LevelDebug  Level = 1 // what helps to find a fault
	LevelInfo   Level = 2 // what happens in normal service; the lowest level of a new logger
	LevelNotice Level = 3 // normal but worth a look
	LevelWarn   Level = 4 // something is off; the service goes on
	LevelError  Level = 5 // something failed
	LevelFatal  Level = 6 // the program cannot go on; alog ends it only with on_fatal=abort
)

var levelNames = [...]string{"TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "ERROR", "FATAL"}

// ParseLevel gives the level of a name such as "warn", without regard to case; "warning" is warn, and
// "critical" is fatal, as in every setting. Any other text is an error that satisfies errors.Is(err, [ErrValue]).
func ParseLevel(name string) (Level, error) {
	var level C.alog_level
	text := (*C.char)(unsafe.Pointer(unsafe.StringData(name)))
	if Code(C.alog_level_find(text, C.size_t(len(name)), &level)) == statusOK {
		return Level(level), nil
	}
	return 0, fmt.Errorf("%w: %q is no level; there are %s", ErrValue, name, strings.Join(levelNames[:], ", "))
}

// String returns the name of the level as it stands in a line, for example "WARN".
// A value that is no level gives a text such as "Level(42)".
func (l Level) String() string {
	if l < 0 || int(l) >= len(levelNames) {
		return fmt.Sprintf("Level(%d)", int32(l))
	}
	return levelNames[l]
}

// MarshalText implements [encoding.TextMarshaler]; it gives what String gives.
// A value that is no level is refused with [ErrValue].
func (l Level) MarshalText() ([]byte, error) {
	if l < 0 || int(l) >= len(levelNames) {
		return nil, fmt.Errorf("%w: %v is no level", ErrValue, l)
	}
	return []byte(levelNames[l]), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler] as [ParseLevel] does, so that a level can be a
// flag ([flag.TextVar]) or a field of a configuration file.
func (l *Level) UnmarshalText(text []byte) error {
	level, err := ParseLevel(string(text))
	if err == nil {
		*l = level
	}
	return err
}
