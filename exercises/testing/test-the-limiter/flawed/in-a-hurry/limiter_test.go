package limiter_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"limiter"
)

// This is one test to begin with. Within synctest.Test time is fake: it goes
// on when every goroutine waits, and then at once, so that a sleep of an hour
// takes no time and is over to the nanosecond.
func TestTokenComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, err := limiter.New(time.Second, 1)
		if err != nil {
			t.Fatalf("New(1s, 1) error = %v, want nil", err)
		}
		l.Allow()
		time.Sleep(time.Second)
		if !l.Allow() {
			t.Error("Allow() one second after the only token was taken = false, want true")
		}
	})
}

func TestNew(t *testing.T) {
	if _, err := limiter.New(0, 1); err == nil {
		t.Error("want an error")
	}
	if _, err := limiter.New(time.Second, 0); err == nil {
		t.Error("want an error")
	}
}

func TestBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := limiter.New(time.Second, 3)
		for range 3 {
			if !l.Allow() {
				t.Error("Allow() = false, want true")
			}
		}
		if l.Allow() {
			t.Error("Allow() = true, want false")
		}
	})
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := limiter.New(time.Second, 1)
		start := time.Now()
		for range 3 {
			if err := l.Wait(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("took %v, want 2s", took)
		}
	})
}

func TestWaitCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := limiter.New(time.Second, 1)
		l.Allow()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := l.Wait(ctx); err == nil {
			t.Error("Wait() = nil, want an error")
		}
	})
}
