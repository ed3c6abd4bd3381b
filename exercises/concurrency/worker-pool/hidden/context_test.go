package workerpool_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// untilCancelled is work that ends at once when its context does, and otherwise
// after a minute.
func untilCancelled(ctx context.Context, job int) (string, error) {
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(time.Minute):
		return resultOf(job), nil
	}
}

func TestParentCancelStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, count = 16, 100
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		jobs := queue(count)
		var cancelled atomic.Int32
		p := start(ctx, t, n, jobs, make(chan string, count),
			func(ctx context.Context, job int) (string, error) {
				result, err := untilCancelled(ctx, job)
				if err != nil {
					cancelled.Add(1)
				}
				return result, nil // no failure: only ctx stops the pool
			})
		time.Sleep(time.Second)
		cancel()
		err := p.wait("ctx is cancelled while jobs run, jobs stays open")

		if got := cancelled.Load(); got != n {
			t.Errorf("Run(ctx, %d, …), ctx cancelled: %d jobs saw it, want the %d that ran", n, got, n)
		}
		if !wraps(err, context.Canceled) {
			t.Errorf("Run(ctx, %d, …), ctx cancelled: error = %v, want one that wraps %q", n, err, context.Canceled)
		}
		if got, want := len(jobs), count-n; got != want {
			t.Errorf("Run(ctx, %d, %d jobs, …), ctx cancelled while the first %d run: %d jobs left in the channel, want %d",
				n, count, n, got, want)
		}
	})
}

func TestParentDeadlineStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p := start(ctx, t, 3, closedQueue(6), make(chan string, 6), untilCancelled)
		err := p.wait("the deadline of ctx has passed")

		if !wraps(err, context.DeadlineExceeded) {
			t.Errorf("Run(ctx with a deadline in 1s, 3, …), jobs of 1m: error = %v, want one that wraps %q",
				err, context.DeadlineExceeded)
		}
		if p.took >= 2*time.Second {
			t.Errorf("Run(ctx with a deadline in 1s, 3, …), jobs of 1m: returned after %v, want 1s", p.took)
		}
	})
}

func TestCancelledBeforehand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, count = 16, 100
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		jobs := queue(count)
		p := start(ctx, t, n, jobs, make(chan string, count),
			func(_ context.Context, job int) (string, error) { return resultOf(job), nil })
		err := p.wait("ctx was cancelled before the call")

		if !wraps(err, context.Canceled) {
			t.Errorf("Run(cancelled ctx, %d, …) error = %v, want one that wraps %q", n, err, context.Canceled)
		}
		if len(jobs) != count {
			t.Errorf("Run(cancelled ctx, %d, %d jobs, …): %d jobs left in the channel, want all %d", n, count, len(jobs), count)
		}
	})
}

func TestIdleWorkersStopWithParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p := start(ctx, t, 3, make(chan int), make(chan string), untilCancelled)
		time.Sleep(time.Second)
		cancel()
		err := p.wait("ctx is cancelled while all workers wait for a job, jobs stays open")

		if !wraps(err, context.Canceled) {
			t.Errorf("Run(ctx, 3, no jobs, …), ctx cancelled: error = %v, want one that wraps %q", err, context.Canceled)
		}
	})
}

func TestGivesUpSendingWithParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p := start(ctx, t, 2, closedQueue(2), make(chan string), // nobody reads results
			func(_ context.Context, job int) (string, error) { return resultOf(job), nil })
		time.Sleep(time.Second)
		cancel()
		err := p.wait("ctx is cancelled while all workers have a result that nobody reads")

		if !wraps(err, context.Canceled) {
			t.Errorf("Run(ctx, 2, …), ctx cancelled while nobody reads results: error = %v, want one that wraps %q",
				err, context.Canceled)
		}
	})
}

func TestReportsTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errShutdown := errors.New("the server shuts down")
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		p := start(ctx, t, 3, closedQueue(6), make(chan string, 6), untilCancelled)
		time.Sleep(time.Second)
		cancel(errShutdown)
		err := p.wait("ctx is cancelled")

		if !wraps(err, errShutdown) {
			t.Errorf("Run(ctx, 3, …), ctx cancelled with the cause %q: error = %v, want one that wraps the cause", errShutdown, err)
		}
	})
}

func TestContextCarriesValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		ctx := context.WithValue(t.Context(), key{}, "request 17")
		var value atomic.Value
		p := start(ctx, t, 2, closedQueue(1), make(chan string, 1),
			func(ctx context.Context, job int) (string, error) {
				if v := ctx.Value(key{}); v != nil {
					value.Store(v)
				}
				return resultOf(job), nil
			})
		p.wait("the only job is done, jobs is closed")

		if got, want := value.Load(), "request 17"; got != want {
			t.Errorf("Run(ctx, 2, …), ctx holds the value %q: the job found %v in its context, want that value", want, got)
		}
	})
}

func TestContextLivesUntilTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, count = 3, 5
		var early atomic.Int32
		var held atomic.Pointer[context.Context]
		// Job 4 runs long after the other workers have found jobs empty and closed.
		p := start(t.Context(), t, n, closedQueue(count), make(chan string, count),
			func(ctx context.Context, job int) (string, error) {
				held.Store(&ctx)
				time.Sleep(time.Duration(job) * time.Second)
				if ctx.Err() != nil {
					early.Add(1)
				}
				return resultOf(job), nil
			})
		p.wait("all jobs are done, jobs is closed")

		if got := early.Load(); got != 0 {
			t.Errorf("Run(ctx, %d, %d jobs, …), none fails: %d jobs found their context cancelled, want 0", n, count, got)
		}
		ctx := held.Load()
		if ctx == nil {
			t.Fatalf("Run(ctx, %d, %d jobs, …) ran no job, want it to run all", n, count)
		}
		if (*ctx).Err() == nil {
			t.Errorf("Run(ctx, %d, %d jobs, …) has returned: the context of its jobs is still alive, want it cancelled", n, count)
		}
	})
}
