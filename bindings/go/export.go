package alog

// #include "callback.h"
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// alogGoWrite hands a batch of lines to an io.Writer, on the thread that writes.
//
//export alogGoWrite
func alogGoWrite(handle C.uintptr_t, lines *C.alog_go_text, length C.size_t) C.int32_t {
	sink := cgo.Handle(handle).Value().(*writerSink)
	return C.int32_t(sink.write(unsafe.Slice((*byte)(unsafe.Pointer(lines)), int(length))))
}

// alogGoHook shows a record to a hook, on the thread that logs or on one that writes.
//
//export alogGoHook
func alogGoHook(handle C.uintptr_t, record *C.alog_record) C.int32_t {
	return C.int32_t(cgo.Handle(handle).Value().(*hook).run(record))
}

// alogGoPick asks a scheduler for the worker of a record, on the thread that logs.
//
//export alogGoPick
func alogGoPick(handle C.uintptr_t, record *C.alog_record, workers C.uint32_t) C.uint32_t {
	return C.uint32_t(cgo.Handle(handle).Value().(*scheduler).pick(record, int(workers)))
}
