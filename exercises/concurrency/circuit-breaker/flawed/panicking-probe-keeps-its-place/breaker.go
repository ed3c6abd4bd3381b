// Package circuitbreaker keeps callers away from a dependency that fails.
package circuitbreaker

import (
	"context"
	"errors"
	"fmt"
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
	state    State
	period   int         // counts the changes of state
	failures []time.Time // while closed: the last ones, the oldest first
	opened   time.Time   // while open: since when
	probing  bool        // while half-open: whether the probe is under way
}

// New returns a closed breaker.
func New(config Config) (*Breaker, error) {
	if config.Failures < 1 || config.Window <= 0 || config.CoolDown <= 0 {
		return nil, fmt.Errorf("circuitbreaker: all of %+v must be greater than 0", config)
	}
	return &Breaker{config: config}, nil
}

// Do calls fn and returns its error, or returns ErrOpen without calling it.
func (b *Breaker) Do(ctx context.Context, fn func(context.Context) error) error {
	period, ok := b.enter()
	if !ok {
		return ErrOpen
	}

	err := fn(ctx)
	result := failed
	switch {
	case err == nil:
		result = succeeded
	case errors.Is(err, context.Canceled):
		result = cancelled
	}
	b.leave(period, result)
	return err
}

// State returns the state that the breaker is in now.
func (b *Breaker) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.look()
	return b.state
}

// enter asks for a call to be let through. It returns the period in which the
// call begins.
func (b *Breaker) enter() (period int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.look()
	switch {
	case b.state == Closed:
		return b.period, true
	case b.state == HalfOpen && !b.probing:
		b.probing = true
		return b.period, true
	default:
		return 0, false
	}
}

// An outcome is what a call says about the dependency.
type outcome int

const (
	failed outcome = iota
	succeeded
	cancelled // nothing
)

// leave counts the outcome of a call that began in the given period.
func (b *Breaker) leave(period int, result outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	// A call that took long may come back to another state than the one in
	// which it began. It is no probe then, and not one of the last failures.
	if period != b.period {
		return
	}
	switch {
	case b.state == Closed && result == failed:
		b.fail()
	case b.state == HalfOpen && result == failed:
		b.change(Open)
	case b.state == HalfOpen && result == succeeded:
		b.change(Closed)
	case b.state == HalfOpen && result == cancelled:
		b.probing = false
	}
}

// fail counts a failure and opens the breaker if it was one too many.
func (b *Breaker) fail() {
	now := time.Now()
	b.failures = append(b.failures, now)
	// Only as many as it takes to open are ever of interest.
	if excess := len(b.failures) - b.config.Failures; excess > 0 {
		b.failures = b.failures[excess:]
	}
	if len(b.failures) == b.config.Failures && now.Sub(b.failures[0]) < b.config.Window {
		b.change(Open)
	}
}

// look lets a breaker that has been open for long enough be half-open. Nothing
// has to happen at that moment, so no timer is needed.
func (b *Breaker) look() {
	if b.state == Open && time.Since(b.opened) >= b.config.CoolDown {
		b.change(HalfOpen)
	}
}

// change begins a new period, in which nothing of the one before counts.
func (b *Breaker) change(state State) {
	b.state = state
	b.period++
	b.failures = nil
	b.opened = time.Now()
	b.probing = false
}
