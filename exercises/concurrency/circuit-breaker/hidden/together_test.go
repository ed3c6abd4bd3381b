package circuitbreaker_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"circuitbreaker"
)

// A slowCall is a call of Do that is under way.
type slowCall struct {
	t      *testing.T
	result chan error
	done   chan struct{}
	err    error // what Do returned, once done is closed
}

// begin calls Do in a goroutine of its own, and returns when the function has
// been called. The call lasts until the test ends it.
func (r *rig) begin(when string) *slowCall {
	r.t.Helper()
	c := &slowCall{t: r.t, result: make(chan error, 1), done: make(chan struct{})}
	before := r.calls.Load()
	go func() {
		defer close(c.done)
		c.err = r.Do(r.t.Context(), func(context.Context) error {
			r.calls.Add(1)
			return <-c.result
		})
	}()
	synctest.Wait()
	if r.calls.Load() == before {
		c.result <- nil
		r.t.Errorf("%s: Do(ctx, fn) did not call fn, want it to be called", when)
	}
	return c
}

// end lets the function return result, and waits until Do has returned.
func (c *slowCall) end(result error) {
	c.t.Helper()
	select {
	case c.result <- result:
	default: // it was never called
	}
	<-c.done
	if !errors.Is(c.err, result) {
		c.t.Errorf("Do(ctx, fn that returns %v, late) = %v, want the same", result, c.err)
	}
}

func TestLateResultsWhileOpen(t *testing.T) {
	for _, result := range []error{nil, errDown} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, time.Hour, time.Minute)
			late := r.begin("closed")
			r.fail(3)
			time.Sleep(30 * time.Second)
			late.end(result)
			r.wantState("open for half the cool-down, a call of before has returned", circuitbreaker.Open)
			r.wantRefused("open for half the cool-down, a call of before has returned")
			time.Sleep(30*time.Second + leave)
			r.wantState("open for the cool-down, a call of before has returned meanwhile", circuitbreaker.HalfOpen)
		})
	}
}

func TestLateResultsWhileHalfOpen(t *testing.T) {
	for _, result := range []error{nil, errDown, canceled} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, time.Hour, time.Minute)
			first, second := r.begin("closed"), r.begin("closed")
			r.fail(3)
			time.Sleep(2 * time.Minute)
			r.wantState("open for longer than the cool-down", circuitbreaker.HalfOpen)
			first.end(result)
			r.wantState("half-open, a call of before has returned", circuitbreaker.HalfOpen)

			probe := r.begin("half-open, a call of before has returned")
			second.end(result)
			r.wantState("the probe is under way, a call of before has returned", circuitbreaker.HalfOpen)
			r.wantRefused("the probe is under way, a call of before has returned")
			probe.end(nil)
			r.wantState("the probe has succeeded", circuitbreaker.Closed)
		})
	}
}

func TestLateResultsWhenClosedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, time.Minute)
		var late []*slowCall
		for range 5 {
			late = append(late, r.begin("closed"))
		}
		r.fail(3)
		time.Sleep(2 * time.Minute)
		r.wantThrough("half-open", nil)
		for _, c := range late {
			c.end(errDown)
		}
		r.wantState("closed again, 5 calls of before have failed", circuitbreaker.Closed)
		r.fail(2)
		r.wantState("closed again, 5 calls of before and 2 later ones have failed", circuitbreaker.Closed)
		r.fail(1)
		r.wantState("closed again, 3 failures of 3 since then", circuitbreaker.Open)
	})
}

func TestSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, time.Minute)
		var slow []*slowCall
		for range 3 {
			slow = append(slow, r.begin("closed, others under way"))
		}
		r.wantState("closed, 3 calls under way", circuitbreaker.Closed)
		r.wantThrough("closed, 3 calls under way", nil)
		for _, c := range slow {
			c.end(nil)
		}
	})
}

// TestOneProbe runs in real time, of which a cool-down of a nanosecond takes
// next to none.
func TestOneProbe(t *testing.T) {
	const callers, rounds = 8, 20
	config := circuitbreaker.Config{Failures: 1, Window: time.Hour, CoolDown: time.Nanosecond}
	b, err := circuitbreaker.New(config)
	if err != nil {
		t.Fatalf("New(%+v) error = %v, want nil", config, err)
	}
	r := &rig{Breaker: b, t: t}
	r.fail(1)
	for round := range rounds {
		for opened := time.Now(); r.State() != circuitbreaker.HalfOpen; time.Sleep(100 * time.Microsecond) {
			if time.Since(opened) > time.Second {
				t.Fatalf("open for a second, with a cool-down of 1ns: State() = %v, want %v", r.State(), circuitbreaker.HalfOpen)
			}
		}
		outcomes := make(chan string, callers) // one of each caller
		end := make(chan struct{})
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				called := false
				r.Do(t.Context(), func(context.Context) error {
					called = true
					outcomes <- "let through"
					<-end
					return errDown
				})
				if !called {
					outcomes <- "refused"
				}
			})
		}
		count := make(map[string]int)
		for range callers {
			count[<-outcomes]++
		}
		close(end)
		wg.Wait()
		if count["let through"] != 1 {
			t.Fatalf("half-open for time %d, %d goroutines call Do at once: %d calls let through, %d refused, want 1 and %d",
				round+1, callers, count["let through"], count["refused"], callers-1)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers, each = 8, 60
		config := circuitbreaker.Config{Failures: callers*each + 1, Window: time.Hour, CoolDown: time.Minute}
		b, err := circuitbreaker.New(config)
		if err != nil {
			t.Fatalf("New(%+v) error = %v, want nil", config, err)
		}
		r := &rig{Breaker: b, t: t}
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for range each {
					r.call(errDown)
					r.call(nil)
				}
			})
		}
		wg.Wait()
		r.wantState("many goroutines, one failure too few to open", circuitbreaker.Closed)
		for range 2 {
			wg.Go(func() { r.fail(1) })
			wg.Go(func() { r.State() })
		}
		wg.Wait()
		r.wantState("many goroutines, enough failures to open", circuitbreaker.Open)
	})
}
