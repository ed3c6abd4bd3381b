package pubsub_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pubsub"
)

// held takes all messages out of a subscription that nobody else receives
// from, and reports whether its channel is closed.
func held(s *pubsub.Subscription[string]) (messages []string, closed bool) {
	for {
		select {
		case message, ok := <-s.Messages():
			if !ok {
				return messages, true
			}
			messages = append(messages, message)
		default:
			return messages, false
		}
	}
}

// wantHeld checks what a subscription holds, and that it is open.
func wantHeld(t *testing.T, what string, s *pubsub.Subscription[string], want ...string) {
	t.Helper()
	got, closed := held(s)
	if !slices.Equal(got, want) {
		t.Errorf("%s: the subscription holds %q, want %q", what, got, want)
	}
	if closed {
		t.Errorf("%s: the channel of the subscription is closed, want it open", what)
	}
}

// wantEnded checks what an ended subscription still holds, and that its
// channel is closed behind that.
func wantEnded(t *testing.T, what string, s *pubsub.Subscription[string], want ...string) {
	t.Helper()
	got, closed := held(s)
	if !slices.Equal(got, want) {
		t.Errorf("%s: the subscription still holds %q, want %q", what, got, want)
	}
	if !closed {
		t.Errorf("%s: the channel of the subscription is open, want it closed", what)
	}
}

// A call is a call of a method in a goroutine of its own.
type call struct {
	what string
	done chan error
}

// begin calls f beside the test, inside a synctest bubble, and lets it come as
// far as it comes.
func begin(what string, f func() error) *call {
	c := &call{what: what, done: make(chan error, 1)}
	go func() { c.done <- f() }()
	synctest.Wait()
	return c
}

// wantWaiting checks that the call has not returned.
func (c *call) wantWaiting(t *testing.T) {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-c.done:
		t.Fatalf("%s has returned %v, want it to wait", c.what, err)
	default:
	}
}

// returned returns the error of a call that must have returned by now.
func (c *call) returned(t *testing.T) error {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-c.done:
		return err
	default:
	}
	t.Errorf("%s is still waiting, want it to have returned", c.what)
	select {
	case err := <-c.done:
		return err
	case <-time.After(time.Hour):
		t.FailNow()
		return nil
	}
}
