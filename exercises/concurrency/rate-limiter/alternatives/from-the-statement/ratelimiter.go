// Package ratelimiter limits how often something happens.
package ratelimiter

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// A Limiter is a bucket of tokens. It may be used by many goroutines at once.
type Limiter struct {
	interval time.Duration
	capacity time.Duration // of the bucket, in time: a token is an interval

	mu      sync.Mutex
	level   time.Duration // what the bucket held at updated
	updated time.Time
	waiting list.List // of chan struct{}, each closed once its call is in front
}

// New returns a limiter whose bucket holds burst tokens, is full, and gains a
// token in every interval.
func New(interval time.Duration, burst int) (*Limiter, error) {
	if interval <= 0 {
		return nil, fmt.Errorf("ratelimiter: interval is %v, want more than 0", interval)
	}
	if burst < 1 {
		return nil, errors.New("ratelimiter: burst is less than 1")
	}
	capacity := time.Duration(burst) * interval
	return &Limiter{
		interval: interval,
		capacity: capacity,
		level:    capacity,
		updated:  time.Now(),
	}, nil
}

// Allow takes a token if there is one for it now, and reports whether it did.
func (l *Limiter) Allow() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting.Len() == 0 && l.take() == 0
}

// Wait takes a token and waits for one if it must. When ctx ends first, Wait
// returns an error and has taken none.
func (l *Limiter) Wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return ended(ctx)
	}
	place := l.enter()
	if place == nil {
		return nil
	}

	select {
	case <-place.Value.(chan struct{}):
	case <-ctx.Done():
		l.giveUp(place)
		return ended(ctx)
	}
	for {
		wait := l.takeInFront(place)
		if wait == 0 {
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			l.giveUp(place)
			return ended(ctx)
		}
	}
}

func ended(ctx context.Context) error {
	return fmt.Errorf("ratelimiter: no token: %w", ctx.Err())
}

// enter takes a token and returns nil, or returns a place in the queue.
func (l *Limiter) enter() *list.Element {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.waiting.Len() == 0
	if first && l.take() == 0 {
		return nil
	}
	front := make(chan struct{})
	if first {
		close(front)
	}
	return l.waiting.PushBack(front)
}

// takeInFront takes a token for the call in front, which then leaves the
// queue. It returns 0, or how long it will be until there is a token.
func (l *Limiter) takeInFront(place *list.Element) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := l.take()
	if wait == 0 {
		l.leave(place)
	}
	return wait
}

// giveUp leaves the queue without a token.
func (l *Limiter) giveUp(place *list.Element) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leave(place)
}

// leave removes a place from the queue. If it was in front, the next one is
// told that it is now. The caller holds l.mu.
func (l *Limiter) leave(place *list.Element) {
	wasFront := l.waiting.Front() == place
	l.waiting.Remove(place)
	if next := l.waiting.Front(); wasFront && next != nil {
		close(next.Value.(chan struct{}))
	}
}

// take takes a token and returns 0, or returns how long it will be until there
// is one. The caller holds l.mu.
func (l *Limiter) take() time.Duration {
	now := time.Now()
	l.level += min(now.Sub(l.updated), l.capacity-l.level)
	l.updated = now
	if l.level < l.interval {
		return l.interval - l.level
	}
	l.level -= l.interval
	return 0
}
