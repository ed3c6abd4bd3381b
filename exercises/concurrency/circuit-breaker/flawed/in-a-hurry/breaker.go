// Package circuitbreaker keeps callers away from a dependency that fails.
package circuitbreaker

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrOpen is what Do returns for a call that the breaker doesn't let through.
var ErrOpen = errors.New("circuit breaker is open")

// A State is what a breaker does with calls.
type State int

const (
	Closed   State = iota // lets every call through
	Open                  // lets none through
	HalfOpen              // lets one through, to see how it fares
)

func (s State) String() string {
	switch s {
	case Closed:
		return "closed"
	case Open:
		return "open"
	case HalfOpen:
		return "half-open"
	default:
		return "unknown"
	}
}

// Config says when a breaker opens and for how long.
type Config struct {
	Failures int           // so many failures within Window open it
	Window   time.Duration // how long a failure counts
	CoolDown time.Duration // how long it stays open before a probe
}

// A Breaker is a circuit breaker. It may be used by many goroutines at once.
type Breaker struct {
	config Config

	mu       sync.Mutex
	failures int
	opened   time.Time
}

// New returns a closed breaker.
func New(config Config) (*Breaker, error) {
	if config.Failures <= 0 || config.Window <= 0 || config.CoolDown <= 0 {
		return nil, errors.New("circuitbreaker: bad config")
	}
	return &Breaker{config: config}, nil
}

// Do calls fn and returns its error, or returns ErrOpen without calling it.
func (b *Breaker) Do(ctx context.Context, fn func(context.Context) error) error {
	if b.State() == Open {
		return ErrOpen
	}
	err := fn(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.failures = 0
		return nil
	}
	b.failures++
	if b.failures >= b.config.Failures {
		b.opened = time.Now()
	}
	return err
}

// State returns the state that the breaker is in now.
func (b *Breaker) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.failures < b.config.Failures:
		return Closed
	case time.Since(b.opened) < b.config.CoolDown:
		return Open
	default:
		return HalfOpen
	}
}
