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
	outcome := make(chan error, 1)
	defer close(outcome)
	defer func() {
		if value := recover(); value != nil {
			outcome <- &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	for _, cleanup := range cleanups {
		defer cleanup()
	}
	outcome <- f()
	return outcome
}
