// Package ratelimiter limits how often something happens.
package ratelimiter

import (
	"context"
	"fmt"
	"time"
)

// A Limiter is a bucket of tokens. It may be used by many goroutines at once.
type Limiter struct {
	tokens chan struct{}
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
	l := &Limiter{tokens: make(chan struct{}, burst)}
	for range burst {
		l.tokens <- struct{}{}
	}
	go l.refill(interval)
	return l, nil
}

// refill adds a token in every interval, unless the bucket is full.
func (l *Limiter) refill(interval time.Duration) {
	for range time.Tick(interval) {
		select {
		case l.tokens <- struct{}{}:
		default:
		}
	}
}

// Allow takes a token if there is one for it now, and reports whether it did.
func (l *Limiter) Allow() bool {
	select {
	case <-l.tokens:
		return true
	default:
		return false
	}
}

// Wait takes a token and waits for one if it must. When ctx ends first, Wait
// returns an error and has taken none.
func (l *Limiter) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-l.tokens:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
