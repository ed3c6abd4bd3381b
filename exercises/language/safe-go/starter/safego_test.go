package safego_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"safego"
)

// outcomeOf waits for the outcome and checks that the channel is closed behind
// it. It must be called inside a synctest bubble, where time is fake: an hour
// passes as soon as nothing else can happen.
func outcomeOf(t *testing.T, what string, outcome <-chan error) error {
	t.Helper()
	var err error
	select {
	case got, ok := <-outcome:
		if !ok {
			t.Fatalf("%s: the channel was closed without an outcome", what)
		}
		err = got
	case <-time.After(time.Hour):
		t.Fatalf("%s: no outcome after an hour, want one", what)
	}
	select {
	case again, ok := <-outcome:
		if ok {
			t.Errorf("%s: a second outcome, %v, want a closed channel", what, again)
		}
	case <-time.After(time.Hour):
		t.Errorf("%s: the channel is still open an hour after the outcome, want it closed", what)
	}
	return err
}

func TestReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := outcomeOf(t, "f returns nil after a second", safego.Go(func() error {
			time.Sleep(time.Second)
			return nil
		}))
		if err != nil {
			t.Errorf("f returns nil: outcome = %v, want nil", err)
		}

		errFull := errors.New("disk is full")
		err = outcomeOf(t, "f returns an error", safego.Go(func() error { return errFull }))
		if !errors.Is(err, errFull) {
			t.Errorf("f returns %q: outcome = %v, want one that wraps it", errFull, err)
		}
	})
}

func TestPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := outcomeOf(t, "f panics", safego.Go(func() error { panic("out of cheese") }))
		p, ok := errors.AsType[*safego.PanicError](err)
		if !ok {
			t.Fatalf("f panics: outcome = %v, want a *PanicError", err)
		}
		if p.Value != "out of cheese" {
			t.Errorf("f panics with %q: Value = %v", "out of cheese", p.Value)
		}
		if len(p.Stack) == 0 {
			t.Error("f panics: Stack is empty, want the stack of its goroutine")
		}
	})
}

func TestCleanups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		note := func(name string) func() { return func() { order = append(order, name) } }
		err := outcomeOf(t, "f returns nil", safego.Go(func() error {
			note("f")()
			return nil
		}, note("first"), note("second"), note("third")))

		if err != nil {
			t.Errorf("f returns nil, with three cleanups: outcome = %v, want nil", err)
		}
		if want := []string{"f", "third", "second", "first"}; !slices.Equal(order, want) {
			t.Errorf("Go(f, first, second, third) has called %q, want %q", order, want)
		}
	})
}
