//go:build go1.24

package alog

// alog_log_encoded copies the message before it returns and calls no Go code on its caller's thread
// (alog_go_log_calling_back does), so what a caller logs need not be on the heap. Older versions of cgo do
// not know these directives.

// #cgo noescape alog_log_encoded
// #cgo nocallback alog_log_encoded
// #include <alog.h>
import "C"
