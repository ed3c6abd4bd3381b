package pubsub_test

import (
	"testing"
	"testing/synctest"

	"pubsub"
)

// publish publishes messages that have to find their way without waiting.
func publish(t *testing.T, b *pubsub.Broker[string], topic string, messages ...string) {
	t.Helper()
	for _, message := range messages {
		c := begin("Publish of "+message, func() error { return b.Publish(t.Context(), topic, message) })
		if err := c.returned(t); err != nil {
			t.Errorf("Publish(ctx, %q, %q): error = %v, want nil", topic, message, err)
		}
	}
}

func TestDelivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := pubsub.New[string]()
		publish(t, b, "orders", "too early")
		one := b.Subscribe("orders", 5, pubsub.Block)
		two := b.Subscribe("orders", 5, pubsub.Drop)
		prices := b.Subscribe("prices", 5, pubsub.Block)
		publish(t, b, "orders", "order 1", "order 2", "order 3")
		publish(t, b, "prices", "tea 3")
		publish(t, b, "weather", "rain")

		wantHeld(t, "one subscription to orders", one, "order 1", "order 2", "order 3")
		wantHeld(t, "another subscription to orders", two, "order 1", "order 2", "order 3")
		wantHeld(t, "a subscription to prices", prices, "tea 3")
		b.Close()
	})
}

func TestDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := pubsub.New[string]()
		slow := b.Subscribe("orders", 2, pubsub.Drop)
		fast := b.Subscribe("orders", 5, pubsub.Drop)
		publish(t, b, "orders", "order 1", "order 2", "order 3", "order 4")

		if got := slow.Dropped(); got != 2 {
			t.Errorf("Dropped() = %d after 4 messages with room for 2, want 2", got)
		}
		if got := fast.Dropped(); got != 0 {
			t.Errorf("Dropped() = %d after 4 messages with room for 5, want 0", got)
		}
		wantHeld(t, "with room for 2", slow, "order 1", "order 2")
		wantHeld(t, "with room for 5", fast, "order 1", "order 2", "order 3", "order 4")

		publish(t, b, "orders", "order 5")
		wantHeld(t, "with room for 2 again", slow, "order 5")
		b.Close()
	})
}

func TestUnsubscribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := pubsub.New[string]()
		leaves := b.Subscribe("orders", 5, pubsub.Block)
		stays := b.Subscribe("orders", 5, pubsub.Block)
		publish(t, b, "orders", "order 1", "order 2")
		leaves.Unsubscribe()
		publish(t, b, "orders", "order 3")
		leaves.Unsubscribe() // may be called again

		wantEnded(t, "after Unsubscribe", leaves, "order 1", "order 2")
		wantHeld(t, "of the one that has stayed", stays, "order 1", "order 2", "order 3")
		b.Close()
	})
}
