// Package deadlinebudget makes several calls one after another within one
// deadline.
package deadlinebudget

import (
	"context"
	"errors"
	"math"
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
	b := newBudget(ctx, reserve, calls)
	var results []Result
	for i, call := range calls {
		if err := ctx.Err(); err != nil {
			return results, err
		}
		result := Result{Name: call.Name}
		if share := b.share(i); share > 0 && share >= call.Min {
			result.Value, result.Err = callWithin(ctx, share, call.Do)
		} else {
			result.Err = ErrSkipped
		}
		switch {
		case result.Err == nil:
		case ctx.Err() != nil:
			return results, ctx.Err()
		case call.Fallback == nil:
			return results, result.Err
		default:
			result.Value = call.Fallback()
		}
		results = append(results, result)
	}
	return results, nil
}

// unlimited is the share of every call when there is no deadline.
const unlimited = time.Duration(math.MaxInt64)

// budget is the time that calls share.
type budget struct {
	limited   bool
	end       time.Time
	fractions []float64 // of what is left, for each call
}

func newBudget(ctx context.Context, reserve time.Duration, calls []Call) budget {
	deadline, limited := ctx.Deadline()
	b := budget{
		limited:   limited,
		end:       deadline.Add(-reserve),
		fractions: make([]float64, len(calls)),
	}
	rest := 0
	for i := len(calls) - 1; i >= 0; i-- {
		rest += calls[i].Weight
		b.fractions[i] = float64(calls[i].Weight) / float64(rest)
	}
	return b
}

// share returns how long the i-th call may take if it begins now.
func (b budget) share(i int) time.Duration {
	if !b.limited {
		return unlimited
	}
	return time.Duration(float64(time.Until(b.end)) * b.fractions[i])
}

// callWithin calls do with a context that ends after share.
func callWithin(ctx context.Context, share time.Duration, do func(context.Context) (string, error)) (string, error) {
	var cancel context.CancelFunc
	if share == unlimited {
		ctx, cancel = context.WithCancel(ctx)
	} else {
		ctx, cancel = context.WithTimeout(ctx, share)
	}
	defer cancel()
	return do(ctx)
}
