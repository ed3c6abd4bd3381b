// Package ratelimiter limits how often something happens.
package ratelimiter

import (
	"context"
	"errors"
	"sync"
	"time"
)

// A Limiter is a bucket of tokens. It may be used by many goroutines at once.
type Limiter struct {
	mu       sync.Mutex
	interval time.Duration
	burst    int
	tokens   float64
	last     time.Time
}

// New returns a limiter whose bucket holds burst tokens, is full, and gains a
// token in every interval.
func New(interval time.Duration, burst int) (*Limiter, error) {
	if interval <= 0 || burst < 1 {
		return nil, errors.New("ratelimiter: bad interval or burst")
	}
	return &Limiter{interval: interval, burst: burst, tokens: float64(burst), last: time.Now()}, nil
}

// Allow takes a token if there is one for it now, and reports whether it did.
func (l *Limiter) Allow() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.tokens = min(float64(l.burst), l.tokens+float64(now.Sub(l.last))/float64(l.interval))
	l.last = now
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}

// Wait takes a token and waits for one if it must. When ctx ends first, Wait
// returns an error and has taken none.
func (l *Limiter) Wait(ctx context.Context) error {
	for !l.Allow() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(l.interval):
		}
	}
	return nil
}
