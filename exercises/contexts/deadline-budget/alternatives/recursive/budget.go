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
	return run(ctx, reserve, calls, nil)
}

// run makes the first of the calls, and then the others. Those before it have
// brought the results done.
func run(ctx context.Context, reserve time.Duration, calls []Call, done []Result) ([]Result, error) {
	if len(calls) == 0 {
		return done, nil
	}
	if ctx.Err() != nil {
		return done, ctx.Err()
	}
	call, rest := calls[0], calls[1:]

	value, err := first(ctx, reserve, call, rest)
	if err != nil && ctx.Err() != nil {
		return done, fmt.Errorf("%w during %s: %w", ctx.Err(), call.Name, err)
	}
	if err != nil && call.Fallback == nil {
		return done, fmt.Errorf("required call %s: %w", call.Name, err)
	}
	if err != nil {
		value = call.Fallback()
		err = fmt.Errorf("fallback: %w", err)
	}
	return run(ctx, reserve, rest, append(done, Result{call.Name, value, err}))
}

// first makes a call, in a goroutine that can be waited for, and leaves time
// for the rest.
func first(ctx context.Context, reserve time.Duration, call Call, rest []Call) (string, error) {
	if deadline, ok := ctx.Deadline(); ok {
		now := time.Now()
		left := deadline.Add(-reserve).Sub(now)
		sum := call.Weight
		for _, other := range rest {
			sum += other.Weight
		}
		mine := left / time.Duration(sum) * time.Duration(call.Weight)
		if left <= 0 || mine < call.Min {
			return "", fmt.Errorf("%w: %v", ErrSkipped, mine)
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, now.Add(mine))
		defer cancel()
	}

	type answer struct {
		value string
		err   error
	}
	answers := make(chan answer)
	go func() {
		value, err := call.Do(ctx)
		answers <- answer{value, err}
	}()
	a := <-answers
	return a.value, a.err
}
