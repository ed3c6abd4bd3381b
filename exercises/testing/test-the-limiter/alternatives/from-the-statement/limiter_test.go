package limiter_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"limiter"
)

const interval = 1_000_000_007 * time.Nanosecond // odd, so that half of it is rounded

var errCause = errors.New("no longer wanted")

// bubble runs f in fake time with a new limiter.
func bubble(t *testing.T, name string, burst int, f func(t *testing.T, l *limiter.Limiter)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { f(t, newLimiter(t, burst)) })
	})
}

func newLimiter(t *testing.T, burst int) *limiter.Limiter {
	t.Helper()
	l, err := limiter.New(interval, burst)
	if err != nil || l == nil {
		t.Fatalf("New(%v, %d) = %v, %v, want a limiter", interval, burst, l, err)
	}
	return l
}

// want checks that exactly n tokens are there, and takes them.
func want(t *testing.T, l *limiter.Limiter, n int) {
	t.Helper()
	got := 0
	for got < n+3 && l.Allow() {
		got++
	}
	if got != n {
		t.Fatalf("%d tokens, want %d", got, n)
	}
}

// wantComes checks that a token comes after d and not before.
func wantComes(t *testing.T, l *limiter.Limiter, d time.Duration) {
	t.Helper()
	time.Sleep(d - 1)
	if l.Allow() {
		t.Fatalf("token there 1ns before %v", d)
	}
	time.Sleep(1)
	want(t, l, 1)
}

// A waiting is a call of Wait in a goroutine of its own.
type waiting struct {
	done chan struct{}
	err  error
	took time.Duration
}

func wait(l *limiter.Limiter, ctx context.Context) *waiting {
	w := &waiting{done: make(chan struct{})}
	start := time.Now()
	go func() {
		w.err = l.Wait(ctx)
		w.took = time.Since(start)
		close(w.done)
	}()
	synctest.Wait()
	return w
}

func (w *waiting) want(t *testing.T, took time.Duration, err error) {
	t.Helper()
	<-w.done
	if !errors.Is(w.err, err) || err == nil && w.err != nil {
		t.Fatalf("Wait = %v, want %v", w.err, err)
	}
	if w.took != took {
		t.Fatalf("Wait took %v, want %v", w.took, took)
	}
}

// wantWait calls Wait and checks what becomes of it.
func wantWait(t *testing.T, l *limiter.Limiter, ctx context.Context, took time.Duration, err error) {
	t.Helper()
	wait(l, ctx).want(t, took, err)
}

func TestNew(t *testing.T) {
	for _, c := range []struct {
		interval time.Duration
		burst    int
		ok       bool
	}{
		{1, 1, true}, {time.Hour, 1000, true},
		{0, 1, false}, {-1, 1, false}, {time.Second, 0, false}, {time.Second, -1, false}, {0, 0, false},
	} {
		l, err := limiter.New(c.interval, c.burst)
		if (err == nil) != c.ok || (l != nil) != c.ok {
			t.Errorf("New(%v, %d) = %v, %v, want ok = %t", c.interval, c.burst, l, err, c.ok)
		}
	}
}

func TestBucket(t *testing.T) {
	for _, burst := range []int{1, 2, 5} {
		bubble(t, "full at first", burst, func(t *testing.T, l *limiter.Limiter) {
			want(t, newLimiter(t, burst), burst)
			want(t, l, burst) // limiters don't share
			for range 3 * burst {
				wantComes(t, l, interval)
			}
		})
		bubble(t, "holds burst", burst, func(t *testing.T, l *limiter.Limiter) {
			time.Sleep(100*interval + interval/2)
			want(t, l, burst)
			wantComes(t, l, interval) // nothing was under way
			time.Sleep(time.Duration(burst)*interval - 1)
			want(t, l, burst-1)
			time.Sleep(1)
			want(t, l, 1)
			time.Sleep(1000*interval + interval/3)
			want(t, l, burst)
			wantComes(t, l, interval)
		})
		bubble(t, "fills exactly", burst, func(t *testing.T, l *limiter.Limiter) {
			want(t, l, burst)
			time.Sleep(time.Duration(burst) * interval)
			want(t, l, burst)
			wantComes(t, l, interval)
			time.Sleep(time.Duration(burst)*interval + interval/2)
			want(t, l, burst)
			wantComes(t, l, interval)
		})
		bubble(t, "taken from full", burst, func(t *testing.T, l *limiter.Limiter) {
			time.Sleep(interval / 2)
			if !l.Allow() {
				t.Fatal("a full limiter has no token")
			}
			time.Sleep(interval - 1)
			want(t, l, burst-1)
			time.Sleep(1)
			want(t, l, 1)
		})
		bubble(t, "taken from full by Wait", burst, func(t *testing.T, l *limiter.Limiter) {
			time.Sleep(interval / 2)
			wantWait(t, l, t.Context(), 0, nil)
			time.Sleep(interval - 1)
			want(t, l, burst-1)
			time.Sleep(1)
			want(t, l, 1)
		})
	}
	bubble(t, "nothing is lost", 5, func(t *testing.T, l *limiter.Limiter) {
		want(t, l, 5)
		for range 7 {
			time.Sleep(interval / 7)
			want(t, l, 0)
		}
		time.Sleep(interval % 7)
		want(t, l, 1)
		time.Sleep(2*interval + interval/2)
		want(t, l, 2)
		wantComes(t, l, interval-interval/2)
		time.Sleep(interval + interval/2)
		wantWait(t, l, t.Context(), 0, nil)
		want(t, l, 0)
		wantWait(t, l, t.Context(), interval-interval/2, nil)
		wantComes(t, l, interval)
	})
	bubble(t, "under way while a token is left", 3, func(t *testing.T, l *limiter.Limiter) {
		l.Allow()
		time.Sleep(interval / 2)
		l.Allow() // the bucket wasn't full
		time.Sleep(interval - interval/2)
		want(t, l, 2)
		wantComes(t, l, interval)
	})
	bubble(t, "a large bucket", 1000, func(t *testing.T, l *limiter.Limiter) {
		want(t, l, 1000)
		time.Sleep(999*interval - 1)
		want(t, l, 998)
		time.Sleep(1)
		want(t, l, 1)
	})
}

// TestRandomly compares a limiter with a bucket that gets its tokens one by one.
func TestRandomly(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for burst := 1; burst <= 4; burst++ {
		bubble(t, "random", burst, func(t *testing.T, l *limiter.Limiter) {
			tokens, next := burst, time.Time{}
			for range 500 {
				time.Sleep(time.Duration(random.Int64N(int64(interval * 3 / 2))))
				for tokens < burst && !next.After(time.Now()) {
					tokens++
					next = next.Add(interval)
				}
				if tokens == burst {
					next = time.Now().Add(interval)
				}
				if tokens == 0 && random.IntN(2) == 0 {
					wantWait(t, l, t.Context(), time.Until(next), nil)
					next = next.Add(interval)
					continue
				}
				if got := l.Allow(); got != (tokens > 0) {
					t.Fatalf("Allow() = %t with %d tokens", got, tokens)
				}
				tokens = max(tokens-1, 0)
			}
		})
	}
}

func TestWait(t *testing.T) {
	bubble(t, "takes what is there", 3, func(t *testing.T, l *limiter.Limiter) {
		wantWait(t, l, t.Context(), 0, nil)
		wantWait(t, l, t.Context(), 0, nil)
		want(t, l, 1)
		wantWait(t, l, t.Context(), interval, nil)
		wantComes(t, l, interval)
	})
	bubble(t, "three wait", 2, func(t *testing.T, l *limiter.Limiter) {
		want(t, l, 2)
		time.Sleep(interval / 2)
		half := interval - interval/2
		var ws []*waiting
		for range 3 {
			ws = append(ws, wait(l, t.Context()))
			want(t, l, 0)
		}
		time.Sleep(half)
		for i, w := range ws {
			synctest.Wait()
			want(t, l, 0)
			w.want(t, half+time.Duration(i)*interval, nil)
			want(t, l, 0)
			time.Sleep(interval)
		}
		want(t, l, 1)
		wantComes(t, l, interval)
	})
	bubble(t, "Wait after Wait", 1, func(t *testing.T, l *limiter.Limiter) {
		want(t, l, 1)
		first := wait(l, t.Context())
		time.Sleep(interval / 3)
		second := wait(l, t.Context())
		first.want(t, interval, nil)
		time.Sleep(interval / 3)
		third := wait(l, t.Context())
		second.want(t, 2*interval-interval/3, nil)
		third.want(t, 2*interval-interval/3, nil)
		wantComes(t, l, interval)
	})
	bubble(t, "fills again", 2, func(t *testing.T, l *limiter.Limiter) {
		want(t, l, 2)
		wait(l, t.Context())
		wait(l, t.Context())
		time.Sleep(10*interval + interval/2)
		want(t, l, 2)
		wantComes(t, l, interval)
	})
}

func TestEndedContext(t *testing.T) {
	cancelled, cancel := context.WithCancelCause(context.Background())
	cancel(errCause)
	plain, cancelPlain := context.WithCancel(context.Background())
	cancelPlain()
	for _, burst := range []int{1, 3} {
		bubble(t, "ended", burst, func(t *testing.T, l *limiter.Limiter) {
			past, cancel := context.WithTimeoutCause(t.Context(), interval, errCause)
			defer cancel()
			time.Sleep(interval + 1)
			for range 2 {
				wantWait(t, l, cancelled, 0, errCause)
				wantWait(t, l, past, 0, errCause)
				wantWait(t, l, plain, 0, context.Canceled)
			}
			want(t, l, burst)
			wantWait(t, l, cancelled, 0, errCause)
			wantWait(t, l, past, 0, errCause)
			wantComes(t, l, interval)
		})
	}
}

func TestDeadline(t *testing.T) {
	within := func(t *testing.T, d time.Duration) context.Context {
		ctx, cancel := context.WithTimeoutCause(t.Context(), d, errCause)
		t.Cleanup(cancel)
		return ctx
	}
	tooLate := context.DeadlineExceeded
	bubble(t, "alone", 2, func(t *testing.T, l *limiter.Limiter) {
		wantWait(t, l, within(t, 1), 0, nil) // there is a token
		want(t, l, 1)
		wantWait(t, l, within(t, 1), 0, tooLate)
		wantWait(t, l, within(t, interval-1), 0, tooLate)
		wantWait(t, l, within(t, interval), 0, tooLate)
		wantWait(t, l, within(t, interval+1), interval, nil)
		time.Sleep(interval / 2)
		half := interval - interval/2
		wantWait(t, l, within(t, half), 0, tooLate)
		wantComes(t, l, half)
		wantWait(t, l, within(t, interval+1), interval, nil)
		wantComes(t, l, interval)
	})
	bubble(t, "behind others", 1, func(t *testing.T, l *limiter.Limiter) {
		want(t, l, 1)
		first := wait(l, t.Context())
		wantWait(t, l, within(t, interval+1), 0, tooLate)
		wantWait(t, l, within(t, 2*interval), 0, tooLate)
		second := wait(l, within(t, 2*interval+1))
		wantWait(t, l, within(t, 3*interval), 0, tooLate)
		first.want(t, interval, nil)
		second.want(t, 2*interval, nil)
		wantComes(t, l, interval)
	})
}

func TestGivesUp(t *testing.T) {
	for _, burst := range []int{1, 2, 3} {
		bubble(t, "alone", burst, func(t *testing.T, l *limiter.Limiter) {
			want(t, l, burst)
			for range 3 {
				ctx, cancel := context.WithCancelCause(t.Context())
				w := wait(l, ctx)
				time.Sleep(interval / 2)
				cancel(errCause)
				w.want(t, interval/2, errCause)
				want(t, l, 0)
				wantComes(t, l, interval-interval/2)
			}
			time.Sleep(10*interval + interval/2)
			want(t, l, burst)
			wantComes(t, l, interval)
		})
		bubble(t, "all of many", burst, func(t *testing.T, l *limiter.Limiter) {
			want(t, l, burst)
			ctx, cancel := context.WithCancel(t.Context())
			var ws []*waiting
			for range 20 {
				ws = append(ws, wait(l, ctx))
			}
			time.Sleep(3*interval + interval/2)
			cancel()
			for i, w := range ws {
				if i < 3 {
					w.want(t, time.Duration(i+1)*interval, nil)
				} else {
					w.want(t, 3*interval+interval/2, context.Canceled)
				}
			}
			want(t, l, 0)
			wantComes(t, l, interval-interval/2)
			time.Sleep(time.Duration(burst)*interval + interval/2)
			want(t, l, burst)
			wantComes(t, l, interval)
		})
	}
	bubble(t, "the last of two", 1, func(t *testing.T, l *limiter.Limiter) {
		want(t, l, 1)
		first := wait(l, t.Context())
		ctx, cancel := context.WithCancelCause(t.Context())
		second := wait(l, ctx)
		time.Sleep(interval / 2)
		cancel(errCause)
		second.want(t, interval/2, errCause)
		first.want(t, interval, nil)
		want(t, l, 0)
		wantWait(t, l, t.Context(), interval, nil)
	})
	bubble(t, "the first of two", 1, func(t *testing.T, l *limiter.Limiter) {
		want(t, l, 1)
		ctx, cancel := context.WithCancelCause(t.Context())
		first := wait(l, ctx)
		second := wait(l, t.Context())
		time.Sleep(interval / 2)
		cancel(errCause)
		first.want(t, interval/2, errCause)
		<-second.done // at its own token or the other's
		if second.err != nil || second.took > 2*interval {
			t.Fatalf("Wait = %v after %v", second.err, second.took)
		}
		time.Sleep(2*interval - second.took)
		want(t, l, 1)
		wantComes(t, l, interval)
	})
}

func TestAtOnce(t *testing.T) {
	const callers, burst = 40, 20
	for range 30 {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(t, burst)
			want(t, l, burst)
			time.Sleep(burst * interval) // all are still to be put in
			ctx, cancel := context.WithTimeout(t.Context(), 5*interval+interval/2)
			defer cancel()
			ctx = hidden{ctx} // so that Wait doesn't know when it ends
			var taken atomic.Int64
			var wg sync.WaitGroup
			start := make(chan struct{})
			for range callers {
				wg.Go(func() {
					<-start
					if l.Allow() {
						taken.Add(1)
					}
				})
				wg.Go(func() {
					<-start
					if l.Wait(ctx) == nil {
						taken.Add(1)
					}
				})
			}
			synctest.Wait()
			close(start)
			wg.Wait()
			if got := taken.Load(); got != burst+5 {
				t.Fatalf("%d tokens were taken, want %d", got, burst+5)
			}
			wantComes(t, l, interval-interval/2)
		})
	}
}

// hidden is a context that doesn't tell its deadline.
type hidden struct{ context.Context }

func (hidden) Deadline() (time.Time, bool) { return time.Time{}, false }
