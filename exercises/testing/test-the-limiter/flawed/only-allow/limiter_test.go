package limiter_test

import (
	"testing"
	"testing/synctest"
	"time"

	"limiter"
)

func newLimiter(t *testing.T, interval time.Duration, burst int) *limiter.Limiter {
	t.Helper()
	l, err := limiter.New(interval, burst)
	if l == nil || err != nil {
		t.Fatalf("New(%v, %d) = %v, %v, want a limiter", interval, burst, l, err)
	}
	return l
}

// wantTokens takes all tokens that there are, and wants so many.
func wantTokens(t *testing.T, l *limiter.Limiter, want int) {
	t.Helper()
	got := 0
	for got <= want && l.Allow() {
		got++
	}
	if got != want {
		t.Errorf("Allow() was true %d times (counted up to %d), want %d", got, want+1, want)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, test := range []struct {
		interval time.Duration
		burst    int
	}{{0, 1}, {-1, 1}, {time.Second, 0}, {time.Second, -1}} {
		if l, err := limiter.New(test.interval, test.burst); l != nil || err == nil {
			t.Errorf("New(%v, %d) = %v, %v, want nil and an error", test.interval, test.burst, l, err)
		}
	}
	newLimiter(t, 1, 1)
}

func TestAllow(t *testing.T) {
	type step struct {
		after time.Duration
		want  int
	}
	for name, steps := range map[string][]step{
		"full at first":                   {{0, 3}, {0, 0}},
		"one token each second":           {{0, 3}, {time.Second, 1}, {2 * time.Second, 2}},
		"not before its time":             {{0, 3}, {time.Second - 1, 0}, {1, 1}, {time.Second - 1, 0}, {1, 1}},
		"never more than the burst":       {{time.Hour, 3}, {3 * time.Second, 3}, {4 * time.Second, 3}},
		"fractions count":                 {{0, 3}, {1500 * time.Millisecond, 1}, {500 * time.Millisecond, 1}},
		"none is under way in a full one": {{2500 * time.Millisecond, 3}, {900 * time.Millisecond, 0}, {100 * time.Millisecond, 1}},
		"nor in one that has filled up":   {{0, 3}, {3500 * time.Millisecond, 3}, {900 * time.Millisecond, 0}, {100 * time.Millisecond, 1}},
		"refusals cost nothing":           {{0, 3}, {500 * time.Millisecond, 0}, {0, 0}, {500 * time.Millisecond, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLimiter(t, time.Second, 3)
				for _, step := range steps {
					time.Sleep(step.after)
					wantTokens(t, l, step.want)
				}
			})
		})
	}
}
