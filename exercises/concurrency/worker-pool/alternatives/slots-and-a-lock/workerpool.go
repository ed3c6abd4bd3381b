// Package workerpool runs jobs on a fixed number of workers.
package workerpool

import (
	"context"
	"errors"
	"sync"
)

// Run passes every job that it receives from jobs to work, never more than n
// at once, and sends what work returns to results. The first failure cancels
// the context that the other jobs hold. Run returns when all jobs have ended
// and results is closed.
//
// Run receives the jobs itself. It does so only while it holds one of n slots,
// and passes the slot on to a goroutine that runs this one job.
func Run[J, R any](ctx context.Context, n int, jobs <-chan J, results chan<- R,
	work func(context.Context, J) (R, error)) error {
	defer close(results)
	if n < 1 {
		return errors.New("workerpool: needs at least one worker")
	}
	r := newRun(ctx)
	defer r.cancel()

	slots := make(chan struct{}, n)
	var running sync.WaitGroup
	for r.take(slots) {
		job, ok := receive(r.ctx, jobs)
		if !ok {
			break
		}
		running.Go(func() {
			defer func() { <-slots }()
			result, err := work(r.ctx, job)
			if err != nil {
				r.fail(err)
				return
			}
			select {
			case results <- result:
			case <-r.ctx.Done():
			}
		})
	}
	running.Wait()
	r.fail(context.Cause(ctx)) // does nothing unless ctx has ended, and first
	return r.err
}

// run is the state that the goroutines of one call of Run share.
type run struct {
	parent context.Context
	ctx    context.Context
	cancel context.CancelFunc

	mu  sync.Mutex
	err error // why the run has stopped early
}

func newRun(parent context.Context) *run {
	r := &run{parent: parent}
	r.ctx, r.cancel = context.WithCancel(parent)
	return r
}

// fail stops the run because of err, unless something else has stopped it.
func (r *run) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return
	}
	if r.parent.Err() != nil {
		err = context.Cause(r.parent)
	}
	r.err = err
	if err != nil {
		r.cancel()
	}
}

// take waits for a free slot and reports whether the run still goes on.
func (r *run) take(slots chan<- struct{}) bool {
	select {
	case slots <- struct{}{}:
		return r.ctx.Err() == nil
	case <-r.ctx.Done():
		return false
	}
}

// receive receives one job. It reports false when jobs is closed or ctx ends.
func receive[J any](ctx context.Context, jobs <-chan J) (job J, ok bool) {
	select {
	case job, ok = <-jobs:
	case <-ctx.Done():
	}
	return job, ok
}
