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
	mu      sync.Mutex
	flights map[K]*flight[V]
}

// A flight is one run of a function, with a channel for each who waits.
type flight[V any] struct {
	waiters map[chan answer[V]]bool
	cancel  context.CancelFunc
}

type answer[V any] struct {
	value V
	err   error
}

// Do returns what fn returns. Callers of the same key that come while fn runs
// wait for it too, and get the same.
func (g *Group[K, V]) Do(ctx context.Context, key K, fn func(context.Context) (V, error)) (V, error) {
	if ctx.Err() != nil {
		return *new(V), ctx.Err()
	}
	mine := make(chan answer[V], 1) // so that nobody waits for who has left

	g.mu.Lock()
	f := g.flights[key]
	if f == nil {
		f = &flight[V]{waiters: make(map[chan answer[V]]bool)}
		if g.flights == nil {
			g.flights = make(map[K]*flight[V])
		}
		g.flights[key] = f
		var shared context.Context
		shared, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
		go func() {
			defer f.cancel()
			g.land(key, f, run(shared, fn))
		}()
	}
	f.waiters[mine] = true
	g.mu.Unlock()

	select {
	case a := <-mine:
		return a.value, a.err
	case <-ctx.Done():
	}

	g.mu.Lock()
	defer g.mu.Unlock()
	delete(f.waiters, mine)
	if len(f.waiters) == 0 {
		f.cancel()
		g.remove(key, f)
	}
	return *new(V), ctx.Err()
}

// land gives all who wait the answer.
func (g *Group[K, V]) land(key K, f *flight[V], a answer[V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.remove(key, f)
	for waiter := range f.waiters {
		waiter <- a
	}
}

func (g *Group[K, V]) remove(key K, f *flight[V]) {
	if g.flights[key] == f {
		delete(g.flights, key)
	}
}

// run calls fn and turns its panic into an error.
func run[V any](ctx context.Context, fn func(context.Context) (V, error)) (a answer[V]) {
	defer func() {
		if v := recover(); v != nil {
			a = answer[V]{err: &PanicError{Value: v}}
		}
	}()
	a.value, a.err = fn(ctx)
	return a
}
