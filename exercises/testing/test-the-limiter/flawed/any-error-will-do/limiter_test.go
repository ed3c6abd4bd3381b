package limiter_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
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

// wantWait wants that Wait returns this error after this time.
func wantWait(ctx context.Context, t *testing.T, l *limiter.Limiter, wantErr error, wantTook time.Duration) {
	t.Helper()
	start := time.Now()
	err := l.Wait(ctx)
	if (err != nil) != (wantErr != nil) {
		t.Errorf("Wait error = %v, want an error: %t", err, wantErr != nil)
	}
	if took := time.Since(start); took != wantTook {
		t.Errorf("Wait took %v, want %v", took, wantTook)
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

func TestWaitTakesTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, time.Second, 2)
		wantWait(t.Context(), t, l, nil, 0)
		wantWait(t.Context(), t, l, nil, 0)
		wantWait(t.Context(), t, l, nil, time.Second)
		time.Sleep(300 * time.Millisecond)
		wantWait(t.Context(), t, l, nil, 700*time.Millisecond)
		wantTokens(t, l, 0)
		time.Sleep(time.Second)
		wantTokens(t, l, 1)
	})
}

func TestWaitAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, time.Second, 2)
		time.Sleep(10500 * time.Millisecond)
		wantWait(t.Context(), t, l, nil, 0)
		wantWait(t.Context(), t, l, nil, 0)
		wantWait(t.Context(), t, l, nil, time.Second)
	})
}

func TestWaitersGetOneTokenEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, time.Second, 1)
		wantTokens(t, l, 1)
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() { wantWait(t.Context(), t, l, nil, time.Duration(i+1)*time.Second) })
			synctest.Wait()
		}
		wantTokens(t, l, 0) // nor does it wait for the waiters
		if took := time.Since(start); took != 0 {
			t.Errorf("Allow() beside waiters took %v, want no time", took)
		}
		wg.Wait()
		wantTokens(t, l, 0)
		time.Sleep(time.Second)
		wantTokens(t, l, 1)
	})
}

func TestWaitWithDeadline(t *testing.T) {
	for name, test := range map[string]struct {
		patience time.Duration
		wantErr  error
		wantTook time.Duration
		wantLeft int // a second later
	}{
		"too short":      {900 * time.Millisecond, context.DeadlineExceeded, 0, 1},
		"just too short": {time.Second, context.DeadlineExceeded, 0, 1},
		"long enough":    {time.Second + 1, nil, time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLimiter(t, time.Second, 1)
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), test.patience)
				defer cancel()
				wantWait(ctx, t, l, nil, 0) // there is a token
				wantWait(ctx, t, l, test.wantErr, test.wantTook)
				time.Sleep(time.Until(start.Add(time.Second)))
				wantTokens(t, l, test.wantLeft)
			})
		})
	}
}

func TestWaitIsCancelled(t *testing.T) {
	errGone := errors.New("the client is gone")

	t.Run("beforehand", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(t, time.Second, 2)
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(errGone)
			wantWait(ctx, t, l, errGone, 0)
			wantTokens(t, l, 2)
			wantWait(ctx, t, l, errGone, 0)
			time.Sleep(time.Second)
			wantTokens(t, l, 1)
		})
	})

	t.Run("while it waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(t, time.Second, 2)
			wantTokens(t, l, 2)
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(600*time.Millisecond, func() { cancel(errGone) })
			wantWait(ctx, t, l, errGone, 600*time.Millisecond)
			wantTokens(t, l, 0)
			time.Sleep(400 * time.Millisecond)
			wantTokens(t, l, 1)
			time.Sleep(time.Second)
			wantTokens(t, l, 1)
		})
	})
}

func TestManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const burst = 20
		l := newLimiter(t, time.Second, burst)
		ctx, cancel := context.WithCancel(t.Context())
		var taken atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 5 {
					if l.Allow() {
						taken.Add(1)
					}
				}
			})
			wg.Go(func() {
				for l.Wait(ctx) == nil {
					taken.Add(1)
				}
			})
		}
		time.Sleep(10500 * time.Millisecond)
		cancel()
		wg.Wait()
		if got := taken.Load(); got != burst+10 {
			t.Errorf("many goroutines have taken %d tokens in 10.5s, want %d", got, burst+10)
		}
	})
}
