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
	topics map[string][]*Subscription[T] // lists are replaced, never changed
	closed bool
}

// A Subscription receives the messages of one topic. It may be used by several
// goroutines at once.
type Subscription[T any] struct {
	leave  func()
	policy Policy
	out    chan T

	mu      sync.Mutex // for what follows; nobody waits while holding it
	dropped int
	ended   bool
	why     error
	room    chan struct{} // closed when ended; valid from the start

	sending sync.RWMutex // held for reading by whoever waits to send to out
	closed  bool         // whether out is; set while sending is held
}

// New returns a Broker without subscriptions.
func New[T any]() *Broker[T] {
	return &Broker[T]{topics: map[string][]*Subscription[T]{}}
}

// Subscribe returns a new subscription to a topic, which has room for buffer
// messages that nobody has received yet.
func (b *Broker[T]) Subscribe(topic string, buffer int, policy Policy) *Subscription[T] {
	s := &Subscription[T]{policy: policy, out: make(chan T, buffer), room: make(chan struct{})}
	s.leave = func() {
		s.close(nil)
		b.mu.Lock()
		defer b.mu.Unlock()
		rest := slices.DeleteFunc(slices.Clone(b.topics[topic]), func(other *Subscription[T]) bool { return other == s })
		b.topics[topic] = rest
		if len(rest) == 0 {
			delete(b.topics, topic)
		}
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		s.close(ErrClosed)
		return s
	}
	b.topics[topic] = append(slices.Clip(b.topics[topic]), s)
	return s
}

// Publish passes a message to every subscription to the topic.
func (b *Broker[T]) Publish(ctx context.Context, topic string, message T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.RLock()
	list, closed := b.topics[topic], b.closed
	b.mu.RUnlock()
	if closed {
		return ErrClosed
	}

	var group sync.WaitGroup
	errs := make([]error, len(list))
	for i, s := range list {
		if done := s.try(message); !done {
			group.Go(func() { errs[i] = s.wait(ctx, message) })
		}
	}
	group.Wait()
	return errors.Join(errs...)
}

// try passes a message on without waiting, or drops it where that is allowed.
func (s *Subscription[T]) try(message T) (done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return s.why == nil
	}
	select {
	case s.out <- message:
		return true
	default:
	}
	if s.policy == Drop {
		s.dropped++
	}
	return s.policy == Drop
}

// wait passes a message on once there is room.
func (s *Subscription[T]) wait(ctx context.Context, message T) error {
	s.sending.RLock()
	defer s.sending.RUnlock()
	s.mu.Lock()
	ended, why := s.ended, s.why
	s.mu.Unlock()
	if ended {
		return why
	}
	select {
	case s.out <- message:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.room:
		return s.why // which nobody changes any more
	}
}

// close ends the subscription. Those who wait for it return why.
func (s *Subscription[T]) close(why error) {
	s.mu.Lock()
	if !s.ended {
		s.ended, s.why = true, why
		close(s.room)
	}
	s.mu.Unlock()

	// From here on nobody starts to send, and those who do are about to stop.
	s.sending.Lock()
	defer s.sending.Unlock()
	if !s.closed {
		s.closed = true
		close(s.out)
	}
}

// Close ends all subscriptions, and the broker.
func (b *Broker[T]) Close() {
	b.mu.Lock()
	b.closed = true
	var all []*Subscription[T]
	for _, list := range b.topics {
		all = append(all, list...)
	}
	b.mu.Unlock()
	for _, s := range all {
		s.close(ErrClosed)
	}
}

// Messages returns the channel that the messages come from.
func (s *Subscription[T]) Messages() <-chan T { return s.out }

// Dropped returns how many messages the subscription has missed because it had
// no room.
func (s *Subscription[T]) Dropped() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// Unsubscribe ends the subscription.
func (s *Subscription[T]) Unsubscribe() { s.leave() }
