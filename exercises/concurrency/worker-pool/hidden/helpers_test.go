package workerpool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"workerpool"
)

var (
	errBroken    = errors.New("the job is broken")
	errUnrelated = errors.New("nothing that ever happened")
)

// wraps says whether err wraps target, and doesn't say so of everything.
func wraps(err, target error) bool {
	return !errors.Is(err, errUnrelated) && errors.Is(err, target)
}

// pool is one call of Run in a goroutine of its own, inside a synctest bubble.
// The test holds both channels: it decides when a job comes, whether jobs is
// ever closed, and whether anyone reads results.
type pool struct {
	t       *testing.T
	n       int
	began   time.Time
	jobs    chan int
	results chan string
	cancel  context.CancelFunc
	done    chan struct{} // closed when Run has returned
	err     error         // what Run returned; valid once done is closed
	took    time.Duration // fake time from call to return; valid likewise
}

// start calls Run(ctx, n, jobs, results, work).
func start(ctx context.Context, t *testing.T, n int, jobs chan int, results chan string,
	work func(context.Context, int) (string, error)) *pool {
	ctx, cancel := context.WithCancel(ctx)
	t.Cleanup(cancel)
	p := &pool{
		t:       t,
		n:       n,
		began:   time.Now(),
		jobs:    jobs,
		results: results,
		cancel:  cancel,
		done:    make(chan struct{}),
	}
	go func() {
		defer close(p.done)
		p.err = workerpool.Run(ctx, n, jobs, results, work)
		p.took = time.Since(p.began)
	}()
	return p
}

// wait waits until Run has returned, and returns its error. When Run is stuck,
// wait says what Run has not coped with, sets free what it can, and ends the
// test. An hour of fake time passes only when nothing else can happen.
func (p *pool) wait(situation string) error {
	p.t.Helper()
	select {
	case <-p.done:
		return p.err
	case <-time.After(time.Hour):
	}
	p.t.Errorf("%s: Run(ctx, %d, …) has not returned after an hour, want it to return", situation, p.n)

	// A goroutine that stays blocked would bury the message under a panic.
	p.cancel()
	p.read(0)
	func() {
		defer func() { recover() }() // jobs may be closed already
		close(p.jobs)
	}()
	select {
	case <-p.done:
	case <-time.After(time.Hour):
	}
	p.t.FailNow()
	return nil
}

// read reads results beside the test and rests for pause after each. When
// results is closed, the returned channel gives what was read, sorted.
func (p *pool) read(pause time.Duration) <-chan []string {
	read := make(chan []string, 1)
	go func() {
		var results []string
		for {
			select {
			case <-p.t.Context().Done(): // the test is over
				return
			case result, ok := <-p.results:
				if !ok {
					slices.Sort(results)
					read <- results
					return
				}
				results = append(results, result)
				time.Sleep(pause)
			}
		}
	}()
	return read
}

// sent takes out what results still holds, sorted, and reports whether it is
// closed.
func (p *pool) sent() (results []string, closed bool) {
	for {
		select {
		case result, ok := <-p.results:
			if !ok {
				slices.Sort(results)
				return results, true
			}
			results = append(results, result)
		default:
			slices.Sort(results)
			return results, false
		}
	}
}

// queue returns a channel that holds the jobs 0 to count-1 and is open.
func queue(count int) chan int {
	jobs := make(chan int, count)
	for job := range count {
		jobs <- job
	}
	return jobs
}

// closedQueue returns a channel that holds the jobs 0 to count-1 and is closed.
func closedQueue(count int) chan int {
	jobs := queue(count)
	close(jobs)
	return jobs
}

// resultOf is what the work functions of the tests return for a job.
func resultOf(job int) string { return fmt.Sprintf("result %03d", job) }

// resultsOf returns the sorted results of the jobs 0 to count-1.
func resultsOf(count int) []string {
	results := make([]string, count)
	for job := range results {
		results[job] = resultOf(job)
	}
	return results
}
