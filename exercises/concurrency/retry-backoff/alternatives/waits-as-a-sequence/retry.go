// Package retrybackoff tries again what has failed, after longer and longer
// waits.
package retrybackoff

import (
	"context"
	"errors"
	"iter"
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

var errPermanent = errors.New("permanent")

// Do calls fn until it succeeds, fails permanently, or has been called often
// enough, or until ctx ends.
func (p Policy) Do(ctx context.Context, fn func(context.Context) error) error {
	switch {
	case p.Attempts <= 0:
		return errors.New("retrybackoff: Attempts must be positive")
	case p.Base <= 0:
		return errors.New("retrybackoff: Base must be positive")
	case p.Max < p.Base:
		return errors.New("retrybackoff: Max must not be less than Base")
	}
	if p.Rand == nil {
		p.Rand = rand.Float64
	}

	var last error
	for wait := range p.waits() {
		if err := sleep(ctx, wait); err != nil {
			return errors.Join(err, last)
		}
		last = fn(ctx)
		if last == nil || errors.Is(last, errPermanent) {
			return last
		}
	}
	return last
}

// waits yields the wait before each attempt. The one before the first is 0.
func (p Policy) waits() iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		if !yield(0) {
			return
		}
		d := float64(p.Base) // which doesn't overflow
		for range p.Attempts - 1 {
			if !yield(time.Duration(d/2 + p.Rand()*d/2)) {
				return
			}
			d = min(2*d, float64(p.Max))
		}
	}
}

// sleep waits, or returns the error of ctx as soon as it has ended.
func sleep(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return context.DeadlineExceeded // it can't be in time
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	return ctx.Err()
}

// Permanent marks err as one after which there is no point in trying again.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

type permanent struct{ error }

func (p permanent) Unwrap() error        { return p.error }
func (p permanent) Is(target error) bool { return target == errPermanent }
