package alog

import (
	"context"
	"log/slog"
	"unsafe"
)

// slogHandler is a Logger behind package slog.
type slogHandler struct {
	log     *Logger
	fields  []byte   // encoded, with open groups that are not ended
	open    int      // how many groups are open in fields
	pending []string // groups that were opened later, and have no fields yet
	groups  []string // all open ones, for ReplaceAttr
	options slog.HandlerOptions
}

// NewSlogHandler makes log the destination of a [slog.Logger]:
//
//	slog.SetDefault(slog.New(alog.NewSlogHandler(log)))
//
// Attributes become fields and groups become groups. Braces in a message mean nothing, as everywhere in
// slog. The time is that of alog, the source comes with [WithSource], and the names of elements in JSON are
// settings: message_key=msg gives slog's own. Levels between those of slog are the nearest one below:
// slog.LevelDebug-4 is [LevelTrace], slog.LevelInfo+2 is [LevelNotice], and from slog.LevelError+4 on it is
// [LevelFatal].
func NewSlogHandler(log *Logger) slog.Handler {
	return &slogHandler{log: log}
}

// NewSlogHandlerOptions is [NewSlogHandler] with the options of package slog; nil means none.
//
// AddSource gives records that come through this handler their place in the program, also without [WithSource]. Level
// keeps back what is below it, of what the logger takes. ReplaceAttr is called for each attribute that is no group,
// as slog does it, but not for time, level, message and source: their names and forms are settings of alog.
func NewSlogHandlerOptions(log *Logger, opts *slog.HandlerOptions) slog.Handler {
	h := &slogHandler{log: log}
	if opts != nil {
		h.options = *opts
	}
	return h
}

func levelOfSlog(level slog.Level) Level {
	switch {
	case level < slog.LevelDebug:
		return LevelTrace
	case level < slog.LevelInfo:
		return LevelDebug
	case level < slog.LevelInfo+2:
		return LevelInfo
	case level < slog.LevelWarn:
		return LevelNotice
	case level < slog.LevelError:
		return LevelWarn
	case level < slog.LevelError+4:
		return LevelError
	default:
		return LevelFatal
	}
}

// Enabled implements [slog.Handler].
func (h *slogHandler) Enabled(_ context.Context, level slog.Level) bool {
	if h.options.Level != nil && level < h.options.Level.Level() {
		return false
	}
	return !h.log.isOff(levelOfSlog(level))
}

// Handle implements [slog.Handler]. It returns what [Logger.Log] returns; the context means nothing to it.
func (h *slogHandler) Handle(_ context.Context, record slog.Record) error {
	level, source := levelOfSlog(record.Level), uint32(0)
	if (h.log.hasSource || h.options.AddSource) && record.PC != 0 {
		source = sourceOf(record.PC)
	}
	if h.options.ReplaceAttr == nil && h.log.hasRoom() {
		var room room
		if h.fill(&room, &record) {
			return h.log.hand(level, 0, source, byPolicy, record.Message, room.encoded())
		}
	}
	buffer := newBuffer()
	buffer.bytes = h.appendFields(append(buffer.bytes, h.log.lent...), &record)
	err := h.log.put(level, 0, source, byPolicy, record.Message, buffer.bytes)
	buffer.free()
	return err
}

// fill puts the fields of a record into a room; it reports whether that took them.
func (h *slogHandler) fill(r *room, record *slog.Record) bool {
	taken, open := r.addEncoded(h.fields), h.open
	if taken && record.NumAttrs() > 0 {
		open += len(h.pending)
		for _, name := range h.pending {
			taken = taken && r.item(kindGroup, name, 0) != nil
		}
		record.Attrs(func(attr slog.Attr) bool {
			taken = taken && r.addSlog(&attr)
			return taken
		})
	}
	for ; taken && open > 0; open-- {
		taken = r.addEnd()
	}
	return taken
}

func (h *slogHandler) appendFields(to []byte, record *slog.Record) []byte {
	to = append(to, h.fields...)
	before, open := len(to), h.open
	for _, name := range h.pending {
		to = appendHead(to, kindGroup, name, 0)
	}
	begun := len(to)
	record.Attrs(func(attr slog.Attr) bool {
		to = h.append(to, attr, open+len(h.pending))
		return true
	})
	if len(to) == begun {
		to = to[:before] // groups without fields are not shown
	} else {
		open += len(h.pending)
	}
	for ; open > 0; open-- {
		to = appendEnd(to)
	}
	return to
}

// WithAttrs implements [slog.Handler].
func (h *slogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	fields := h.fields[:len(h.fields):len(h.fields)]
	for _, name := range h.pending {
		fields = appendHead(fields, kindGroup, name, 0)
	}
	open, begun := h.open+len(h.pending), len(fields)
	for _, attr := range attrs {
		fields = h.append(fields, attr, open)
	}
	if len(fields) == begun {
		return h
	}
	return &slogHandler{log: h.log, fields: fields, open: open, groups: h.groups, options: h.options}
}

// WithGroup implements [slog.Handler]. Beyond the depth that the library takes, a group is not opened.
func (h *slogHandler) WithGroup(name string) slog.Handler {
	if name == "" || h.open+len(h.pending) == maxDepth {
		return h
	}
	pending := append(h.pending[:len(h.pending):len(h.pending)], name)
	groups := append(h.groups[:len(h.groups):len(h.groups)], name)
	return &slogHandler{log: h.log, fields: h.fields, open: h.open, pending: pending, groups: groups, options: h.options}
}

// append appends an attribute, replaced if that was asked for.
func (h *slogHandler) append(to []byte, attr slog.Attr, depth int) []byte {
	open := path{depth: depth, begin: len(to)}
	if h.options.ReplaceAttr == nil {
		return appendSlog(to, attr, &open)
	}
	attr, shown := h.replaced(h.groups, attr, nil)
	if !shown {
		return to
	}
	return appendSlog(to, attr, &open)
}

// replaced gives what ReplaceAttr makes of an attribute, or of what is in it; false if that is nothing.
func (h *slogHandler) replaced(groups []string, attr slog.Attr, up *path) (slog.Attr, bool) {
	attr.Value = attr.Value.Resolve()
	if attr.Value.Kind() != slog.KindGroup {
		attr = h.options.ReplaceAttr(groups, attr)
		attr.Value = attr.Value.Resolve()
	}
	if attr.Equal(slog.Attr{}) {
		return attr, false
	}
	if attr.Value.Kind() != slog.KindGroup {
		return attr, true
	}
	among := attr.Value.Group()
	here, fault := up.enter(nil, unsafe.Pointer(unsafe.SliceData(among)), len(among))
	if fault != "" {
		return slog.String(attr.Key, fault), true
	}
	if attr.Key != "" {
		groups = append(groups[:len(groups):len(groups)], attr.Key)
	}
	members := make([]slog.Attr, 0, len(among))
	for _, member := range among {
		if member, shown := h.replaced(groups, member, &here); shown {
			members = append(members, member)
		}
	}
	attr.Value = slog.GroupValue(members...)
	return attr, true
}

// appendSlog appends an attribute by the rules of slog: empty ones and empty groups are left out, and a
// group without a key brings its attributes alone.
func appendSlog(to []byte, attr slog.Attr, up *path) []byte {
	value := attr.Value.Resolve()
	switch value.Kind() {
	case slog.KindGroup:
		return appendSlogGroup(to, attr.Key, value.Group(), up)
	case slog.KindBool:
		return appendBool(to, attr.Key, value.Bool())
	case slog.KindInt64:
		return appendBits(to, kindInt64, attr.Key, uint64(value.Int64()))
	case slog.KindString:
		return appendText(to, attr.Key, value.String())
	case slog.KindTime:
		return appendTime(to, attr.Key, value.Time())
	}
	if attr.Equal(slog.Attr{}) {
		return to
	}
	return appendAny(to, attr.Key, value.Any(), up)
}

func appendSlogGroup(to []byte, key string, attrs []slog.Attr, up *path) []byte {
	here, fault := up.enter(to, unsafe.Pointer(unsafe.SliceData(attrs)), len(attrs))
	if key == "" {
		here.depth-- // its attributes stand where it does
	}
	if fault != "" && (key != "" || fault != faultDepth) {
		return appendText(to, key, fault)
	}
	before := len(to)
	if key != "" {
		to = appendHead(to, kindGroup, key, 0)
	}
	begun := len(to)
	for _, attr := range attrs {
		to = appendSlog(to, attr, &here)
	}
	if len(to) == begun {
		return to[:before]
	}
	if key != "" {
		to = appendEnd(to)
	}
	return to
}
