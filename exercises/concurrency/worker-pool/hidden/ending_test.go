package workerpool_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// endings are the ways in which a run of three workers ends. Job 0 decides
// after a second; jobs 1 and 2 are deaf to their context and take longer.
var endings = []struct {
	name  string
	job0  error
	abort bool // cancel ctx after a second
}{
	{name: "all jobs done"},
	{name: "job 0 fails", job0: errBroken},
	{name: "ctx cancelled", abort: true},
}

func TestWaitsForWorkers(t *testing.T) {
	for _, ending := range endings {
		t.Run(ending.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var running, began atomic.Int32
				p := start(t.Context(), t, 3, closedQueue(3), make(chan string, 3),
					func(_ context.Context, job int) (string, error) {
						began.Add(1)
						running.Add(1)
						defer running.Add(-1)
						time.Sleep(time.Duration(job+1) * time.Second)
						if job == 0 {
							return resultOf(job), ending.job0
						}
						return resultOf(job), nil
					})
				time.Sleep(time.Second)
				if ending.abort {
					p.cancel()
				}
				p.wait(ending.name)
				if got := began.Load(); got != 3 {
					t.Errorf("Run(ctx, 3, 3 jobs, …), %s: ran %d jobs, want 3", ending.name, got)
				}
				if got := running.Load(); got != 0 {
					t.Errorf("Run(ctx, 3, …), %s: returned after %v with %d jobs still running, want 0", ending.name, p.took, got)
				}
				time.Sleep(time.Minute) // such jobs may come to their end
			})
		})
	}
}

func TestClosesResultsLast(t *testing.T) {
	for _, ending := range endings {
		t.Run(ending.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var running atomic.Int32
				p := start(t.Context(), t, 3, closedQueue(3), make(chan string),
					func(_ context.Context, job int) (string, error) {
						running.Add(1)
						defer running.Add(-1)
						time.Sleep(time.Duration(job+1) * time.Second)
						if job == 0 {
							return resultOf(job), ending.job0
						}
						return resultOf(job), nil
					})
				closed := p.read(0)
				time.Sleep(time.Second)
				if ending.abort {
					p.cancel()
				}
				select {
				case <-closed:
					if got := running.Load(); got != 0 {
						t.Errorf("Run(ctx, 3, …), %s: closed results with %d jobs still running, want 0", ending.name, got)
					}
				case <-p.done: // the close came just before, or not at all
				case <-time.After(time.Minute):
				}
				p.wait(ending.name)
				if _, closed := p.sent(); !closed {
					t.Errorf("Run(ctx, 3, …), %s: returned with results open, want it closed", ending.name)
				}
			})
		})
	}
}

func TestNoJobsAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t.Context(), t, 3, closedQueue(0), make(chan string),
			func(_ context.Context, job int) (string, error) { return resultOf(job), nil })
		if err := p.wait("jobs is empty and closed"); err != nil {
			t.Errorf("Run(ctx, 3, no jobs, …) error = %v, want nil", err)
		}
		if _, closed := p.sent(); !closed {
			t.Error("Run(ctx, 3, no jobs, …) returned with results open, want it closed")
		}
	})
}
