//go:build go1.24

package alog

// These functions copy what they get before they return, and call no Go code on their caller's thread
// (alog_go_log_calling_back does), so what a caller logs need not be on the heap. Older versions of cgo do
// not know these directives.

// #cgo noescape alog_write
// #cgo nocallback alog_write
// #cgo noescape alog_log_encoded
// #cgo nocallback alog_log_encoded
// #include <alog.h>
import "C"

// stackStays says that what is on the stack may be passed to these functions.
const stackStays = true
