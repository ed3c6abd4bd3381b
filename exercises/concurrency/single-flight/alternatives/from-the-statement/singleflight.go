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
	calls map[K]*call[V] // those that can be joined
}

// A call is a call of a function, under way or over.
type call[V any] struct {
	cancel  context.CancelFunc
	waiters int           // guarded by the mutex of the group
	done    chan struct{} // closed when value and err are there
	value   V
	err     error
}

// Do returns what fn returns. Callers of the same key that come while fn runs
// wait for it too, and get the same.
func (g *Group[K, V]) Do(ctx context.Context, key K, fn func(context.Context) (V, error)) (V, error) {
	var zero V
	if err := ctx.Err(); err != nil {
		return zero, fmt.Errorf("singleflight: %w", err)
	}
	c := g.join(ctx, key, fn)
	select {
	case <-c.done:
		return c.value, c.err
	case <-ctx.Done():
		g.leave(key, c)
		return zero, fmt.Errorf("singleflight: %w", ctx.Err())
	}
}

// join returns the call of key that is under way, or begins one.
func (g *Group[K, V]) join(ctx context.Context, key K, fn func(context.Context) (V, error)) *call[V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c, ok := g.calls[key]; ok {
		c.waiters++
		return c
	}
	callCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &call[V]{cancel: cancel, waiters: 1, done: make(chan struct{})}
	if g.calls == nil {
		g.calls = make(map[K]*call[V])
	}
	g.calls[key] = c
	go func() {
		c.run(callCtx, fn)
		g.mu.Lock()
		g.forget(key, c)
		g.mu.Unlock()
		close(c.done)
	}()
	return c
}

// leave takes a caller from a call, and abandons the call if it was the last.
func (g *Group[K, V]) leave(key K, c *call[V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c.waiters--
	if c.waiters == 0 {
		g.forget(key, c)
		c.cancel()
	}
}

// forget sees to it that nobody joins c from now on. A newer call of the same
// key stays. The caller holds g.mu.
func (g *Group[K, V]) forget(key K, c *call[V]) {
	if g.calls[key] == c {
		delete(g.calls, key)
	}
}

// run calls fn and keeps what it returns.
func (c *call[V]) run(ctx context.Context, fn func(context.Context) (V, error)) {
	defer c.cancel()
	defer func() {
		if value := recover(); value != nil {
			c.err = &PanicError{Value: value}
		}
	}()
	c.value, c.err = fn(ctx)
}
