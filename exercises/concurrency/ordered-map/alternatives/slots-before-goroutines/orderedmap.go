// Package orderedmap applies a function to many elements side by side.
package orderedmap

import (
	"context"
	"errors"
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
//
// Map itself takes a slot for an element before it starts a goroutine for it,
// so the elements begin in order. A failure ends the contexts of the elements
// behind the one that has failed.
func Map[T, R any](ctx context.Context, in []T, n int, f func(context.Context, T) (R, error)) ([]R, error) {
	if n < 1 {
		return nil, errors.New("orderedmap: needs room for one call at least")
	}
	r := run{firstFailed: len(in)}
	results := make([]R, len(in))
	slots := make(chan struct{}, min(n, len(in)))
	begun := 0
	for i, element := range in {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		elementCtx, ok := r.begin(ctx, i)
		if !ok {
			break
		}
		begun++
		r.calls.Go(func() {
			defer func() { <-slots }()
			defer func() {
				if value := recover(); value != nil {
					r.fail(i, &PanicError{Index: i, Value: value})
				}
			}()
			result, err := f(elementCtx, element)
			if err != nil {
				r.fail(i, err)
			}
			results[i] = result
		})
	}
	r.calls.Wait()
	for _, cancel := range r.cancels {
		cancel()
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case begun < len(in):
		return nil, context.Cause(ctx)
	default:
		return results, nil
	}
}

// run is what the calls of one Map share.
type run struct {
	calls sync.WaitGroup

	mu          sync.Mutex
	cancels     []context.CancelFunc // of the elements that have been begun
	firstFailed int
	err         error // of that element
}

// begin gives the context for element i. It reports false when the run has to
// stop before it.
func (r *run) begin(ctx context.Context, i int) (context.Context, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil || ctx.Err() != nil {
		return nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	r.cancels = append(r.cancels, cancel)
	return ctx, true
}

// fail notes that element i has failed, and ends the contexts of those behind.
func (r *run) fail(i int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i >= r.firstFailed {
		return
	}
	r.firstFailed, r.err = i, err
	for _, cancel := range r.cancels[i+1:] {
		cancel()
	}
}
