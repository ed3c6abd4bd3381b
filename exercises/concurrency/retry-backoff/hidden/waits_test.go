package retrybackoff_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"retrybackoff"
)

// waits calls p.Do with a function that always fails, after taking a while,
// and returns how long Do waited between the calls.
func waits(t *testing.T, p retrybackoff.Policy) []time.Duration {
	t.Helper()
	var between []time.Duration
	var failed time.Time
	p.Do(t.Context(), func(context.Context) error {
		if !failed.IsZero() {
			between = append(between, time.Since(failed))
		}
		time.Sleep(100 * time.Millisecond)
		failed = time.Now()
		return errBusy
	})
	return between
}

// same says whether two lists are the same but for rounding.
func same(a, b []time.Duration) bool {
	return slices.EqualFunc(a, b, func(a, b time.Duration) bool { return (a - b).Abs() <= time.Millisecond })
}

// sequence returns a Rand that gives the numbers in turn, again and again.
func sequence(numbers ...float64) func() float64 {
	next := 0
	return func() float64 {
		number := numbers[next%len(numbers)]
		next++
		return number
	}
}

func TestDoubles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := retrybackoff.Policy{Attempts: 6, Base: 400 * time.Millisecond, Max: time.Hour, Rand: sequence(0.5)}
		var want []time.Duration
		for _, ms := range []int{300, 600, 1200, 2400, 4800} {
			want = append(want, time.Duration(ms)*time.Millisecond)
		}
		if got := waits(t, p); !same(got, want) {
			t.Errorf("Policy{Attempts: 6, Base: 400ms, Max: 1h, Rand: always 0.5}: waits = %v, want %v", got, want)
		}
	})
}

func TestCaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := retrybackoff.Policy{Attempts: 7, Base: time.Second, Max: 5 * time.Second, Rand: sequence(0)}
		var want []time.Duration
		for _, ms := range []int{500, 1000, 2000, 2500, 2500, 2500} {
			want = append(want, time.Duration(ms)*time.Millisecond)
		}
		if got := waits(t, p); !same(got, want) {
			t.Errorf("Policy{Attempts: 7, Base: 1s, Max: 5s, Rand: always 0}: waits = %v, want %v", got, want)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		p := retrybackoff.Policy{Attempts: 3, Base: time.Second, Max: time.Second, Rand: sequence(0)}
		want := []time.Duration{500 * time.Millisecond, 500 * time.Millisecond}
		if got := waits(t, p); !same(got, want) {
			t.Errorf("Policy{Attempts: 3, Base: 1s, Max: 1s, Rand: always 0}: waits = %v, want %v", got, want)
		}
	})
}

func TestManyAttempts(t *testing.T) {
	for _, longest := range []time.Duration{time.Minute, math.MaxInt64 / 1024} {
		t.Run(longest.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const attempts = 200
				p := retrybackoff.Policy{Attempts: attempts, Base: time.Second, Max: longest, Rand: sequence(0)}
				got := waits(t, p)
				if len(got) != attempts-1 {
					t.Fatalf("Policy{Attempts: %d, Base: 1s, Max: %v}: %d waits, want %d", attempts, longest, len(got), attempts-1)
				}
				want := 500 * time.Millisecond
				for i, wait := range got {
					if (wait - want).Abs() > time.Millisecond {
						t.Fatalf("Policy{Attempts: %d, Base: 1s, Max: %v, Rand: always 0}: wait %d = %v, want %v",
							attempts, longest, i+1, wait, want)
					}
					want = min(longest/2, 2*want)
				}
			})
		})
	}
}

func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := retrybackoff.Policy{Attempts: 6, Base: time.Second, Max: 4 * time.Second, Rand: sequence(0.999, 0, 0.25, 0.75, 0.5)}
		var want []time.Duration
		for _, ms := range []float64{999.5, 1000, 2500, 3500, 3000} {
			want = append(want, time.Duration(ms*float64(time.Millisecond)))
		}
		if got := waits(t, p); !same(got, want) {
			t.Errorf("Policy{Attempts: 6, Base: 1s, Max: 4s, Rand: 0.999, 0, 0.25, 0.75, 0.5}: waits = %v, want %v", got, want)
		}
	})
}

func TestOwnJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const runs = 30
		p := retrybackoff.Policy{Attempts: 3, Base: time.Second, Max: time.Minute}
		first := make(map[time.Duration]bool)
		for range runs {
			got := waits(t, p)
			if len(got) != 2 {
				t.Fatalf("Policy{Attempts: 3, Base: 1s, Max: 1m}: %d waits, want 2", len(got))
			}
			for i, longest := range []time.Duration{time.Second, 2 * time.Second} {
				if got[i] < longest/2-time.Millisecond || got[i] > longest+time.Millisecond {
					t.Errorf("Policy{Attempts: 3, Base: 1s, Max: 1m}, no Rand: wait %d = %v, want %v to %v", i+1, got[i], longest/2, longest)
				}
			}
			first[got[0]] = true
		}
		if len(first) < runs/2 {
			t.Errorf("Policy{Attempts: 3, Base: 1s, Max: 1m}, no Rand: %d different first waits in %d calls of Do, want them to differ",
				len(first), runs)
		}
	})
}

func TestSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers = 8
		p := retrybackoff.Policy{Attempts: 10, Base: time.Second, Max: time.Minute}
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				calls := 0
				err := p.Do(t.Context(), func(context.Context) error {
					calls++
					return errBusy
				})
				if !errors.Is(err, errBusy) || calls != 10 {
					t.Errorf("Policy{Attempts: 10, …}.Do(ctx, fn that fails) in %d goroutines = %v after %d calls, want one that wraps %q after 10",
						callers, err, calls, errBusy)
				}
			})
		}
		wg.Wait()
	})
}

// wantBoth checks that err wraps how ctx ended and what fn returned last.
func wantBoth(t *testing.T, what string, err, ended, last error) {
	t.Helper()
	for _, want := range []error{ended, last} {
		if !errors.Is(err, want) {
			t.Errorf("Do(ctx, fn), %s: error = %v, want one that wraps %q", what, err, fmt.Sprint(want))
		}
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		calls := 0
		began := time.Now()
		time.AfterFunc(time.Second, cancel)
		// The waits are 0.75s and 1.5s: ctx ends in the second.
		err := half(5).Do(ctx, func(context.Context) error {
			calls++
			return errBusy
		})
		wantBoth(t, "ctx cancelled in the second wait", err, context.Canceled, errBusy)
		if took := time.Since(began); (took - time.Second).Abs() > time.Millisecond {
			t.Errorf("Do(ctx, fn), ctx cancelled after 1s, in the second wait: took %v, want 1s", took)
		}
		if calls != 2 {
			t.Errorf("Do(ctx, fn), ctx cancelled in the second wait: %d calls of fn, want 2", calls)
		}
	})
}

func TestDeadlineWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		calls := 0
		began := time.Now()
		err := half(5).Do(ctx, func(context.Context) error {
			calls++
			return errBusy
		})
		wantBoth(t, "the deadline of ctx lies in the second wait", err, context.DeadlineExceeded, errBusy)
		if took := time.Since(began); took > time.Second+time.Millisecond {
			t.Errorf("Do(ctx, fn), the deadline of ctx is in 1s: took %v, want at most 1s", took)
		}
		if calls != 2 {
			t.Errorf("Do(ctx, fn), the deadline of ctx lies in the second wait: %d calls of fn, want 2", calls)
		}
	})
}

func TestEndedBeforehand(t *testing.T) {
	for range 20 { // a select would take either case
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		calls := 0
		err := half(5).Do(ctx, func(context.Context) error {
			calls++
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Do(ctx that has ended, fn) = %v, want an error that wraps %q", err, context.Canceled)
		}
		if calls > 0 {
			t.Fatalf("Do(ctx that has ended, fn): %d calls of fn, want 0", calls)
		}
	}
}

func TestEndedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		calls := 0
		began := time.Now()
		err := half(5).Do(ctx, func(ctx context.Context) error {
			calls++
			cancel()
			if ctx.Err() == nil {
				t.Error("Do(ctx, fn), ctx cancelled while fn runs: fn has a context that isn't, want ctx or one derived from it")
			}
			return errBusy
		})
		wantBoth(t, "ctx cancelled while fn runs", err, context.Canceled, errBusy)
		if took := time.Since(began); took != 0 || calls != 1 {
			t.Errorf("Do(ctx, fn), ctx cancelled while fn runs: took %v and %d calls of fn, want 0s and 1", took, calls)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := half(5).Do(ctx, func(context.Context) error {
			cancel()
			return nil
		})
		if err != nil {
			t.Errorf("Do(ctx, fn), ctx cancelled while fn runs, and fn succeeds: error = %v, want nil", err)
		}
	})
}

func TestEveryErrorIsRetried(t *testing.T) {
	for _, failure := range []error{context.DeadlineExceeded, context.Canceled} {
		t.Run(failure.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				err := half(4).Do(t.Context(), func(context.Context) error {
					if calls++; calls == 4 {
						return nil
					}
					return fmt.Errorf("attempt %d: %w", calls, failure)
				})
				if err != nil || calls != 4 {
					t.Errorf("Do(ctx, fn that fails with %q three times while ctx is alive) = %v after %d calls of fn, want nil after 4",
						failure, err, calls)
				}
			})
		})
	}
}

// A codeError is an error that a caller may ask for by its type.
type codeError struct{ code int }

func (e *codeError) Error() string { return fmt.Sprintf("status %d", e.code) }

func TestPermanentInside(t *testing.T) {
	forbidden := &codeError{403}
	for name, failure := range map[string]error{
		"wrapped": fmt.Errorf("GET /users: %w", retrybackoff.Permanent(forbidden)),
		"joined":  errors.Join(errBusy, retrybackoff.Permanent(forbidden)),
		"twice":   retrybackoff.Permanent(fmt.Errorf("GET /users: %w", retrybackoff.Permanent(forbidden))),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				err := half(4).Do(t.Context(), func(context.Context) error {
					calls++
					return failure
				})
				if calls != 1 {
					t.Errorf("Do(ctx, fn), a permanent error, %s: %d calls of fn, want 1", name, calls)
				}
				if got, ok := errors.AsType[*codeError](err); !ok || got != forbidden {
					t.Errorf("Do(ctx, fn), a permanent error, %s: error = %v, want one that wraps %q", name, err, forbidden)
				}
			})
		})
	}
	t.Run("after others", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			err := half(9).Do(t.Context(), func(context.Context) error {
				if calls++; calls < 3 {
					return errBusy
				}
				return retrybackoff.Permanent(forbidden)
			})
			if calls != 3 || !errors.Is(err, forbidden) {
				t.Errorf("Do(ctx, fn), a permanent error at the third call: %v after %d calls of fn, want one that wraps %q after 3",
					err, calls, forbidden)
			}
		})
	})
}

func TestPermanentNil(t *testing.T) {
	if err := retrybackoff.Permanent(nil); err != nil {
		t.Errorf("Permanent(nil) = %#v, want nil", err)
	}
	if err := retrybackoff.Permanent(errBusy); !errors.Is(err, errBusy) {
		t.Errorf("Permanent(err) = %v, want an error that wraps err, %q", err, errBusy)
	}
}
