// Package workerpool runs jobs on a fixed number of workers.
package workerpool

import (
	"cmp"
	"context"
	"fmt"
)

// Run passes every job that it receives from jobs to work, on n workers, and
// sends what work returns to results. The first failure cancels the context
// that the other jobs hold. Run returns when all workers have returned and
// results is closed.
//
// The goroutines share no variable: each worker reports how it ended, and Run
// alone decides what that means for the others.
func Run[J, R any](ctx context.Context, n int, jobs <-chan J, results chan<- R,
	work func(context.Context, J) (R, error)) error {
	defer close(results)
	if n <= 0 {
		return fmt.Errorf("workerpool: %d workers are too few", n)
	}
	poolCtx, cancel := context.WithCancel(ctx)
	defer cancel()

	w := worker[J, R]{ctx: poolCtx, jobs: jobs, results: results, work: work}
	outcomes := make(chan error)
	for range n {
		go func() { outcomes <- w.run() }()
	}
	var first error
	for range n {
		if err := <-outcomes; err != nil && first == nil {
			// When ctx has ended, the errors of jobs are but its echo.
			first = cmp.Or(context.Cause(ctx), err)
			cancel()
		}
	}
	if first == nil {
		first = context.Cause(ctx)
	}
	return first
}

// worker is what each worker of a pool is given.
type worker[J, R any] struct {
	ctx     context.Context
	jobs    <-chan J
	results chan<- R
	work    func(context.Context, J) (R, error)
}

// run runs jobs until there are no more, one fails, or the context ends.
func (w worker[J, R]) run() error {
	for {
		job, ok := w.next()
		if !ok {
			return nil
		}
		result, err := w.work(w.ctx, job)
		if err != nil {
			return err
		}
		if !w.send(result) {
			return nil
		}
	}
}

// next receives a job, unless the context has ended.
func (w worker[J, R]) next() (job J, ok bool) {
	if w.ctx.Err() != nil {
		return job, false
	}
	select {
	case job, ok = <-w.jobs:
		return job, ok
	case <-w.ctx.Done():
		return job, false
	}
}

// send sends a result, unless the context has ended.
func (w worker[J, R]) send(result R) bool {
	select {
	case w.results <- result:
		return true
	case <-w.ctx.Done():
		return false
	}
}
