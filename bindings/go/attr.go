package alog

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unsafe"
)

// An Attr is a field of a message: a key and a value. [String], [Int], [Any] and so on make them.
// The zero Attr is a null with an empty key.
type Attr struct {
	_ [0]func() // not to be compared with ==, which would compare addresses

	// Key is what the field is called: any bytes, at most 65535 of them.
	Key string

	// With four words, what makes an Attr puts it where it is used; of five, Go makes it elsewhere and
	// copies it, which takes longer than all that becomes of it later.
	//
	// ref is the tag of the kind, and bits the value; or ref is where the value is, and bits has the kind in
	// its highest byte and below it how many bytes or fields there are.
	ref  unsafe.Pointer
	bits uint64
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

	kindDuration  = 9
	kindLocalTime = 10 // in nanoseconds since 1970
	kindUTCTime   = 11 // the same
	kindTime      = 12 // a time.Time
	kindAny       = 13 // an any

	kinds    = 14
	kindBits = 56 // below the kind
)

// tags are addresses that nothing else has.
var tags [kinds]byte

func tagged(key string, kind byte, bits uint64) Attr {
	return Attr{Key: key, ref: unsafe.Pointer(&tags[kind]), bits: bits}
}

func referring(key string, kind byte, ref unsafe.Pointer, length int) Attr {
	return Attr{Key: key, ref: ref, bits: uint64(kind)<<kindBits | uint64(length)}
}

func (a *Attr) kind() byte {
	if tag := uintptr(a.ref) - uintptr(unsafe.Pointer(&tags)); tag < kinds {
		return byte(tag)
	}
	return byte(a.bits >> kindBits)
}

// length is how many bytes or fields there are where ref says.
func (a *Attr) length() int { return int(a.bits & (1<<kindBits - 1)) }

// text is the value of a kindString or kindBytes.
func (a *Attr) text() string { return unsafe.String((*byte)(a.ref), a.length()) }

// group is the value of a kindGroup.
func (a *Attr) group() []Attr { return unsafe.Slice((*Attr)(a.ref), a.length()) }

// any is the value of a kindAny.
func (a *Attr) any() any { return *(*any)(a.ref) }

// time is the value of the kinds that are times.
func (a *Attr) time() time.Time {
	switch a.kind() {
	case kindLocalTime:
		return time.Unix(0, int64(a.bits))
	case kindUTCTime:
		return time.Unix(0, int64(a.bits)).UTC()
	default:
		return *(*time.Time)(a.ref)
	}
}

// badKey is the key of a value that has none, as in package slog.
const badKey = "!BADKEY"

// Int makes a field of an int.
func Int(key string, value int) Attr { return Int64(key, int64(value)) }

// Int64 makes a field of a signed number.
func Int64(key string, value int64) Attr { return tagged(key, kindInt64, uint64(value)) }

// Uint64 makes a field of an unsigned number.
func Uint64(key string, value uint64) Attr { return tagged(key, kindUint64, value) }

// Float64 makes a field of a floating-point number.
func Float64(key string, value float64) Attr {
	return tagged(key, kindFloat64, math.Float64bits(value))
}

// Bool makes a field of a truth value.
func Bool(key string, value bool) Attr {
	bits := uint64(0)
	if value {
		bits = 1
	}
	return tagged(key, kindBool, bits)
}

// String makes a field of a text: UTF-8 as a rule, but any bytes are shown without loss.
func String(key, value string) Attr {
	return referring(key, kindString, unsafe.Pointer(unsafe.StringData(value)), len(value))
}

// Bytes makes a field of bytes, those that are there when it is logged. They are shown as a text is.
func Bytes(key string, value []byte) Attr {
	return referring(key, kindBytes, unsafe.Pointer(unsafe.SliceData(value)), len(value))
}

// Duration makes a field of a duration, shown as [time.Duration.String] does: 1.5s.
func Duration(key string, value time.Duration) Attr { return tagged(key, kindDuration, uint64(value)) }

// Time makes a field of a time, shown as RFC 3339 with the zone of the time and its nanoseconds. It
// allocates for another zone than [time.Local] and [time.UTC].
func Time(key string, value time.Time) Attr {
	if ns := value.UnixNano(); time.Unix(0, ns).Equal(value) { // not centuries away from us
		switch value.Location() {
		case time.Local:
			return tagged(key, kindLocalTime, uint64(ns))
		case time.UTC:
			return tagged(key, kindUTCTime, uint64(ns))
		}
	}
	return boxTime(key, value)
}

// boxTime has the copy that Time would make in vain.
func boxTime(key string, value time.Time) Attr {
	return referring(key, kindTime, unsafe.Pointer(&value), 1)
}

// Group makes a field that has fields: req.method=GET, or {"req":{"method":"GET"}} in JSON.
// Groups are nested at most 32 deep; a deeper one is shown as "!DEPTH", one that is in itself as "!CYCLE", and one that
// stands behind 16 MiB of the outermost as "!SIZE".
func Group(key string, attrs ...Attr) Attr {
	return referring(key, kindGroup, unsafe.Pointer(unsafe.SliceData(attrs)), len(attrs))
}

// Any makes a field of any value. Numbers, truth values, texts, bytes, durations and times become what
// the functions named after them make; nil becomes null; an []Attr and a map[string]any become a group, and
// what is made for package slog ([log/slog.LogValuer], [log/slog.Attr], [log/slog.Value]) becomes what that
// shows. Of other types, an [encoding.TextMarshaler] becomes its text, then an error and a [fmt.Stringer]
// theirs, then a [encoding/json.Marshaler] its JSON, without the quotes if that is a text; so what hides itself
// from them is hidden here. Those that are numbers, truth values, texts or bytes under another name become
// that, and the rest what %+v makes of it, or what [Group] says if it contains itself, is nested more than 1000
// deep or makes more than 16 MiB: %+v asks neither kind of marshaler inside of a value. A text is made when the field is
// logged, on the goroutine that logs it; a panic of its methods is part of it.
func Any(key string, value any) Attr {
	switch value := value.(type) {
	case nil:
		return Attr{Key: key}
	case string:
		return String(key, value)
	case int:
		return Int(key, value)
	case bool:
		return Bool(key, value)
	case int64:
		return Int64(key, value)
	case uint64:
		return Uint64(key, value)
	case float64:
		return Float64(key, value)
	case []byte:
		return Bytes(key, value)
	case time.Duration:
		return Duration(key, value)
	case time.Time:
		return Time(key, value)
	case []Attr:
		return Group(key, value...)
	}
	return box(key, value)
}

// box has the copy that Any would make in vain.
func box(key string, value any) Attr {
	return referring(key, kindAny, unsafe.Pointer(&value), 1)
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
// errors are shown. A nil error gives null, and one that panics when it is asked for its cause has none.
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
	if cause, several := wrapped(err); several != nil {
		attrs = append(attrs, describeAll(several, left))
	} else if cause != nil && *left > 0 {
		attrs = append(attrs, describe("cause", cause, left))
	}
	return Group(key, attrs...)
}

// wrapped gives the error behind an error, or those behind it: neither if it panics when it is asked, as a nil
// pointer does that is not a nil error.
func wrapped(err error) (cause error, several []error) {
	defer func() { _ = recover() }()
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return nil, joined.Unwrap()
	}
	return errors.Unwrap(err), nil
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
	switch kind := a.kind(); kind {
	case kindString:
		return a.text()
	case kindBytes:
		return unsafe.Slice((*byte)(a.ref), a.length())
	case kindDuration:
		return time.Duration(a.bits)
	case kindLocalTime, kindUTCTime, kindTime:
		return a.time()
	case kindGroup:
		return a.group()
	case kindAny:
		return a.any()
	default:
		return decodeBits(kind, a.bits)
	}
}

// String gives the key, an equals sign and the value, for who looks at an Attr while debugging.
func (a Attr) String() string { return fmt.Sprintf("%s=%v", a.Key, a.Value()) }
