// Package singleflight lets callers that want the same thing at the same time
// share the work.
package singleflight

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
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
	calls sync.Map // from K to *call[V]
}

// A call is one run of a function. Its context ends when there are no callers
// left, and then nobody can join it any more.
type call[V any] struct {
	ctx     context.Context
	cancel  context.CancelFunc
	callers atomic.Int64 // 0: it is over, or all have left
	result  chan struct{}
	value   V
	err     error
}

// join reports whether the caller came in time.
func (c *call[V]) join() bool {
	for {
		n := c.callers.Load()
		if n == 0 {
			return false
		}
		if c.callers.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Do returns what fn returns. Callers of the same key that come while fn runs
// wait for it too, and get the same.
func (g *Group[K, V]) Do(ctx context.Context, key K, fn func(context.Context) (V, error)) (value V, err error) {
	if ctx.Err() != nil {
		return value, fmt.Errorf("singleflight: %w", ctx.Err())
	}
	c := g.call(ctx, key, fn)
	select {
	case <-c.result:
		return c.value, c.err
	case <-ctx.Done():
		if c.callers.Add(-1) == 0 {
			g.calls.CompareAndDelete(key, c)
			c.cancel()
		}
		return value, fmt.Errorf("singleflight: %w", ctx.Err())
	}
}

// call returns a call that the caller has joined.
func (g *Group[K, V]) call(ctx context.Context, key K, fn func(context.Context) (V, error)) *call[V] {
	fresh := &call[V]{result: make(chan struct{})}
	fresh.ctx, fresh.cancel = context.WithCancel(context.WithoutCancel(ctx))
	fresh.callers.Store(1)
	for {
		existing, loaded := g.calls.LoadOrStore(key, fresh)
		if !loaded {
			break
		}
		if c := existing.(*call[V]); c.join() {
			fresh.cancel()
			return c
		}
		g.calls.CompareAndDelete(key, existing) // nobody is left there
	}
	go func() {
		defer fresh.cancel()
		defer close(fresh.result)
		defer g.calls.CompareAndDelete(key, fresh)
		defer func() {
			if v := recover(); v != nil {
				fresh.err = &PanicError{v}
			}
		}()
		fresh.value, fresh.err = fn(fresh.ctx)
	}()
	return fresh
}
