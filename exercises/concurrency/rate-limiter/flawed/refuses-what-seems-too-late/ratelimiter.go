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
	turn     chan struct{} // held by the first of those who wait

	mu      sync.Mutex
	full    time.Time // when the bucket is full, if nobody takes anything
	waiting int       // calls of Wait that found no token
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
		turn:     make(chan struct{}, 1),
		full:     time.Now(),
	}, nil
}

// Allow takes a token if there is one for it now, and reports whether it did.
func (l *Limiter) Allow() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting == 0 && l.take() <= 0
}

// Wait takes a token and waits for one if it must. When ctx ends first, Wait
// returns an error and has taken none.
func (l *Limiter) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if l.Allow() {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < l.expected() {
		return fmt.Errorf("ratelimiter: no token in time: %w", context.DeadlineExceeded)
	}
	l.queue(1)
	defer l.queue(-1)

	// Only the first in the queue watches the clock, so nobody can overtake
	// it. The others wait for their turn, which the channel gives them in the
	// order in which they came.
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		l.mu.Lock()
		missing := l.take()
		l.mu.Unlock()
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

// expected returns how long a new call of Wait will have to wait.
func (l *Limiter) expected() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.full) - time.Duration(l.burst-1-l.waiting)*l.interval
}

// queue counts n more goroutines that wait.
func (l *Limiter) queue(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting += n
}
