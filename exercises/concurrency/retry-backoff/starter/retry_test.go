package retrybackoff_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"retrybackoff"
)

var errBusy = errors.New("the server is busy")

// half is a policy whose chance always falls on the middle.
func half(attempts int) retrybackoff.Policy {
	return retrybackoff.Policy{
		Attempts: attempts,
		Base:     time.Second,
		Max:      time.Minute,
		Rand:     func() float64 { return 0.5 },
	}
}

func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		err := half(5).Do(t.Context(), func(context.Context) error {
			calls++
			if calls < 3 {
				return errBusy
			}
			return nil
		})
		if err != nil {
			t.Errorf("Do(ctx, fn that succeeds the third time) = %v, want nil", err)
		}
		if calls != 3 {
			t.Errorf("Do(ctx, fn that succeeds the third time) called fn %d times, want 3", calls)
		}
	})
}

func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last error
		calls := 0
		began := time.Now()
		err := half(3).Do(t.Context(), func(context.Context) error {
			calls++
			last = fmt.Errorf("attempt %d: %w", calls, errBusy)
			return last
		})
		if calls != 3 {
			t.Errorf("Policy{Attempts: 3, …}.Do(ctx, fn that fails) called fn %d times, want 3", calls)
		}
		if err == nil || !errors.Is(err, last) {
			t.Errorf("Policy{Attempts: 3, …}.Do(ctx, fn that fails) = %v, want an error that wraps the last, %q", err, last)
		}
		// Time is fake in here: it passes at once, and only while all wait.
		// Waits of 0.75s and 1.5s lie between three attempts.
		if took, want := time.Since(began), 2250*time.Millisecond; (took - want).Abs() > time.Millisecond {
			t.Errorf("Policy{Attempts: 3, Base: 1s, …}.Do(ctx, fn that fails) took %v, want %v", took, want)
		}
	})
}

func TestPermanent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errForbidden := errors.New("forbidden")
		calls := 0
		began := time.Now()
		err := half(5).Do(t.Context(), func(context.Context) error {
			calls++
			return retrybackoff.Permanent(errForbidden)
		})
		if calls != 1 {
			t.Errorf("Do(ctx, fn that returns Permanent(err)) called fn %d times, want 1", calls)
		}
		if !errors.Is(err, errForbidden) {
			t.Errorf("Do(ctx, fn that returns Permanent(err)) = %v, want an error that wraps err, %q", err, errForbidden)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("Do(ctx, fn that returns Permanent(err)) took %v, want no time", took)
		}
	})
}

func TestRefusesNonsense(t *testing.T) {
	for _, p := range []retrybackoff.Policy{
		{Attempts: 0, Base: time.Second, Max: time.Minute},
		{Attempts: -1, Base: time.Second, Max: time.Minute},
		{Attempts: 3, Base: 0, Max: time.Minute},
		{Attempts: 3, Base: time.Minute, Max: time.Second},
	} {
		name := fmt.Sprintf("Policy{Attempts: %d, Base: %v, Max: %v}", p.Attempts, p.Base, p.Max)
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				err := p.Do(t.Context(), func(context.Context) error {
					calls++
					return nil
				})
				if err == nil {
					t.Errorf("%s.Do(ctx, fn) = nil, want an error", name)
				}
				if calls > 0 {
					t.Errorf("%s.Do(ctx, fn) called fn %d times, want 0", name, calls)
				}
			})
		})
	}
}
