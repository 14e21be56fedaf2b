//go:build alog_static

package alog

const linkedStatically = true
