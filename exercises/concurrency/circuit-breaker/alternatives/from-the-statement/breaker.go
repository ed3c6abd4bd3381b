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
	config Config

	mu         sync.Mutex
	state      State       // as of the last call of update
	generation int         // how often the state has changed
	failures   []time.Time // Closed: those that count, the oldest first
	opened     time.Time   // Open: since when
	probing    bool        // HalfOpen: a probe is under way
}

// New returns a closed breaker.
func New(config Config) (*Breaker, error) {
	if config.Failures <= 0 || config.Window <= 0 || config.CoolDown <= 0 {
		return nil, fmt.Errorf("circuitbreaker: a field of %+v is not greater than 0", config)
	}
	return &Breaker{config: config}, nil
}

// Do calls fn and returns its error, or returns ErrOpen without calling it.
func (b *Breaker) Do(ctx context.Context, fn func(context.Context) error) error {
	generation, ok := b.admit()
	if !ok {
		return ErrOpen
	}
	result := failed // if fn panics
	defer func() { b.report(generation, result) }()
	err := fn(ctx)
	result = judge(err)
	return err
}

// State returns the state that the breaker is in now.
func (b *Breaker) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.update(time.Now())
	return b.state
}

// An outcome is how a call has ended.
type outcome int

const (
	failed outcome = iota
	succeeded
	cancelled
)

func judge(err error) outcome {
	switch {
	case err == nil:
		return succeeded
	case errors.Is(err, context.Canceled):
		return cancelled
	default:
		return failed
	}
}

// admit reports whether a call is let through, and in which generation.
func (b *Breaker) admit() (generation int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.update(time.Now())
	switch b.state {
	case Closed:
		return b.generation, true
	case HalfOpen:
		if b.probing {
			return 0, false
		}
		b.probing = true
		return b.generation, true
	default:
		return 0, false
	}
}

// report notes the outcome of a call that was let through in a generation.
func (b *Breaker) report(generation int, result outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if generation != b.generation {
		return
	}
	now := time.Now()
	if b.state == HalfOpen {
		b.probing = false
		switch result {
		case succeeded:
			b.change(Closed)
		case failed:
			b.open(now)
		}
		return
	}
	if result != failed {
		return
	}
	b.failures = slices.DeleteFunc(b.failures, func(t time.Time) bool {
		return now.Sub(t) >= b.config.Window
	})
	b.failures = append(b.failures, now)
	if len(b.failures) >= b.config.Failures {
		b.open(now)
	}
}

// update makes an open breaker half-open when it is time. The caller holds
// b.mu, as those of open and change do.
func (b *Breaker) update(now time.Time) {
	if b.state == Open && now.Sub(b.opened) >= b.config.CoolDown {
		b.change(HalfOpen)
	}
}

func (b *Breaker) open(now time.Time) {
	b.opened = now
	b.change(Open)
}

func (b *Breaker) change(state State) {
	b.state = state
	b.generation++
	b.failures = nil
}
