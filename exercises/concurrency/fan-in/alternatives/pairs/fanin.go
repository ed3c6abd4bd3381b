// Package fanin merges channels.
package fanin

import "context"

// Merge returns a channel that gives every value of all inputs. It is closed
// when all inputs are closed and their values taken, or when ctx ends.
//
// Two channels are joined by one goroutine; more are split into two halves,
// each merged in the same way.
func Merge[T any](ctx context.Context, inputs ...<-chan T) <-chan T {
	switch n := len(inputs); n {
	case 0:
		return join[T](ctx, nil, nil)
	case 1:
		return join(ctx, inputs[0], nil)
	case 2:
		return join(ctx, inputs[0], inputs[1])
	default:
		return join(ctx, Merge(ctx, inputs[:n/2]...), Merge(ctx, inputs[n/2:]...))
	}
}

// join merges two channels, either of which may be nil.
func join[T any](ctx context.Context, a, b <-chan T) <-chan T {
	out := make(chan T)
	go func() {
		defer close(out)
		for (a != nil || b != nil) && ctx.Err() == nil {
			var v T
			var ok bool
			select {
			case v, ok = <-a:
				if !ok {
					a = nil // from a nil channel nothing ever comes
					continue
				}
			case v, ok = <-b:
				if !ok {
					b = nil
					continue
				}
			case <-ctx.Done():
				return
			}
			select {
			case out <- v:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
