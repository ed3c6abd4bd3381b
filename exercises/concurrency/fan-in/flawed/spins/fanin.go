// Package fanin merges channels.
package fanin

import (
	"context"
	"slices"
)

// Merge returns a channel that gives every value of all inputs. It is closed
// when all inputs are closed and their values taken, or when ctx ends.
func Merge[T any](ctx context.Context, inputs ...<-chan T) <-chan T {
	out := make(chan T)
	open := slices.Clone(inputs)
	go func() {
		defer close(out)
		for len(open) > 0 && ctx.Err() == nil {
			for i := 0; i < len(open) && ctx.Err() == nil; i++ {
				select {
				case v, ok := <-open[i]:
					if !ok {
						open = slices.Delete(open, i, i+1)
						break
					}
					select {
					case <-ctx.Done():
					case out <- v:
					}
				default:
				}
			}
		}
	}()
	return out
}
