package alog

// #include "sink.h"
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// alogGoWrite hands a batch of lines to an io.Writer, on the writer thread of a logger.
//
//export alogGoWrite
func alogGoWrite(writer C.uintptr_t, lines *C.alog_go_text, length C.size_t) C.int32_t {
	sink := cgo.Handle(writer).Value().(*writerSink)
	return C.int32_t(sink.write(unsafe.Slice((*byte)(unsafe.Pointer(lines)), int(length))))
}
