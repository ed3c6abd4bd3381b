package circuitbreaker_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"circuitbreaker"
)

func TestFailuresExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 10*time.Second, time.Minute)
		r.fail(2)
		time.Sleep(11 * time.Second)
		r.fail(2)
		r.wantState("a window of 10s, 2 failures at 0s and 2 at 11s", circuitbreaker.Closed)
		time.Sleep(11 * time.Second)
		for range 20 {
			time.Sleep(6 * time.Second)
			r.fail(1)
		}
		r.wantState("a window of 10s, a failure every 6s", circuitbreaker.Closed)
	})
}

func TestWindowSlides(t *testing.T) {
	for offset := range 10 {
		t.Run(fmt.Sprint("failures from ", offset, "s on"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, 10*time.Second, time.Minute)
				time.Sleep(time.Duration(offset) * time.Second)
				for range 3 {
					r.wantState("a window of 10s, fewer than 3 failures, 4s apart", circuitbreaker.Closed)
					r.fail(1)
					time.Sleep(4 * time.Second)
				}
				r.wantState("a window of 10s, 3 failures, 4s apart", circuitbreaker.Open)
			})
		})
	}
	t.Run("an old failure before them", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, 10*time.Second, time.Minute)
			r.fail(1)
			time.Sleep(8 * time.Second)
			r.fail(1)
			time.Sleep(3 * time.Second)
			r.fail(1)
			r.wantState("a window of 10s, failures at 0s, 8s, 11s", circuitbreaker.Closed)
			time.Sleep(time.Second)
			r.fail(1)
			r.wantState("a window of 10s, failures at 0s, 8s, 11s, 12s", circuitbreaker.Open)
		})
	})
}

func TestSuccessesDoNotForgive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, time.Minute)
		for range 3 {
			for range 50 {
				r.wantThrough("fewer than 3 failures", nil)
			}
			r.fail(1)
		}
		r.wantState("3 failures within the window, 50 successes before each", circuitbreaker.Open)
	})
}

func TestProbeFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Second, time.Minute)
		r.fail(3)
		time.Sleep(90 * time.Second)
		for range 3 {
			r.wantThrough("half-open", errDown)
			r.wantState("the probe has failed", circuitbreaker.Open)
			time.Sleep(time.Minute - leave)
			r.wantState("a probe failed, its cool-down is almost over", circuitbreaker.Open)
			r.wantRefused("a probe failed, its cool-down is almost over")
			time.Sleep(2 * leave)
			r.wantState("a probe failed, its cool-down is over", circuitbreaker.HalfOpen)
		}
		r.wantThrough("half-open", nil)
		r.wantState("the fourth probe has succeeded", circuitbreaker.Closed)
	})
}

func TestCallersDoNotProlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, time.Minute)
		r.fail(3)
		for range 59 {
			time.Sleep(time.Second)
			r.wantRefused("open for less than the cool-down")
		}
		time.Sleep(time.Second + leave)
		r.wantState("open for the cool-down, a refused call every second", circuitbreaker.HalfOpen)
		r.wantThrough("open for the cool-down, a refused call every second", nil)
	})
}

func TestStartsAfresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, time.Second)
		for range 3 {
			r.fail(2)
			r.wantState("closed, 2 failures of 3 since then", circuitbreaker.Closed)
			r.fail(1)
			r.wantState("closed, 3 failures of 3 since then", circuitbreaker.Open)
			time.Sleep(2 * time.Second)
			r.wantThrough("half-open", nil)
			r.wantState("the probe has succeeded", circuitbreaker.Closed)
		}
	})
}

// canceled and expired are what a dependency's client may return.
var (
	canceled = fmt.Errorf("GET /users/7: %w", context.Canceled)
	expired  = fmt.Errorf("GET /users/7: %w", context.DeadlineExceeded)
)

func TestCancellationsDoNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, time.Minute)
		for range 10 {
			r.wantThrough("closed, nothing but cancellations", canceled)
		}
		r.wantState("10 calls that were cancelled", circuitbreaker.Closed)
		r.fail(2)
		r.wantThrough("2 failures of 3", canceled)
		r.wantState("2 failures of 3, and cancellations", circuitbreaker.Closed)
		r.fail(1)
		r.wantState("3 failures of 3, a cancellation between", circuitbreaker.Open)
	})
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, time.Minute)
		for range 3 {
			r.wantThrough("fewer than 3 failures", expired)
		}
		r.wantState("3 calls that took longer than they may", circuitbreaker.Open)
	})
}

func TestCancelledProbe(t *testing.T) {
	for _, next := range []struct {
		result error
		want   circuitbreaker.State
	}{
		{nil, circuitbreaker.Closed},
		{errDown, circuitbreaker.Open},
	} {
		t.Run(fmt.Sprint("then ", next.result), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, time.Hour, time.Minute)
				r.fail(3)
				time.Sleep(2 * time.Minute)
				for range 2 {
					r.wantThrough("half-open", canceled)
					r.wantState("the probe was cancelled", circuitbreaker.HalfOpen)
				}
				r.wantThrough("half-open, a probe was cancelled", next.result)
				r.wantState(fmt.Sprintf("a probe was cancelled, the next returned %v", next.result), next.want)
			})
		})
	}
}

// panicking calls Do with a function that panics, and returns what it panics with.
func (r *rig) panicking(value any) (recovered any) {
	defer func() { recovered = recover() }()
	r.Do(r.t.Context(), func(context.Context) error { panic(value) })
	return nil
}

func TestPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, time.Minute)
		for range 3 {
			r.wantState("fewer than 3 panics", circuitbreaker.Closed)
			if got := r.panicking("out of range"); got != "out of range" {
				t.Errorf("Do(ctx, fn that panics with %q) panics with %v, want the same", "out of range", got)
			}
		}
		r.wantState("3 calls that panic", circuitbreaker.Open)

		time.Sleep(2 * time.Minute)
		if got := r.panicking("out of range"); got != "out of range" {
			t.Errorf("half-open, Do(ctx, fn that panics with %q) panics with %v, want the same", "out of range", got)
		}
		r.wantState("the probe has panicked", circuitbreaker.Open)
		time.Sleep(2 * time.Minute)
		r.wantThrough("half-open, after a probe that panicked", nil)
		r.wantState("the second probe has succeeded", circuitbreaker.Closed)
	})
}
