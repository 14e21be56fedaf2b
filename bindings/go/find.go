package alog

// #include <stdlib.h>
// #include <alog.h>
import "C"

import (
	"fmt"
	"unsafe"
)

// Find returns a logger that is derived, as by [Logger.Child] with these options, from the one that was made with
// that name ([WithName]): by whatever part of the process, in whatever language. Of several with that name it is the
// oldest that runs; derived loggers are not looked at.
//
//	log, err := alog.Find("shop", alog.WithName("plugin"))
//	if err != nil {
//		return err
//	}
//	defer log.Close()
//	log.Info("loaded") // INFO shop.plugin - loaded
//
// It logs in causal order with all others, and refuses with [ErrStopped] when the owner of the name has stopped it.
// [Logger.Close] gives back only what Find made; [Logger.Stop] would stop the logger for everybody.
//
// The error is an [*Error]: [ErrHandle] if there is no such logger, and what Child returns.
func Find(name string, opts ...Option) (*Logger, error) {
	if err := refuseNUL(name); err != nil {
		return nil, err
	}
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	var found, handle C.alog_logger
	switch code := Code(C.alog_find(cname, &found)); code {
	case statusOK:
	case statusEmpty:
		return nil, plainError(ErrHandle, fmt.Sprintf("there is no logger called %q", name))
	default:
		return nil, plainError(code, fmt.Sprintf("cannot look for a logger called %q", name))
	}
	config, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	defer config.free()
	var described C.alog_error
	if err := failure(C.alog_child_new(found, config.c, &handle, &described), &described); err != nil {
		return nil, err
	}
	// Whose hooks it has is not known: they may be this program's.
	log := &Logger{id: uint64(handle.id), found: true, callsBack: true, callbacks: config.callbacks}
	log.begin(config)
	return log, nil
}
