// Package safego runs functions in goroutines of their own, where a panic
// doesn't end the whole program.
package safego

import (
	"errors"
	"fmt"
	"runtime"
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
	if err, ok := e.Value.(error); ok {
		return err
	}
	return nil
}

// Go calls f in a new goroutine, and the cleanups when f has ended, the last
// one first. The channel that it returns gives the outcome.
func Go(f func() error, cleanups ...func()) <-chan error {
	r := &run{outcome: make(chan error, 1)}
	for _, cleanup := range cleanups {
		r.steps = append(r.steps, func() error {
			cleanup()
			return nil
		})
	}
	r.steps = append(r.steps, f)
	go r.unwind()
	return r.outcome
}

// run is one call of Go.
type run struct {
	steps   []func() error // what is still to be called, the next one last
	failed  error
	outcome chan error
}

// unwind calls the next step, and itself for those that are left, however the
// step ends.
func (r *run) unwind() {
	if len(r.steps) == 0 {
		r.outcome <- r.failed
		close(r.outcome)
		return
	}
	last := len(r.steps) - 1
	step := r.steps[last]
	r.steps = r.steps[:last]

	result := ErrGoexit
	defer r.unwind()
	defer func() {
		if value := recover(); value != nil {
			result = &PanicError{Value: value, Stack: stack()}
		}
		r.add(result)
	}()
	result = step()
}

// add adds a failure to those that there are.
func (r *run) add(err error) {
	switch {
	case err == nil:
	case r.failed == nil:
		r.failed = err
	default:
		r.failed = fmt.Errorf("%w; %w", r.failed, err)
	}
}

// stack returns the stack of this goroutine.
func stack() []byte {
	for size := 1 << 12; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, false); n < size {
			return buf[:n]
		}
	}
}
