// Package fanin merges channels.
package fanin

import (
	"context"
	"sync"
)

// Merge returns a channel that gives every value of all inputs. It is closed
// when all inputs are closed and their values taken, or when ctx ends.
func Merge[T any](ctx context.Context, inputs ...<-chan T) <-chan T {
	output := make(chan T)
	if len(inputs) == 0 || ctx.Err() != nil {
		close(output)
		return output
	}
	var wg sync.WaitGroup
	for _, input := range inputs {
		wg.Go(func() { forward(ctx, input, output) })
	}
	go func() {
		wg.Wait()
		close(output)
	}()
	return output
}

// forward sends what comes from input to output, until input is closed or ctx
// ends.
func forward[T any](ctx context.Context, input <-chan T, output chan<- T) {
	// When several cases are ready, select takes any. So it alone might go on
	// receiving after the end of ctx.
	for ctx.Err() == nil {
		select {
		case value, ok := <-input:
			if !ok {
				return
			}
			select {
			case output <- value:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
