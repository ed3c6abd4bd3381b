// Package pubsub passes messages from those who publish them to those who have
// subscribed to their topic.
package pubsub

import (
	"context"
	"errors"
	"slices"
	"sync"
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
	mu     sync.RWMutex
	closed bool
	subs   map[string][]*Subscription[T]
}

// A Subscription receives the messages of one topic. It may be used by several
// goroutines at once.
type Subscription[T any] struct {
	b       *Broker[T]
	topic   string
	policy  Policy
	ch      chan T
	mu      sync.Mutex
	dropped int
}

// New returns a Broker without subscriptions.
func New[T any]() *Broker[T] {
	return &Broker[T]{subs: map[string][]*Subscription[T]{}}
}

// Subscribe returns a new subscription to a topic, which has room for buffer
// messages that nobody has received yet.
func (b *Broker[T]) Subscribe(topic string, buffer int, policy Policy) *Subscription[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &Subscription[T]{b: b, topic: topic, policy: policy, ch: make(chan T, buffer)}
	b.subs[topic] = append(b.subs[topic], s)
	return s
}

// Publish passes a message to every subscription to the topic.
func (b *Broker[T]) Publish(ctx context.Context, topic string, message T) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return ErrClosed
	}
	for _, s := range b.subs[topic] {
		if s.policy == Drop {
			select {
			case s.ch <- message:
			default:
				s.mu.Lock()
				s.dropped++
				s.mu.Unlock()
			}
			continue
		}
		select {
		case s.ch <- message:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close ends all subscriptions, and the broker.
func (b *Broker[T]) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.closed = true
	for _, subs := range b.subs {
		for _, s := range subs {
			close(s.ch)
		}
	}
	b.subs = map[string][]*Subscription[T]{}
}

// Messages returns the channel that the messages come from.
func (s *Subscription[T]) Messages() <-chan T { return s.ch }

// Dropped returns how many messages the subscription has missed because it had
// no room.
func (s *Subscription[T]) Dropped() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// Unsubscribe ends the subscription.
func (s *Subscription[T]) Unsubscribe() {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	i := slices.Index(s.b.subs[s.topic], s)
	if i < 0 {
		return
	}
	s.b.subs[s.topic] = slices.Delete(s.b.subs[s.topic], i, i+1)
	close(s.ch)
}
