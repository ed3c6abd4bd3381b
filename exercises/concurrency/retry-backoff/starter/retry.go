// Package retrybackoff tries again what has failed, after longer and longer
// waits.
package retrybackoff

import (
	"context"
	"errors"
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
	return errors.New("retrybackoff: Do is not written yet")
}

// Permanent marks err as one after which there is no point in trying again.
func Permanent(err error) error {
	return err
}
