package limiter_test

import (
	"context"
	"testing"
	"time"

	"limiter"
)

func TestLimiter(t *testing.T) {
	l, _ := limiter.New(time.Millisecond, 3)
	for range 5 {
		l.Allow()
	}
	for range 5 {
		l.Wait(t.Context())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.Wait(ctx)
	limiter.New(0, 0)
}
