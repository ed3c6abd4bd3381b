// Package ratelimiter limits how often something happens.
package ratelimiter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A Limiter is a bucket of tokens. It may be used by many goroutines at once.
type Limiter struct {
	mu       sync.Mutex
	interval time.Duration
	burst    float64
	tokens   float64
	updated  time.Time
	queue    []chan struct{} // one for each waiter, told when it has become the first
}

// New returns a limiter whose bucket holds burst tokens, is full, and gains a
// token in every interval.
func New(interval time.Duration, burst int) (*Limiter, error) {
	var errs []error
	if interval <= 0 {
		errs = append(errs, fmt.Errorf("bad interval %v", interval))
	}
	if burst < 1 {
		errs = append(errs, fmt.Errorf("bad burst %d", burst))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &Limiter{
		interval: interval,
		burst:    float64(burst),
		tokens:   float64(burst),
		updated:  time.Now(),
	}, nil
}

// Allow takes a token if there is one for it now, and reports whether it did.
func (l *Limiter) Allow() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue) == 0 && l.take()
}

// Wait takes a token and waits for one if it must. When ctx ends first, Wait
// returns an error and has taken none.
func (l *Limiter) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("ratelimiter: not waiting: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 && l.take() {
		return nil
	}
	first := make(chan struct{}, 1)
	l.queue = append(l.queue, first)
	if len(l.queue) == 1 {
		first <- struct{}{}
	}
	if err := l.sleep(ctx, first, nil); err != nil {
		l.queue = slices.DeleteFunc(l.queue, func(c chan struct{}) bool { return c == first })
		return err
	}
	for !l.take() {
		missing := time.Duration((1 - l.tokens) * float64(l.interval))
		timer := time.NewTimer(max(missing, time.Nanosecond))
		err := l.sleep(ctx, nil, timer.C)
		timer.Stop()
		if err != nil {
			l.queue = l.queue[1:]
			return err
		}
	}
	l.queue = l.queue[1:]
	if len(l.queue) > 0 {
		l.queue[0] <- struct{}{}
	}
	return nil
}

// sleep lets go of the lock until one of the channels is ready or ctx ends.
func (l *Limiter) sleep(ctx context.Context, first <-chan struct{}, timer <-chan time.Time) error {
	l.mu.Unlock()
	defer l.mu.Lock()
	select {
	case <-first:
		return nil
	case <-timer:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("ratelimiter: gave up: %w", ctx.Err())
	}
}

// take adds what has come since the last time, then takes a token if there is
// a whole one.
func (l *Limiter) take() bool {
	now := time.Now()
	l.tokens = min(l.burst, l.tokens+float64(now.Sub(l.updated))/float64(l.interval))
	l.updated = now
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}
