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
	var wg sync.WaitGroup
	for _, input := range inputs {
		wg.Go(func() {
			for {
				select {
				case value, ok := <-input:
					if !ok {
						return
					}
					output <- value
				case <-ctx.Done():
					return
				}
			}
		})
	}
	go func() {
		wg.Wait()
		close(output)
	}()
	return output
}
