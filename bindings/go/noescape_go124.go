//go:build go1.24

package alog

// alog_write copies the message before it returns and calls no Go code on its caller's thread, so
// what a caller logs need not be on the heap. Older versions of cgo do not know these directives.

// #cgo noescape alog_write
// #cgo nocallback alog_write
// #include <alog.h>
import "C"
