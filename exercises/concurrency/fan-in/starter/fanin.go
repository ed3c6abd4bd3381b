// Package fanin merges channels.
package fanin

import "context"

// Merge returns a channel that gives every value of all inputs. It is closed
// when all inputs are closed and their values taken, or when ctx ends.
func Merge[T any](ctx context.Context, inputs ...<-chan T) <-chan T {
	return nil // not written yet
}
