package workerpool_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestNeverMoreThanN(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, count = 3, 12
		var running, most atomic.Int32
		p := start(t.Context(), t, n, closedQueue(count), make(chan string, count),
			func(_ context.Context, job int) (string, error) {
				now := running.Add(1)
				defer running.Add(-1)
				for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); {
					seen = most.Load()
				}
				time.Sleep(time.Second)
				return resultOf(job), nil
			})
		if err := p.wait("all jobs are done, jobs is closed"); err != nil {
			t.Errorf("Run(ctx, %d, %d jobs, …) error = %v, want nil", n, count, err)
		}

		if got := most.Load(); got != n {
			t.Errorf("Run(ctx, %d, %d jobs, …) ran up to %d jobs at once, want %d", n, count, got, n)
		}
		if want := count / n * time.Second; p.took < want || p.took >= want+time.Second {
			t.Errorf("Run(ctx, %d, %d jobs of 1s each, …) took %v, want %v", n, count, p.took, want)
		}
	})
}

func TestTakesJobsWhenFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, count = 3, 10
		jobs := closedQueue(count)
		gate := make(chan struct{})
		p := start(t.Context(), t, n, jobs, make(chan string),
			func(_ context.Context, job int) (string, error) {
				<-gate
				return resultOf(job), nil
			})

		time.Sleep(time.Second)
		if got, want := len(jobs), count-n; got != want {
			t.Errorf("Run(ctx, %d, %d jobs, …), all workers at work: %d jobs left in the channel, want %d", n, count, got, want)
		}
		close(gate)
		time.Sleep(time.Second)
		if got, want := len(jobs), count-n; got != want {
			t.Errorf("Run(ctx, %d, %d jobs, …), all workers with a result that nobody reads: %d jobs left in the channel, want %d",
				n, count, got, want)
		}

		p.read(0)
		if err := p.wait("all jobs are done, all results are read"); err != nil {
			t.Errorf("Run(ctx, %d, %d jobs, …) error = %v, want nil", n, count, err)
		}
	})
}

func TestDeliversEveryResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, count = 5, 40
		p := start(t.Context(), t, n, closedQueue(count), make(chan string),
			func(_ context.Context, job int) (string, error) {
				time.Sleep(time.Duration(job*7%10) * time.Millisecond)
				return resultOf(job), nil
			})
		// The reader is slower than the workers, so that they wait for it,
		// the last ones when jobs has long been empty.
		read := p.read(20 * time.Millisecond)
		if err := p.wait("all jobs are done, all results are read"); err != nil {
			t.Errorf("Run(ctx, %d, %d jobs, …) error = %v, want nil", n, count, err)
		}
		select {
		case got := <-read:
			if want := resultsOf(count); !slices.Equal(got, want) {
				t.Errorf("Run(ctx, %d, %d jobs, …) with a slow reader sent, sorted:\ngot:\n%s\nwant:\n%s",
					n, count, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		case <-time.After(time.Hour):
			t.Errorf("Run(ctx, %d, %d jobs, …) has returned: results is open, want it closed", n, count)
		}
	})
}

func TestKeepsEarlierResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, count = 3, 10
		p := start(t.Context(), t, n, closedQueue(count), make(chan string, count),
			func(_ context.Context, job int) (string, error) {
				if job == count-1 {
					time.Sleep(time.Minute)
					return "", errBroken
				}
				time.Sleep(time.Second)
				return resultOf(job), nil
			})
		p.wait("the last job has failed, all others are done")

		if got, _ := p.sent(); !slices.Equal(got, resultsOf(count-1)) {
			t.Errorf("Run(ctx, %d, %d jobs, …), the last fails when all others are done: sent, sorted:\ngot:\n%s\nwant:\n%s",
				n, count, strings.Join(got, "\n"), strings.Join(resultsOf(count-1), "\n"))
		}
	})
}
