package alog

import (
	"encoding"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"sort"
	"sync"
	"time"
	"unsafe"
)

// Fields cross to the library in one piece of memory: items of a head, a key and a value, without space
// between them. The head has the type, 0, the length of the key (2 bytes) and of the value (4 bytes).
const (
	headBytes = 8
	maxKey    = math.MaxUint16
	maxDepth  = 32 // of groups, in the library

	// malformed is a type that the library refuses and counts: for what does not fit into a head.
	malformed = 0xff
)

// A buffer is memory for the fields of one call.
type buffer struct{ bytes []byte }

// What a buffer has at first, and the most that is kept for the next call.
const (
	bufferBytes     = 1 << 10
	bufferKeptBytes = 1 << 16
)

var buffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, bufferBytes)} }}

func newBuffer() *buffer {
	return buffers.Get().(*buffer)
}

func (b *buffer) free() {
	if cap(b.bytes) <= bufferKeptBytes {
		b.bytes = b.bytes[:0]
		buffers.Put(b)
	}
}

func appendHead(to []byte, kind byte, key string, length int) []byte {
	if len(key) > maxKey || uint64(length) > math.MaxUint32 {
		kind, key, length = malformed, "", 0
	}
	var head [headBytes]byte
	putHead(head[:], kind, key, length)
	return append(append(to, head[:]...), key...)
}

// putHead writes a head over zeros: what it is given must fit.
func putHead(to []byte, kind byte, key string, length int) {
	_ = to[headBytes-1]
	to[0] = kind
	binary.NativeEndian.PutUint16(to[2:], uint16(len(key)))
	binary.NativeEndian.PutUint32(to[4:], uint32(length))
}

func appendEnd(to []byte) []byte {
	return append(to, kindEnd, 0, 0, 0, 0, 0, 0, 0)
}

func appendBits(to []byte, kind byte, key string, bits uint64) []byte {
	to = appendHead(to, kind, key, 8)
	return binary.NativeEndian.AppendUint64(to, bits)
}

func appendBool(to []byte, key string, value bool) []byte {
	to = appendHead(to, kindBool, key, 1)
	if value {
		return append(to, 1)
	}
	return append(to, 0)
}

func appendText(to []byte, key, value string) []byte {
	return append(appendHead(to, kindString, key, len(value)), value...)
}

func appendBytes(to []byte, key string, value []byte) []byte {
	return append(appendHead(to, kindBytes, key, len(value)), value...)
}

// appendMade appends a text that is made behind its head.
func appendMade(to []byte, key string, put func([]byte) []byte) []byte {
	begin := len(to)
	to = appendHead(to, kindString, key, 0)
	value := len(to)
	to = put(to)
	if length := len(to) - value; uint64(length) <= math.MaxUint32 {
		binary.NativeEndian.PutUint32(to[begin+4:], uint32(length))
		return to
	}
	return appendHead(to[:begin], malformed, "", 0)
}

func appendTime(to []byte, key string, value time.Time) []byte {
	return appendMade(to, key, func(to []byte) []byte { return value.AppendFormat(to, time.RFC3339Nano) })
}

func appendAttr(to []byte, a *Attr, up *path) []byte {
	switch kind := a.kind(); kind {
	case kindNull:
		return appendHead(to, kindNull, a.Key, 0)
	case kindBool:
		return appendBool(to, a.Key, a.bits != 0)
	case kindInt64, kindUint64, kindFloat64:
		return appendBits(to, kind, a.Key, a.bits)
	case kindString, kindBytes:
		return append(appendHead(to, kind, a.Key, a.length()), a.text()...)
	case kindDuration:
		return appendText(to, a.Key, time.Duration(a.bits).String())
	case kindLocalTime, kindUTCTime, kindTime:
		return appendTime(to, a.Key, a.time())
	case kindGroup:
		return appendGroup(to, a.Key, a.group(), up)
	default:
		return appendAny(to, a.Key, a.any(), up)
	}
}

func appendAttrs(to []byte, attrs []Attr, up *path) []byte {
	for i := range attrs {
		to = appendAttr(to, &attrs[i], up)
	}
	return to
}

func appendGroup(to []byte, key string, attrs []Attr, up *path) []byte {
	here, fault := up.enter(to, unsafe.Pointer(unsafe.SliceData(attrs)), len(attrs))
	if fault != "" {
		return appendText(to, key, fault)
	}
	to = appendHead(to, kindGroup, key, 0)
	return appendEnd(appendAttrs(to, attrs, &here))
}

// appendArgs appends what a call got behind its message: keys with their values, and Attrs.
func appendArgs(to []byte, args []any) []byte {
	for i := 0; i < len(args); i++ {
		switch arg := args[i].(type) {
		case Attr:
			to = appendAttr(to, &arg, nil)
		case slog.Attr:
			to = appendSlog(to, arg, nil)
		case string:
			if i+1 == len(args) {
				return appendText(to, badKey, arg)
			}
			i++
			to = appendAny(to, arg, args[i], nil)
		default:
			to = appendAny(to, badKey, arg, nil)
		}
	}
	return to
}

func appendAny(to []byte, key string, value any, up *path) []byte {
	switch value := value.(type) {
	case nil:
		return appendHead(to, kindNull, key, 0)
	case string:
		return appendText(to, key, value)
	case int:
		return appendBits(to, kindInt64, key, uint64(value))
	case bool:
		return appendBool(to, key, value)
	case int64:
		return appendBits(to, kindInt64, key, uint64(value))
	case uint64:
		return appendBits(to, kindUint64, key, value)
	case float64:
		return appendBits(to, kindFloat64, key, math.Float64bits(value))
	case []byte:
		return appendBytes(to, key, value)
	case time.Duration:
		return appendText(to, key, value.String())
	case time.Time:
		return appendTime(to, key, value)
	case Attr:
		return appendGroup(to, key, []Attr{value}, up)
	case []Attr:
		return appendGroup(to, key, value, up)
	case map[string]any:
		return appendMap(to, key, value, up)
	case slog.Attr:
		return appendSlogGroup(to, key, []slog.Attr{value}, up)
	case slog.Value:
		return appendSlog(to, slog.Attr{Key: key, Value: value}, up)
	case slog.LogValuer:
		return appendSlog(to, slog.Any(key, value), up)
	case encoding.TextMarshaler: // first, as in package slog
		return appendMarshaled(to, key, value, "MarshalText", value.MarshalText)
	case error, fmt.Stringer, fmt.Formatter:
		return appendMade(to, key, func(to []byte) []byte { return fmt.Append(to, value) })
	case json.Marshaler:
		return appendMarshaled(to, key, value, "MarshalJSON", func() ([]byte, error) { return unquoted(value.MarshalJSON()) })
	default:
		return appendReflected(to, key, reflect.ValueOf(value))
	}
}

// appendMarshaled appends the text that a value marshals itself to: what it hides there, nothing else may show.
func appendMarshaled(to []byte, key string, value any, method string, marshal func() ([]byte, error)) (done []byte) {
	defer func() {
		reason := recover()
		if reason == nil {
			return
		}
		if reflected := reflect.ValueOf(value); reflected.Kind() == reflect.Pointer && reflected.IsNil() {
			done = appendHead(to, kindNull, key, 0)
		} else {
			done = appendText(to, key, "%!v(PANIC="+method+" method: "+textOf(reason)+")") // as package fmt
		}
	}()
	text, err := marshal()
	if err != nil {
		return appendText(to, key, "!ERROR:"+err.Error())
	}
	return append(appendHead(to, kindString, key, len(text)), text...)
}

// unquoted takes the quotes off what is a text in JSON.
func unquoted(made []byte, err error) ([]byte, error) {
	var text string
	if err == nil && len(made) > 0 && made[0] == '"' && json.Unmarshal(made, &text) == nil {
		return []byte(text), nil
	}
	return made, err
}

// appendMap appends a group whose fields stand in the order of their keys.
func appendMap(to []byte, key string, fields map[string]any, up *path) []byte {
	here, fault := up.enter(to, reflect.ValueOf(fields).UnsafePointer(), len(fields))
	if fault != "" {
		return appendText(to, key, fault)
	}
	keys := make([]string, 0, len(fields))
	for key := range fields {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	to = appendHead(to, kindGroup, key, 0)
	for _, key := range keys {
		to = appendAny(to, key, fields[key], &here)
	}
	return appendEnd(to)
}

// appendReflected appends a value of a type that has another name, or that only fmt can show.
func appendReflected(to []byte, key string, value reflect.Value) []byte {
	switch value.Kind() {
	case reflect.Bool:
		return appendBool(to, key, value.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return appendBits(to, kindInt64, key, uint64(value.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return appendBits(to, kindUint64, key, value.Uint())
	case reflect.Float32, reflect.Float64:
		return appendBits(to, kindFloat64, key, math.Float64bits(value.Float()))
	case reflect.String:
		return appendText(to, key, value.String())
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		if value.IsNil() {
			return appendHead(to, kindNull, key, 0)
		}
		if value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Uint8 {
			return appendBytes(to, key, value.Bytes())
		}
	}
	if fault := survey(value); fault != "" {
		return appendText(to, key, fault)
	}
	return appendMade(to, key, func(to []byte) []byte { return fmt.Appendf(to, "%+v", value.Interface()) })
}
