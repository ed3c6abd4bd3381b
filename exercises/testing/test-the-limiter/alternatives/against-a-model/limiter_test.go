package limiter

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A model knows when the bucket will be full if nothing more is taken. That
// decides everything.
type model struct {
	interval, capacity time.Duration
	full               time.Time
}

// wait says how long the next token takes.
func (m *model) wait() time.Duration {
	if now := time.Now(); m.full.Before(now) {
		m.full = now
	}
	return max(0, time.Until(m.full)+m.interval-m.capacity)
}

func (m *model) take() { m.full = m.full.Add(m.interval) }

var errGone = errors.New("gone")

func TestAgainstModel(t *testing.T) {
	const interval = 6 // nanoseconds, so that all moments are met
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			chance := rand.New(rand.NewPCG(seed, 0))
			draw := func() time.Duration { return time.Duration(1 + chance.IntN(2*interval)) }
			burst := 1 + chance.IntN(3)
			l, err := New(interval, burst)
			if err != nil {
				t.Fatal(err)
			}
			m := &model{interval, time.Duration(burst) * interval, time.Now()}
			for step := range 200 {
				var (
					start    = time.Now()
					wait     = m.wait()
					wantTook time.Duration
					wantErr  error
					got      error
				)
				switch chance.IntN(6) {
				case 0:
					wantTook = draw()
					time.Sleep(wantTook)
				case 1:
					if chance.IntN(5) == 0 {
						wantTook = 50 * interval
						time.Sleep(wantTook)
					}
				case 2:
					allowed := l.Allow()
					if want := wait == 0; allowed != want {
						t.Fatalf("seed %d, step %d: Allow() = %t, want %t", seed, step, allowed, want)
					}
					if allowed {
						m.take()
					}
				case 3:
					got = l.Wait(t.Context())
					wantTook = wait
					m.take()
				case 4:
					patience := draw()
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					got = l.Wait(ctx)
					cancel()
					if wait >= patience {
						wantErr = context.DeadlineExceeded
					} else {
						wantTook = wait
						m.take()
					}
				case 5:
					after := draw()
					if after == wait {
						continue
					}
					ctx, cancel := context.WithCancelCause(t.Context())
					timer := time.AfterFunc(after, func() { cancel(errGone) })
					got = l.Wait(ctx)
					timer.Stop()
					cancel(nil)
					if wait > after {
						wantErr, wantTook = errGone, after
					} else {
						wantTook = wait
						m.take()
					}
				}
				if took := time.Since(start); took != wantTook || !errors.Is(got, wantErr) {
					t.Fatalf("seed %d, step %d: error = %v after %v, want %v after %v", seed, step, got, took, wantErr, wantTook)
				}
			}
		})
	}
}

func TestNew(t *testing.T) {
	for _, interval := range []time.Duration{-1, 0, 1} {
		for _, burst := range []int{-1, 0, 1} {
			l, err := New(interval, burst)
			if ok := interval == 1 && burst == 1; (err == nil) != ok || (l != nil) != ok {
				t.Errorf("New(%v, %d) = %v, %v", interval, burst, l, err)
			}
		}
	}
}

func TestEndedBefore(t *testing.T) {
	l, _ := New(time.Hour, 1)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errGone)
	for range 2 {
		if err := l.Wait(ctx); !errors.Is(err, errGone) {
			t.Errorf("Wait(ended) error = %v, want %v", err, errGone)
		}
	}
	if !l.Allow() {
		t.Error("Wait(ended) has taken the token")
	}
}

func TestTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := New(time.Second, 1)
		ctx, cancel := context.WithCancel(t.Context())
		var mu sync.Mutex
		var times []time.Duration
		start := time.Now()
		for range 10 {
			go func() {
				for l.Wait(ctx) == nil {
					mu.Lock()
					times = append(times, time.Since(start))
					mu.Unlock()
				}
			}()
		}
		for range 4 {
			go func() {
				for range 3 {
					l.Allow()
				}
			}()
		}
		time.Sleep(20500 * time.Millisecond)
		cancel()
		synctest.Wait()
		if len(times) < 20 || len(times) > 21 {
			t.Fatalf("%d tokens after 20.5s, want 20 or 21", len(times))
		}
		for i, at := range times[len(times)-20:] {
			if want := time.Duration(i+1) * time.Second; at != want {
				t.Errorf("a token after %v, want %v", at, want)
			}
		}
	})
}
