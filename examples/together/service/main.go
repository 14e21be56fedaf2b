// The part in Go: built with -buildmode=c-shared, it logs with the logger of whoever has loaded it.
package main

// #include <stdint.h>
import "C"

import (
	"fmt"
	"os"

	"alog.dev/alog"
)

var log *alog.Logger

// begin finds the logger by its name, and derives its own from it. It returns 0 if there is one.
//
//export begin
func begin() C.int {
	found, err := alog.Find("shop", alog.WithName("payments"), alog.WithSource())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	log = found
	return 0
}

// pay takes the money for an order, on a goroutine of its own. It returns 0 if it was paid.
//
//export pay
func pay(order, cents C.int64_t) C.int32_t {
	paid := make(chan bool)
	go func() {
		log.Info("order {order} is paid", "order", int64(order), "cents", int64(cents))
		paid <- true
	}()
	if <-paid {
		return 0
	}
	return 1
}

// end gives back what begin has made.
//
//export end
func end() {
	if err := log.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func main() {}
