package deadlinebudget_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"deadlinebudget"
)

// within runs a test in fake time, with a script and a context whose budget,
// with the reserve of the tests, is as given.
func within(t *testing.T, budget time.Duration, f func(*testing.T, context.Context, *script)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), budget+reserve)
		defer cancel()
		f(t, ctx, newScript(t))
	})
}

// weighted returns a call with another weight.
func weighted(weight int, call deadlinebudget.Call) deadlinebudget.Call {
	call.Weight = weight
	return call
}

// least returns a call with another Min.
func least(minimum time.Duration, call deadlinebudget.Call) deadlinebudget.Call {
	call.Min = minimum
	return call
}

// deaf returns an optional call that takes no notice of its context.
func (s *script) deaf(name string, takes time.Duration, err error) deadlinebudget.Call {
	call := s.optional(name, takes)
	call.Do = s.do(name, func(context.Context) (string, error) {
		time.Sleep(takes)
		return name, err
	})
	return call
}

// wantOrder checks which calls were begun.
func (s *script) wantOrder(want ...string) {
	s.t.Helper()
	if !slices.Equal(s.order, want) {
		s.t.Errorf("the calls %q have been begun, want %q", s.order, want)
	}
}

func TestTimeNotUsed(t *testing.T) {
	t.Run("saved", func(t *testing.T) {
		within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
			_, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
				s.optional("user", 4*time.Second), s.optional("offers", 3*time.Second), s.optional("weather", never),
			})
			if err != nil {
				t.Errorf("Run: error = %v, want nil", err)
			}
			s.wantBegun("user", 0, 10*time.Second)
			s.wantBegun("offers", 4*time.Second, 13*time.Second)
			s.wantBegun("weather", 7*time.Second, 23*time.Second)
		})
	})

	t.Run("wasted", func(t *testing.T) {
		within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
			_, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
				s.deaf("user", 20*time.Second, nil), s.optional("offers", never), s.optional("weather", never),
			})
			if err != nil {
				t.Errorf("Run: error = %v, want nil", err)
			}
			s.wantBegun("offers", 20*time.Second, 5*time.Second)
			s.wantBegun("weather", 25*time.Second, 5*time.Second)
		})
	})

	t.Run("spent in a fallback", func(t *testing.T) {
		within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
			slow := s.optional("offers", never)
			slow.Fallback = func() string {
				time.Sleep(2 * time.Second)
				return "no offers"
			}
			_, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
				s.optional("user", 6*time.Second), slow, s.optional("weather", never),
			})
			if err != nil {
				t.Errorf("Run: error = %v, want nil", err)
			}
			s.wantBegun("offers", 6*time.Second, 12*time.Second)
			s.wantBegun("weather", 20*time.Second, 10*time.Second)
		})
	})
}

func TestWeights(t *testing.T) {
	t.Run("all used", func(t *testing.T) {
		within(t, 60*time.Second, func(t *testing.T, ctx context.Context, s *script) {
			_, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
				weighted(1, s.optional("user", never)),
				weighted(2, s.optional("offers", never)),
				weighted(3, s.optional("weather", never)),
			})
			if err != nil {
				t.Errorf("Run: error = %v, want nil", err)
			}
			s.wantBegun("user", 0, 10*time.Second)
			s.wantBegun("offers", 10*time.Second, 20*time.Second)
			s.wantBegun("weather", 30*time.Second, 30*time.Second)
		})
	})

	t.Run("some saved", func(t *testing.T) {
		within(t, 60*time.Second, func(t *testing.T, ctx context.Context, s *script) {
			_, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
				weighted(3, s.optional("user", 10*time.Second)),
				weighted(1, s.optional("offers", never)),
				weighted(4, s.optional("weather", 0)),
			})
			if err != nil {
				t.Errorf("Run: error = %v, want nil", err)
			}
			s.wantBegun("user", 0, 22500*time.Millisecond)
			s.wantBegun("offers", 10*time.Second, 10*time.Second)
			s.wantBegun("weather", 20*time.Second, 40*time.Second)
		})
	})
}

func TestSkips(t *testing.T) {
	t.Run("share below Min", func(t *testing.T) {
		within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
			results, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
				least(11*time.Second, s.optional("user", time.Second)), // all in all there would be enough
				s.optional("offers", never),
				least(15*time.Second, s.optional("weather", never)), // exactly so much is left
			})
			if err != nil {
				t.Errorf("Run: error = %v, want nil", err)
			}
			s.wantOrder("offers", "weather")
			wantResult(t, results, 0, "user", "no user", deadlinebudget.ErrSkipped)
			wantResult(t, results, 1, "offers", "no offers", context.DeadlineExceeded)
			wantResult(t, results, 2, "weather", "no weather", context.DeadlineExceeded)
			if len(results) > 1 && errors.Is(results[1].Err, deadlinebudget.ErrSkipped) {
				t.Errorf("result 1 (%q): Err = %v, which wraps ErrSkipped, but the call has been begun", "offers", results[1].Err)
			}
			// The skipped one leaves its share to the others.
			s.wantBegun("offers", 0, 15*time.Second)
			s.wantBegun("weather", 15*time.Second, 15*time.Second)
		})
	})

	t.Run("enough by then", func(t *testing.T) {
		within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
			results, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
				s.optional("user", 4*time.Second),
				least(12*time.Second, s.required("offers", 12*time.Second)), // a third of 30s would be too little
			})
			if err != nil {
				t.Errorf("Run: error = %v, want nil", err)
			}
			wantResult(t, results, 1, "offers", "offers", nil)
		})
	})

	t.Run("nothing left", func(t *testing.T) {
		for _, late := range []time.Duration{0, 500 * time.Millisecond} {
			within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
				results, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
					s.deaf("user", 30*time.Second+late, nil),
					s.optional("offers", 0),
					s.optional("weather", 0),
				})
				if err != nil {
					t.Errorf("Run when the first call takes the budget and %v of the reserve: error = %v, want nil", late, err)
				}
				s.wantOrder("user")
				wantResult(t, results, 0, "user", "user", nil)
				wantResult(t, results, 1, "offers", "no offers", deadlinebudget.ErrSkipped)
				wantResult(t, results, 2, "weather", "no weather", deadlinebudget.ErrSkipped)
			})
		}
	})

	t.Run("nothing from the start", func(t *testing.T) {
		within(t, -500*time.Millisecond, func(t *testing.T, ctx context.Context, s *script) {
			results, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{s.optional("user", 0), s.optional("offers", 0)})
			if err != nil {
				t.Errorf("Run half a second before the deadline, with a reserve of 1s: error = %v, want nil", err)
			}
			s.wantOrder()
			wantResult(t, results, 0, "user", "no user", deadlinebudget.ErrSkipped)
			wantResult(t, results, 1, "offers", "no offers", deadlinebudget.ErrSkipped)
		})
	})

	t.Run("a required call", func(t *testing.T) {
		within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
			results, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
				s.optional("user", time.Second),
				least(20*time.Second, s.required("cart", time.Second)),
				s.optional("offers", time.Second),
			})
			if !errors.Is(err, deadlinebudget.ErrSkipped) {
				t.Errorf("Run when a required call has too little time: error = %v, want one that wraps ErrSkipped", err)
			}
			s.wantOrder("user")
			if len(results) != 1 {
				t.Errorf("Run when the second call is required and skipped has returned %d results, want that of the first", len(results))
			}
		})
	})
}

func TestFallsBackOnAnyError(t *testing.T) {
	within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
		errDown := errors.New("connection refused")
		own := s.optional("weather", 0)
		own.Do = s.do("weather", func(context.Context) (string, error) { return "", context.Canceled })
		results, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
			s.deaf("user", time.Second, errDown),
			s.deaf("offers", 20*time.Second, errDown), // its share was over
			own, // a cancellation of its own
		})
		if err != nil {
			t.Errorf("Run of three calls that fail, each with a fallback: error = %v, want nil", err)
		}
		wantResult(t, results, 0, "user", "no user", errDown)
		wantResult(t, results, 1, "offers", "no offers", errDown)
		wantResult(t, results, 2, "weather", "no weather", context.Canceled)
		for _, name := range s.order {
			if n := s.fallbacks[name]; n != 1 {
				t.Errorf("Run has called Fallback of %q, which failed, %d times, want once", name, n)
			}
		}
	})
}

func TestLateSuccess(t *testing.T) {
	within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
		results, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
			s.deaf("user", 20*time.Second, nil), s.deaf("offers", 7*time.Second, nil),
		})
		if err != nil {
			t.Errorf("Run of calls that succeed too late: error = %v, want nil", err)
		}
		wantResult(t, results, 0, "user", "user", nil)
		wantResult(t, results, 1, "offers", "offers", nil)
		if took, want := time.Since(s.began), 27*time.Second; took < want {
			t.Errorf("Run of calls that take 20s and 7s whatever their contexts say took %v, want %v: it waits for them", took, want)
		}
		time.Sleep(never) // for what Run has left behind
	})
}

func TestCallerEnds(t *testing.T) {
	for _, test := range []struct {
		name  string
		first func(*script) deadlinebudget.Call
		order []string
		count int // results
		calls int // of Fallback
	}{
		{"during a call", func(s *script) deadlinebudget.Call { return s.optional("user", 6*time.Second) }, []string{"user"}, 0, 0},
		{"during a required call", func(s *script) deadlinebudget.Call { return s.required("user", 6*time.Second) }, []string{"user"}, 0, 0},
		{"during a call that fails with an error of its own",
			func(s *script) deadlinebudget.Call {
				return s.deaf("user", 6*time.Second, errors.New("connection refused"))
			}, []string{"user"}, 0, 0},
		{"during a call that succeeds", func(s *script) deadlinebudget.Call { return s.deaf("user", 6*time.Second, nil) }, []string{"user"}, 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
				ctx, cancel := context.WithCancel(ctx)
				defer cancel()
				time.AfterFunc(5*time.Second, cancel)
				results, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
					test.first(s), s.optional("offers", time.Second), least(never, s.optional("weather", time.Second)),
				})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("Run, cancelled by its caller %s: error = %v, want one that wraps context.Canceled", test.name, err)
				}
				s.wantOrder(test.order...)
				if len(results) != test.count {
					t.Errorf("Run, cancelled by its caller %s, has returned %d results, want %d", test.name, len(results), test.count)
				}
				if n := s.fallbacks["user"] + s.fallbacks["offers"] + s.fallbacks["weather"]; n != 0 {
					t.Errorf("Run, cancelled by its caller %s, has called %d Fallbacks, want none: nobody waits for them", test.name, n)
				}
			})
		})
	}

	t.Run("during the last call, which succeeds", func(t *testing.T) {
		within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			time.AfterFunc(5*time.Second, cancel)
			results, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{s.deaf("user", 6*time.Second, nil)})
			if err != nil {
				t.Errorf("Run, cancelled by its caller during the last call, which succeeds: error = %v, want nil", err)
			}
			wantResult(t, results, 0, "user", "user", nil)
		})
	})

	t.Run("by its deadline", func(t *testing.T) {
		within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
			results, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
				s.deaf("user", 40*time.Second, nil), s.optional("offers", time.Second),
			})
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, deadlinebudget.ErrSkipped) {
				t.Errorf("Run when a call has overrun the caller's deadline: error = %v, want one that wraps context.DeadlineExceeded and not ErrSkipped", err)
			}
			s.wantOrder("user")
			if len(results) != 1 || s.fallbacks["offers"] != 0 {
				t.Errorf("Run when the first call has overrun the caller's deadline: %d results, %d fallbacks, want 1 and 0", len(results), s.fallbacks["offers"])
			}
		})
	})

	t.Run("before the run", func(t *testing.T) {
		within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			_, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{s.optional("user", 0)})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Run with a cancelled context: error = %v, want one that wraps context.Canceled", err)
			}
			s.wantOrder()
		})
	})
}

func TestWithoutDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		results, err := deadlinebudget.Run(t.Context(), reserve, []deadlinebudget.Call{
			s.required("user", time.Second),
			least(time.Minute, s.optional("offers", 30*time.Minute)),
		})
		if err != nil {
			t.Errorf("Run without a deadline: error = %v, want nil", err)
		}
		wantResult(t, results, 0, "user", "user", nil)
		wantResult(t, results, 1, "offers", "offers", nil)
		for _, name := range s.order {
			if s.share[name] != never {
				t.Errorf("Run without a deadline: the context of the call %q has one in %v, want none", name, s.share[name])
			}
		}
	})
}

type valueKey struct{}

func TestContextOfCall(t *testing.T) {
	within(t, 30*time.Second, func(t *testing.T, ctx context.Context, s *script) {
		ctx = context.WithValue(ctx, valueKey{}, "request 7")
		ended := func(next string) {
			for _, name := range s.order {
				if s.contexts[name].Err() == nil {
					t.Errorf("the context of the call %q, which has returned, is still alive at %s, want it cancelled", name, next)
				}
			}
		}
		s.onBegin = func(name string) { ended("the call " + name) }

		broken := s.deaf("offers", time.Second, errors.New("connection refused"))
		broken.Fallback = func() string {
			ended("its fallback")
			return "no offers"
		}
		_, err := deadlinebudget.Run(ctx, reserve, []deadlinebudget.Call{
			s.required("user", 9*time.Second), broken, s.required("weather", 9*time.Second),
		})
		if err != nil {
			t.Errorf("Run: error = %v, want nil: every call ends within its share", err)
		}
		s.wantOrder("user", "offers", "weather")
		ended("the end of Run")
		for _, name := range s.order {
			if got := s.contexts[name].Value(valueKey{}); got != "request 7" {
				t.Errorf("the context of the call %q has the value %v, want that of the caller's, %q", name, got, "request 7")
			}
		}
	})
}
