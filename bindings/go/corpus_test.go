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

func TestEveryMessageOfTheCorpusGivesItsStatusAndItsLine(t *testing.T) {
	stamp := regexp.MustCompile(`^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}Z\] `)
	for _, row := range rows(t, "cases.tsv", 6) {
		t.Run(row[0], func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "case.log")
			opts := []Option{WithSink("file:" + path)}
			raw := false
			if row[1] != "-" {
				for _, pair := range strings.Fields(row[1]) {
					key, value, _ := strings.Cut(pair, "=")
					opts = append(opts, WithSetting(key, value))
					raw = raw || pair == "format=raw"
				}
			}
			log, err := New(opts...)
			if err != nil {
				t.Fatal(err)
			}
			defer log.Close()
			level, err := strconv.Atoi(row[2])
			if err != nil {
				t.Fatal(err)
			}
			if got, want := log.Log(Level(level), decoded(t, row[3])), status(t, row[4]); got != want {
				t.Errorf("Log: %v, want %v", got, want)
			}
			if err := log.Stop(context.Background()); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if row[5] == "-" {
				if len(got) != 0 {
					t.Errorf("wrote %q, want nothing", got)
				}
				return
			}
			if !raw {
				shape := stamp.Find(got)
				if shape == nil {
					t.Fatalf("no time stamp in %.80q", got)
				}
				got = got[len(shape):]
			}
			if want := decoded(t, row[5]) + "\n"; !bytes.Equal(got, []byte(want)) {
				t.Errorf("wrote %.200q, want %.200q", got, want)
			}
		})
	}
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
