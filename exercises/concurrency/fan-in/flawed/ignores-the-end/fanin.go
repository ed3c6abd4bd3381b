// Package fanin merges channels.
package fanin

import (
	"context"
	"sync"
)

// Merge returns a channel that gives every value of all inputs. It is closed
// when all inputs are closed and their values taken, or when ctx ends.
func Merge[T any](ctx context.Context, inputs ...<-chan T) <-chan T {
	out := make(chan T)
	var wg sync.WaitGroup
	for _, in := range inputs {
		wg.Go(func() { forward(ctx, out, in) })
	}

	// Only this goroutine closes out, when nobody is left who could send. Merge
	// can't wait for that itself: the reader has to get the channel first.
	go func() {
		wg.Wait()
		close(out)
	}()
	return out
}

// forward sends what it receives from in to out, until in is closed or ctx
// ends.
func forward[T any](ctx context.Context, out chan<- T, in <-chan T) {
	for v := range in {
		out <- v
	}
}
