package singleflight_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"singleflight"
)

// A result is what a function or Do returns.
type result struct {
	value string
	err   error
}

// A work is a function to give to Do. It runs until the test ends it, deaf to
// its context.
type work struct {
	result chan result
	calls  atomic.Int64
	ctx    context.Context // that of the latest call
}

func newWork() *work { return &work{result: make(chan result, 1)} }

func (w *work) fn(ctx context.Context) (string, error) {
	w.ctx = ctx
	w.calls.Add(1)
	r := <-w.result
	return r.value, r.err
}

// context returns the context of the latest call, and ends the test if there
// was none.
func (w *work) context(t *testing.T) context.Context {
	t.Helper()
	if w.calls.Load() == 0 {
		t.Fatal("Do(ctx, key, fn) has not called fn, want it to be called")
	}
	return w.ctx
}

// end lets the function return, and waits until all has happened that does.
func (w *work) end(value string, err error) {
	w.result <- result{value, err}
	synctest.Wait()
}

// A caller is one call of Do in a goroutine of its own.
type caller struct {
	t      *testing.T
	name   string
	cancel context.CancelFunc
	done   chan struct{}
	result // of Do, once done is closed
}

// call calls Do with w in a goroutine of its own, inside a bubble of synctest,
// and returns when that waits.
func call(ctx context.Context, t *testing.T, g *singleflight.Group[string, string], name, key string, w *work) *caller {
	ctx, cancel := context.WithCancel(ctx)
	c := &caller{t: t, name: name, cancel: cancel, done: make(chan struct{})}
	// Whatever went wrong, nothing is to stay blocked when the test is over.
	t.Cleanup(func() {
		select {
		case w.result <- result{value: "the test is over"}:
		default:
		}
		cancel()
	})
	go func() {
		defer close(c.done)
		c.value, c.err = g.Do(ctx, key, w.fn)
	}()
	synctest.Wait()
	return c
}

// returned waits for a moment until the call has returned.
func (c *caller) returned(when string) bool {
	c.t.Helper()
	select {
	case <-c.done:
		return true
	case <-time.After(time.Minute):
		c.t.Errorf("%s: Do of the %s caller has not returned after a minute, want it to return", when, c.name)
		return false
	}
}

// wants checks what Do has returned.
func (c *caller) wants(when, value string) {
	c.t.Helper()
	if c.returned(when) && (c.value != value || c.err != nil) {
		c.t.Errorf("%s: Do of the %s caller = %q, %v, want %q, nil", when, c.name, c.value, c.err, value)
	}
}

// waits checks that Do has not returned yet.
func (c *caller) waits(when string) {
	c.t.Helper()
	select {
	case <-c.done:
		c.t.Errorf("%s: Do of the %s caller has returned %q, %v, want it to wait", when, c.name, c.value, c.err)
	default:
	}
}
