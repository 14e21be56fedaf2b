package alog

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// rows reads a file of the corpus that all languages share; its README.md describes the columns.
func rows(t *testing.T, name string, columns int) [][]string {
	t.Helper()
	var rows [][]string
	for number, line := range strings.Split(read(t, filepath.Join("../../tests/corpus", name)), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		row := strings.Split(line, "\t")
		if len(row) != columns {
			t.Fatalf("%s:%d has %d columns, not %d", name, number+1, len(row), columns)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no cases", name)
	}
	return rows
}

// decoded gives the bytes behind a column: %XX is one byte, *N: in front repeats the rest N times.
func decoded(t *testing.T, column string) string {
	t.Helper()
	count := 1
	if repeated, ok := strings.CutPrefix(column, "*"); ok {
		number, rest, _ := strings.Cut(repeated, ":")
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		count, column = n, rest
	}
	plain, err := url.PathUnescape(column)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Repeat(plain, count)
}

// status gives the error that a status of the corpus stands for.
func status(t *testing.T, column string) error {
	t.Helper()
	code, err := strconv.Atoi(column)
	if err != nil {
		t.Fatal(err)
	}
	return outcome(Code(code))
}

var stamp = regexp.MustCompile(`^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}Z\] `)

// settings gives the options of a column, and whether lines then have the shape of text.
func settings(t *testing.T, column string) (opts []Option, isText bool) {
	t.Helper()
	isText = true
	if column == "-" {
		return nil, isText
	}
	for _, pair := range strings.Fields(column) {
		key, value, _ := strings.Cut(pair, "=")
		opts = append(opts, WithSetting(key, decoded(t, value)))
		isText = isText && key != "format" && key != "pattern"
	}
	return opts, isText
}

// checkCase logs with a logger of the settings, and compares what the call and the file say.
func checkCase(t *testing.T, opts []Option, isText bool, log func(*Logger) error, wantStatus, wantLine string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "case.log")
	logger, err := New(append(opts, WithSink("file:"+path))...)
	if err != nil {
		t.Fatal(err)
	}
	defer logger.Close()
	if got, want := log(logger), status(t, wantStatus); got != want {
		t.Errorf("Log: %v, want %v", got, want)
	}
	if err := logger.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if wantLine == "-" {
		if len(got) != 0 {
			t.Errorf("wrote %q, want nothing", got)
		}
		return
	}
	if isText {
		shape := stamp.Find(got)
		if shape == nil {
			t.Fatalf("no time stamp in %.80q", got)
		}
		got = got[len(shape):]
	}
	if want := decoded(t, wantLine) + "\n"; !bytes.Equal(got, []byte(want)) {
		t.Errorf("wrote %.200q, want %.200q", got, want)
	}
}

func level(t *testing.T, column string) Level {
	t.Helper()
	level, err := strconv.Atoi(column)
	if err != nil {
		t.Fatal(err)
	}
	return Level(level)
}

func TestEveryMessageOfTheCorpusGivesItsStatusAndItsLine(t *testing.T) {
	for _, row := range rows(t, "cases.tsv", 6) {
		t.Run(row[0], func(t *testing.T) {
			opts, isText := settings(t, row[1])
			log := func(l *Logger) error { return l.Log(level(t, row[2]), decoded(t, row[3])) }
			checkCase(t, opts, isText, log, row[4], row[5])
		})
	}
}

func TestEveryRecordOfTheCorpusGivesItsStatusAndItsLine(t *testing.T) {
	for _, row := range rows(t, "records.tsv", 8) {
		t.Run(row[0], func(t *testing.T) {
			opts, isText := settings(t, row[1])
			flags := uint32(0)
			if row[4] == "template" {
				flags = flagTemplate
			}
			base, own := fields(t, row[5])
			opts = append(opts, WithFields(args(base)...))
			log := func(l *Logger) error {
				return l.put(level(t, row[2]), flags, 0, byPolicy, decoded(t, row[3]), appendAttrs(nil, own, nil))
			}
			checkCase(t, opts, isText, log, row[6], row[7])
		})
	}
}

// args gives the fields as the exported functions take them.
func args(attrs []Attr) []any {
	var args []any
	for _, attr := range attrs {
		args = append(args, attr)
	}
	return args
}

// fields gives the fields of a column: those of the logger, and those of the call.
func fields(t *testing.T, column string) (base, own []Attr) {
	t.Helper()
	if column == "-" {
		return nil, nil
	}
	items := strings.Split(column, " ")
	own, rest := group(t, items)
	if len(rest) > 0 && rest[0] == "|" {
		base = own
		own, rest = group(t, rest[1:])
	}
	if len(rest) > 0 {
		t.Fatalf("what is %q?", rest)
	}
	return base, own
}

// group takes fields up to the end of their group, and gives what is behind it.
func group(t *testing.T, items []string) (attrs []Attr, rest []string) {
	t.Helper()
	for len(items) > 0 {
		item := items[0]
		if item == "|" || item == "}" {
			return attrs, items
		}
		items = items[1:]
		coded, value, _ := strings.Cut(item, ":")
		key := decoded(t, coded)
		if value == "{" {
			var inner []Attr
			inner, items = group(t, items)
			attrs = append(attrs, Group(key, inner...))
			items = items[1:] // the end of the group
			continue
		}
		kind, value, _ := strings.Cut(value, "=")
		attrs = append(attrs, field(t, key, kind, decoded(t, value)))
	}
	return attrs, nil
}

func field(t *testing.T, key, kind, value string) Attr {
	t.Helper()
	attr, err := Any(key, nil), error(nil)
	switch kind {
	case "n":
	case "b":
		attr = Bool(key, value == "1")
	case "i":
		var n int64
		n, err = strconv.ParseInt(value, 10, 64)
		attr = Int64(key, n)
	case "u":
		var n uint64
		n, err = strconv.ParseUint(value, 10, 64)
		attr = Uint64(key, n)
	case "f":
		var x float64
		x, err = strconv.ParseFloat(value, 64)
		attr = Float64(key, x)
	case "s":
		attr = String(key, value)
	case "x":
		attr = Bytes(key, []byte(value))
	default:
		t.Fatalf("what is a field of type %q?", kind)
	}
	if err != nil {
		t.Fatal(err)
	}
	return attr
}

func TestEverySettingOfTheCorpusIsTakenOrRefusedAsItSays(t *testing.T) {
	for _, row := range rows(t, "config.tsv", 6) {
		t.Run(row[0], func(t *testing.T) {
			opt := WithSink(row[3])
			if row[1] == "set" {
				opt = WithSetting(row[2], row[3])
			}
			c, err := newConfig([]Option{opt})
			if err == nil {
				c.free()
			}
			want := status(t, row[4])
			if !errors.Is(err, want) {
				t.Fatalf("%v, want %v", err, want)
			}
			var described *Error
			if want != nil && (!errors.As(err, &described) || !strings.Contains(described.Message, row[5])) {
				t.Errorf("%v does not say %q", err, row[5])
			}
		})
	}
}
