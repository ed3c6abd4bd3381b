// Package retrybackoff tries again what has failed, after longer and longer
// waits.
package retrybackoff

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// A Policy says how often something is tried, and how long the waits between
// the attempts are. Many goroutines may use one at once.
type Policy struct {
	Attempts int            // how often it is tried at most
	Base     time.Duration  // the longest wait after the first attempt
	Max      time.Duration  // no wait is longer
	Rand     func() float64 // a number of at least 0 and less than 1; nil: chance
}

// Do calls fn until it succeeds, fails permanently, or has been called often
// enough, or until ctx ends.
func (p Policy) Do(ctx context.Context, fn func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("retrybackoff: not tried: %w", err)
	}
	if p.Attempts < 1 || p.Base <= 0 || p.Max < p.Base {
		return fmt.Errorf("retrybackoff: unusable policy: %d attempts, base %v, max %v", p.Attempts, p.Base, p.Max)
	}
	random := p.Rand
	if random == nil {
		random = rand.Float64
	}

	bound := p.Base
	for attempt := 1; ; attempt++ {
		err := fn(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ended(ctx, err)
		}
		if _, permanent := errors.AsType[*permanentError](err); permanent || attempt == p.Attempts {
			return fmt.Errorf("retrybackoff: attempt %d of %d: %w", attempt, p.Attempts, err)
		}

		half := bound / 2
		sleep(ctx, half+time.Duration(random()*float64(half)))
		if ctx.Err() != nil {
			return ended(ctx, err)
		}
		if bound > p.Max-bound { // not bound*2 > p.Max: that may overflow
			bound = p.Max
		} else {
			bound *= 2
		}
	}
}

// ended returns the error for a ctx that has ended after an attempt with err.
func ended(ctx context.Context, err error) error {
	return fmt.Errorf("retrybackoff: %w; last attempt: %w", ctx.Err(), err)
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// A permanentError marks the error in it.
type permanentError struct {
	err error
}

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// Permanent marks err as one after which there is no point in trying again.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}
