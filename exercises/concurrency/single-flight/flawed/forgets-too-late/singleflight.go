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
	calls map[K]*call[V] // those under way that somebody waits for
}

// A call is one run of a function.
type call[V any] struct {
	cancel  context.CancelFunc
	waiting int           // callers; guarded by the group's mu
	done    chan struct{} // closed when value and err are there
	value   V
	err     error
}

// Do returns what fn returns. Callers of the same key that come while fn runs
// wait for it too, and get the same.
func (g *Group[K, V]) Do(ctx context.Context, key K, fn func(context.Context) (V, error)) (V, error) {
	if err := ctx.Err(); err != nil {
		var zero V
		return zero, err
	}
	c := g.join(ctx, key, fn)
	select {
	case <-c.done:
		return c.value, c.err
	case <-ctx.Done():
		g.leave(key, c)
		var zero V
		return zero, ctx.Err()
	}
}

// join returns the call of the key that is under way, or starts one.
func (g *Group[K, V]) join(ctx context.Context, key K, fn func(context.Context) (V, error)) *call[V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c, ok := g.calls[key]; ok {
		c.waiting++
		return c
	}

	// The call belongs to all who wait for it, so the one who happened to come
	// first gives it the values of its context, but not its end.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &call[V]{cancel: cancel, waiting: 1, done: make(chan struct{})}
	if g.calls == nil {
		g.calls = make(map[K]*call[V])
	}
	g.calls[key] = c
	go func() {
		defer cancel()
		c.value, c.err = guard(ctx, fn)
		close(c.done)
		g.forget(key, c)
	}()
	return c
}

// leave counts a caller off, and ends the call if that was the last.
func (g *Group[K, V]) leave(key K, c *call[V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c.waiting--
	if c.waiting == 0 {
		c.cancel()
		g.forgetLocked(key, c)
	}
}

// forget lets the next caller of the key start a new call.
func (g *Group[K, V]) forget(key K, c *call[V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forgetLocked(key, c)
}

func (g *Group[K, V]) forgetLocked(key K, c *call[V]) {
	// After a call that all have left there may be another one of this key.
	if g.calls[key] == c {
		delete(g.calls, key)
	}
}

// guard calls fn and makes an error of its panic.
func guard[V any](ctx context.Context, fn func(context.Context) (V, error)) (value V, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v}
		}
	}()
	return fn(ctx)
}
