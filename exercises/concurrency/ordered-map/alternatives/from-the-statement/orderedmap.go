// Package orderedmap applies a function to many elements side by side.
package orderedmap

import (
	"context"
	"fmt"
	"sync"
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
		return nil, fmt.Errorf("orderedmap: n is %d, want more than 0", n)
	}
	var (
		results = make([]R, len(in))

		mu       sync.Mutex
		next     int   // the first element that has not been begun
		firstErr error // of the failures so far, the first in the order of in
		failedAt int   // the index of its element
	)
	begin := func() (i int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if next == len(in) || firstErr != nil || ctx.Err() != nil {
			return 0, false
		}
		i = next
		next++
		return i, true
	}
	fail := func(i int, err error) {
		mu.Lock()
		defer mu.Unlock()
		if firstErr == nil || i < failedAt {
			firstErr, failedAt = err, i
		}
	}

	var wg sync.WaitGroup
	for range min(n, len(in)) {
		wg.Go(func() {
			for i, ok := begin(); ok; i, ok = begin() {
				result, err := call(ctx, i, in[i], f)
				if err != nil {
					fail(i, err)
					return
				}
				results[i] = result
			}
		})
	}
	wg.Wait()

	// Elements are begun in order, so all those before a failure have been.
	if firstErr != nil {
		return nil, firstErr
	}
	if next < len(in) {
		return nil, fmt.Errorf("orderedmap: %d of %d elements begun: %w", next, len(in), context.Cause(ctx))
	}
	return results, nil
}

// call calls f for the element at index i and makes an error of its panic.
func call[T, R any](ctx context.Context, i int, element T, f func(context.Context, T) (R, error)) (result R, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Index: i, Value: value}
		}
	}()
	return f(ctx, element)
}
