package orderedmap_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"orderedmap"
)

var (
	errBroken    = errors.New("the element is broken")
	errUnrelated = errors.New("nothing that ever happened")
)

// wraps says whether err wraps target, and doesn't say so of everything.
func wraps(err, target error) bool {
	return !errors.Is(err, errUnrelated) && errors.Is(err, target)
}

// outcome is what a call of Map has returned, and when.
type outcome struct {
	results []string
	err     error
	took    time.Duration
}

// run calls Map for the elements 0 to count-1 and waits until it returns. An
// hour of fake time passes only when nothing else can happen.
func run(ctx context.Context, t *testing.T, count, n int, f func(context.Context, int) (string, error)) outcome {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in := make([]int, count)
	for i := range in {
		in[i] = i
	}
	began := time.Now()
	returned := make(chan outcome, 1)
	go func() {
		results, err := orderedmap.Map(ctx, in, n, f)
		returned <- outcome{results, err, time.Since(began)}
	}()
	select {
	case got := <-returned:
		for i, element := range in {
			if element != i {
				t.Errorf("Map(ctx, %d elements, %d, …) has made %d of element %d, want the input unchanged", count, n, element, i)
			}
		}
		return got
	case <-time.After(100 * time.Hour):
		t.Fatalf("Map(ctx, %d elements, %d, …) has not returned after 100 hours, want it to return", count, n)
		return outcome{}
	}
}

// resultOf is what the functions of the tests return for an element.
func resultOf(element int) string { return fmt.Sprintf("result %03d", element) }

// resultsOf returns the results of the elements 0 to count-1.
func resultsOf(count int) []string {
	results := make([]string, count)
	for i := range results {
		results[i] = resultOf(i)
	}
	return results
}

// rest waits for d, or until ctx ends, and then returns its error.
func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
