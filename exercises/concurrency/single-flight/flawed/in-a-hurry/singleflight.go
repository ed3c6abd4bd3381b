// Package singleflight lets callers that want the same thing at the same time
// share the work.
package singleflight

import (
	"context"
	"fmt"
	"sync"
)

// A PanicError is what callers get whose call has panicked.
type PanicError struct {
	Value any // what it panicked with
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("singleflight: panic: %v", e.Value)
}

// A Group is a set of calls, of which there is one at a time for each key. Its
// zero value is ready for use, by many goroutines at once.
type Group[K comparable, V any] struct {
	mu    sync.Mutex
	calls map[K]*call[V]
}

type call[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// Do returns what fn returns. Callers of the same key that come while fn runs
// wait for it too, and get the same.
func (g *Group[K, V]) Do(ctx context.Context, key K, fn func(context.Context) (V, error)) (V, error) {
	g.mu.Lock()
	c, ok := g.calls[key]
	if !ok {
		if g.calls == nil {
			g.calls = make(map[K]*call[V])
		}
		c = &call[V]{done: make(chan struct{})}
		g.calls[key] = c
		go func() {
			defer func() {
				if v := recover(); v != nil {
					c.err = &PanicError{Value: v}
				}
				g.mu.Lock()
				delete(g.calls, key)
				g.mu.Unlock()
				close(c.done)
			}()
			c.value, c.err = fn(ctx)
		}()
	}
	g.mu.Unlock()

	select {
	case <-c.done:
		return c.value, c.err
	case <-ctx.Done():
		var zero V
		return zero, ctx.Err()
	}
}
