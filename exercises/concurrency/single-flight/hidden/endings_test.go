package singleflight_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"singleflight"
)

func TestPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group[string, string]
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				_, err := g.Do(t.Context(), "user 1", func(context.Context) (string, error) {
					time.Sleep(time.Second)
					panic("out of range")
				})
				if p, ok := errors.AsType[*singleflight.PanicError](err); !ok || p.Value != "out of range" {
					t.Errorf("3 goroutines call Do, fn panics with %q: error = %v, want a *PanicError with that value", "out of range", err)
				}
			})
		}
		wg.Wait()

		got, err := g.Do(t.Context(), "user 1", func(context.Context) (string, error) { return "Ada", nil })
		if got != "Ada" || err != nil {
			t.Errorf("Do after a call of the same key that panicked, fn returns Ada, nil: Do = %q, %v", got, err)
		}
	})
}

func TestKeepsNoErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group[string, string]
		for range 2 {
			value, err := g.Do(t.Context(), "user 1", func(context.Context) (string, error) { return "half", errDown })
			if value != "half" || !errors.Is(err, errDown) {
				t.Errorf("Do, fn returns half, %q: Do = %q, %v, want the same", errDown, value, err)
			}
			value, err = g.Do(t.Context(), "user 1", func(context.Context) (string, error) { return "Ada", nil })
			if value != "Ada" || err != nil {
				t.Errorf("Do after a call of the same key that failed, fn returns Ada, nil: Do = %q, %v", value, err)
			}
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers, rounds = 8, 10
		var g singleflight.Group[int, int]
		for round := range rounds {
			var calls atomic.Int64
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					got, err := g.Do(t.Context(), round, func(context.Context) (int, error) {
						calls.Add(1)
						time.Sleep(time.Second)
						return round, nil
					})
					if got != round || err != nil {
						t.Errorf("Do(ctx, %d, fn that returns %d, nil) = %d, %v", round, round, got, err)
					}
				})
			}
			wg.Wait()
			if got := calls.Load(); got != 1 {
				t.Fatalf("%d goroutines call Do with the same key at once: %d calls of fn, want 1", callers, got)
			}
		}
	})
}

// TestNeverStale asks again as soon as there is an answer.
func TestNeverStale(t *testing.T) {
	var g singleflight.Group[string, int]
	for want := range 100 {
		got, err := g.Do(t.Context(), "user 1", func(context.Context) (int, error) { return want, nil })
		if got != want || err != nil {
			t.Fatalf("call %d of Do, one after the other, fn returns %d, nil: Do = %d, %v", want+1, want, got, err)
		}
	}
}
