package alog

import (
	"debug/elf"
	"os"
	"strings"
	"testing"
)

// needsLibrary reports whether this test program asks for the shared library when it starts.
func needsLibrary(t *testing.T) bool {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	libraries, err := file.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(strings.Join(libraries, " "), "libalog.so.1")
}

func TestTheBuildTagSaysHowTheProgramIsLinked(t *testing.T) {
	if needsLibrary(t) == linkedStatically {
		t.Errorf("with the tag alog_static %v, the program needs the shared library: %v", linkedStatically, !linkedStatically)
	}
}
