package alog

import (
	"encoding/binary"
	"math"
)

// cutItem takes the first item of encoded fields apart.
func cutItem(items []byte) (kind byte, key, content []byte) {
	keyEnd := headBytes + int(binary.NativeEndian.Uint16(items[2:]))
	end := keyEnd + int(binary.NativeEndian.Uint32(items[4:]))
	return items[0], items[headBytes:keyEnd], items[keyEnd:end]
}

// decodeBits gives a number, a truth value or a null.
func decodeBits(kind byte, bits uint64) any {
	switch kind {
	case kindBool:
		return bits != 0
	case kindInt64:
		return int64(bits)
	case kindUint64:
		return bits
	case kindFloat64:
		return math.Float64frombits(bits)
	default:
		return nil
	}
}

// decodeContent gives a copy of a text, of bytes, or of the fields of a group.
func decodeContent(kind byte, content []byte) any {
	switch kind {
	case kindString:
		return string(content)
	case kindBytes:
		return append([]byte{}, content...)
	default:
		attrs, _ := decodeFields(content)
		return attrs
	}
}

// decodeFields gives the fields up to the end of their group, and what is behind it.
func decodeFields(items []byte) (attrs []Attr, rest []byte) {
	for len(items) > 0 {
		kind, key, content := cutItem(items)
		items = items[headBytes+len(key)+len(content):]
		name := string(key)
		switch kind {
		case kindEnd:
			return attrs, items
		case kindGroup:
			var group []Attr
			group, items = decodeFields(items)
			attrs = append(attrs, Group(name, group...))
		case kindString:
			attrs = append(attrs, String(name, string(content)))
		case kindBytes:
			attrs = append(attrs, Bytes(name, append([]byte{}, content...)))
		case kindBool:
			attrs = append(attrs, Bool(name, content[0] != 0))
		case kindInt64, kindUint64, kindFloat64:
			attrs = append(attrs, tagged(name, kind, binary.NativeEndian.Uint64(content)))
		default:
			attrs = append(attrs, Attr{Key: name})
		}
	}
	return attrs, nil
}
