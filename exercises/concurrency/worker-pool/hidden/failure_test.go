package workerpool_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestFirstFailureCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 4
		var cancelled atomic.Int32
		p := start(t.Context(), t, n, closedQueue(n), make(chan string, n),
			func(ctx context.Context, job int) (string, error) {
				if job == 0 {
					time.Sleep(time.Second)
					return "", fmt.Errorf("job %d: %w", job, errBroken)
				}
				select {
				case <-ctx.Done():
					cancelled.Add(1)
					return "", fmt.Errorf("job %d: %w", job, ctx.Err())
				case <-time.After(time.Minute):
					return resultOf(job), nil
				}
			})
		err := p.wait("job 0 of 4 has failed")

		if got := cancelled.Load(); got != n-1 {
			t.Errorf("Run(ctx, %d, …), job 0 fails after 1s: the context was cancelled for %d of the jobs that run beside it, want %d",
				n, got, n-1)
		}
		if !wraps(err, errBroken) {
			t.Errorf("Run(ctx, %d, …), job 0 fails after 1s: error = %v, want one that wraps %q", n, err, errBroken)
		}
	})
}

func TestFirstFailureWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 4
		failures := make([]error, n)
		for job := range failures {
			failures[job] = fmt.Errorf("job %d is broken", job)
		}
		// Job 3 fails after 1s, job 2 after 2s and so on: a later failure is
		// neither the first job's nor the first worker's.
		p := start(t.Context(), t, n, closedQueue(n), make(chan string, n),
			func(_ context.Context, job int) (string, error) {
				time.Sleep(time.Duration(n-job) * time.Second)
				return "", failures[job]
			})
		err := p.wait("all jobs have failed")

		if first := failures[n-1]; !wraps(err, first) {
			t.Errorf("Run(ctx, %d, …), jobs fail one after the other: error = %v, want the first failure, %q", n, err, first)
		}
	})
}

func TestAnyErrorIsAFailure(t *testing.T) {
	for _, failure := range []error{context.Canceled, context.DeadlineExceeded} {
		t.Run(failure.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				jobs := queue(3)
				p := start(t.Context(), t, 1, jobs, make(chan string, 3),
					func(_ context.Context, job int) (string, error) {
						return "", fmt.Errorf("a call that job %d made: %w", job, failure)
					})
				err := p.wait(fmt.Sprintf("job 0 has failed with %q", failure))

				if !wraps(err, failure) {
					t.Errorf("Run(ctx, 1, …), job 0 fails with %q while ctx is alive: error = %v, want that failure", failure, err)
				}
				if len(jobs) != 2 {
					t.Errorf("Run(ctx, 1, 3 jobs, …), job 0 fails with %q while ctx is alive: %d jobs left, want 2", failure, len(jobs))
				}
			})
		})
	}
}

type jobError struct{ job int }

func (e *jobError) Error() string { return fmt.Sprintf("job %d is broken", e.job) }

func TestManyFailuresAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 16
		gate := make(chan struct{})
		p := start(t.Context(), t, n, closedQueue(n), make(chan string, n),
			func(_ context.Context, job int) (string, error) {
				<-gate
				return resultOf(job), &jobError{job}
			})
		time.Sleep(time.Second) // until all jobs stand at the gate
		close(gate)
		err := p.wait("all jobs have failed at the same time")

		if _, ok := errors.AsType[*jobError](err); !ok {
			t.Errorf("Run(ctx, %d, …), all jobs fail at once: error = %v, want the error of one of them", n, err)
		}
		if got, _ := p.sent(); len(got) > 0 {
			t.Errorf("Run(ctx, %d, …), all jobs fail at once: sent %q, want no results: a job that fails has none", n, got)
		}
	})
}

func TestLeavesJobsUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, count = 16, 100
		jobs := queue(count)
		p := start(t.Context(), t, n, jobs, make(chan string, count),
			func(ctx context.Context, job int) (string, error) {
				if job == 0 {
					time.Sleep(time.Second)
					return "", errBroken
				}
				select {
				case <-ctx.Done(): // and yet it succeeds
				case <-time.After(time.Minute):
				}
				return resultOf(job), nil
			})
		p.wait("job 0 has failed, the others have ended, many wait in the channel")

		if got, want := len(jobs), count-n; got != want {
			t.Errorf("Run(ctx, %d, %d jobs, …), a job of the first %d fails: %d jobs left in the channel, want %d",
				n, count, n, got, want)
		}
	})
}

func TestIdleWorkersStopAtFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jobs := make(chan int) // never closed: nobody has to, after a failure
		p := start(t.Context(), t, 3, jobs, make(chan string),
			func(context.Context, int) (string, error) { return "", errBroken })
		select {
		case jobs <- 0:
		case <-time.After(time.Minute):
			t.Error("Run(ctx, 3, …) has received no job after a minute, want it to take the job that is offered")
		}
		err := p.wait("the only job has failed, two workers wait for more, jobs stays open")

		if !wraps(err, errBroken) {
			t.Errorf("Run(ctx, 3, …), its only job fails: error = %v, want one that wraps %q", err, errBroken)
		}
	})
}

func TestGivesUpSendingAtFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t.Context(), t, 2, closedQueue(2), make(chan string), // nobody reads results
			func(_ context.Context, job int) (string, error) {
				if job == 0 {
					return resultOf(job), nil
				}
				time.Sleep(time.Second)
				return "", errBroken
			})
		err := p.wait("one worker has a result that nobody reads, then the job of the other fails")

		if !wraps(err, errBroken) {
			t.Errorf("Run(ctx, 2, …), a job fails while nobody reads results: error = %v, want one that wraps %q", err, errBroken)
		}
	})
}
