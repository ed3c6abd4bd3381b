// Package singleflight lets callers that want the same thing at the same time
// share the work.
package singleflight

import (
	"context"
	"errors"
	"fmt"
)

// A PanicError is what callers get whose call has panicked.
type PanicError struct {
	Value any // what it panicked with
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("singleflight: panic: %v", e.Value)
}

// A Group is a set of calls, of which there is one at a time for each key. Its
// zero value is ready for use, by many goroutines at once.
type Group[K comparable, V any] struct {
	// TODO: what it needs.
}

// Do returns what fn returns. Callers of the same key that come while fn runs
// wait for it too, and get the same.
func (g *Group[K, V]) Do(ctx context.Context, key K, fn func(context.Context) (V, error)) (V, error) {
	var zero V
	return zero, errors.New("singleflight: Do is not written yet")
}
