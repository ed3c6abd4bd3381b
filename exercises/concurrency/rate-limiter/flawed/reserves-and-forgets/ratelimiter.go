// Package ratelimiter limits how often something happens.
package ratelimiter

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A Limiter is a bucket of tokens. It may be used by many goroutines at once.
type Limiter struct {
	interval time.Duration
	burst    int

	mu   sync.Mutex
	full time.Time // when the bucket is full, if nobody takes anything
}

// New returns a limiter whose bucket holds burst tokens, is full, and gains a
// token in every interval.
func New(interval time.Duration, burst int) (*Limiter, error) {
	if interval <= 0 {
		return nil, fmt.Errorf("ratelimiter: interval is %v, want more than 0", interval)
	}
	if burst < 1 {
		return nil, fmt.Errorf("ratelimiter: burst is %d, want at least 1", burst)
	}
	return &Limiter{interval: interval, burst: burst, full: time.Now()}, nil
}

// Allow takes a token if there is one for it now, and reports whether it did.
func (l *Limiter) Allow() bool {
	_, ok := l.reserve(0)
	return ok
}

// Wait takes a token and waits for one if it must. When ctx ends first, Wait
// returns an error and has taken none.
func (l *Limiter) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	wait, _ := l.reserve(1 << 62)
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reserve takes the next token that nobody has taken yet, if that is at most
// longest away, and returns how far away it is.
func (l *Limiter) reserve(longest time.Duration) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.full.Before(now) {
		l.full = now
	}
	wait = max(0, l.full.Sub(now)-time.Duration(l.burst-1)*l.interval)
	if wait > longest {
		return 0, false
	}
	l.full = l.full.Add(l.interval)
	return wait, true
}
