// Package deadlinebudget makes several calls one after another within one
// deadline.
package deadlinebudget

import (
	"context"
	"errors"
	"fmt"
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
	weights := 0 // of the calls that are still to be made
	for _, call := range calls {
		weights += call.Weight
	}

	results := make([]Result, 0, len(calls))
	for _, call := range calls {
		if ctx.Err() != nil {
			return results, fmt.Errorf("before %s: %w", call.Name, ctx.Err())
		}
		value, err := try(ctx, reserve, call, weights)
		weights -= call.Weight
		if err != nil {
			if call.Fallback == nil {
				return results, fmt.Errorf("%s: %w", call.Name, err)
			}
			value = call.Fallback()
		}
		results = append(results, Result{Name: call.Name, Value: value, Err: err})
	}
	return results, nil
}

// try makes one call with its share of the time, or skips it. weights is the
// sum of its weight and those of all that come after it.
func try(ctx context.Context, reserve time.Duration, call Call, weights int) (string, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return call.Do(ctx)
	}
	// The clock is asked anew for each call. So nobody has to keep account of
	// what others have saved or wasted.
	left := time.Until(deadline) - reserve
	share := left * time.Duration(call.Weight) / time.Duration(weights)
	if share <= 0 || share < call.Min {
		return "", ErrSkipped
	}
	ctx, cancel := context.WithTimeout(ctx, share)
	defer cancel()
	return call.Do(ctx)
}
