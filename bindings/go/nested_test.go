package alog_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"alog.dev/alog"
)

type (
	list   []list
	linked struct{ Next any }
	told   struct{ inside []any }
)

func (told) String() string { return "told" }

func TestAValueThatContainsItselfIsShownAsThat(t *testing.T) {
	node := map[string]any{"n": 1}
	node["a"], node["b"] = node, map[string]any{"parent": node}
	attrs := []alog.Attr{alog.Int("n", 1), {}, {}}
	attrs[1], attrs[2] = alog.Group("a", attrs...), alog.Any("b", attrs)
	slogs := []slog.Attr{slog.Int("n", 1), {}, {}}
	slogs[1], slogs[2] = slog.Attr{Key: "a", Value: slog.GroupValue(slogs...)}, slog.Attr{Value: slog.GroupValue(slogs...)}
	slice, byAny, own := make([]any, 2), map[any]any{}, make(list, 1)
	slice[0], slice[1], byAny[1], own[0] = slice, slice, byAny, own
	silent := []any{nil}
	silent[0] = told{silent}
	self := &linked{}
	self.Next = self
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"a map":                         {node, "k.a=!CYCLE k.b.parent=!CYCLE k.n=1"},
		"a group":                       {attrs, "k.n=1 k.a=!CYCLE k.b=!CYCLE"},
		"a group of slog":               {slog.GroupValue(slogs...), "k.n=1 k.a=!CYCLE k._=!CYCLE"},
		"a slice":                       {slice, "k=!CYCLE"},
		"a pointer to a slice":          {&slice, "k=!CYCLE"},
		"a map with keys of any type":   {byAny, "k=!CYCLE"},
		"a slice of its own type":       {own, "k=!CYCLE"},
		"a struct with such a slice":    {struct{ v any }{slice}, "k=!CYCLE"},
		"an array with such a map":      {[1]any{byAny}, "k=!CYCLE"},
		"a value that tells its text":   {silent, "k=[told]"},
		"a pointer, which is not shown": {self, fmt.Sprintf("k=&{Next:%p}", self)},
	} {
		checkLogfmt(t, name, c.want, func(log *alog.Logger) { log.Info("", "k", c.value) })
		checkLogfmt(t, name, c.want, func(log *alog.Logger) { log.Info("", alog.Any("k", c.value)) })
		checkLogfmt(t, name, c.want, func(log *alog.Logger) { slog.New(alog.NewSlogHandler(log)).Info("", "k", c.value) })
	}
}

// checkLogfmt compares what is shown of the fields, without the quotes around a text.
func checkLogfmt(t *testing.T, name, want string, f func(*alog.Logger)) {
	t.Helper()
	got := written(t, f, alog.WithPattern("Z] {all_fields}"))
	if len(got) != 1 || strings.ReplaceAll(got[0], `"`, "") != want {
		t.Errorf("%s: %.200q, want %q", name, got, want)
	}
}

func TestAGroupOfSlogThatContainsItselfIsReplacedOnce(t *testing.T) {
	attrs := []slog.Attr{slog.Int("n", 1), {}, {}}
	attrs[1], attrs[2] = slog.Attr{Key: "a", Value: slog.GroupValue(attrs...)}, slog.Attr{Key: "b", Value: slog.GroupValue(attrs...)}
	opts := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { return a }}
	checkLogfmt(t, "with ReplaceAttr", "k.n=1 k.a=!CYCLE k.b=!CYCLE", func(log *alog.Logger) {
		slog.New(alog.NewSlogHandlerOptions(log, opts)).Info("", slog.Attr{Key: "k", Value: slog.GroupValue(attrs...)})
	})
}

func TestAPanicWithAValueThatContainsItselfIsLogged(t *testing.T) {
	slice := make([]any, 1)
	slice[0] = slice
	got := written(t, func(log *alog.Logger) {
		if err := log.Catch(func() { panic(slice) }); err == nil || err.Error() != "panic: !CYCLE" {
			t.Errorf("%v", err)
		}
	}, alog.WithPattern("Z] {message}"))
	if len(got) != 1 || got[0] != "panic: !CYCLE" {
		t.Errorf("%q", got)
	}
}

func TestWhatIsAtManyPlacesOfAValueIsShownAtEachOfThemAndNotWithoutEnd(t *testing.T) {
	shared := map[string]any{"x": 1}
	checkLogfmt(t, "a map", "k.a.x=1 k.b.x=1", func(log *alog.Logger) {
		log.Info("", "k", map[string]any{"a": shared, "b": shared})
	})
	checkLogfmt(t, "a slice", "k=[map[x:1] map[x:1]]", func(log *alog.Logger) { log.Info("", "k", []any{shared, shared}) })
	cells := []struct {
		first [1]linked
		all   []linked
	}{{}}
	cells[0].all = cells[0].first[:] // at the same address as cells
	checkLogfmt(t, "what begins where it is itself", "k=[{first:[{Next:<nil>}] all:[{Next:<nil>}]}]", func(log *alog.Logger) {
		log.Info("", "k", cells)
	})

	fields, attrs, slice := map[string]any{}, []alog.Attr{}, []any{}
	for i := 0; i < 30; i++ { // 2^30 of each
		fields = map[string]any{"a": fields, "b": fields}
		attrs = []alog.Attr{alog.Group("a", attrs...), alog.Group("b", attrs...)}
		slice = []any{slice, slice}
	}
	log, _ := newFileLogger(t)
	for _, value := range []any{fields, attrs} {
		if err := log.Log(alog.LevelInfo, "", "k", value); err != alog.ErrTooLarge {
			t.Errorf("%T: %v", value, err)
		}
	}
	checkLogfmt(t, "a slice", "k=!SIZE", func(log *alog.Logger) { log.Info("", "k", slice) })
	checkLogfmt(t, "bytes", "k=!SIZE", func(log *alog.Logger) { log.Info("", "k", [][]byte{bytes.Repeat([]byte{1}, 17<<20)}) })
}

func TestAValueThatIsNestedTooDeepForFmtIsNotShown(t *testing.T) {
	var slice, chain any
	for i := 0; i < 1_000_000; i++ {
		slice, chain = []any{slice}, linked{chain}
	}
	checkLogfmt(t, "slices", "k=!DEPTH", func(log *alog.Logger) { log.Info("", "k", slice) })
	checkLogfmt(t, "structs", "k=!DEPTH", func(log *alog.Logger) { log.Info("", "k", chain) })
}
