// Package retrybackoff tries again what has failed, after longer and longer
// waits.
package retrybackoff

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
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

var (
	ownMu sync.Mutex
	own   = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
)

func ownChance() float64 {
	ownMu.Lock()
	defer ownMu.Unlock()
	return own.Float64()
}

// Do calls fn until it succeeds, fails permanently, or has been called often
// enough, or until ctx ends.
func (p Policy) Do(ctx context.Context, fn func(context.Context) error) error {
	if p.Attempts < 1 || p.Base < 1 || p.Base > p.Max {
		return fmt.Errorf("bad policy: %+v", p)
	}
	if p.Rand == nil {
		p.Rand = ownChance
	}
	if ctx.Err() != nil {
		return fmt.Errorf("not even tried: %w", ctx.Err())
	}
	return p.try(ctx, fn, p.Attempts, p.Base)
}

// try makes the attempts that are left. After a failure of the first of them
// it waits for at most longest.
func (p Policy) try(ctx context.Context, fn func(context.Context) error, left int, longest time.Duration) error {
	err := fn(ctx)
	if err == nil || left == 1 || isPermanent(err) {
		return err
	}
	ended := ctx.Err()
	if ended == nil {
		pause, cancel := context.WithTimeout(ctx, longest/2+time.Duration(p.Rand()*float64(longest/2)))
		<-pause.Done()
		cancel()
		ended = ctx.Err()
	}
	if ended != nil {
		return fmt.Errorf("%w, and the context has ended: %w", err, ended)
	}
	return p.try(ctx, fn, left-1, min(longest, p.Max-longest)+longest)
}

type permanentError struct {
	error
}

func (e permanentError) Unwrap() error { return e.error }

func isPermanent(err error) bool {
	var permanent permanentError
	return errors.As(err, &permanent)
}

// Permanent marks err as one after which there is no point in trying again.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}
