package alog

import (
	"fmt"
	"reflect"
	"unsafe"
)

// What stands for a group or a value that is not shown.
const (
	faultCycle = "!CYCLE" // it contains itself
	faultDepth = "!DEPTH" // it is nested too deep
	faultSize  = "!SIZE"  // it is too large
)

const (
	// A group that stands in another one is left out behind so much of the outermost: what is small in memory may
	// have the same map at many places, and be without end when it is written out. No text of fmt is longer, either.
	maxNestedBytes = 16 << 20

	// More than anybody writes by hand, and far from the end of Go's stack, which is the end of the process.
	maxShownDepth = 1000
)

// A path leads from the outermost group, or value, to the one that is about to be shown: by it a value is found to
// contain itself. A nil path is outside of all.
type path struct {
	up    *path
	at    unsafe.Pointer // the map, or the first of what is in it
	count int            // how many are in it
	of    reflect.Type   // of a value that fmt shows: what is in it may be where it is itself
	depth int
	begin int // where the outermost was begun
}

// enter goes into a group that is about to be appended, or says what stands for it.
func (p *path) enter(to []byte, at unsafe.Pointer, count int) (here path, fault string) {
	here = path{up: p, at: at, count: count, depth: 1, begin: len(to)}
	if p == nil {
		return here, ""
	}
	here.depth, here.begin = p.depth+1, p.begin
	switch {
	case p.has(at, count, nil):
		fault = faultCycle
	case here.depth > maxDepth:
		fault = faultDepth
	case len(to)-here.begin > maxNestedBytes:
		fault = faultSize
	}
	return here, fault
}

func (p *path) has(at unsafe.Pointer, count int, of reflect.Type) bool {
	for ; p != nil && count > 0; p = p.up {
		if p.at == at && p.count == count && p.of == of {
			return true
		}
	}
	return false
}

// textOf is fmt.Sprint for what a program panicked with.
func textOf(value any) string {
	if reflected := reflect.ValueOf(value); !speaks(reflected) {
		if fault := survey(reflected); fault != "" {
			return fault
		}
	}
	return fmt.Sprint(value)
}

// survey goes through a value as fmt does, and says what stands for it if fmt must not: fmt follows a value that
// contains itself until the stack ends, and the process with it, which nothing can recover.
func survey(value reflect.Value) (fault string) {
	if value.Kind() == reflect.Pointer { // the only one that fmt follows
		value = value.Elem()
	}
	s := surveyor{maxNestedBytes}
	return s.visit(value, nil, 0)
}

// A surveyor has what is left of the bytes that a text may have, counted from below.
type surveyor struct{ left int }

func (s *surveyor) visit(value reflect.Value, up *path, depth int) (fault string) {
	s.left-- // for what stands between it and the next
	switch value.Kind() {
	case reflect.String:
		s.left -= value.Len()
	case reflect.Interface, reflect.Struct, reflect.Array, reflect.Slice, reflect.Map:
		if depth == maxShownDepth {
			return faultDepth
		}
		if !speaks(value) {
			fault = s.visitInside(value, up, depth+1)
		}
	}
	if fault == "" && s.left < 0 {
		fault = faultSize
	}
	return fault
}

func (s *surveyor) visitInside(value reflect.Value, up *path, depth int) (fault string) {
	switch value.Kind() {
	case reflect.Interface:
		return s.visit(value.Elem(), up, depth)
	case reflect.Struct:
		for i := 0; i < value.NumField() && fault == ""; i++ {
			fault = s.visit(value.Field(i), up, depth)
		}
		return fault
	case reflect.Array:
		return s.visitElements(value, up, depth)
	}
	here := path{up: up, at: value.UnsafePointer(), count: value.Len(), of: value.Type()}
	if up.has(here.at, here.count, here.of) {
		return faultCycle
	}
	if value.Kind() == reflect.Slice {
		return s.visitElements(value, &here, depth)
	}
	for entries := value.MapRange(); fault == "" && entries.Next(); {
		if fault = s.visit(entries.Key(), &here, depth); fault == "" {
			fault = s.visit(entries.Value(), &here, depth)
		}
	}
	return fault
}

func (s *surveyor) visitElements(value reflect.Value, up *path, depth int) (fault string) {
	if kind := value.Type().Elem().Kind(); kind <= reflect.Complex128 {
		s.left -= value.Len()
		return ""
	}
	for i := 0; i < value.Len() && fault == ""; i++ {
		fault = s.visit(value.Index(i), up, depth)
	}
	return fault
}

// speaks reports whether fmt asks the value itself for its text.
func speaks(value reflect.Value) bool {
	if !value.IsValid() || !value.CanInterface() || value.NumMethod() == 0 {
		return false
	}
	switch value.Interface().(type) {
	case error, fmt.Stringer, fmt.Formatter:
		return true
	}
	return false
}
