package orderedmap_test

import (
	"context"
	"math"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestRunsNAtOnce(t *testing.T) {
	for _, n := range []int{1, 3, 8} {
		synctest.Test(t, func(t *testing.T) {
			const count = 24
			var running, most atomic.Int32
			got := run(t.Context(), t, count, n, func(_ context.Context, element int) (string, error) {
				now := running.Add(1)
				defer running.Add(-1)
				for {
					seen := most.Load()
					if now <= seen || most.CompareAndSwap(seen, now) {
						break
					}
				}
				time.Sleep(time.Second)
				return resultOf(element), nil
			})
			if int(most.Load()) != n {
				t.Errorf("Map(ctx, %d elements, %d, …): up to %d calls at once, want %d", count, n, most.Load(), n)
			}
			if want := time.Duration(count/n) * time.Second; got.took != want {
				t.Errorf("Map(ctx, %d elements of 1s, %d, …) took %v, want %v", count, n, got.took, want)
			}
		})
	}
}

func TestBeginsTheNextAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Element 0 keeps one of two busy for a minute. The other has time
		// for all the rest.
		const count = 31
		order := make(chan int, count)
		got := run(t.Context(), t, count, 2, func(_ context.Context, element int) (string, error) {
			order <- element
			if element == 0 {
				time.Sleep(time.Minute)
			} else {
				time.Sleep(time.Second)
			}
			return resultOf(element), nil
		})
		if got.took != time.Minute {
			t.Errorf("Map(ctx, %d elements, 2, …), one takes 1m0s, 30 take 1s: took %v, want 1m0s", count, got.took)
		}
		close(order)
		begun := 0
		for element := range order {
			// The first two begin at the same moment.
			if begun > 1 && element != begun {
				t.Fatalf("Map(ctx, %d elements, 2, …) began element %d after %d others, want element %d", count, element, begun, begun)
			}
			begun++
		}
	})
}

func TestManyElements(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const count, n = 300, 16
		calls := make([]atomic.Int32, count)
		got := run(t.Context(), t, count, n, func(_ context.Context, element int) (string, error) {
			calls[element].Add(1)
			if element%5 == 0 {
				time.Sleep(time.Duration(element%7) * time.Millisecond)
			}
			return resultOf(element), nil
		})
		if got.err != nil {
			t.Errorf("Map(ctx, %d elements, %d, …) error = %v, want nil", count, n, got.err)
		}
		for element := range calls {
			if made := calls[element].Load(); made != 1 {
				t.Errorf("Map(ctx, %d elements, %d, …) called f %d times for element %d, want once", count, n, made, element)
			}
		}
		if want := resultsOf(count); !slices.Equal(got.results, want) {
			t.Errorf("Map(ctx, %d elements, %d, …):\ngot:\n%q\nwant:\n%q", count, n, got.results, want)
		}
	})
}

func TestMoreThanElements(t *testing.T) {
	for _, n := range []int{4, math.MaxInt} {
		synctest.Test(t, func(t *testing.T) {
			got := run(t.Context(), t, 3, n, func(_ context.Context, element int) (string, error) {
				time.Sleep(time.Second)
				return resultOf(element), nil
			})
			if want := resultsOf(3); got.err != nil || !slices.Equal(got.results, want) {
				t.Errorf("Map(ctx, 3 elements, %d, …) = %q, %v, want %q and nil", n, got.results, got.err, want)
			}
			if got.took != time.Second {
				t.Errorf("Map(ctx, 3 elements of 1s, %d, …) took %v, want 1s", n, got.took)
			}
		})
	}
}
