package orderedmap_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"orderedmap"
)

func TestMapsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The first element takes longest, so the calls return in another order
		// than they begin. Time is fake and costs nothing.
		in := []int{1, 2, 3, 4, 5, 6, 7, 8, 9}
		got, err := orderedmap.Map(t.Context(), in, 3, func(_ context.Context, element int) (string, error) {
			time.Sleep(time.Duration(10-element) * time.Second)
			return fmt.Sprint("result ", element), nil
		})
		if err != nil {
			t.Errorf("Map(ctx, 9 elements, 3, …) error = %v, want nil", err)
		}
		want := []string{"result 1", "result 2", "result 3", "result 4", "result 5", "result 6", "result 7", "result 8", "result 9"}
		if !slices.Equal(got, want) {
			t.Errorf("Map(ctx, 9 elements, 3, …) = %q, want %q", got, want)
		}
	})
}

func TestReturnsTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errBroken := errors.New("element 3 is broken")
		got, err := orderedmap.Map(t.Context(), []int{1, 2, 3, 4, 5}, 2, func(_ context.Context, element int) (int, error) {
			time.Sleep(time.Second)
			if element == 3 {
				return 0, errBroken
			}
			return element, nil
		})
		if !errors.Is(err, errBroken) {
			t.Errorf("Map(ctx, 5 elements, 2, …), the third fails: error = %v, want one that wraps %q", err, errBroken)
		}
		if got != nil {
			t.Errorf("Map(ctx, 5 elements, 2, …), the third fails: result = %v, want nil", got)
		}
	})
}

func TestNeedsANumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, n := range []int{0, -1} {
			calls := 0
			got, err := orderedmap.Map(t.Context(), []int{1, 2, 3}, n, func(_ context.Context, element int) (int, error) {
				calls++
				return element, nil
			})
			if err == nil || got != nil {
				t.Errorf("Map(ctx, 3 elements, %d, …) = %v, %v, want nil and an error", n, got, err)
			}
			if calls != 0 {
				t.Errorf("Map(ctx, 3 elements, %d, …) called f %d times, want 0", n, calls)
			}
		}
		got, err := orderedmap.Map(t.Context(), []int{}, 3, func(_ context.Context, element int) (int, error) {
			return element, nil
		})
		if err != nil || len(got) != 0 {
			t.Errorf("Map(ctx, no elements, 3, …) = %v, %v, want an empty result and nil", got, err)
		}
	})
}

func TestPanicBecomesAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer func() {
			if value := recover(); value != nil {
				t.Errorf("Map(ctx, 3 elements, 2, …), the second panics: Map panicked with %v, want it to return an error", value)
			}
		}()
		_, err := orderedmap.Map(t.Context(), []string{"one", "three", "fifteen"}, 2, func(_ context.Context, word string) (int, error) {
			if word == "three" {
				panic("no vowels")
			}
			return len(word), nil
		})
		got, ok := errors.AsType[*orderedmap.PanicError](err)
		if !ok {
			t.Fatalf("Map(ctx, 3 elements, 2, …), the second panics: error = %v, want a *PanicError", err)
		}
		if got.Index != 1 || got.Value != "no vowels" {
			t.Errorf("Map(ctx, 3 elements, 2, …), the second panics: index %d, value %v, want index 1, value no vowels", got.Index, got.Value)
		}
	})
}
