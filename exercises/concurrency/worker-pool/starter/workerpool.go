// Package workerpool runs jobs on a fixed number of workers.
package workerpool

import (
	"context"
	"errors"
)

// Run passes every job that it receives from jobs to work, on n workers, and
// sends what work returns to results. The first failure cancels the context
// that the other jobs hold. Run returns when all workers have returned and
// results is closed.
func Run[J, R any](ctx context.Context, n int, jobs <-chan J, results chan<- R,
	work func(context.Context, J) (R, error)) error {
	return errors.New("workerpool: Run is not written yet")
}
