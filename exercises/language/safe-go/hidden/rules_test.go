package safego_test

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"safego"
)

var (
	errFull   = errors.New("disk is full")
	errBroken = errors.New("cleanup is broken")
	errTorn   = errors.New("cleanup is torn")
)

// panicsOf returns all panics that are found in an outcome.
func panicsOf(err error) []*safego.PanicError {
	var found []*safego.PanicError
	if p, ok := err.(*safego.PanicError); ok {
		found = append(found, p)
	}
	switch wrapped := err.(type) {
	case interface{ Unwrap() error }:
		found = append(found, panicsOf(wrapped.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, err := range wrapped.Unwrap() {
			found = append(found, panicsOf(err)...)
		}
	}
	return found
}

func climbUp(steps int) int {
	if steps == 0 {
		fallFromTheTop()
	}
	return 1 + climbUp(steps-1)
}

func fallFromTheTop() { panic("nothing to hold on to") }

func takeOff() error {
	climbUp(20)
	return nil
}

func sinkInTheMud() { panic("it is deep") }

// wantInStack checks that functions stand in a stack.
func wantInStack(t *testing.T, what string, p *safego.PanicError, functions ...string) {
	t.Helper()
	for _, function := range functions {
		if !strings.Contains(string(p.Stack), "."+function+"(") {
			t.Errorf("%s: %s isn't in the Stack, want all functions that were under way:\n%s", what, function, p.Stack)
		}
	}
}

func TestStack(t *testing.T) {
	t.Run("of f", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err := outcomeOf(t, "a function panics 20 calls below f", safego.Go(takeOff))
			p, ok := errors.AsType[*safego.PanicError](err)
			if !ok {
				t.Fatalf("a function panics 20 calls below f: outcome = %v, want a *PanicError", err)
			}
			wantInStack(t, "a function panics 20 calls below f", p, "fallFromTheTop", "climbUp", "takeOff")
		})
	})

	t.Run("of a cleanup", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err := outcomeOf(t, "a cleanup panics", safego.Go(func() error { return nil }, sinkInTheMud))
			p, ok := errors.AsType[*safego.PanicError](err)
			if !ok {
				t.Fatalf("a cleanup panics: outcome = %v, want a *PanicError", err)
			}
			wantInStack(t, "a cleanup panics", p, "sinkInTheMud")
		})
	})

	t.Run("of both", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err := outcomeOf(t, "f and a cleanup panic", safego.Go(takeOff, sinkInTheMud))
			panics := panicsOf(err)
			if len(panics) != 2 {
				t.Fatalf("f and a cleanup panic: %d panics in the outcome %v, want 2", len(panics), err)
			}
			for _, p := range panics {
				if p.Value == "it is deep" {
					wantInStack(t, "f and a cleanup panic", p, "sinkInTheMud")
				} else {
					wantInStack(t, "f and a cleanup panic", p, "fallFromTheTop", "takeOff")
				}
			}
		})
	})
}

func TestGoexit(t *testing.T) {
	for _, test := range []struct {
		name string
		f    func() error
	}{
		{"at once", func() error {
			runtime.Goexit()
			return nil
		}},
		{"below f, past a recover", func() error {
			defer func() { recover() }()
			func() { runtime.Goexit() }()
			return nil
		}},
		{"after a panic that f has recovered", func() error {
			func() {
				defer func() { recover() }()
				panic("out of cheese")
			}()
			runtime.Goexit()
			return nil
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := outcomeOf(t, "f calls runtime.Goexit", safego.Go(test.f))
				if !errors.Is(err, safego.ErrGoexit) {
					t.Errorf("f calls runtime.Goexit: outcome = %v, want ErrGoexit", err)
				}
				if panics := panicsOf(err); len(panics) > 0 {
					t.Errorf("f calls runtime.Goexit: outcome = %v, with a *PanicError, but nothing has panicked", err)
				}
			})
		})
	}

	t.Run("not without it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			for what, f := range map[string]func() error{
				"f panics":           func() error { panic("out of cheese") },
				"f returns an error": func() error { return errFull },
				"f returns nil":      func() error { return nil },
			} {
				if err := outcomeOf(t, what, safego.Go(f)); errors.Is(err, safego.ErrGoexit) {
					t.Errorf("%s: outcome = %v, which wraps ErrGoexit, but nothing has called runtime.Goexit", what, err)
				}
			}
		})
	})
}

func TestCleanupsAlwaysRun(t *testing.T) {
	for _, test := range []struct {
		name string
		f    func() error
	}{
		{"returns nil", func() error { return nil }},
		{"returns an error", func() error { return errFull }},
		{"panics", func() error { panic("out of cheese") }},
		{"calls Goexit", func() error {
			runtime.Goexit()
			return nil
		}},
	} {
		t.Run("when f "+test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var order []string
				slow := func(name string) func() {
					return func() {
						time.Sleep(time.Second)
						order = append(order, name)
					}
				}
				outcome := safego.Go(func() error {
					defer slow("f's own")()
					return test.f()
				}, slow("first"), slow("second"))
				select {
				case <-outcome:
				case <-time.After(time.Hour):
					t.Fatalf("f %s: no outcome after an hour, want one", test.name)
				}
				if want := []string{"f's own", "second", "first"}; !slices.Equal(order, want) {
					t.Errorf("f %s: when the outcome was there, Go(f, first, second) had called %q, want %q", test.name, order, want)
				}
			})
		})
	}
}

func TestCleanupsFail(t *testing.T) {
	exits := func() { runtime.Goexit() }
	breaks := func() { panic(errBroken) }
	tears := func() { panic(fmt.Errorf("worse: %w", errTorn)) }
	for _, test := range []struct {
		name     string
		f        func() error
		cleanups []func()
		want     []error
		panics   int
	}{
		{"a panic after success", func() error { return nil }, []func(){breaks}, []error{errBroken}, 1},
		{"a panic after an error", func() error { return errFull }, []func(){breaks}, []error{errFull, errBroken}, 1},
		{"two panics after a panic", func() error { panic(errFull) }, []func(){breaks, tears}, []error{errFull, errBroken, errTorn}, 3},
		{"Goexit after success", func() error { return nil }, []func(){exits}, []error{safego.ErrGoexit}, 0},
		{"Goexit, then a panic", func() error { return errFull }, []func(){breaks, exits}, []error{errFull, safego.ErrGoexit, errBroken}, 1},
		{"a panic, then Goexit", func() error { return nil }, []func(){exits, breaks}, []error{safego.ErrGoexit, errBroken}, 1},
		{"a panic after Goexit", func() error { exits(); return nil }, []func(){breaks}, []error{safego.ErrGoexit, errBroken}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// Around each of the cleanups is one that does its work.
				var called []int
				var cleanups []func()
				for i, cleanup := range test.cleanups {
					cleanups = append(cleanups, func() { called = append(called, i) }, cleanup)
				}
				last := len(test.cleanups)
				cleanups = append(cleanups, func() { called = append(called, last) })

				err := outcomeOf(t, test.name, safego.Go(test.f, cleanups...))
				for _, want := range test.want {
					if !errors.Is(err, want) {
						t.Errorf("%s: outcome = %v, want one that wraps %q", test.name, err, want)
					}
				}
				if got := len(panicsOf(err)); got != test.panics {
					t.Errorf("%s: %d panics in the outcome %v, want %d", test.name, got, err, test.panics)
				}
				var want []int
				for i := last; i >= 0; i-- {
					want = append(want, i)
				}
				if !slices.Equal(called, want) {
					t.Errorf("%s: of the cleanups that don't fail, those with the numbers %v were called, want %v", test.name, called, want)
				}
			})
		})
	}
}

// point is what a test dereferences.
type point struct{ x int }

func TestPanicValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := outcomeOf(t, "f panics with an error", safego.Go(func() error {
			panic(&fs.PathError{Op: "open", Path: "/etc/cheese", Err: errFull})
		}))
		if !errors.Is(err, errFull) {
			t.Errorf("f panics with an error that wraps %q: outcome = %v, want one that wraps it", errFull, err)
		}
		if path, ok := errors.AsType[*fs.PathError](err); !ok || path.Path != "/etc/cheese" {
			t.Errorf("f panics with a *fs.PathError: outcome = %v, want one in which errors.As finds it", err)
		}
		if _, ok := errors.AsType[*safego.PanicError](err); !ok {
			t.Errorf("f panics with an error: outcome = %v, want a *PanicError", err)
		}

		err = outcomeOf(t, "f follows a nil pointer", safego.Go(func() error {
			var p *point
			p.x++
			return nil
		}))
		if _, ok := errors.AsType[runtime.Error](err); !ok {
			t.Errorf("f follows a nil pointer: outcome = %v, want one in which errors.As finds a runtime.Error", err)
		}

		err = outcomeOf(t, "f calls panic(nil)", safego.Go(func() error { panic(nil) }))
		if _, ok := errors.AsType[*safego.PanicError](err); !ok {
			t.Errorf("f calls panic(nil): outcome = %v, want a *PanicError", err)
		}
		if _, ok := errors.AsType[*runtime.PanicNilError](err); !ok {
			t.Errorf("f calls panic(nil): outcome = %v, want one in which errors.As finds a *runtime.PanicNilError", err)
		}

		err = outcomeOf(t, "f panics with a number", safego.Go(func() error { panic(42) }))
		if p, ok := errors.AsType[*safego.PanicError](err); !ok || p.Value != 42 {
			t.Errorf("f panics with 42: outcome = %v, want a *PanicError with that Value", err)
		}
		if errors.Is(err, errFull) {
			t.Errorf("f panics with 42: outcome = %v, which wraps %q", err, errFull)
		}

		err = outcomeOf(t, "f recovers by itself", safego.Go(func() (err error) {
			defer func() { err = fmt.Errorf("recovered: %v: %w", recover(), errFull) }()
			panic("out of cheese")
		}))
		if !errors.Is(err, errFull) || len(panicsOf(err)) > 0 {
			t.Errorf("f recovers by itself and returns an error: outcome = %v, want that error and no *PanicError", err)
		}
	})
}

func TestNobodyReceives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := runtime.NumGoroutine()
		for range 10 {
			safego.Go(func() error { return nil })
			safego.Go(func() error { panic("out of cheese") })
			safego.Go(func() error { runtime.Goexit(); return nil }, func() { time.Sleep(time.Second) })
		}
		time.Sleep(time.Hour)
		// Ten goroutines for each kind that stays. One or two more than before
		// may be the runtime's own.
		if left := runtime.NumGoroutine() - before; left >= 10 {
			t.Errorf("nobody has received from 30 channels of Go: %d goroutines left, want none", left)
		}
	})
}

func TestReturnsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		one := safego.Go(func() error { time.Sleep(time.Second); return nil })
		two := safego.Go(func() error { time.Sleep(time.Second); panic("out of cheese") })
		if took := time.Since(began); took > 0 {
			t.Errorf("two calls of Go, whose f take a second each, took %v, want them to return at once", took)
		}
		<-one
		<-two
		if took := time.Since(began); took != time.Second {
			t.Errorf("two calls of Go, whose f take a second each: both outcomes after %v, want 1s: they run side by side", took)
		}
	})
}
