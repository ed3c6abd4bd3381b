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

var errDown = errors.New("the database is down")

func TestShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group[string, int]
		var calls atomic.Int64
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				got, err := g.Do(t.Context(), "user 7", func(context.Context) (int, error) {
					calls.Add(1)
					time.Sleep(time.Second) // takes no time: it is fake in here
					return 42, nil
				})
				if got != 42 || err != nil {
					t.Errorf("Do(ctx, key, fn that returns 42, nil) = %d, %v, want 42, nil", got, err)
				}
			})
		}
		wg.Wait()
		if got := calls.Load(); got != 1 {
			t.Errorf("10 goroutines call Do with the same key: %d calls of fn, want 1", got)
		}
	})
}

func TestSharesErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group[string, int]
		var calls atomic.Int64
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				_, err := g.Do(t.Context(), "user 7", func(context.Context) (int, error) {
					calls.Add(1)
					time.Sleep(time.Second)
					return 0, errDown
				})
				if !errors.Is(err, errDown) {
					t.Errorf("Do(ctx, key, fn that fails) error = %v, want one that wraps %q", err, errDown)
				}
			})
		}
		wg.Wait()
		if got := calls.Load(); got != 1 {
			t.Errorf("10 goroutines call Do with the same key, fn fails: %d calls of fn, want 1", got)
		}
	})
}

func TestForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group[string, int]
		for want := range 3 {
			got, err := g.Do(t.Context(), "user 7", func(context.Context) (int, error) {
				return want, nil
			})
			if got != want || err != nil {
				t.Errorf("call %d of Do with the same key, one after the other, fn returns %d, nil: Do = %d, %v", want+1, want, got, err)
			}
		}
	})
}
