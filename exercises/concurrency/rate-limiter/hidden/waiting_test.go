package ratelimiter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestAllowNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, time.Minute, 1)
		l.Allow()
		w := l.wait(t.Context(), 0)
		synctest.Wait()

		began := time.Now()
		if l.Allow() {
			t.Error("New(1m, 1), bucket empty, one call of Wait waits: Allow = true, want false")
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("New(1m, 1), bucket empty, one call of Wait waits: Allow took %v, want no time", took)
		}
		l.returned(w, "New(1m, 1), the only one that waits")
	})
}

func TestServedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const count = 12
		l := newLine(t, time.Minute, 1)
		l.Allow()
		var waiters []*waiter
		var want []int
		for id := range count {
			waiters = append(waiters, l.wait(t.Context(), id))
			want = append(want, id)
			time.Sleep(time.Second)
		}
		for id, w := range waiters {
			l.returned(w, fmt.Sprintf("New(1m, 1), number %d of %d in the queue", id, count))
			if want := time.Duration(id+1) * time.Minute; w.err == nil && !near(w.at, want) {
				t.Errorf("New(1m, 1), emptied at 0s: Wait of number %d in the queue returned at %v, want %v", id, w.at, want)
			}
		}
		if !slices.Equal(l.order, want) {
			t.Errorf("New(1m, 1), %d calls of Wait, a second apart: served in the order %v, want %v", count, l.order, want)
		}
	})
}

// TestNobodyOvertakes has newcomers at the very moment at which a token comes
// for those who wait.
func TestNobodyOvertakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const count = 10
		l := newLine(t, time.Minute, 2)
		allowed(l.Limiter, 2)
		var waiters []*waiter
		for id := range count {
			waiters = append(waiters, l.wait(t.Context(), id))
			synctest.Wait()
		}
		overtook := 0
		for range count - 1 {
			time.Sleep(time.Minute)
			if l.Allow() {
				overtook++
			}
			synctest.Wait()
			if l.Allow() {
				overtook++
			}
		}
		for id, w := range waiters {
			l.returned(w, fmt.Sprintf("New(1m, 2), number %d of %d in the queue, while others call Allow", id, count))
		}
		if overtook > 0 {
			t.Errorf("New(1m, 2), empty, some wait: Allow = true %d times, want 0: the tokens belong to those who wait", overtook)
		}
	})
}

func TestEndedBeforehand(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()

	for _, ctx := range []context.Context{cancelled, expired} {
		t.Run(ctx.Err().Error(), func(t *testing.T) {
			for range 20 { // a select would take either case
				l := newLimiter(t, time.Hour, 2)
				if err := l.Wait(ctx); !errors.Is(err, ctx.Err()) {
					t.Fatalf("New(1h, 2): Wait(ctx that has ended) = %v, want an error that wraps %q", err, ctx.Err())
				}
				if got := allowed(l, 5); got != 2 {
					t.Fatalf("New(1h, 2), after Wait(ctx that has ended): %d tokens left, want 2", got)
				}
			}
		})
	}
}

func TestGivesUpAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, time.Hour, 1)
		l.Allow()

		first := l.wait(t.Context(), 0)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		synctest.Wait()
		second := l.wait(ctx, 1)
		synctest.Wait()
		third := l.wait(t.Context(), 2)

		time.Sleep(time.Minute)
		first.cancel()
		synctest.Wait()
		time.Sleep(time.Minute)
		third.cancel()

		for _, test := range []struct {
			*waiter
			what string
			at   time.Duration
			want error
		}{
			{first, "cancelled at 1m, first in the queue", time.Minute, context.Canceled},
			{third, "cancelled at 2m, last in the queue", 2 * time.Minute, context.Canceled},
			{second, "with a deadline at 3m", 3 * time.Minute, context.DeadlineExceeded},
		} {
			l.returned(test.waiter, "New(1h, 1), ctx "+test.what)
			if !errors.Is(test.err, test.want) {
				t.Errorf("New(1h, 1), empty: Wait(ctx %s) = %v, want an error that wraps %q", test.what, test.err, test.want)
			}
			if !near(test.waiter.at, test.at) {
				t.Errorf("New(1h, 1), empty: Wait(ctx %s) returned at %v, want %v", test.what, test.waiter.at, test.at)
			}
		}
	})
}

func TestLeavesNoTrace(t *testing.T) {
	for _, test := range []struct {
		name    string
		leaving []int
	}{
		{"the first gives up", []int{0}},
		{"one in the middle gives up", []int{2}},
		{"the last gives up", []int{4}},
		{"three in a row give up", []int{0, 1, 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t, time.Minute, 1)
				l.Allow()
				waiters := make([]*waiter, 5)
				for id := range waiters {
					waiters[id] = l.wait(t.Context(), id)
					time.Sleep(time.Second)
				}
				for _, id := range test.leaving {
					waiters[id].cancel()
					synctest.Wait()
				}

				at := time.Minute
				for id, w := range waiters {
					if slices.Contains(test.leaving, id) {
						continue
					}
					l.returned(w, fmt.Sprintf("New(1m, 1), number %d of 5 in the queue, when %s", id, test.name))
					if w.err != nil {
						t.Errorf("New(1m, 1), number %d of 5 in the queue, when %s: Wait = %v, want nil", id, test.name, w.err)
					}
					if !near(w.at, at) {
						t.Errorf("New(1m, 1), emptied at 0s, when %s: Wait of number %d of 5 returned at %v, want %v",
							test.name, id, w.at, at)
					}
					at += time.Minute
				}
				// The last token was taken at the last full minute.
				time.Sleep(time.Minute - 2*leave)
				if l.Allow() {
					t.Errorf("New(1m, 1), less than a minute after the last token, when %s: Allow = true, want false", test.name)
				}
				time.Sleep(4 * leave)
				if !l.Allow() {
					t.Errorf("New(1m, 1), a minute after the last token, when %s: Allow = false, want true", test.name)
				}
			})
		})
	}
}

// TestTokenAndEndTogether lets ctx end at the moment at which the token comes.
// Either may win, but a call that gives up must leave the token.
func TestTokenAndEndTogether(t *testing.T) {
	for range 40 {
		synctest.Test(t, func(t *testing.T) {
			l := newLine(t, time.Minute, 1)
			l.Allow()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			w := l.wait(ctx, 0)
			l.returned(w, "New(1m, 1), ctx ends when the token comes")
			time.Sleep(leave)
			if got, want := l.Allow(), w.err != nil; got != want {
				t.Fatalf("New(1m, 1), ctx ends when the token comes: Wait = %v and then Allow = %t, want %t: the token is taken once",
					w.err, got, want)
			}
		})
	}
}

// TestKeepsItsPlace has a call whose turn comes in time only because the ones
// in front of it give up.
func TestKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, time.Minute, 1)
		l.Allow()
		first := l.wait(t.Context(), 0)
		synctest.Wait()
		second := l.wait(t.Context(), 1)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		third := l.wait(ctx, 2)
		time.Sleep(time.Second)
		first.cancel()
		second.cancel()

		l.returned(third, "New(1m, 1), the two in front have given up")
		if third.err != nil || !near(third.at, time.Minute) {
			t.Errorf("New(1m, 1), emptied at 0s, the two in front give up at 1s: Wait(ctx with a deadline in 90s) = %v at %v, want nil at 1m",
				third.err, third.at)
		}
	})
}
