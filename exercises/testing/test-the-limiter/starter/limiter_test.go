package limiter_test

import (
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
