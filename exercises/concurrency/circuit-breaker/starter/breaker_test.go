package circuitbreaker_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"circuitbreaker"
)

var errDown = errors.New("the dependency is down")

// leave is how far from a moment the tests look at what has changed by then.
const leave = time.Millisecond

// A rig is a breaker and what a test needs to handle it.
type rig struct {
	*circuitbreaker.Breaker
	t     *testing.T
	calls atomic.Int64 // how often a function was really called
}

// newRig returns a rig whose breaker opens after three failures within window.
func newRig(t *testing.T, window, coolDown time.Duration) *rig {
	t.Helper()
	config := circuitbreaker.Config{Failures: 3, Window: window, CoolDown: coolDown}
	b, err := circuitbreaker.New(config)
	if err != nil {
		t.Fatalf("New(%+v) error = %v, want nil", config, err)
	}
	if b == nil {
		t.Fatalf("New(%+v) = nil, nil, want a breaker", config)
	}
	return &rig{Breaker: b, t: t}
}

// call calls Do with a function that returns result at once.
func (r *rig) call(result error) error {
	return r.Do(r.t.Context(), func(context.Context) error {
		r.calls.Add(1)
		return result
	})
}

// fail makes n calls that fail.
func (r *rig) fail(n int) {
	for range n {
		r.call(errDown)
	}
}

// wantState checks the state.
func (r *rig) wantState(when string, want circuitbreaker.State) {
	r.t.Helper()
	if got := r.State(); got != want {
		r.t.Errorf("%s: State() = %v, want %v", when, got, want)
	}
}

// wantThrough checks that a call is let through, and that its error is returned.
func (r *rig) wantThrough(when string, result error) {
	r.t.Helper()
	before := r.calls.Load()
	err := r.call(result)
	if r.calls.Load() == before {
		r.t.Errorf("%s: Do(ctx, fn) did not call fn, want it to be called", when)
	}
	if !errors.Is(err, result) {
		r.t.Errorf("%s: Do(ctx, fn that returns %v) = %v, want the same", when, result, err)
	}
}

// wantRefused checks that a call is not let through.
func (r *rig) wantRefused(when string) {
	r.t.Helper()
	before := r.calls.Load()
	err := r.call(nil)
	if !errors.Is(err, circuitbreaker.ErrOpen) {
		r.t.Errorf("%s: Do(ctx, fn) = %v, want one that wraps ErrOpen", when, err)
	}
	if r.calls.Load() != before {
		r.t.Errorf("%s: Do(ctx, fn) called fn, want it not to be called", when)
	}
}

func TestLetsThrough(t *testing.T) {
	r := newRig(t, time.Minute, time.Minute)
	r.wantState("New", circuitbreaker.Closed)
	r.wantThrough("closed", nil)
	r.wantThrough("closed", errDown)

	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "request 17")
	r.Do(ctx, func(ctx context.Context) error {
		if got := ctx.Value(key{}); got != "request 17" {
			t.Errorf("Do(ctx, fn): fn found %v in its context, want the value of ctx", got)
		}
		return nil
	})
}

func TestOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Minute, time.Minute)
		r.fail(2)
		r.wantState("2 failures of 3", circuitbreaker.Closed)
		r.wantThrough("2 failures of 3", errDown)
		r.wantState("3 failures of 3", circuitbreaker.Open)
		r.wantRefused("3 failures of 3")
	})
}

func TestRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, time.Minute)
		r.fail(3)

		// Time is fake in here: it passes at once, and only while all wait.
		time.Sleep(time.Minute - leave)
		r.wantState("just before the cool-down is over", circuitbreaker.Open)
		r.wantRefused("just before the cool-down is over")
		time.Sleep(2 * leave)
		r.wantState("the cool-down is over", circuitbreaker.HalfOpen)
		r.wantThrough("half-open", nil)
		r.wantState("the probe has succeeded", circuitbreaker.Closed)
		r.wantThrough("closed again", nil)
	})
}

func TestRefusesNonsense(t *testing.T) {
	for _, config := range []circuitbreaker.Config{
		{Failures: 0, Window: time.Second, CoolDown: time.Second},
		{Failures: -1, Window: time.Second, CoolDown: time.Second},
		{Failures: 1, Window: 0, CoolDown: time.Second},
		{Failures: 1, Window: time.Second, CoolDown: -time.Second},
	} {
		t.Run(fmt.Sprint(config), func(t *testing.T) {
			if _, err := circuitbreaker.New(config); err == nil {
				t.Errorf("New(%+v) error = nil, want an error", config)
			}
		})
	}
}
