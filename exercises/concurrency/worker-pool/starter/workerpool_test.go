package workerpool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"workerpool"
)

// outcome is what one call of Run left behind.
type outcome struct {
	results []string // what was sent, in the order in which it came
	closed  bool     // whether results was closed
	unread  int      // how many jobs are still in the channel
	err     error
}

// runAll calls Run for the given jobs, reads the results beside it, and waits
// until Run has returned. It must be called inside a synctest bubble, where
// time is fake: an hour passes as soon as nothing else can happen.
func runAll(t *testing.T, n int, jobs []int, work func(context.Context, int) (string, error)) outcome {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	queue := make(chan int, len(jobs))
	for _, job := range jobs {
		queue <- job
	}
	close(queue)
	results := make(chan string)
	returned := make(chan error, 1)
	go func() { returned <- workerpool.Run(ctx, n, queue, results, work) }()

	var got outcome
	over := time.After(time.Hour)
	for {
		select {
		case result, ok := <-results:
			if ok {
				got.results = append(got.results, result)
				continue
			}
			// Closed: only the return of Run is left to wait for.
			got.closed = true
			results = nil
		case got.err = <-returned:
			if !got.closed {
				select {
				case _, ok := <-results:
					got.closed = !ok
				default:
				}
			}
			got.unread = len(queue)
			return got
		case <-over:
			t.Fatalf("Run(ctx, %d, …) has not returned after an hour, want it to return", n)
		}
	}
}

func TestRunsEveryJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jobs := []int{1, 2, 3, 4, 5, 6, 7, 8, 9}
		got := runAll(t, 3, jobs, func(_ context.Context, job int) (string, error) {
			return fmt.Sprint("job ", job), nil
		})
		if got.err != nil {
			t.Errorf("Run(ctx, 3, 9 jobs, …) error = %v, want nil", got.err)
		}
		if !got.closed {
			t.Error("Run(ctx, 3, 9 jobs, …) returned with results open, want it closed")
		}
		slices.Sort(got.results) // jobs may finish in any order
		want := []string{"job 1", "job 2", "job 3", "job 4", "job 5", "job 6", "job 7", "job 8", "job 9"}
		if !slices.Equal(got.results, want) {
			t.Errorf("Run(ctx, 3, 9 jobs, …) results, sorted = %q, want %q", got.results, want)
		}
	})
}

func TestReturnsTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errBroken := errors.New("job 3 is broken")
		got := runAll(t, 1, []int{1, 2, 3, 4, 5}, func(_ context.Context, job int) (string, error) {
			if job == 3 {
				return "", errBroken
			}
			return fmt.Sprint("job ", job), nil
		})
		if !errors.Is(got.err, errBroken) {
			t.Errorf("Run(ctx, 1, 5 jobs, …) error = %v, want one that wraps %q", got.err, errBroken)
		}
		if !got.closed {
			t.Error("Run(ctx, 1, 5 jobs, …) returned with results open after a failure, want it closed")
		}
		if want := []string{"job 1", "job 2"}; !slices.Equal(got.results, want) {
			t.Errorf("Run(ctx, 1, 5 jobs, …) with job 3 broken: results = %q, want %q", got.results, want)
		}
		if got.unread != 2 {
			t.Errorf("Run(ctx, 1, 5 jobs, …) with job 3 broken: %d jobs left in the channel, want 2", got.unread)
		}
	})
}

func TestNeedsAWorker(t *testing.T) {
	for _, n := range []int{0, -1} {
		t.Run(fmt.Sprint("n=", n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := runAll(t, n, []int{1, 2}, func(_ context.Context, job int) (string, error) {
					return fmt.Sprint("job ", job), nil
				})
				if got.err == nil {
					t.Errorf("Run(ctx, %d, …) error = nil, want an error", n)
				}
				if !got.closed {
					t.Errorf("Run(ctx, %d, …) returned with results open, want it closed", n)
				}
				if got.unread != 2 {
					t.Errorf("Run(ctx, %d, 2 jobs, …): %d jobs left in the channel, want 2", n, got.unread)
				}
			})
		})
	}
}
