package pubsub_test

import (
	"fmt"
	"sync"
	"testing"

	"pubsub"
)

// storm publishes the numbers 0 to count-1 from several goroutines at once,
// each as "publisher/number", and returns when all are published.
func storm(t *testing.T, b *pubsub.Broker[string], publishers, count int) {
	var wg sync.WaitGroup
	for publisher := range publishers {
		wg.Go(func() {
			for number := range count {
				message := fmt.Sprintf("%d/%d", publisher, number)
				if err := b.Publish(t.Context(), "orders", message); err != nil {
					t.Errorf("Publish(ctx, %q, %q): error = %v, want nil", "orders", message, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestManyAtOnce(t *testing.T) {
	const publishers, count = 4, 25
	b := pubsub.New[string]()
	var readers sync.WaitGroup
	for i := range 6 {
		policy := pubsub.Block
		if i%2 == 1 {
			policy = pubsub.Drop
		}
		s := b.Subscribe("orders", i+1, policy)
		readers.Go(func() {
			received := 0
			var next [publishers]int
			for message := range s.Messages() {
				received++
				var publisher, number int
				fmt.Sscanf(message, "%d/%d", &publisher, &number)
				switch want := next[publisher]; {
				case number < want:
					t.Errorf("%q has come after a later message of its publisher, or twice", message)
				case number > want && policy == pubsub.Block:
					t.Errorf("%q has come where %d/%d was to come, with policy Block", message, publisher, want)
				}
				next[publisher] = number + 1
			}
			dropped := s.Dropped()
			if policy == pubsub.Block && dropped != 0 {
				t.Errorf("Dropped() = %d with policy Block, want 0", dropped)
			}
			if got, want := received+dropped, publishers*count; got != want {
				t.Errorf("%d messages received and %d dropped, want %d together", received, dropped, want)
			}
		})
	}
	storm(t, b, publishers, count)
	b.Close()
	readers.Wait()
}

func TestComeAndGo(t *testing.T) {
	b := pubsub.New[string]()
	over := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 6 {
		readers.Go(func() {
			for range 20 {
				// Some leave while Publish waits for them, some from another
				// goroutine than the one that receives.
				s := b.Subscribe("orders", 1, pubsub.Policy(i%2))
				for range i % 3 {
					select {
					case <-s.Messages():
					case <-over:
					}
				}
				if i < 3 {
					s.Unsubscribe()
				} else {
					go s.Unsubscribe()
				}
				for range s.Messages() {
				}
			}
		})
	}
	storm(t, b, 3, 40)
	close(over)
	readers.Wait()
	b.Close()
}
