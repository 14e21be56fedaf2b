package alog

import (
	"encoding/binary"
	"log/slog"
	"math"
	"time"
)

// roomBytes is enough for a handful of fields. Go clears a room for every call, so more costs all of them.
const roomBytes = 256

// A room is memory for the encoded fields of one call, on the stack of its goroutine. It takes the usual
// ones: numbers, truth values, texts and times, which stand beside each other. Its methods report whether
// there was space for a field and it was a usual one; if not, a buffer takes them all.
//
// Nothing here may let a room escape to the heap, or each call allocates one: TestFieldsNeedNoMemory.
type room struct {
	used  uint
	bytes [roomBytes]byte
}

func (r *room) encoded() []byte { return r.bytes[:r.used] }

// item begins a field and gives the place of its value; nil if there is no space. It is inlined.
func (r *room) item(kind byte, key string, length uint) []byte {
	free := r.bytes[r.used:]
	// Unsigned, the sum of two lengths cannot overflow.
	size := headBytes + uint(len(key)) + length
	if size > uint(len(free)) {
		return nil
	}
	putHead(free, kind, key, int(length))
	copy(free[headBytes:], key)
	r.used += size
	return free[size-length : size]
}

// addEncoded adds fields that are encoded already.
func (r *room) addEncoded(fields []byte) bool {
	n := copy(r.bytes[r.used:], fields)
	r.used += uint(n)
	return n == len(fields)
}

func (r *room) addEnd() bool { return r.item(kindEnd, "", 0) != nil }

func (r *room) addBits(kind byte, key string, bits uint64) bool {
	value := r.item(kind, key, 8)
	if len(value) < 8 {
		return false
	}
	binary.NativeEndian.PutUint64(value, bits)
	return true
}

func (r *room) addBool(key string, value bool) bool {
	to := r.item(kindBool, key, 1)
	if len(to) == 0 {
		return false
	}
	if value {
		to[0] = 1
	} else {
		to[0] = 0
	}
	return true
}

func (r *room) addText(kind byte, key, value string) bool {
	to := r.item(kind, key, uint(len(value)))
	copy(to, value)
	return to != nil
}

func (r *room) addDuration(key string, value time.Duration) bool {
	return r.addText(kindString, key, value.String())
}

func (r *room) addTime(key string, value time.Time) bool {
	var text [len(time.RFC3339Nano) + 8]byte
	made := value.AppendFormat(text[:0], time.RFC3339Nano)
	to := r.item(kindString, key, uint(len(made)))
	copy(to, made)
	return to != nil
}

// addAttrs has the ways of most fields in its loop: two calls less for each.
func (r *room) addAttrs(attrs []Attr) bool {
	for i := range attrs {
		a := &attrs[i]
		switch kind := a.kind(); kind {
		case kindInt64, kindUint64, kindFloat64:
			value := r.item(kind, a.Key, 8)
			if len(value) < 8 {
				return false
			}
			binary.NativeEndian.PutUint64(value, a.bits)
		case kindString, kindBytes:
			text := a.text()
			value := r.item(kind, a.Key, uint(len(text)))
			if value == nil {
				return false
			}
			copy(value, text)
		default:
			if !r.addOther(kind, a) {
				return false
			}
		}
	}
	return true
}

func (r *room) addOther(kind byte, a *Attr) bool {
	switch kind {
	case kindBool:
		return r.addBool(a.Key, a.bits != 0)
	case kindDuration:
		return r.addDuration(a.Key, time.Duration(a.bits))
	case kindLocalTime, kindUTCTime, kindTime:
		return r.addTime(a.Key, a.time())
	case kindNull:
		return r.item(kindNull, a.Key, 0) != nil
	default:
		return false
	}
}

// addArgs adds what a call got behind its message.
func (r *room) addArgs(args []any) bool {
	for i := 0; i < len(args); i++ {
		switch arg := args[i].(type) {
		case string:
			i++
			if i == len(args) || !r.addAny(arg, args[i]) {
				return false
			}
		case Attr:
			one := [1]Attr{arg}
			if !r.addAttrs(one[:]) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func (r *room) addAny(key string, value any) bool {
	switch value := value.(type) {
	case string:
		return r.addText(kindString, key, value)
	case int:
		return r.addBits(kindInt64, key, uint64(value))
	case bool:
		return r.addBool(key, value)
	case int64:
		return r.addBits(kindInt64, key, uint64(value))
	case uint64:
		return r.addBits(kindUint64, key, value)
	case float64:
		return r.addBits(kindFloat64, key, math.Float64bits(value))
	case time.Duration:
		return r.addDuration(key, value)
	default:
		return false
	}
}

func (r *room) addSlog(attr *slog.Attr) bool {
	switch value := attr.Value; value.Kind() {
	case slog.KindString:
		return r.addText(kindString, attr.Key, value.String())
	case slog.KindInt64:
		return r.addBits(kindInt64, attr.Key, uint64(value.Int64()))
	case slog.KindBool:
		return r.addBool(attr.Key, value.Bool())
	case slog.KindUint64:
		return r.addBits(kindUint64, attr.Key, value.Uint64())
	case slog.KindFloat64:
		return r.addBits(kindFloat64, attr.Key, math.Float64bits(value.Float64()))
	case slog.KindDuration:
		return r.addDuration(attr.Key, value.Duration())
	case slog.KindTime:
		return r.addTime(attr.Key, value.Time())
	default:
		return false
	}
}
