// Package orderedmap applies a function to many elements side by side.
package orderedmap

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// A PanicError says that a call of f has panicked.
type PanicError struct {
	Index int // of the element in the input
	Value any // what the call panicked with
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("element %d: panic: %v", e.Index, e.Value)
}

// Unwrap returns the value of the panic if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Map calls f for each element of in, at most n calls at a time, and returns
// their results in the order of in, or the error of the first element in that
// order that has failed.
func Map[T, R any](ctx context.Context, in []T, n int, f func(context.Context, T) (R, error)) ([]R, error) {
	if n <= 0 {
		return nil, fmt.Errorf("orderedmap: n is %d, want at least 1", n)
	}

	// Each element has a place of its own for what comes of it. No two
	// goroutines write to the same place, so no lock is needed.
	results := make([]R, len(in))
	errs := make([]error, len(in))

	var begun atomic.Int64
	var failed atomic.Bool
	work := func(from, to int) {
		for i := from; i < to && ctx.Err() == nil && !failed.Load(); i++ {
			begun.Add(1)
			results[i], errs[i] = call(ctx, i, in[i], f)
			if errs[i] != nil {
				failed.Store(true)
			}
		}
	}
	var wg sync.WaitGroup
	workers := min(n, len(in))
	for w := range workers {
		wg.Go(func() { work(w*len(in)/workers, (w+1)*len(in)/workers) })
	}
	wg.Wait()

	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	if int(begun.Load()) < len(in) {
		// Nothing has failed, and yet not all was begun: ctx has ended.
		return nil, context.Cause(ctx)
	}
	return results, nil
}

// call calls f and turns a panic into an error. recover works only in the
// goroutine that panics, in a function that it has deferred.
func call[T, R any](ctx context.Context, i int, element T, f func(context.Context, T) (R, error)) (result R, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Index: i, Value: value}
		}
	}()
	return f(ctx, element)
}
