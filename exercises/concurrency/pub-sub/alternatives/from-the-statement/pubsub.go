// Package pubsub passes messages from those who publish them to those who have
// subscribed to their topic.
package pubsub

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	closing sync.Once
	done    chan struct{} // closed when the broker is

	mu     sync.Mutex // never held while anybody waits for room
	topics map[string]map[*Subscription[T]]bool
}

// A Subscription receives the messages of one topic. It may be used by several
// goroutines at once.
type Subscription[T any] struct {
	broker   *Broker[T]
	topic    string
	policy   Policy
	messages chan T
	dropped  atomic.Int64

	ending  sync.Once
	done    chan struct{} // closed when the subscription is to end
	mu      sync.Mutex    // guards ended, and senders against being added to after that
	ended   bool
	senders sync.WaitGroup // those who may send to messages
}

// New returns a Broker without subscriptions.
func New[T any]() *Broker[T] {
	return &Broker[T]{
		done:   make(chan struct{}),
		topics: make(map[string]map[*Subscription[T]]bool),
	}
}

// Subscribe returns a new subscription to a topic, which has room for buffer
// messages that nobody has received yet.
func (b *Broker[T]) Subscribe(topic string, buffer int, policy Policy) *Subscription[T] {
	s := &Subscription[T]{
		broker:   b,
		topic:    topic,
		policy:   policy,
		messages: make(chan T, buffer),
		done:     make(chan struct{}),
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.isClosed() {
		s.end()
		return s
	}
	if b.topics[topic] == nil {
		b.topics[topic] = make(map[*Subscription[T]]bool)
	}
	b.topics[topic][s] = true
	return s
}

// Publish passes a message to every subscription to the topic.
func (b *Broker[T]) Publish(ctx context.Context, topic string, message T) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("publish to %q: %w", topic, err)
	}
	b.mu.Lock()
	if b.isClosed() {
		b.mu.Unlock()
		return fmt.Errorf("publish to %q: %w", topic, ErrClosed)
	}
	subscriptions := slices.Collect(maps.Keys(b.topics[topic]))
	b.mu.Unlock()

	// Those that have room come first, then all others are waited for at once.
	var full []*Subscription[T]
	for _, s := range subscriptions {
		if s.offer(message) {
			full = append(full, s)
		}
	}
	var waiting sync.WaitGroup
	errs := make([]error, len(full))
	for i, s := range full {
		waiting.Go(func() { errs[i] = s.send(ctx, message) })
	}
	waiting.Wait()
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("publish to %q: %w", topic, err)
		}
	}
	return nil
}

// Close ends all subscriptions, and the broker.
func (b *Broker[T]) Close() {
	b.closing.Do(func() {
		b.mu.Lock()
		close(b.done)
		topics := b.topics
		b.topics = nil
		b.mu.Unlock()
		for _, subscriptions := range topics {
			for s := range subscriptions {
				s.end()
			}
		}
	})
}

func (b *Broker[T]) isClosed() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// Messages returns the channel that the messages come from.
func (s *Subscription[T]) Messages() <-chan T { return s.messages }

// Dropped returns how many messages the subscription has missed because it had
// no room.
func (s *Subscription[T]) Dropped() int { return int(s.dropped.Load()) }

// Unsubscribe ends the subscription.
func (s *Subscription[T]) Unsubscribe() {
	s.end() // first, so that a Close beside it still finds what it has to wait for

	b := s.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	if subscriptions, ok := b.topics[s.topic]; ok {
		delete(subscriptions, s)
		if len(subscriptions) == 0 {
			delete(b.topics, s.topic)
		}
	}
}

// end closes the channel of the subscription when nobody sends to it any more.
func (s *Subscription[T]) end() {
	s.ending.Do(func() {
		s.mu.Lock()
		s.ended = true
		s.mu.Unlock()
		close(s.done)
		s.senders.Wait()
		close(s.messages)
	})
}

// offer hands the message over if there is room. It reports whether the
// message is to wait for room; then send must follow.
func (s *Subscription[T]) offer(message T) (wait bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	select {
	case s.messages <- message:
		return false
	default:
	}
	if s.policy == Drop {
		s.dropped.Add(1)
		return false
	}
	s.senders.Add(1)
	return true
}

// send hands the message over as soon as there is room.
func (s *Subscription[T]) send(ctx context.Context, message T) error {
	defer s.senders.Done()
	select {
	case s.messages <- message:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.done:
		if s.broker.isClosed() {
			return ErrClosed
		}
		return nil
	}
}
