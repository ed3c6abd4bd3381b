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
func Map[T, R any](ctx context.Context, in []T, n int, f func(context.Context, T) (R, error)) ([]R, error) {
	if n <= 0 {
		return nil, errors.New("orderedmap: n must be positive")
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	results := make([]R, len(in))
	slots := make(chan struct{}, n)
	var wg sync.WaitGroup
	for i, element := range in {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					cancel(&PanicError{Index: i, Value: v})
				}
				<-slots
			}()
			result, err := f(ctx, element)
			if err != nil {
				cancel(err)
			}
			results[i] = result
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return results, nil
}
