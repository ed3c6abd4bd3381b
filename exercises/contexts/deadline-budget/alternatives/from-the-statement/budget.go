// Package deadlinebudget makes several calls one after another within one
// deadline.
package deadlinebudget

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"time"
)

// ErrSkipped reports a call that wasn't begun because it had too little time.
var ErrSkipped = errors.New("call skipped: too little time")

// A Call is one of several calls that share a deadline.
type Call struct {
	Name   string
	Weight int           // how large its share of the time is, next to those of others; at least 1
	Min    time.Duration // with less time than this it isn't begun; at least 0

	Do func(ctx context.Context) (string, error)

	// Fallback gives the value when Do fails or isn't begun. A call without
	// Fallback is required: there is no answer without it.
	Fallback func() string
}

// A Result is what became of a Call.
type Result struct {
	Name  string
	Value string // what Do returned, or else Fallback
	Err   error  // why Fallback was needed; nil when Do succeeded
}

// Run makes the calls in their order and divides the time until reserve before
// ctx's deadline among them.
func Run(ctx context.Context, reserve time.Duration, calls []Call) ([]Result, error) {
	weights := 0 // of this call and those that come after it
	for _, call := range calls {
		weights += call.Weight
	}
	deadline, limited := ctx.Deadline()
	end := deadline.Add(-reserve)

	var results []Result
	for _, call := range calls {
		if err := ctx.Err(); err != nil {
			return results, fmt.Errorf("before call %q: %w", call.Name, err)
		}

		var value string
		var err error
		if limited {
			now := time.Now()
			value, err = call.within(ctx, now, end.Sub(now), weights)
		} else {
			callCtx, cancel := context.WithCancel(ctx)
			value, err = call.do(callCtx, cancel)
		}
		weights -= call.Weight

		if err != nil {
			err = fmt.Errorf("call %q: %w", call.Name, err)
			if ctx.Err() != nil {
				return results, fmt.Errorf("%w (%w)", err, ctx.Err())
			}
			if call.Fallback == nil {
				return results, err
			}
			value = call.Fallback()
		}
		results = append(results, Result{Name: call.Name, Value: value, Err: err})
	}
	return results, nil
}

// within makes the call if its share of what is left at now is large enough.
func (c Call) within(ctx context.Context, now time.Time, left time.Duration, weights int) (string, error) {
	if left <= 0 {
		return "", ErrSkipped
	}
	share := portion(left, c.Weight, weights)
	if share < c.Min {
		return "", ErrSkipped
	}
	ctx, cancel := context.WithDeadline(ctx, now.Add(share))
	return c.do(ctx, cancel)
}

func (c Call) do(ctx context.Context, cancel context.CancelFunc) (string, error) {
	defer cancel()
	return c.Do(ctx)
}

// portion returns left*weight/weights. The product may be larger than 64 bits.
func portion(left time.Duration, weight, weights int) time.Duration {
	hi, lo := bits.Mul64(uint64(left), uint64(weight))
	quotient, _ := bits.Div64(hi, lo, uint64(weights))
	return time.Duration(quotient)
}
