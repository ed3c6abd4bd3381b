// Package fanin merges channels.
package fanin

import (
	"context"
	"sync"
	"sync/atomic"
)

// Merge returns a channel that gives every value of all inputs. It is closed
// when all inputs are closed and their values taken, or when ctx ends.
func Merge[T any](ctx context.Context, inputs ...<-chan T) <-chan T {
	out := make(chan T)
	var ended atomic.Bool
	stop := make(chan struct{})
	go func() {
		<-ctx.Done()
		ended.Store(true)
		close(stop)
	}()
	if ctx.Err() != nil {
		close(out)
		return out
	}
	var wg sync.WaitGroup
	for _, in := range inputs {
		wg.Go(func() { forward(stop, &ended, out, in) })
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
func forward[T any](stop <-chan struct{}, ended *atomic.Bool, out chan<- T, in <-chan T) {
	// Of two cases that are ready, a select takes either. The look at ended
	// makes sure that nothing is received once ctx has ended.
	for !ended.Load() {
		select {
		case <-stop:
		case v, ok := <-in:
			if !ok {
				return
			}
			select {
			case <-stop:
			case out <- v:
			}
		}
	}
}
