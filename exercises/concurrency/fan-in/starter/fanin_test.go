package fanin_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"fanin"
)

// collect reads from the output until it is closed and returns what it gave.
// An hour of fake time passes only when nothing else can happen.
func collect(t *testing.T, situation string, output <-chan string) []string {
	t.Helper()
	if output == nil {
		t.Fatalf("%s: Merge(ctx, …) = nil, want a channel", situation)
	}
	var values []string
	over := time.After(time.Hour)
	for {
		select {
		case value, ok := <-output:
			if !ok {
				return values
			}
			values = append(values, value)
		case <-over:
			t.Fatalf("%s: the output gave %q and is still open after an hour, want it closed", situation, values)
		}
	}
}

// closedInput returns a channel that holds the given values and is closed.
func closedInput(values ...string) <-chan string {
	input := make(chan string, len(values))
	for _, value := range values {
		input <- value
	}
	close(input)
	return input
}

func TestMergesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		inputs := []<-chan string{
			closedInput("a1", "a2", "a3", "a4"),
			closedInput(),
			closedInput("c1", "c2", "c3"),
		}
		values := collect(t, "three closed inputs", fanin.Merge(ctx, inputs...))

		// Inputs may be mixed in any way, but each keeps its own order.
		got := map[byte]string{}
		for _, value := range values {
			if value == "" {
				t.Fatalf("Merge(ctx, …) gave %q, an empty text that no input has", values)
			}
			got[value[0]] += value
		}
		for name, want := range map[byte]string{'a': "a1a2a3a4", 'c': "c1c2c3"} {
			if got[name] != want {
				t.Errorf("Merge(ctx, …) gave of input %c: %q, want %q", name, got[name], want)
			}
		}
	})
}

func TestNoInputs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if values := collect(t, "no inputs", fanin.Merge[string](ctx)); len(values) != 0 {
			t.Errorf("Merge(ctx) gave %q, want nothing", values)
		}
	})
}

func TestCancelCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		silent := make(chan string)
		output := fanin.Merge(ctx, closedInput("a1"), silent)
		time.AfterFunc(time.Minute, cancel)

		began := time.Now()
		values := collect(t, "one input is silent, ctx is cancelled after a minute", output)
		if len(values) != 1 || values[0] != "a1" {
			t.Errorf("Merge(ctx, …) gave %q, want %q", values, []string{"a1"})
		}
		if took := time.Since(began); took != time.Minute {
			t.Errorf("the output was closed after %v, want 1m0s: the moment when ctx is cancelled", took)
		}
	})
}
