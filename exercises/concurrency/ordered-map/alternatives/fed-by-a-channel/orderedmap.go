// Package orderedmap applies a function to many elements side by side.
package orderedmap

import (
	"context"
	"fmt"
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
// The goroutines share nothing but two channels. Map gives out the indices
// one by one and takes in what has come of them.
func Map[T, R any](ctx context.Context, in []T, n int, f func(context.Context, T) (R, error)) ([]R, error) {
	if n <= 0 {
		return nil, fmt.Errorf("orderedmap: cannot make %d calls at a time", n)
	}
	workers := min(n, len(in))
	indices := make(chan int)
	defer close(indices)
	outcomes := make(chan outcome[R])
	for range workers {
		go func() {
			for i := range indices {
				outcomes <- try(ctx, i, in[i], f)
			}
		}()
	}

	results := make([]R, len(in))
	failed := outcome[R]{index: len(in)}
	begun, running := 0, 0
	for {
		for running < workers && begun < len(in) && failed.err == nil && ctx.Err() == nil {
			indices <- begun
			begun++
			running++
		}
		if running == 0 {
			break
		}
		o := <-outcomes
		running--
		results[o.index] = o.result
		if o.err != nil && o.index < failed.index {
			failed = o
		}
	}
	if failed.err != nil {
		return nil, failed.err
	}
	if begun < len(in) {
		return nil, context.Cause(ctx)
	}
	return results, nil
}

// outcome is what has come of an element.
type outcome[R any] struct {
	index  int
	result R
	err    error
}

// try calls f for an element.
func try[T, R any](ctx context.Context, index int, element T, f func(context.Context, T) (R, error)) (o outcome[R]) {
	o.index = index
	defer func() {
		if value := recover(); value != nil {
			o.err = &PanicError{Index: index, Value: value}
		}
	}()
	o.result, o.err = f(ctx, element)
	return o
}
