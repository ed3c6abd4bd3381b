package orderedmap_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"orderedmap"
)

func TestFirstInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const count = 10
		failures := make([]error, count)
		for i := range failures {
			failures[i] = fmt.Errorf("element %d is broken", i)
		}
		// Element 3 fails first in time, then 2, then 1. Element 0 succeeds.
		got := run(t.Context(), t, count, 4, func(ctx context.Context, element int) (string, error) {
			if err := rest(ctx, time.Duration(5-element)*time.Second); err != nil {
				return "", err
			}
			if element == 0 {
				return resultOf(element), nil
			}
			return "", failures[element]
		})
		if !wraps(got.err, failures[1]) {
			t.Errorf("Map(ctx, %d elements, 4, …), elements 3, 2 and 1 fail one after the other: error = %v, want %q",
				count, got.err, failures[1])
		}
		if got.results != nil {
			t.Errorf("Map(ctx, %d elements, 4, …), elements fail: result = %q, want nil", count, got.results)
		}
	})
}

func TestEarlierOnesGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var disturbed atomic.Bool
		got := run(t.Context(), t, 10, 3, func(ctx context.Context, element int) (string, error) {
			switch element {
			case 0:
				if rest(ctx, time.Minute) != nil {
					disturbed.Store(true)
				}
			case 2:
				time.Sleep(time.Second)
				return "", errBroken
			default:
				_ = rest(ctx, 2*time.Second) // may be cancelled, and doesn't mind
			}
			return resultOf(element), nil
		})
		if disturbed.Load() {
			t.Error("Map(ctx, 10 elements, 3, …), element 2 fails: the context of element 0 was cancelled, want it left alone")
		}
		if !wraps(got.err, errBroken) {
			t.Errorf("Map(ctx, 10 elements, 3, …), element 2 fails: error = %v, want one that wraps %q", got.err, errBroken)
		}
		if got.took != time.Minute {
			t.Errorf("Map(ctx, 10 elements, 3, …), element 2 fails after 1s, element 0 takes 1m0s: took %v, want 1m0s", got.took)
		}
	})
}

// elementError is the error of an element, which says which it is.
type elementError struct{ element int }

func (e *elementError) Error() string { return fmt.Sprintf("element %d is broken", e.element) }

func TestAllFailAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 16
		gate := make(chan struct{})
		time.AfterFunc(time.Second, func() { close(gate) })
		got := run(t.Context(), t, 2*n, n, func(_ context.Context, element int) (string, error) {
			<-gate
			return "", &elementError{element}
		})
		err, ok := errors.AsType[*elementError](got.err)
		if !ok || err.element != 0 {
			t.Errorf("Map(ctx, %d elements, %d, …), %d fail at once: error = %v, want that of element 0", 2*n, n, n, got.err)
		}
	})
}

func TestBeginsNoMore(t *testing.T) {
	for _, panics := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			const count, n = 100, 4
			var begun atomic.Int32
			run(t.Context(), t, count, n, func(_ context.Context, element int) (string, error) {
				begun.Add(1)
				if element != 2 {
					time.Sleep(time.Minute)
					return resultOf(element), nil
				}
				time.Sleep(time.Second)
				if panics {
					panic(errBroken)
				}
				return "", errBroken
			})
			// One may begin at the very moment of the failure.
			if got := begun.Load(); got > n+1 {
				t.Errorf("Map(ctx, %d elements, %d, …), element 2 fails (panics: %t) while three others run: began %d elements, want %d",
					count, n, panics, got, n)
			}
		})
	}
}

func TestAnyPanic(t *testing.T) {
	var noMap map[string]int
	for _, test := range []struct {
		name  string
		panic func()
		want  func(value any) bool
	}{
		{"an error", func() { panic(errBroken) }, func(value any) bool { return value == errBroken }},
		{"a number", func() { panic(42) }, func(value any) bool { return value == 42 }},
		{"a write to a nil map", func() { noMap["key"]++ }, func(value any) bool { _, ok := value.(error); return ok }},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := run(t.Context(), t, 20, 1, func(_ context.Context, element int) (string, error) {
					if element == 4 {
						test.panic()
					}
					return resultOf(element), nil
				})
				err, ok := errors.AsType[*orderedmap.PanicError](got.err)
				if !ok {
					t.Fatalf("Map(ctx, 20 elements, 1, …), element 4 panics with %s: error = %v, want a *PanicError", test.name, got.err)
				}
				if err.Index != 4 || !test.want(err.Value) {
					t.Errorf("Map(ctx, 20 elements, 1, …), element 4 panics with %s: index %d, value %v, want index 4 and that value",
						test.name, err.Index, err.Value)
				}
				if got.results != nil {
					t.Errorf("Map(ctx, 20 elements, 1, …), element 4 panics with %s: result = %q, want nil", test.name, got.results)
				}
			})
		})
	}
}

func TestPanicsKeepTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Element 2 panics first, element 1 fails later.
		got := run(t.Context(), t, 3, 3, func(_ context.Context, element int) (string, error) {
			time.Sleep(time.Duration(3-element) * time.Second)
			switch element {
			case 1:
				return "", errBroken
			case 2:
				panic("too early")
			}
			return resultOf(element), nil
		})
		if !wraps(got.err, errBroken) {
			t.Errorf("Map(ctx, 3 elements, 3, …), element 2 panics, then element 1 fails: error = %v, want %q", got.err, errBroken)
		}
	})
}
