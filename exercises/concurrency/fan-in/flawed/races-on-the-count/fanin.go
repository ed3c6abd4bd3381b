// Package fanin merges channels.
package fanin

import "context"

// Merge returns a channel that gives every value of all inputs. It is closed
// when all inputs are closed and their values taken, or when ctx ends.
func Merge[T any](ctx context.Context, inputs ...<-chan T) <-chan T {
	out := make(chan T)
	if len(inputs) == 0 {
		close(out)
	}
	active := len(inputs)
	for _, in := range inputs {
		go func() {
			forward(ctx, out, in)
			active--
			if active == 0 {
				close(out)
			}
		}()
	}

	return out
}

// forward sends what it receives from in to out, until in is closed or ctx
// ends.
func forward[T any](ctx context.Context, out chan<- T, in <-chan T) {
	// Of two cases that are ready, a select takes either. The look at ctx.Err
	// makes sure that nothing is received once ctx has ended.
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case v, ok := <-in:
			if !ok {
				return
			}
			select {
			case <-ctx.Done():
			case out <- v:
			}
		}
	}
}
