package ratelimiter_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"ratelimiter"
)

// leave is how far a moment may be off for rounding.
const leave = time.Millisecond

// near says whether two times are the same but for rounding.
func near(a, b time.Duration) bool { return (a - b).Abs() <= leave }

// allowed calls Allow until it returns false, but not more than most times,
// and returns how often it returned true.
func allowed(l *ratelimiter.Limiter, most int) int {
	for n := range most {
		if !l.Allow() {
			return n
		}
	}
	return most
}

// A waiter is one call of Wait in a goroutine of its own.
type waiter struct {
	cancel context.CancelFunc
	done   chan struct{} // closed when Wait has returned
	err    error         // what it returned; valid once done is closed
	at     time.Duration // when it returned, counted from the start of its line; valid likewise
}

// A line is a limiter with the calls of Wait that a test has made, inside a
// synctest bubble.
type line struct {
	*ratelimiter.Limiter
	t     *testing.T
	began time.Time

	mu    sync.Mutex
	order []int // who got a token, in this order
}

func newLine(t *testing.T, interval time.Duration, burst int) *line {
	t.Helper()
	return &line{Limiter: newLimiter(t, interval, burst), t: t, began: time.Now()}
}

// wait calls Wait as number id in a goroutine of its own.
func (l *line) wait(ctx context.Context, id int) *waiter {
	ctx, cancel := context.WithCancel(ctx)
	l.t.Cleanup(cancel)
	w := &waiter{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		w.err = l.Wait(ctx)
		w.at = time.Since(l.began)
		if w.err == nil {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.order = append(l.order, id)
		}
	}()
	return w
}

// returned waits until the call has returned. An hour of fake time passes only
// when nothing else can happen.
func (l *line) returned(w *waiter, what string) {
	l.t.Helper()
	select {
	case <-w.done:
	case <-time.After(time.Hour):
		w.cancel()
		l.t.Fatalf("%s: Wait has not returned after an hour, want it to return", what)
	}
}
