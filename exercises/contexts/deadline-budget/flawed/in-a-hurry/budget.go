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
	total := 0
	for _, c := range calls {
		total += c.Weight
	}
	deadline, ok := ctx.Deadline()
	budget := time.Until(deadline) - reserve

	var results []Result
	for _, c := range calls {
		callCtx := ctx
		if ok {
			share := budget * time.Duration(c.Weight) / time.Duration(total)
			if share < c.Min {
				results = append(results, Result{Name: c.Name, Value: c.Fallback(), Err: ErrSkipped})
				continue
			}
			var cancel context.CancelFunc
			callCtx, cancel = context.WithTimeout(ctx, share)
			defer cancel()
		}
		value, err := c.Do(callCtx)
		if err != nil {
			if c.Fallback == nil {
				return results, fmt.Errorf("%s: %w", c.Name, err)
			}
			value = c.Fallback()
		}
		results = append(results, Result{c.Name, value, err})
	}
	return results, nil
}
