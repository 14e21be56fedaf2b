//go:build alog_static

package alog

// The archive comes first and satisfies every symbol; --as-needed then leaves out the shared library
// of the same name that pkg-config names again.

// #cgo LDFLAGS: -l:libalog.a -Wl,--as-needed
// #cgo pkg-config: --static alog
import "C"
