// Package circuitbreaker keeps callers away from a dependency that fails.
package circuitbreaker

import (
	"context"
	"errors"
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
	// TODO: what it needs.
}

// New returns a closed breaker.
func New(config Config) (*Breaker, error) {
	return nil, errors.New("circuitbreaker: New is not written yet")
}

// Do calls fn and returns its error, or returns ErrOpen without calling it.
func (b *Breaker) Do(ctx context.Context, fn func(context.Context) error) error {
	return errors.New("circuitbreaker: Do is not written yet")
}

// State returns the state that the breaker is in now.
func (b *Breaker) State() State {
	return Closed
}
