// Package pubsub passes messages from those who publish them to those who have
// subscribed to their topic.
package pubsub

import (
	"context"
	"errors"
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
	// TODO: add what you need.
}

// A Subscription receives the messages of one topic. It may be used by several
// goroutines at once.
type Subscription[T any] struct {
	// TODO: add what you need.
}

// New returns a Broker without subscriptions.
func New[T any]() *Broker[T] {
	return &Broker[T]{}
}

// Subscribe returns a new subscription to a topic, which has room for buffer
// messages that nobody has received yet.
func (b *Broker[T]) Subscribe(topic string, buffer int, policy Policy) *Subscription[T] {
	// TODO: write it.
	return &Subscription[T]{}
}

// Publish passes a message to every subscription to the topic.
func (b *Broker[T]) Publish(ctx context.Context, topic string, message T) error {
	// TODO: write it.
	return errors.New("not implemented")
}

// Close ends all subscriptions, and the broker.
func (b *Broker[T]) Close() {
	// TODO: write it.
}

// Messages returns the channel that the messages come from.
func (s *Subscription[T]) Messages() <-chan T {
	// TODO: write it.
	return nil
}

// Dropped returns how many messages the subscription has missed because it had
// no room.
func (s *Subscription[T]) Dropped() int {
	// TODO: write it.
	return 0
}

// Unsubscribe ends the subscription.
func (s *Subscription[T]) Unsubscribe() {
	// TODO: write it.
}
