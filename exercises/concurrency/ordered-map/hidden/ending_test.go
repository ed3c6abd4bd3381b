package orderedmap_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestContextEnds(t *testing.T) {
	errTired := errors.New("the caller is tired")
	for _, test := range []struct {
		name   string
		begin  func(context.Context) (context.Context, context.CancelFunc)
		want   error
		before bool // the context has ended before the call
	}{
		{"cancelled after 1s", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}, context.Canceled, false},
		{"deadline after 1s", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}, context.DeadlineExceeded, false},
		{"cancelled with a cause after 1s", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(time.Second, func() { cancel(errTired) })
			return ctx, func() { cancel(nil) }
		}, errTired, false},
		{"cancelled before", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}, context.Canceled, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const count, n = 100, 4
				ctx, cancel := test.begin(t.Context())
				defer cancel()
				var begun atomic.Int32
				got := run(ctx, t, count, n, func(ctx context.Context, element int) (string, error) {
					begun.Add(1)
					_ = rest(ctx, time.Minute) // ends early
					time.Sleep(time.Second)    // and succeeds all the same
					return resultOf(element), nil
				})
				if !wraps(got.err, test.want) {
					t.Errorf("Map(ctx, %d elements of 1m0s, %d, …), ctx %s: error = %v, want one that wraps %q",
						count, n, test.name, got.err, test.want)
				}
				if got.results != nil {
					t.Errorf("Map(ctx, %d elements of 1m0s, %d, …), ctx %s: result of length %d, want nil", count, n, test.name, len(got.results))
				}
				want, moment := int32(n), 2*time.Second
				if test.before {
					want, moment = 0, 0
				}
				if begun.Load() != want {
					t.Errorf("Map(ctx, %d elements of 1m0s, %d, …), ctx %s: began %d elements, want %d", count, n, test.name, begun.Load(), want)
				}
				if got.took != moment {
					t.Errorf("Map(ctx, %d elements that end 1s after ctx, %d, …), ctx %s: took %v, want %v", count, n, test.name, got.took, moment)
				}
			})
		})
	}
}

func TestEndsDuringTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		got := run(ctx, t, 6, 3, func(_ context.Context, element int) (string, error) {
			time.Sleep(3 * time.Second) // deaf to the context
			return resultOf(element), nil
		})
		if want := resultsOf(6); got.err != nil || !slices.Equal(got.results, want) {
			t.Errorf("Map(ctx, 6 elements of 3s, 3, …), ctx ends after 5s, all succeed: %q, %v, want %q and nil", got.results, got.err, want)
		}
	})
}

func TestWaitsForAll(t *testing.T) {
	for _, ending := range []string{"all succeed", "element 1 fails", "element 1 panics", "ctx ends"} {
		t.Run(ending, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if ending == "ctx ends" {
					time.AfterFunc(time.Second, cancel)
				}
				var running atomic.Int32
				got := run(ctx, t, 9, 3, func(_ context.Context, element int) (string, error) {
					running.Add(1)
					defer running.Add(-1)
					time.Sleep(time.Duration(element%3+1) * time.Second) // deaf to the context
					if element == 1 {
						switch ending {
						case "element 1 fails":
							return "", errBroken
						case "element 1 panics":
							panic(errBroken)
						}
					}
					return resultOf(element), nil
				})
				if still := running.Load(); still != 0 {
					t.Errorf("Map(ctx, 9 elements, 3, …), %s: returned after %v with %d calls still running, want 0", ending, got.took, still)
				}
				time.Sleep(time.Minute) // such calls may come to their end
			})
		})
	}
}

type key struct{}

func TestContextOfCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.WithValue(t.Context(), key{}, "value")
		var bare, ended atomic.Int32
		run(ctx, t, 20, 4, func(ctx context.Context, element int) (string, error) {
			if ctx.Value(key{}) != "value" {
				bare.Add(1)
			}
			if rest(ctx, time.Second) != nil {
				ended.Add(1)
			}
			return resultOf(element), nil
		})
		if bare.Load() != 0 {
			t.Errorf("Map(ctx, 20 elements, 4, …): the context of %d calls lacked the value of ctx, want 0", bare.Load())
		}
		if ended.Load() != 0 {
			t.Errorf("Map(ctx, 20 elements, 4, …), nothing fails: the context of %d calls ended early, want 0", ended.Load())
		}
	})
}
