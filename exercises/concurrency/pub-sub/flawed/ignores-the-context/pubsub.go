// Package pubsub passes messages from those who publish them to those who have
// subscribed to their topic.
package pubsub

import (
	"context"
	"errors"
	"fmt"
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
	mu     sync.Mutex                           // never held while anybody waits for room
	topics map[string]map[*Subscription[T]]bool // whether each still takes messages
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

	// A channel can be closed only when nobody sends any more. So who ends
	// the subscription tells the senders, and waits for them.
	end     sync.Once
	ended   chan struct{}
	why     error          // for senders that wait; valid once ended is closed
	senders sync.WaitGroup // added to while broker.mu is held and it takes messages
}

// New returns a Broker without subscriptions.
func New[T any]() *Broker[T] {
	return &Broker[T]{topics: make(map[string]map[*Subscription[T]]bool)}
}

// Subscribe returns a new subscription to a topic, which has room for buffer
// messages that nobody has received yet.
func (b *Broker[T]) Subscribe(topic string, buffer int, policy Policy) *Subscription[T] {
	s := &Subscription[T]{
		broker:   b,
		topic:    topic,
		policy:   policy,
		messages: make(chan T, buffer),
		ended:    make(chan struct{}),
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		close(s.messages)
		s.end.Do(func() {}) // nothing is left to do
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
	subscriptions, err := b.sendersTo(topic)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}

	// Whoever has room gets the message here. The others are waited for side
	// by side: none of them has to wait for another.
	errs := make([]error, len(subscriptions))
	var waiting sync.WaitGroup
	for i, s := range subscriptions {
		if s.offer(message) {
			s.senders.Done()
			continue
		}
		waiting.Go(func() {
			defer s.senders.Done()
			errs[i] = s.send(ctx, message)
		})
	}
	waiting.Wait()
	return errors.Join(errs...)
}

// sendersTo returns the subscriptions to a topic, with the caller as a sender
// of each.
func (b *Broker[T]) sendersTo(topic string) ([]*Subscription[T], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, ErrClosed
	}
	var subscriptions []*Subscription[T]
	for s, takes := range b.topics[topic] {
		if takes {
			s.senders.Add(1)
			subscriptions = append(subscriptions, s)
		}
	}
	return subscriptions, nil
}

// Close ends all subscriptions, and the broker.
func (b *Broker[T]) Close() {
	b.mu.Lock()
	b.closed = true
	var subscriptions []*Subscription[T]
	for _, topic := range b.topics {
		for s := range topic {
			subscriptions = append(subscriptions, s)
		}
	}
	b.mu.Unlock()

	for _, s := range subscriptions {
		s.finish(ErrClosed)
	}
}

// Messages returns the channel that the messages come from.
func (s *Subscription[T]) Messages() <-chan T { return s.messages }

// Dropped returns how many messages the subscription has missed because it had
// no room.
func (s *Subscription[T]) Dropped() int { return int(s.dropped.Load()) }

// Unsubscribe ends the subscription.
func (s *Subscription[T]) Unsubscribe() { s.finish(nil) }

// finish ends the subscription. Those who wait to send to it return why.
func (s *Subscription[T]) finish(why error) {
	s.end.Do(func() {
		s.broker.retire(s)
		s.why = why
		close(s.ended)
		s.senders.Wait()
		close(s.messages)
		s.broker.remove(s)
	})
}

// retire sees to it that a subscription gets no new senders. It stays in its
// topic, so that Close finds and awaits it.
func (b *Broker[T]) retire(s *Subscription[T]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.topics[s.topic][s] = false
}

// remove takes a subscription out of its topic, and an empty topic away.
func (b *Broker[T]) remove(s *Subscription[T]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.topics[s.topic], s)
	if len(b.topics[s.topic]) == 0 {
		delete(b.topics, s.topic)
	}
}

// offer passes on or drops a message, and reports whether it could do so
// without waiting.
func (s *Subscription[T]) offer(message T) bool {
	select {
	case s.messages <- message:
		return true
	default:
	}
	if s.policy == Drop {
		s.dropped.Add(1)
		return true
	}
	return false
}

// send passes on a message as soon as there is room.
func (s *Subscription[T]) send(ctx context.Context, message T) error {
	select {
	case s.messages <- message:
		return nil
	case <-s.ended:
		return s.why
	}
}
