package alog

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// header is what this package must agree with.
func header(t *testing.T) string {
	t.Helper()
	return read(t, "../../include/alog.h")
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestTheConstantsAreThoseOfTheHeader(t *testing.T) {
	here := map[string]int{
		"OK": int(statusOK), "EMPTY": int(statusEmpty), "DISABLED": int(statusDisabled),
		"DROPPED":      int(ErrDropped),
		"ERR_ARGUMENT": int(ErrArgument), "ERR_HANDLE": int(ErrHandle), "ERR_STOPPED": int(ErrStopped),
		"ERR_TIMEOUT": int(ErrTimeout), "ERR_WOULD_DEADLOCK": int(ErrWouldDeadlock),
		"ERR_TOO_LARGE": int(ErrTooLarge), "ERR_KEY": int(ErrKey), "ERR_VALUE": int(ErrValue),
		"ERR_SINK": int(ErrSink), "ERR_SYNTAX": int(ErrSyntax), "ERR_MEMORY": int(ErrMemory), "ERR_THREAD": int(ErrThread),
		"ERR_LIMIT": int(ErrLimit), "ERR_OPEN": int(ErrOpen), "ERR_IO": int(ErrIO),
		"ERR_QUEUE_FULL": int(ErrQueueFull), "ERR_PANIC": int(ErrPanic),
		"ERR_FIELD": int(ErrField), "ERR_MODE": int(ErrMode), "ERR_HOOK": int(ErrHook),
		"ERR_SCHEDULER": int(ErrScheduler),
		"FIELD_NULL":    kindNull, "FIELD_BOOL": kindBool, "FIELD_I64": kindInt64, "FIELD_U64": kindUint64,
		"FIELD_F64": kindFloat64, "FIELD_STR": kindString, "FIELD_BYTES": kindBytes, "FIELD_GROUP": kindGroup,
		"FIELD_END": kindEnd,
		"BY_POLICY": byPolicy, "TEMPLATE": flagTemplate, "HOOK_PRE": hookPre, "HOOK_POST": hookPost,
		"LEVEL_TRACE": int(LevelTrace), "LEVEL_DEBUG": int(LevelDebug), "LEVEL_INFO": int(LevelInfo),
		"LEVEL_NOTICE": int(LevelNotice), "LEVEL_WARN": int(LevelWarn), "LEVEL_ERROR": int(LevelError),
		"LEVEL_FATAL": int(LevelFatal),
		"REJECT_FULL": RejectFull, "REJECT_TIMEOUT": RejectTimeout, "REJECT_TOO_LARGE": RejectTooLarge,
		"REJECT_STOPPED": RejectStopped, "REJECT_WOULD_DEADLOCK": RejectWouldDeadlock,
		"REJECT_MEMORY": RejectMemory, "REJECT_ARGUMENT": RejectArgument,
		"REJECT_COUNT":  len(Stats{}.Rejected),
		"DROP_FILTERED": DropFiltered, "DROP_OLDEST": DropReplaced, "DROP_SUPPRESSED": DropSuppressed,
		"DROP_COUNT":  len(Stats{}.Dropped),
		"ABI_VERSION": 1, // checked by the preprocessor in logger.go
	}
	define := regexp.MustCompile(`(?m)^#define ALOG_(\w+) (-?\d+)$`)
	found := make(map[string]bool)
	for _, match := range define.FindAllStringSubmatch(header(t), -1) {
		name := match[1]
		value, err := strconv.Atoi(match[2])
		if err != nil {
			t.Fatal(err)
		}
		found[name] = true
		if got, known := here[name]; !known {
			t.Errorf("ALOG_%s of the header is missing in Go", name)
		} else if got != value {
			t.Errorf("ALOG_%s is %d in the header and %d in Go", name, value, got)
		}
	}
	for name := range here {
		if !found[name] {
			t.Errorf("ALOG_%s is not in the header", name)
		}
	}
}

func TestEverySettingOfTheHeaderIsDescribed(t *testing.T) {
	_, table, _ := strings.Cut(header(t), "Sets one key of a configuration.")
	table, _, _ = strings.Cut(table, "# Returns")
	options := read(t, "config.go")
	_, described, _ := strings.Cut(options, "// WithSetting sets a setting")
	described, _, _ = strings.Cut(described, "func WithSetting")
	rows := regexp.MustCompile("(?m)^ \\* \\| ((?:`\\w+` *)+)\\|").FindAllStringSubmatch(table, -1)
	if len(rows) == 0 {
		t.Fatal("no table of settings in the header")
	}
	for _, row := range rows {
		for _, key := range strings.Fields(strings.ReplaceAll(row[1], "`", " ")) {
			if !regexp.MustCompile(`\b` + key + `\b`).MatchString(described) {
				t.Errorf("setting %q is not described at WithSetting", key)
			}
		}
	}
}

func TestEveryFunctionOfTheHeaderIsUsed(t *testing.T) {
	functions := regexp.MustCompile(`(?m)^[a-z].*\b(alog_\w+)\(`).FindAllStringSubmatch(header(t), -1)
	if len(functions) == 0 {
		t.Fatal("no functions in the header")
	}
	var sources string
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, "callback.c") {
		if !strings.HasSuffix(name, "_test.go") {
			sources += read(t, name)
		}
	}
	instead := map[string]string{
		"alog_abi_version":       "ALOG_ABI_VERSION", // compared when the package is compiled, which is earlier
		"alog_log":               "C.alog_log_encoded(",
		"alog_write_sync":        "alog_log_sync(",
		"alog_log_site":          "C.alog_log_encoded(", // to know its call site costs Go more than fields do
		"alog_site_get":          "C.alog_log_encoded(",
		"alog_pull_fd_get":       "C.alog_pull(", // Pull waits by its context
		"alog_config_add_fields": "C.alog_config_add_encoded_fields(",
	}
	for _, function := range functions {
		name := function[1]
		use := instead[name]
		if use == "" {
			use = name + "("
		}
		if !strings.Contains(sources, use) {
			t.Errorf("%s is not reachable from Go", name)
		}
	}
}

func TestTheVersionIsThatOfTheCargoManifest(t *testing.T) {
	version := regexp.MustCompile(`(?m)^version = "(.*)"$`).FindStringSubmatch(read(t, "../../Cargo.toml"))
	if version == nil || Version() != version[1] {
		t.Errorf("Version() = %q, Cargo.toml says %q", Version(), version)
	}
}
