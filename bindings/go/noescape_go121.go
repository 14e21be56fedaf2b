//go:build !go1.24

package alog

// stackStays is false where cgo puts on the heap what is passed to C: there a buffer costs less than a room.
const stackStays = false
