// Package pubsub passes messages from those who publish them to those who have
// subscribed to their topic.
package pubsub

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// ErrClosed reports that the broker is closed.
var ErrClosed = errors.New("broker is closed")

// A Policy says what becomes of a message for which a subscription has no room.
type Policy int

const (
	Drop  Policy = iota // the message is dropped
	Block               // Publish waits for room
)

// A Broker passes messages on. It may be used by several goroutines at once.
type Broker[T any] struct {
	mu     sync.Mutex
	subs   []*Subscription[T] // of all topics
	closed bool
}

// A Subscription receives the messages of one topic. It may be used by several
// goroutines at once.
type Subscription[T any] struct {
	broker   *Broker[T]
	topic    string
	policy   Policy
	messages chan T
	dropped  atomic.Int64

	// Whoever holds the turn, by having sent to it, may send to messages. The
	// end of the subscription takes the turn and never gives it back.
	turn  chan struct{}
	end   context.CancelCauseFunc
	ended <-chan struct{} // closed by end
	cause func() error    // what end was called with
	quiet chan struct{}   // closed when messages is
}

// errLeft is the cause of an end by Unsubscribe.
var errLeft = errors.New("unsubscribed")

// New returns a Broker without subscriptions.
func New[T any]() *Broker[T] { return new(Broker[T]) }

// Subscribe returns a new subscription to a topic, which has room for buffer
// messages that nobody has received yet.
func (b *Broker[T]) Subscribe(topic string, buffer int, policy Policy) *Subscription[T] {
	s := &Subscription[T]{
		broker:   b,
		topic:    topic,
		policy:   policy,
		messages: make(chan T, buffer),
		turn:     make(chan struct{}, 1),
		quiet:    make(chan struct{}),
	}
	ctx, end := context.WithCancelCause(context.Background())
	s.end, s.ended = end, ctx.Done()
	s.cause = func() error { return context.Cause(ctx) }
	b.mu.Lock()
	b.subs = append(b.subs, s)
	closed := b.closed
	b.mu.Unlock()
	if closed {
		s.leave(ErrClosed)
	}
	return s
}

// Publish passes a message to every subscription to the topic.
func (b *Broker[T]) Publish(ctx context.Context, topic string, message T) error {
	b.mu.Lock()
	closed := b.closed
	var subs []*Subscription[T]
	for _, s := range b.subs {
		if s.topic == topic {
			subs = append(subs, s)
		}
	}
	b.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case closed:
		return ErrClosed
	}

	sent := make(chan error, len(subs))
	for _, s := range subs {
		go func() { sent <- s.pass(ctx, message) }()
	}
	var failed error
	for range subs {
		if err := <-sent; err != nil {
			failed = err
		}
	}
	return failed
}

// pass passes a message on, with the patience of the policy.
func (s *Subscription[T]) pass(ctx context.Context, message T) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ended:
		return s.why()
	}
	select {
	case s.messages <- message:
		return nil
	default:
	}
	if s.policy == Drop {
		s.dropped.Add(1)
		return nil
	}
	select {
	case s.messages <- message:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ended:
		return s.why()
	}
}

// why returns what the end of the subscription means for Publish.
func (s *Subscription[T]) why() error {
	if cause := s.cause(); cause != errLeft {
		return cause
	}
	return nil
}

// leave ends the subscription, or waits until another call has ended it.
func (s *Subscription[T]) leave(why error) {
	s.end(why)
	select {
	case s.turn <- struct{}{}:
		close(s.messages)
		close(s.quiet)
	case <-s.quiet:
	}

	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	s.broker.subs = slices.DeleteFunc(s.broker.subs, func(other *Subscription[T]) bool { return other == s })
}

// Close ends all subscriptions, and the broker.
func (b *Broker[T]) Close() {
	b.mu.Lock()
	b.closed = true
	subs := slices.Clone(b.subs)
	b.mu.Unlock()
	for _, s := range subs {
		s.leave(ErrClosed)
	}
}

// Messages returns the channel that the messages come from.
func (s *Subscription[T]) Messages() <-chan T { return s.messages }

// Dropped returns how many messages the subscription has missed because it had
// no room.
func (s *Subscription[T]) Dropped() int { return int(s.dropped.Load()) }

// Unsubscribe ends the subscription.
func (s *Subscription[T]) Unsubscribe() { s.leave(errLeft) }
