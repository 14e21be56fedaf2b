//go:build !alog_static

package alog

// #cgo pkg-config: alog
import "C"
