// Package retrybackoff tries again what has failed, after longer and longer
// waits.
package retrybackoff

import (
	"context"
	"errors"
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
		return errors.New("retrybackoff: bad policy")
	}
	if p.Rand == nil {
		p.Rand = rand.Float64
	}
	var err error
	bound := p.Base
	for range p.Attempts {
		if err != nil {
			time.Sleep(bound/2 + time.Duration(p.Rand()*float64(bound/2)))
			bound = min(2*bound, p.Max)
		}
		err = fn(ctx)
		if err == nil {
			return nil
		}
		if p, ok := err.(permanentError); ok {
			return p.error
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return err
}

type permanentError struct{ error }

// Permanent marks err as one after which there is no point in trying again.
func Permanent(err error) error {
	return permanentError{err}
}
