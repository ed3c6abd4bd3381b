// Package ratelimiter limits how often something happens.
package ratelimiter

import (
	"context"
	"errors"
	"time"
)

// A Limiter is a bucket of tokens. It may be used by many goroutines at once.
type Limiter struct {
	// TODO: what it needs.
}

// New returns a limiter whose bucket holds burst tokens, is full, and gains a
// token in every interval.
func New(interval time.Duration, burst int) (*Limiter, error) {
	return nil, errors.New("ratelimiter: New is not written yet")
}

// Allow takes a token if there is one for it now, and reports whether it did.
func (l *Limiter) Allow() bool {
	return false
}

// Wait takes a token and waits for one if it must. When ctx ends first, Wait
// returns an error and has taken none.
func (l *Limiter) Wait(ctx context.Context) error {
	return errors.New("ratelimiter: Wait is not written yet")
}
