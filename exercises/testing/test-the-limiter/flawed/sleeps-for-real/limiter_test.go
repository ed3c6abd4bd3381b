package limiter_test

import (
	"testing"
	"time"

	"limiter"
)

func TestAllow(t *testing.T) {
	l, err := limiter.New(1500*time.Millisecond, 2)
	if err != nil {
		t.Fatalf("New(1.5s, 2) error = %v, want nil", err)
	}
	for i, want := range []bool{true, true, false} {
		if got := l.Allow(); got != want {
			t.Errorf("Allow(), call %d = %t, want %t", i+1, got, want)
		}
	}
	time.Sleep(3100 * time.Millisecond)
	for i, want := range []bool{true, true, false} {
		if got := l.Allow(); got != want {
			t.Errorf("Allow() 3.1s later, call %d = %t, want %t", i+1, got, want)
		}
	}
}

func TestWait(t *testing.T) {
	l, err := limiter.New(3*time.Second, 1)
	if err != nil {
		t.Fatalf("New(3s, 1) error = %v, want nil", err)
	}
	l.Allow()
	start := time.Now()
	if err := l.Wait(t.Context()); err != nil {
		t.Errorf("Wait error = %v, want nil", err)
	}
	if took := time.Since(start); took < 2900*time.Millisecond || took > 3500*time.Millisecond {
		t.Errorf("Wait took %v, want about 3s", took)
	}
}
