package pubsub_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pubsub"
)

// publishing begins a Publish that may have to wait.
func publishing(ctx context.Context, b *pubsub.Broker[string], topic, message string) *call {
	return begin("Publish of "+message+" to "+topic, func() error { return b.Publish(ctx, topic, message) })
}

// wantNil checks that a call has returned without an error.
func wantNil(t *testing.T, c *call) {
	t.Helper()
	if err := c.returned(t); err != nil {
		t.Errorf("%s: error = %v, want nil", c.what, err)
	}
}

// full returns a subscription that has no room: it holds the message "first".
func full(t *testing.T, b *pubsub.Broker[string], topic string, policy pubsub.Policy) *pubsub.Subscription[string] {
	t.Helper()
	s := b.Subscribe(topic, 1, policy)
	publish(t, b, topic, "first")
	return s
}

// wantNext receives a message that must be there.
func wantNext(t *testing.T, what string, s *pubsub.Subscription[string], want string) {
	t.Helper()
	select {
	case got, ok := <-s.Messages():
		if !ok || got != want {
			t.Errorf("%s: the next message is %q, %v, want %q, true", what, got, ok, want)
		}
	default:
		t.Errorf("%s: there is no message, want %q", what, want)
	}
	synctest.Wait() // there is room now, and who waits for it gets on
}

func TestBlocks(t *testing.T) {
	t.Run("until there is room", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := pubsub.New[string]()
			s := b.Subscribe("orders", 3, pubsub.Block)
			publish(t, b, "orders", "order 1", "order 2", "order 3")
			c := publishing(t.Context(), b, "orders", "order 4")
			c.wantWaiting(t)
			time.Sleep(time.Hour)
			c.wantWaiting(t)

			wantNext(t, "while Publish waits", s, "order 1")
			wantNil(t, c)
			wantHeld(t, "once there was room", s, "order 2", "order 3", "order 4")
			if got := s.Dropped(); got != 0 {
				t.Errorf("Dropped() = %d with policy Block, want 0", got)
			}
			b.Close()
		})
	})

	t.Run("until ctx ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := pubsub.New[string]()
			slow := full(t, b, "orders", pubsub.Block)
			fast := b.Subscribe("orders", 5, pubsub.Block)
			drops := b.Subscribe("orders", 5, pubsub.Drop)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			c := publishing(ctx, b, "orders", "order 1")
			time.Sleep(59 * time.Second)
			c.wantWaiting(t)
			time.Sleep(time.Second)
			if err := c.returned(t); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s, whose ctx ends while it waits: error = %v, want one that wraps context.DeadlineExceeded", c.what, err)
			}
			wantHeld(t, "which had no room", slow, "first")
			wantHeld(t, "which had room", fast, "order 1")
			wantHeld(t, "which had room", drops, "order 1")
			b.Close()
		})
	})

	t.Run("not with an ended ctx", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := pubsub.New[string]()
			s := b.Subscribe("orders", 50, pubsub.Block)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			for range 20 {
				c := publishing(ctx, b, "orders", "order 1")
				if err := c.returned(t); !errors.Is(err, context.Canceled) {
					t.Errorf("%s, whose ctx has ended before: error = %v, want one that wraps context.Canceled", c.what, err)
				}
			}
			wantHeld(t, "after 20 calls of Publish whose ctx had ended before", s)
			b.Close()
		})
	})
}

func TestSlowOneHoldsUpNobody(t *testing.T) {
	t.Run("with the same message", func(t *testing.T) {
		// Of ten subscriptions some will be told before the slow one, some
		// behind it.
		synctest.Test(t, func(t *testing.T) {
			b := pubsub.New[string]()
			var fast, drops []*pubsub.Subscription[string]
			for range 3 {
				fast = append(fast, b.Subscribe("orders", 5, pubsub.Block))
				drops = append(drops, b.Subscribe("orders", 1, pubsub.Drop))
			}
			slow := full(t, b, "orders", pubsub.Block)
			for range 2 {
				fast = append(fast, b.Subscribe("orders", 5, pubsub.Block))
			}
			c := publishing(t.Context(), b, "orders", "order 1")
			c.wantWaiting(t)
			for i, s := range fast {
				if i < 3 {
					wantHeld(t, "which has room, while Publish waits for another", s, "first", "order 1")
				} else {
					wantHeld(t, "which has room, while Publish waits for another", s, "order 1")
				}
			}
			for _, s := range drops {
				if got := s.Dropped(); got != 1 {
					t.Errorf("Dropped() = %d of a subscription without room, while Publish waits for another, want 1", got)
				}
				wantHeld(t, "which had no room", s, "first")
			}
			wantNext(t, "the slow one", slow, "first")
			wantNil(t, c)
			wantHeld(t, "the slow one", slow, "order 1")
			b.Close()
		})
	})

	t.Run("of several slow ones", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := pubsub.New[string]()
			var slow []*pubsub.Subscription[string]
			for range 4 {
				slow = append(slow, b.Subscribe("orders", 1, pubsub.Block))
			}
			publish(t, b, "orders", "first")
			c := publishing(t.Context(), b, "orders", "order 1")
			// Each of them in turn finds time, the last one first.
			for i := len(slow) - 1; i >= 0; i-- {
				c.wantWaiting(t)
				wantNext(t, "a slow one", slow[i], "first")
				wantHeld(t, "a slow one that has room now, while others have not", slow[i], "order 1")
			}
			wantNil(t, c)
			b.Close()
		})
	})

	t.Run("with other calls", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := pubsub.New[string]()
			slow := full(t, b, "orders", pubsub.Block)
			fast := b.Subscribe("orders", 5, pubsub.Block)
			prices := b.Subscribe("prices", 5, pubsub.Block)
			waits := publishing(t.Context(), b, "orders", "order 1")
			waits.wantWaiting(t)

			wantNil(t, publishing(t.Context(), b, "prices", "tea 3"))
			wantHeld(t, "of another topic, while a Publish waits", prices, "tea 3")

			also := publishing(t.Context(), b, "orders", "order 2")
			also.wantWaiting(t)
			wantHeld(t, "which has room, while two calls of Publish wait for another", fast, "order 1", "order 2")

			var late *pubsub.Subscription[string]
			begin("Subscribe while a Publish waits", func() error {
				late = b.Subscribe("orders", 5, pubsub.Block)
				return nil
			}).returned(t)
			begin("Dropped while a Publish waits", func() error { slow.Dropped(); return nil }).returned(t)
			begin("Messages while a Publish waits", func() error { slow.Messages(); return nil }).returned(t)
			begin("Unsubscribe of another while a Publish waits", func() error { fast.Unsubscribe(); return nil }).returned(t)
			wantEnded(t, "after Unsubscribe", fast)

			third := publishing(t.Context(), b, "orders", "order 3")
			got, closed := held(late)
			if len(got) == 0 || got[len(got)-1] != "order 3" || closed {
				t.Errorf("subscribed while two calls of Publish wait: holds %q, want %q, which was published after that", got, "order 3")
			}

			wantNext(t, "the slow one", slow, "first")
			for range 3 {
				select {
				case <-slow.Messages():
				case <-time.After(time.Hour):
					t.Fatal("the slow one has not got all messages that have waited for room")
				}
			}
			wantNil(t, waits)
			wantNil(t, also)
			wantNil(t, third)
			b.Close()
		})
	})
}

func TestUnsubscribeWhilePublishing(t *testing.T) {
	t.Run("sets Publish free", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := pubsub.New[string]()
			s := full(t, b, "orders", pubsub.Block)
			fast := b.Subscribe("orders", 5, pubsub.Block)
			var waiting []*call
			for range 3 {
				c := publishing(t.Context(), b, "orders", "order 1")
				c.wantWaiting(t)
				waiting = append(waiting, c)
			}
			begin("Unsubscribe while three calls of Publish wait", func() error { s.Unsubscribe(); return nil }).returned(t)
			for _, c := range waiting {
				wantNil(t, c)
			}
			wantEnded(t, "after Unsubscribe", s, "first")
			wantHeld(t, "of the other", fast, "order 1", "order 1", "order 1")
			b.Close()
		})
	})

	t.Run("but not from others", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := pubsub.New[string]()
			leaves := b.Subscribe("orders", 1, pubsub.Block)
			stays := b.Subscribe("orders", 1, pubsub.Block)
			publish(t, b, "orders", "first")
			c := publishing(t.Context(), b, "orders", "order 1")
			c.wantWaiting(t)
			leaves.Unsubscribe()
			c.wantWaiting(t)
			wantNext(t, "of the one that has stayed", stays, "first")
			wantNil(t, c)
			wantHeld(t, "of the one that has stayed", stays, "order 1")
			b.Close()
		})
	})

	t.Run("several times at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := pubsub.New[string]()
			s := full(t, b, "orders", pubsub.Block)
			c := publishing(t.Context(), b, "orders", "order 1")
			c.wantWaiting(t)
			var calls []*call
			for range 5 {
				c := &call{what: "Unsubscribe, called five times at once", done: make(chan error, 1)}
				calls = append(calls, c)
				go func() {
					s.Unsubscribe()
					if _, closed := held(s); !closed {
						c.done <- errors.New("the channel is still open, want it closed")
						return
					}
					c.done <- nil
				}()
			}
			for _, c := range calls {
				wantNil(t, c)
			}
			wantNil(t, c)
			b.Close()
		})
	})
}

func TestClose(t *testing.T) {
	t.Run("ends subscriptions", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := pubsub.New[string]()
			one := b.Subscribe("orders", 5, pubsub.Block)
			two := b.Subscribe("prices", 5, pubsub.Drop)
			publish(t, b, "orders", "order 1")
			b.Close()
			wantEnded(t, "after Close", one, "order 1")
			wantEnded(t, "after Close", two)
			b.Close()
			one.Unsubscribe()
		})
	})

	t.Run("sets Publish free", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := pubsub.New[string]()
			s := full(t, b, "orders", pubsub.Block)
			c := publishing(t.Context(), b, "orders", "order 1")
			c.wantWaiting(t)
			begin("Close while a Publish waits", func() error { b.Close(); return nil }).returned(t)
			if err := c.returned(t); !errors.Is(err, pubsub.ErrClosed) {
				t.Errorf("%s, during which the broker is closed: error = %v, want one that wraps ErrClosed", c.what, err)
			}
			wantEnded(t, "after Close", s, "first")
		})
	})

	t.Run("and then nothing goes on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := pubsub.New[string]()
			b.Subscribe("orders", 5, pubsub.Block)
			b.Close()
			for _, topic := range []string{"orders", "prices"} {
				c := publishing(t.Context(), b, topic, "order 1")
				if err := c.returned(t); !errors.Is(err, pubsub.ErrClosed) {
					t.Errorf("%s after Close: error = %v, want one that wraps ErrClosed", c.what, err)
				}
			}
			late := b.Subscribe("orders", 5, pubsub.Block)
			if late == nil || late.Messages() == nil {
				t.Fatal("Subscribe after Close has returned no subscription with a channel, want one that has ended")
			}
			wantEnded(t, "subscribed after Close", late)
			late.Unsubscribe()
		})
	})
}
