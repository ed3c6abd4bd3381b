package ratelimiter_test

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ratelimiter"
)

func TestNeverOverflows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, time.Second, 3)
		time.Sleep(time.Hour)
		if got := allowed(l, 10); got != 3 {
			t.Errorf("New(1s, 3), an hour of rest: Allow returned true %d times in a row, want 3", got)
		}
		time.Sleep(5*time.Second + 500*time.Millisecond)
		if got := allowed(l, 10); got != 3 {
			t.Errorf("New(1s, 3), 5.5s after the bucket was emptied: Allow returned true %d times in a row, want 3", got)
		}
		// It was full then: the half token on top is lost.
		time.Sleep(900 * time.Millisecond)
		if l.Allow() {
			t.Error("New(1s, 3), 0.9s after a full bucket was emptied: Allow = true, want false")
		}
	})
}

func TestFractionsStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, time.Second, 2)
		allowed(l, 2)
		time.Sleep(1700 * time.Millisecond)
		if got := allowed(l, 10); got != 1 {
			t.Errorf("New(1s, 2), 1.7s after the bucket was emptied: Allow returned true %d times in a row, want 1", got)
		}
		// 0.7 tokens were left, so the next is whole after 0.3s.
		time.Sleep(300*time.Millisecond - leave)
		if l.Allow() {
			t.Errorf("New(1s, 2), emptied at 0s, a token taken at 1.7s: Allow at 2s less %v = true, want false", leave)
		}
		time.Sleep(2 * leave)
		if !l.Allow() {
			t.Errorf("New(1s, 2), emptied at 0s, a token taken at 1.7s: Allow at 2s and %v = false, want true: fractions stay", leave)
		}
	})
}

func TestAskingCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const step, span = 30 * time.Millisecond, 30 * time.Second
		l := newLimiter(t, 100*time.Millisecond, 5)
		got := 0
		for began := time.Now(); time.Since(began) < span; time.Sleep(step) {
			if l.Allow() {
				got++
			}
		}
		const want = 5 + 300
		if got < want-1 || got > want+1 {
			t.Errorf("New(100ms, 5), Allow called every %v for %v: true %d times, want about %d", step, span, got, want)
		}
	})
}

// TestNeverAboveTheRate plays callers that rest and then ask for all they can
// get, and looks at every stretch of time between two tokens.
func TestNeverAboveTheRate(t *testing.T) {
	const interval, burst = 100 * time.Millisecond, 5
	for seed := range uint64(4) {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(t, interval, burst)
			random := rand.New(rand.NewPCG(seed, 0))
			var taken []time.Duration
			for began := time.Now(); time.Since(began) < 20*time.Second; {
				rest := time.Duration(random.IntN(900)) * time.Millisecond
				time.Sleep(rest)
				for range random.IntN(40) {
					if l.Allow() {
						taken = append(taken, time.Since(began))
					}
					time.Sleep(7 * time.Millisecond)
				}
			}
			if len(taken) < 100 {
				t.Errorf("New(%v, %d), asked for 20s: %d tokens taken, want more than 100", interval, burst, len(taken))
			}
			for i, first := range taken {
				for j, last := range taken[i:] {
					most := burst + float64(last-first+leave)/float64(interval)
					if n := j + 1; float64(n) > most {
						t.Fatalf("New(%v, %d): %d tokens taken from %v to %v, want at most %.2f",
							interval, burst, n, first, last, most)
					}
				}
			}
		})
	}
}

// takenByMany returns how many tokens callers goroutines get that all ask, at
// one moment, until they are refused.
func takenByMany(l *ratelimiter.Limiter, callers int) int {
	var taken atomic.Int64
	gate := make(chan struct{})
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			<-gate
			for l.Allow() {
				taken.Add(1)
			}
		})
	}
	synctest.Wait() // all stand at the gate
	close(gate)
	wg.Wait()
	return int(taken.Load())
}

func TestManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const burst, callers = 3_000, 8
		l := newLimiter(t, time.Hour, burst)
		if got := takenByMany(l, callers); got != burst {
			t.Errorf("New(1h, %d), %d goroutines call Allow until it is false: true %d times, want %d",
				burst, callers, got, burst)
		}

		const came = 2_000
		time.Sleep(came*time.Hour + time.Minute)
		if got := takenByMany(l, callers); got != came {
			t.Errorf("New(1h, %d), %d hours after the bucket was emptied, %d goroutines call Allow until it is false: true %d times, want %d",
				burst, came, callers, got, came)
		}
	})
}

// TestFewForMany has more goroutines than tokens.
func TestFewForMany(t *testing.T) {
	for range 10 {
		synctest.Test(t, func(t *testing.T) {
			const burst, callers = 3, 32
			l := newLimiter(t, time.Minute, burst)
			if got := takenByMany(l, callers); got != burst {
				t.Fatalf("New(1m, %d), %d goroutines call Allow until it is false: true %d times, want %d",
					burst, callers, got, burst)
			}
			time.Sleep(2*time.Minute + time.Second)
			if got := takenByMany(l, callers); got != 2 {
				t.Fatalf("New(1m, %d), 2m after the bucket was emptied, %d goroutines call Allow until it is false: true %d times, want 2",
					burst, callers, got)
			}
		})
	}
}

func TestNothingRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const count = 100
		before := runtime.NumGoroutine()
		limiters := make([]*ratelimiter.Limiter, count)
		for i := range limiters {
			limiters[i] = newLimiter(t, time.Second, 1)
		}
		synctest.Wait()
		if after := runtime.NumGoroutine(); after >= before+count {
			t.Fatalf("%d calls of New(1s, 1): %d goroutines more than before, want none", count, after-before)
		}
		for _, l := range limiters {
			l.Allow()
			if err := l.Wait(t.Context()); err != nil {
				t.Fatalf("New(1s, 1), after Allow: Wait(ctx) = %v, want nil", err)
			}
		}
		synctest.Wait()
		if after := runtime.NumGoroutine(); after >= before+count {
			t.Fatalf("%d limiters, one call of Wait each, all over: %d goroutines more than before, want none", count, after-before)
		}
	})
}
