package alog

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// An Attr is a field of a message: a key and a value. [String], [Int], [Any] and so on make them.
// The zero Attr is a null with an empty key.
type Attr struct {
	// Key is what the field is called: any bytes, at most 65535 of them.
	Key string

	kind byte
	bits uint64 // numbers and truth values
	text string // texts and bytes
	any  any    // []Attr of a group; the zone of a time; what is turned into a text when it is logged
}

// The types of values: those of the library, and what is turned into one of them when it is logged.
const (
	kindNull    = 0
	kindBool    = 1
	kindInt64   = 2
	kindUint64  = 3
	kindFloat64 = 4
	kindString  = 5
	kindBytes   = 6
	kindGroup   = 7
	kindEnd     = 8

	kindAny      = 100
	kindDuration = 101
	kindTime     = 102
)

// badKey is the key of a value that has none, as in package slog.
const badKey = "!BADKEY"

// Int makes a field of an int.
func Int(key string, value int) Attr { return Int64(key, int64(value)) }

// Int64 makes a field of a signed number.
func Int64(key string, value int64) Attr {
	return Attr{Key: key, kind: kindInt64, bits: uint64(value)}
}

// Uint64 makes a field of an unsigned number.
func Uint64(key string, value uint64) Attr {
	return Attr{Key: key, kind: kindUint64, bits: value}
}

// Float64 makes a field of a floating-point number.
func Float64(key string, value float64) Attr {
	return Attr{Key: key, kind: kindFloat64, bits: math.Float64bits(value)}
}

// Bool makes a field of a truth value.
func Bool(key string, value bool) Attr {
	attr := Attr{Key: key, kind: kindBool}
	if value {
		attr.bits = 1
	}
	return attr
}

// String makes a field of a text: UTF-8 as a rule, but any bytes are shown without loss.
func String(key, value string) Attr {
	return Attr{Key: key, kind: kindString, text: value}
}

// Bytes makes a field of bytes, which are copied. They are shown as a text is.
func Bytes(key string, value []byte) Attr {
	return Attr{Key: key, kind: kindBytes, text: string(value)}
}

// Duration makes a field of a duration, shown as [time.Duration.String] does: 1.5s.
func Duration(key string, value time.Duration) Attr {
	return Attr{Key: key, kind: kindDuration, bits: uint64(value)}
}

// Time makes a field of a time, shown as RFC 3339 with the zone of the time and its nanoseconds.
func Time(key string, value time.Time) Attr {
	ns := value.UnixNano()
	if !time.Unix(0, ns).Equal(value) { // centuries away from us
		return Any(key, value)
	}
	return Attr{Key: key, kind: kindTime, bits: uint64(ns), any: value.Location()}
}

// Group makes a field that has fields: req.method=GET, or {"req":{"method":"GET"}} in JSON.
// Groups are nested at most 32 deep; a deeper one is shown as "!DEPTH".
func Group(key string, attrs ...Attr) Attr {
	return Attr{Key: key, kind: kindGroup, any: attrs}
}

// Any makes a field of any value. Numbers, truth values, texts, bytes, durations and times become what
// the functions named after them make; nil becomes null; an []Attr and a map[string]any become a group; an
// error and a [fmt.Stringer] become their text. Of other types, those that are numbers, truth values or
// texts under another name become that, and the rest what %+v makes of it. A text is made when the field
// is logged, on the goroutine that logs it; a panic of its methods is part of it.
func Any(key string, value any) Attr {
	return Attr{Key: key, kind: kindAny, any: value}
}

// Err makes a field named "error" of the text of an error: null for a nil error. [ErrorFrom] says more.
func Err(err error) Attr { return Any("error", err) }

// errorsShown is how many errors ErrorFrom takes of those behind one.
const errorsShown = 16

// ErrorFrom makes a group named "error" of an error: its message, its type, and the errors that it
// wraps, each as a group of the same kind.
//
//	error.message="open x: no such file or directory" error.type=*fs.PathError
//	error.cause.message="no such file or directory" error.cause.type=syscall.Errno
//
// An error that wraps several ([errors.Join]) has them as errors.0, errors.1 and so on. The first 16
// errors are shown. A nil error gives null.
func ErrorFrom(err error) Attr {
	if err == nil {
		return Attr{Key: "error"}
	}
	left := errorsShown
	return describe("error", err, &left)
}

// describe makes the group of an error, and counts down how many there may be.
func describe(key string, err error, left *int) Attr {
	*left--
	attrs := []Attr{Any("message", err), String("type", fmt.Sprintf("%T", err))}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		attrs = append(attrs, describeAll(several.Unwrap(), left))
	} else if cause := errors.Unwrap(err); cause != nil && *left > 0 {
		attrs = append(attrs, describe("cause", cause, left))
	}
	return Group(key, attrs...)
}

func describeAll(errs []error, left *int) Attr {
	var attrs []Attr
	for i, err := range errs {
		if err != nil && *left > 0 {
			attrs = append(attrs, describe(strconv.Itoa(i), err, left))
		}
	}
	return Group("errors", attrs...)
}

// Value returns the value: nil, a bool, int64, uint64, float64, string, []byte, time.Duration or
// time.Time, []Attr for a group, and otherwise what [Any] was given.
func (a Attr) Value() any {
	switch a.kind {
	case kindString:
		return a.text
	case kindBytes:
		return []byte(a.text)
	case kindDuration:
		return time.Duration(a.bits)
	case kindTime:
		return a.time()
	case kindGroup, kindAny:
		return a.any
	default:
		return decodeBits(a.kind, a.bits)
	}
}

func (a *Attr) time() time.Time {
	return time.Unix(0, int64(a.bits)).In(a.any.(*time.Location))
}
