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
	return &Limiter{
		interval: interval,
		burst:    burst,
		full:     time.Now(),
	}, nil
}

// Allow takes a token if there is one for it now, and reports whether it did.
func (l *Limiter) Allow() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.take() <= 0
}

// Wait takes a token and waits for one if it must. When ctx ends first, Wait
// returns an error and has taken none.
func (l *Limiter) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Who holds the lock is served first.
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		missing := l.take()
		if missing <= 0 {
			return nil
		}
		select {
		case <-time.After(missing):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take takes a token if there is one, and otherwise returns how long it will
// be until there is. The caller holds mu.
//
// One moment says all about a bucket: when it will be full. A token taken puts
// it off by an interval, and a token is there as long as it is less than burst
// intervals away, after putting it off. Nothing is counted, so no fraction of
// a token is ever lost.
func (l *Limiter) take() (missing time.Duration) {
	now := time.Now()
	if l.full.Before(now) {
		l.full = now
	}
	missing = l.full.Sub(now) - time.Duration(l.burst-1)*l.interval
	if missing <= 0 {
		l.full = l.full.Add(l.interval)
	}
	return missing
}
