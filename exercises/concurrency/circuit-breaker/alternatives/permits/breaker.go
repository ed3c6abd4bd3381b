// Package circuitbreaker keeps callers away from a dependency that fails.
package circuitbreaker

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	cfg Config

	mu       sync.Mutex
	failures []time.Time   // of the present time of being closed
	openTill time.Time     // zero while closed
	permit   chan struct{} // holds the permit for a probe; a new one for each time of being open
}

// New returns a closed breaker.
func New(config Config) (*Breaker, error) {
	switch {
	case config.Failures <= 0:
		return nil, fmt.Errorf("circuitbreaker: Failures is %d", config.Failures)
	case config.Window <= 0:
		return nil, fmt.Errorf("circuitbreaker: Window is %v", config.Window)
	case config.CoolDown <= 0:
		return nil, fmt.Errorf("circuitbreaker: CoolDown is %v", config.CoolDown)
	}
	return &Breaker{cfg: config, permit: make(chan struct{}, 1)}, nil
}

// State returns the state that the breaker is in now.
func (b *Breaker) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.current()
}

func (b *Breaker) current() State {
	switch {
	case b.openTill.IsZero():
		return Closed
	case time.Now().Before(b.openTill):
		return Open
	default:
		return HalfOpen
	}
}

// Do calls fn and returns its error, or returns ErrOpen without calling it.
func (b *Breaker) Do(ctx context.Context, fn func(context.Context) error) error {
	b.mu.Lock()
	state, permit := b.current(), b.permit
	b.mu.Unlock()

	switch state {
	case Open:
		return fmt.Errorf("not called: %w", ErrOpen)
	case HalfOpen:
		select {
		case <-permit:
		default:
			return fmt.Errorf("not called, a probe is under way: %w", ErrOpen)
		}
	}

	panicked := true
	var err error
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch {
		case permit != b.permit:
			// The breaker has opened or closed since the call began.
		case state == HalfOpen && errors.Is(err, context.Canceled):
			permit <- struct{}{}
		case panicked || err != nil && !errors.Is(err, context.Canceled):
			b.failed(state)
		case err == nil && state == HalfOpen:
			b.openTill = time.Time{}
			b.permit = make(chan struct{}, 1)
		}
	}()
	err = fn(ctx)
	panicked = false
	return err
}

func (b *Breaker) failed(state State) {
	now := time.Now()
	if state == Closed {
		b.failures = append(b.failures, now)
		b.failures = slices.DeleteFunc(b.failures, func(t time.Time) bool { return now.Sub(t) > b.cfg.Window })
		if len(b.failures) < b.cfg.Failures {
			return
		}
	}
	b.failures = nil
	b.openTill = now.Add(b.cfg.CoolDown)
	b.permit = make(chan struct{}, 1)
	b.permit <- struct{}{}
}
