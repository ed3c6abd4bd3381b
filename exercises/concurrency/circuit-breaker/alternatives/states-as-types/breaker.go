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
	mu    sync.Mutex
	phase phase
}

// A phase is one time of being closed, open or half-open. A call belongs to
// the phase that has let it through, which alone hears how it ended. Each
// method returns the phase that comes next, most often the same.
type phase interface {
	state() State
	look(now time.Time) phase
	admit() bool
	succeeded() phase
	failed(now time.Time) phase
	cancelled()
}

// New returns a closed breaker.
func New(config Config) (*Breaker, error) {
	var errs []error
	if config.Failures < 1 {
		errs = append(errs, fmt.Errorf("circuitbreaker: Failures is %d, want at least 1", config.Failures))
	}
	if min(config.Window, config.CoolDown) <= 0 {
		errs = append(errs, fmt.Errorf("circuitbreaker: Window is %v and CoolDown %v, want both greater than 0", config.Window, config.CoolDown))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &Breaker{phase: &closed{config: &config}}, nil
}

// Do calls fn and returns its error, or returns ErrOpen without calling it.
func (b *Breaker) Do(ctx context.Context, fn func(context.Context) error) error {
	mine, ok := b.admit()
	if !ok {
		return ErrOpen
	}
	defer func() {
		if value := recover(); value != nil {
			b.report(mine, phase.failed)
			panic(value)
		}
	}()
	err := fn(ctx)
	switch {
	case err == nil:
		b.report(mine, func(p phase, _ time.Time) phase { return p.succeeded() })
	case errors.Is(err, context.Canceled):
		b.report(mine, func(p phase, _ time.Time) phase { p.cancelled(); return p })
	default:
		b.report(mine, phase.failed)
	}
	return err
}

// State returns the state that the breaker is in now.
func (b *Breaker) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.phase = b.phase.look(time.Now())
	return b.phase.state()
}

func (b *Breaker) admit() (phase, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.phase = b.phase.look(time.Now())
	return b.phase, b.phase.admit()
}

func (b *Breaker) report(to phase, outcome func(phase, time.Time) phase) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.phase == to {
		b.phase = outcome(to, time.Now())
	}
}

// closed remembers when the last failures were, in a ring.
type closed struct {
	config *Config
	ring   []time.Time
	next   int
}

func (c *closed) state() State         { return Closed }
func (c *closed) look(time.Time) phase { return c }
func (c *closed) admit() bool          { return true }
func (c *closed) succeeded() phase     { return c }
func (c *closed) cancelled()           {}

func (c *closed) failed(now time.Time) phase {
	if len(c.ring) < c.config.Failures {
		c.ring = append(c.ring, now)
	} else {
		c.ring[c.next] = now
	}
	c.next = (c.next + 1) % c.config.Failures
	if len(c.ring) == c.config.Failures && now.Sub(c.ring[c.next]) < c.config.Window {
		return &open{config: c.config, until: now.Add(c.config.CoolDown)}
	}
	return c
}

// open lets nothing through, so no outcome is ever reported to it.
type open struct {
	config *Config
	until  time.Time
}

func (o *open) state() State           { return Open }
func (o *open) admit() bool            { return false }
func (o *open) succeeded() phase       { return o }
func (o *open) failed(time.Time) phase { return o }
func (o *open) cancelled()             {}

func (o *open) look(now time.Time) phase {
	if now.Before(o.until) {
		return o
	}
	return &halfOpen{config: o.config}
}

// halfOpen lets one probe through at a time.
type halfOpen struct {
	config  *Config
	probing bool
}

func (h *halfOpen) state() State         { return HalfOpen }
func (h *halfOpen) look(time.Time) phase { return h }
func (h *halfOpen) succeeded() phase     { return &closed{config: h.config} }
func (h *halfOpen) cancelled()           { h.probing = false }

func (h *halfOpen) admit() bool {
	if h.probing {
		return false
	}
	h.probing = true
	return true
}

func (h *halfOpen) failed(now time.Time) phase {
	return &open{config: h.config, until: now.Add(h.config.CoolDown)}
}
