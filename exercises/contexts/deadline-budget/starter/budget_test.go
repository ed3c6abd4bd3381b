package deadlinebudget_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"deadlinebudget"
)

func TestMakesTheCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 31*time.Second)
		defer cancel()
		s := newScript(t)
		results, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
			s.required("user", time.Second),
			s.optional("offers", 2*time.Second),
			s.required("cart", time.Second),
		})
		if err != nil {
			t.Errorf("Run of three fast calls: error = %v, want nil", err)
		}
		if want := []string{"user", "offers", "cart"}; !slices.Equal(s.order, want) {
			t.Errorf("Run has made the calls %q, want %q", s.order, want)
		}
		wantResult(t, results, 0, "user", "user", nil)
		wantResult(t, results, 1, "offers", "offers", nil)
		wantResult(t, results, 2, "cart", "cart", nil)
		if n := s.fallbacks["offers"]; n != 0 {
			t.Errorf("Run has called Fallback of a call that succeeded %d times, want 0", n)
		}
	})
}

func TestDividesTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 31*time.Second)
		defer cancel()
		s := newScript(t)
		results, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
			s.optional("user", never),
			s.optional("offers", never),
			s.optional("weather", never),
		})
		if err != nil {
			t.Errorf("Run of three calls that never answer, each with a fallback: error = %v, want nil", err)
		}
		s.wantBegun("user", 0, 10*time.Second)
		s.wantBegun("offers", 10*time.Second, 10*time.Second)
		s.wantBegun("weather", 20*time.Second, 10*time.Second)
		if took := time.Since(s.began); !near(took, 30*time.Second) {
			t.Errorf("Run with 31s and a reserve of 1s took %v, want 30s", took)
		}
		wantResult(t, results, 0, "user", "no user", context.DeadlineExceeded)
		wantResult(t, results, 1, "offers", "no offers", context.DeadlineExceeded)
		wantResult(t, results, 2, "weather", "no weather", context.DeadlineExceeded)
	})
}

func TestRequiredCallFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 31*time.Second)
		defer cancel()
		s := newScript(t)
		errDown := errors.New("connection refused")
		broken := s.required("cart", 0)
		broken.Do = s.do("cart", func(context.Context) (string, error) { return "", errDown })

		results, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
			s.required("user", time.Second), broken, s.optional("offers", time.Second),
		})
		if !errors.Is(err, errDown) {
			t.Errorf("Run when a required call fails: error = %v, want one that wraps %q", err, errDown)
		}
		if want := []string{"user", "cart"}; !slices.Equal(s.order, want) {
			t.Errorf("Run when the required call %q fails has made the calls %q, want %q", "cart", s.order, want)
		}
		if len(results) != 1 {
			t.Errorf("Run when the second call fails has returned %d results, want that of the first", len(results))
		}
		wantResult(t, results, 0, "user", "user", nil)
	})
}
