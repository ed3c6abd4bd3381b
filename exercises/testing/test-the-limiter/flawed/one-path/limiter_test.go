package limiter_test

import (
	"testing"
	"testing/synctest"
	"time"

	"limiter"
)

func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, err := limiter.New(time.Second, 2)
		if err != nil {
			t.Fatalf("New(1s, 2) error = %v, want nil", err)
		}
		for i, want := range []bool{true, true, false} {
			if got := l.Allow(); got != want {
				t.Errorf("Allow(), call %d = %t, want %t", i+1, got, want)
			}
		}
		start := time.Now()
		if err := l.Wait(t.Context()); err != nil {
			t.Errorf("Wait error = %v, want nil", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("Wait took %v, want 1s", took)
		}
	})
}
