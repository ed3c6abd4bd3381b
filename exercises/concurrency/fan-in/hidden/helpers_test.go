package fanin_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fanin"
)

// watchedContext counts how often it is asked. Who asks half a million times
// runs in a circle: then it ends, so that time in the bubble can go on.
type watchedContext struct {
	context.Context
	cancel context.CancelFunc
	asked  atomic.Int64
}

const circling = 500_000

func (c *watchedContext) count() {
	if c.asked.Add(1) == circling {
		c.cancel()
	}
}

func (c *watchedContext) Done() <-chan struct{} { c.count(); return c.Context.Done() }
func (c *watchedContext) Err() error            { c.count(); return c.Context.Err() }

// merger is one call of Merge inside a synctest bubble. The test holds the
// inputs and decides when they give something and when they are closed.
type merger struct {
	t      *testing.T
	ctx    *watchedContext
	inputs []chan string
	output <-chan string
	over   chan struct{}  // closed when the test has ended
	wg     sync.WaitGroup // the goroutines of the test that use the inputs
}

// merge calls Merge for count inputs, each of which holds the given number of
// values and has room for no more.
func merge(t *testing.T, count, values int) *merger {
	t.Helper()
	m := prepare(t, count, values)
	m.call()
	return m
}

// prepare makes the inputs and the context of a call of Merge.
func prepare(t *testing.T, count, values int) *merger {
	// The context isn't derived from t.Context(): what waits for its end would
	// be let off with the test.
	ctx, cancel := context.WithCancel(context.Background())
	m := &merger{t: t, ctx: &watchedContext{Context: ctx, cancel: cancel}, over: make(chan struct{})}
	for i := range count {
		input := make(chan string, values)
		for k := range values {
			input <- value(i, k)
		}
		m.inputs = append(m.inputs, input)
	}
	t.Cleanup(m.release)
	return m
}

// call calls Merge with what has been prepared, and holds it to rule 1.
func (m *merger) call() {
	m.t.Helper()
	inputs := make([]<-chan string, len(m.inputs))
	for i, input := range m.inputs {
		inputs[i] = input
	}
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		m.output = fanin.Merge(m.ctx, inputs...)
	}()
	select {
	case <-returned:
	case <-time.After(time.Second):
		m.ctx.cancel()
		m.closeInputs()
		<-returned
		m.t.Fatalf("Merge(ctx, %d inputs) hasn't returned after a second, want it to return at once", len(m.inputs))
	}
	if m.output == nil {
		m.t.Fatalf("Merge(ctx, %d inputs) = nil, want a channel", len(m.inputs))
	}
}

// release sets free whatever a wrong solution still has blocked, so that its
// failure stays readable.
func (m *merger) release() {
	m.ctx.cancel()
	close(m.over)
	m.wg.Wait()
	m.closeInputs()
	over := time.After(time.Hour)
	for m.output != nil {
		select {
		case _, ok := <-m.output:
			if ok {
				continue
			}
		case <-over:
		}
		break
	}
	if m.ctx.asked.Load() >= circling {
		m.t.Errorf("Merge(ctx, %d inputs) has asked ctx %d times and more whether it has ended, want it to wait without running in circles",
			len(m.inputs), circling)
	}
}

// closeInputs closes the inputs that aren't closed yet.
func (m *merger) closeInputs() {
	for _, input := range m.inputs {
		func() {
			defer func() { recover() }() // closed already
			close(input)
		}()
	}
}

// waiting says how many values are in the inputs.
func (m *merger) waiting() int {
	total := 0
	for _, input := range m.inputs {
		total += len(input)
	}
	return total
}

// wantClosed waits until nothing moves any more and ends the test unless the
// output is closed. Values in its buffer may come first; a value that somebody
// has been waiting to send may not.
func (m *merger) wantClosed(situation string) {
	m.t.Helper()
	synctest.Wait()
	for range len(m.output) {
		<-m.output
	}
	select {
	case value, ok := <-m.output:
		if ok {
			m.t.Fatalf("%s: Merge still waits to send %q, want the output closed", situation, value)
		}
	default:
		m.t.Fatalf("%s: the output is open, want it closed", situation)
	}
}

// wantNothingLeft ends the test if a goroutine of Merge is still there.
func (m *merger) wantNothingLeft(situation string) {
	m.t.Helper()
	synctest.Wait()
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "\nfanin.") || strings.Contains(stack, "created by fanin.") {
			m.t.Fatalf("%s: the output is closed, but a goroutine of Merge is still there, want none left:\n%s", situation, stack)
		}
	}
}

// value is the k-th value of input i.
func value(i, k int) string { return fmt.Sprintf("%02d/%03d", i, k) }
