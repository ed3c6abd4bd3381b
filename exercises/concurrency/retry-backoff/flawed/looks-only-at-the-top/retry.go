// Package retrybackoff tries again what has failed, after longer and longer
// waits.
package retrybackoff

import (
	"context"
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
	if p.Attempts < 1 || p.Base <= 0 || p.Max < p.Base {
		return fmt.Errorf("retrybackoff: no policy: %d attempts, base %v, max %v", p.Attempts, p.Base, p.Max)
	}
	if err := ctx.Err(); err != nil {
		return err
	}

	longest := p.Base
	for attempt := 1; ; attempt++ {
		err := fn(ctx)
		if err == nil {
			return nil
		}
		if _, ok := err.(*permanentError); ok {
			return err
		}
		if attempt == p.Attempts {
			return fmt.Errorf("retrybackoff: attempt %d of %d: %w", attempt, p.Attempts, err)
		}

		// What fn returned says what is wrong with the server, so it is kept
		// beside the news that time is up.
		select {
		case <-time.After(p.jitter(longest)):
		case <-ctx.Done():
			return fmt.Errorf("retrybackoff: after attempt %d: %w: %w", attempt, ctx.Err(), err)
		}

		// Not doubled and then cut, but the other way round: it would
		// overflow after some sixty attempts.
		if longest > p.Max/2 {
			longest = p.Max
		} else {
			longest *= 2
		}
	}
}

// jitter returns a wait between half of longest and longest.
func (p Policy) jitter(longest time.Duration) time.Duration {
	chance := p.Rand
	if chance == nil {
		chance = rand.Float64 // safe for concurrent use, as a *rand.Rand is not
	}
	return longest/2 + time.Duration(chance()*float64(longest)/2)
}

// Permanent marks err as one after which there is no point in trying again.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }
