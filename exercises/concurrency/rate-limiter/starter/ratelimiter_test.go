package ratelimiter_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"ratelimiter"
)

// newLimiter returns New(interval, burst) and ends the test if that fails.
func newLimiter(t *testing.T, interval time.Duration, burst int) *ratelimiter.Limiter {
	t.Helper()
	l, err := ratelimiter.New(interval, burst)
	if err != nil {
		t.Fatalf("New(%v, %d) error = %v, want nil", interval, burst, err)
	}
	if l == nil {
		t.Fatalf("New(%v, %d) = nil, nil, want a limiter", interval, burst)
	}
	return l
}

func TestStartsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, time.Second, 3)
		for i := range 3 {
			if !l.Allow() {
				t.Errorf("New(1s, 3), call %d of Allow = false, want true: the bucket starts full", i+1)
			}
		}
		if l.Allow() {
			t.Error("New(1s, 3), call 4 of Allow = true, want false: the bucket is empty")
		}
	})
}

func TestRefills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, time.Second, 2)
		l.Allow()
		l.Allow()

		// Time is fake in here: it passes at once, and only while all wait.
		time.Sleep(1500 * time.Millisecond)
		if !l.Allow() {
			t.Error("New(1s, 2), 1.5s after the bucket was emptied: Allow = false, want true")
		}
		if l.Allow() {
			t.Error("New(1s, 2), 1.5s after the bucket was emptied: second Allow = true, want false: one token has come")
		}
	})
}

func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, time.Second, 1)
		began := time.Now()
		for i := range 4 {
			if err := l.Wait(t.Context()); err != nil {
				t.Fatalf("New(1s, 1), call %d of Wait(ctx) = %v, want nil", i+1, err)
			}
			want := time.Duration(i) * time.Second
			if took := time.Since(began); (took - want).Abs() > time.Millisecond {
				t.Errorf("New(1s, 1), call %d of Wait(ctx) returned after %v, want %v", i+1, took, want)
			}
		}
	})
}

func TestRefusesNonsense(t *testing.T) {
	for _, test := range []struct {
		interval time.Duration
		burst    int
	}{
		{0, 1},
		{-time.Second, 1},
		{time.Second, 0},
		{time.Second, -1},
	} {
		t.Run(fmt.Sprint(test.interval, " ", test.burst), func(t *testing.T) {
			if _, err := ratelimiter.New(test.interval, test.burst); err == nil {
				t.Errorf("New(%v, %d) error = nil, want an error", test.interval, test.burst)
			}
		})
	}
}
