package deadlinebudget_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"deadlinebudget"
)

// never is longer than any deadline of the tests.
const never = time.Hour

// reserve is what the tests keep back.
const reserve = time.Second

// A script makes calls and notes what becomes of them. Calls are told apart by
// their names.
type script struct {
	t         *testing.T
	began     time.Time
	order     []string                   // the calls of Do, in order
	at        map[string]time.Duration   // when each was begun, from the start of the script
	share     map[string]time.Duration   // how long each had; never without a deadline
	contexts  map[string]context.Context // what each was given
	fallbacks map[string]int             // how often each has fallen back
	running   int                        // calls of Do under way
	onBegin   func(name string)          // called when a Do begins
}

func newScript(t *testing.T) *script {
	return &script{
		t:         t,
		began:     time.Now(),
		at:        make(map[string]time.Duration),
		share:     make(map[string]time.Duration),
		contexts:  make(map[string]context.Context),
		fallbacks: make(map[string]int),
	}
}

// do returns a Do that calls f, and takes notes.
func (s *script) do(name string, f func(context.Context) (string, error)) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		if s.running > 0 {
			s.t.Errorf("the call %q has begun while another is under way, want one after another", name)
		}
		s.running++
		defer func() { s.running-- }()
		if s.onBegin != nil {
			s.onBegin(name)
		}
		s.order = append(s.order, name)
		s.at[name] = time.Since(s.began)
		s.contexts[name] = ctx
		s.share[name] = never
		if deadline, ok := ctx.Deadline(); ok {
			s.share[name] = time.Until(deadline)
		}
		return f(ctx)
	}
}

// required returns a required call that takes so long and has its name as
// value, unless its context ends.
func (s *script) required(name string, takes time.Duration) deadlinebudget.Call {
	return deadlinebudget.Call{
		Name:   name,
		Weight: 1,
		Do: s.do(name, func(ctx context.Context) (string, error) {
			select {
			case <-time.After(takes):
				return name, nil
			case <-ctx.Done():
				return "half of " + name, fmt.Errorf("%s: %w", name, ctx.Err())
			}
		}),
	}
}

// optional returns the same with a fallback, which has the value "no " and its
// name.
func (s *script) optional(name string, takes time.Duration) deadlinebudget.Call {
	call := s.required(name, takes)
	call.Fallback = s.fallback(name)
	return call
}

// fallback returns a Fallback for a call.
func (s *script) fallback(name string) func() string {
	return func() string {
		s.fallbacks[name]++
		return "no " + name
	}
}

// wantResult checks the result of the i-th call. A want of nil is a success.
func wantResult(t *testing.T, results []deadlinebudget.Result, i int, name, value string, want error) {
	t.Helper()
	if i >= len(results) {
		t.Errorf("Run has returned %d results, want one more, of the call %q", len(results), name)
		return
	}
	got := results[i]
	if got.Name != name || got.Value != value {
		t.Errorf("result %d is %q with the value %q, want %q with %q", i, got.Name, got.Value, name, value)
	}
	switch {
	case want == nil && got.Err != nil:
		t.Errorf("result %d (%q): Err = %v, want nil", i, name, got.Err)
	case want != nil && !errors.Is(got.Err, want):
		t.Errorf("result %d (%q): Err = %v, want one that wraps %q", i, name, got.Err, want)
	}
}

// wantBegun checks when a call was begun, and how long it had.
func (s *script) wantBegun(name string, at, share time.Duration) {
	s.t.Helper()
	gotAt, begun := s.at[name]
	if !begun {
		s.t.Errorf("the call %q has not been begun, want it begun after %v", name, at)
		return
	}
	if !near(gotAt, at) {
		s.t.Errorf("the call %q was begun after %v, want after %v", name, gotAt, at)
	}
	switch got := s.share[name]; {
	case got == never:
		s.t.Errorf("the context of the call %q has no deadline, want one in %v", name, share)
	case !near(got, share):
		s.t.Errorf("the call %q has %v, want %v", name, got, share)
	}
}

// near says whether two durations are the same but for rounding.
func near(a, b time.Duration) bool { return (a - b).Abs() <= 3*time.Millisecond }
