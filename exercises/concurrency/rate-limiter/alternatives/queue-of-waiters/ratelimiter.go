// Package ratelimiter limits how often something happens.
package ratelimiter

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// A Limiter is a bucket of tokens. It may be used by many goroutines at once.
type Limiter struct {
	interval time.Duration
	burst    int

	mu      sync.Mutex
	tokens  int
	since   time.Time // when the newest token came, or when the bucket was last full
	waiters list.List // of chan struct{}, closed when the waiter has its token
	timer   *time.Timer
}

// New returns a limiter whose bucket holds burst tokens, is full, and gains a
// token in every interval.
func New(interval time.Duration, burst int) (*Limiter, error) {
	if interval <= 0 || burst <= 0 {
		return nil, errors.New("ratelimiter: interval and burst must be positive")
	}
	return &Limiter{interval: interval, burst: burst, tokens: burst, since: time.Now()}, nil
}

// Allow takes a token if there is one for it now, and reports whether it did.
func (l *Limiter) Allow() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.serve()
	if l.tokens == 0 {
		return false
	}
	l.tokens--
	return true
}

// Wait takes a token and waits for one if it must. When ctx ends first, Wait
// returns an error and has taken none.
func (l *Limiter) Wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	l.mu.Lock()
	ready := make(chan struct{})
	element := l.waiters.PushBack(ready)
	l.serve()
	l.mu.Unlock()

	select {
	case <-ready:
		return nil
	case <-ctx.Done():
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-ready: // the token came at the same moment, and is taken
		return nil
	default:
		l.waiters.Remove(element)
		return ctx.Err()
	}
}

// serve adds the tokens that have come by now, gives them to those who wait,
// and sees to it that it is called again for those who still do.
func (l *Limiter) serve() {
	now := time.Now()
	if came := now.Sub(l.since) / l.interval; came >= time.Duration(l.burst-l.tokens) {
		l.tokens = l.burst
		l.since = now
	} else {
		l.tokens += int(came)
		l.since = l.since.Add(came * l.interval)
	}

	for l.tokens > 0 && l.waiters.Len() > 0 {
		l.tokens--
		close(l.waiters.Remove(l.waiters.Front()).(chan struct{}))
	}

	if l.waiters.Len() > 0 && l.timer == nil {
		l.timer = time.AfterFunc(l.since.Add(l.interval).Sub(now), func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.timer = nil
			l.serve()
		})
	}
}
