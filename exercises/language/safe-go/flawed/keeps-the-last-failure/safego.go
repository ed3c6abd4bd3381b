// Package safego runs functions in goroutines of their own, where a panic
// doesn't end the whole program.
package safego

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// ErrGoexit reports a function that ended its goroutine by runtime.Goexit.
var ErrGoexit = errors.New("function has called runtime.Goexit")

// PanicError reports a panic.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // the stack of the goroutine, from the place of the panic
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("panic: %v", e.Value)
}

// Unwrap returns what panic was called with, if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Go calls f in a new goroutine, and the cleanups when f has ended, the last
// one first. The channel that it returns gives the outcome.
func Go(f func() error, cleanups ...func()) <-chan error {
	// Room for the outcome: the goroutine ends though nobody may receive.
	outcome := make(chan error, 1)
	go func() {
		var errs []error
		// Everything from here on is deferred, since only deferred calls
		// survive runtime.Goexit, in f and in a cleanup.
		defer func() {
			var last error
			for _, err := range errs {
				last = err
			}
			outcome <- last
			close(outcome)
		}()
		for _, cleanup := range cleanups {
			defer call(&errs, func() error {
				cleanup()
				return nil
			})
		}
		call(&errs, f)
	}()
	return outcome
}

// call calls f and appends to errs how it failed, if it did.
func call(errs *[]error, f func() error) {
	returned := false
	// Deferred calls run on top of the stack that panics: it is still there,
	// and here is the last chance to see it.
	defer func() {
		switch value := recover(); {
		case value != nil:
			*errs = append(*errs, &PanicError{Value: value, Stack: debug.Stack()})
		case !returned:
			*errs = append(*errs, ErrGoexit)
		}
	}()
	err := f()
	returned = true
	if err != nil {
		*errs = append(*errs, err)
	}
}
