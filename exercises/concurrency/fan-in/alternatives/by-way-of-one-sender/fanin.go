// Package fanin merges channels.
package fanin

import (
	"context"
	"sync"
)

// Merge returns a channel that gives every value of all inputs. It is closed
// when all inputs are closed and their values taken, or when ctx ends.
//
// One goroutine alone sends to the output and closes it. It gets the values
// from the others by way of a channel in between.
func Merge[T any](ctx context.Context, inputs ...<-chan T) <-chan T {
	between := make(chan T)
	var receivers sync.WaitGroup
	for _, in := range inputs {
		receivers.Add(1)
		go func() {
			defer receivers.Done()
			pass(ctx, in, between)
		}()
	}
	go func() {
		receivers.Wait()
		close(between)
	}()

	out := make(chan T)
	go func() {
		defer close(out)
		pass(ctx, between, out)
	}()
	return out
}

// pass sends to out what comes from in, until in is closed or ctx ends.
func pass[T any](ctx context.Context, in <-chan T, out chan<- T) {
	for {
		// A select with two cases that are ready takes either.
		if ctx.Err() != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case v, ok := <-in:
			if !ok {
				return
			}
			select {
			case out <- v:
			case <-ctx.Done():
				return
			}
		}
	}
}
