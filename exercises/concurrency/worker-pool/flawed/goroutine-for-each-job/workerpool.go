// Package workerpool runs jobs on a fixed number of workers.
package workerpool

import (
	"context"
	"fmt"
	"sync"
)

// Run passes every job that it receives from jobs to work, on n workers, and
// sends what work returns to results. The first failure cancels the context
// that the other jobs hold. Run returns when all workers have returned and
// results is closed.
func Run[J, R any](ctx context.Context, n int, jobs <-chan J, results chan<- R,
	work func(context.Context, J) (R, error)) error {
	// Run is the only one that closes results, and does so last: after
	// wg.Wait no worker is left that could still send.
	defer close(results)
	if n <= 0 {
		return fmt.Errorf("workerpool: n is %d, want at least 1", n)
	}

	// The context remembers why it was cancelled. Only the first cancel
	// counts, and one by the parent counts as well, so no variable is needed
	// for the error, and no lock.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var wg sync.WaitGroup
receiving:
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case job, ok := <-jobs:
			if !ok {
				break receiving
			}
			wg.Go(func() {
				result, err := work(ctx, job)
				if err != nil {
					cancel(err)
					return
				}
				select {
				case <-ctx.Done():
				case results <- result:
				}
			})
		}
	}
	wg.Wait()
	return context.Cause(ctx)
}
