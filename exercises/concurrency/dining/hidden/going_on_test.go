package bank_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"bank"
)

func TestOppositeStorm(t *testing.T) {
	const givers, transfers = 8, 200
	var c crowd
	b := bank.New(map[string]int64{"ada": 1000, "ben": 1000}, c.journal)
	for i := range givers {
		from, to := "ada", "ben"
		if i%2 == 1 {
			from, to = to, from
		}
		c.wg.Go(func() {
			for range transfers {
				if err := b.Transfer(from, to, 1); err != nil {
					t.Errorf("Transfer(%q, %q, 1) = %v, want nil", from, to, err)
					return
				}
			}
		})
	}
	c.wait(t, "many transfers between two accounts, in both directions")
	for _, name := range []string{"ada", "ben"} {
		if got, err := b.Balance(name); got != 1000 || err != nil {
			t.Errorf("as many transfers of 1 from ada to ben as back: Balance(%q) = %d, %v, want 1000, nil", name, got, err)
		}
	}
}

func TestTransfersInARing(t *testing.T) {
	const count = 5
	var c crowd
	var begun atomic.Int32
	b := bank.New(accounts(count, 100), func(e bank.Entry) {
		c.steps.Add(1)
		if e.Amount > 0 {
			return
		}
		// Each transfer that has taken its money waits a little for the others
		// to do the same. That they can't is what keeps them from standing
		// in each other's way, so that they don't come is no fault.
		begun.Add(1)
		for range 20 {
			if begun.Load() == count {
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
	for i := range count {
		c.wg.Go(func() {
			from, to := name(i), name((i+1)%count)
			if err := b.Transfer(from, to, 10); err != nil {
				t.Errorf("Transfer(%q, %q, 10) = %v, want nil", from, to, err)
			}
		})
	}
	c.wait(t, "five accounts, each gives to the next")
	for i := range count {
		if got, err := b.Balance(name(i)); got != 100 || err != nil {
			t.Errorf("five accounts, each has given 10 to the next: Balance(%q) = %d, %v, want 100, nil", name(i), got, err)
		}
	}
}

func TestToItself(t *testing.T) {
	var c crowd
	var entries atomic.Int32
	b := bank.New(map[string]int64{"ada": 100}, func(bank.Entry) { entries.Add(1) })
	c.wg.Go(func() {
		for _, test := range []struct {
			name   string
			amount int64
			want   error
		}{
			{"ada", 40, nil},
			{"ada", 100, nil},
			{"ada", 101, bank.ErrNotCovered},
			{"ada", 0, bank.ErrAmount},
			{"ben", 10, bank.ErrNoAccount},
		} {
			if err := b.Transfer(test.name, test.name, test.amount); !errors.Is(err, test.want) {
				t.Errorf("ada holds 100: Transfer(%q, %q, %d) = %v, want %v", test.name, test.name, test.amount, err, test.want)
			}
			c.step()
		}
		if got, err := b.Balance("ada"); got != 100 || err != nil {
			t.Errorf("transfers from ada to ada: Balance(%q) = %d, %v, want 100, nil", "ada", got, err)
		}
	})
	c.wait(t, "transfers from an account to itself")
	if got := entries.Load(); got != 0 {
		t.Errorf("transfers from ada to ada: the journal has %d entries, want 0", got)
	}
}

func TestTotalsGoOn(t *testing.T) {
	const count = 20
	var c crowd
	b := bank.New(accounts(count, 100), c.journal)
	for i := range 6 {
		c.wg.Go(func() {
			for range 100 {
				b.Total()
				c.step()
			}
		})
		c.wg.Go(func() {
			for k := range 60 {
				if err := b.Transfer(name((7*i+k)%count), name((3*i+k+1)%count), 1); err != nil && !errors.Is(err, bank.ErrNotCovered) {
					t.Errorf("Transfer(…) = %v, want nil or %v", err, bank.ErrNotCovered)
				}
			}
		})
	}
	c.wait(t, "transfers and totals at the same time")
}

func TestUnrelatedGoOn(t *testing.T) {
	inJournal, release := make(chan struct{}), make(chan struct{})
	b := bank.New(map[string]int64{"ada": 100, "ben": 100, "cyd": 100, "dan": 100}, func(e bank.Entry) {
		if e.Account == "ada" {
			close(inJournal)
			<-release
		}
	})
	var slow, quick crowd
	slow.wg.Go(func() {
		if err := b.Transfer("ada", "ben", 10); err != nil {
			t.Errorf("Transfer(%q, %q, 10) = %v, want nil", "ada", "ben", err)
		}
	})
	<-inJournal
	quick.wg.Go(func() {
		if err := b.Transfer("dan", "cyd", 10); err != nil {
			t.Errorf("Transfer(%q, %q, 10) = %v, want nil", "dan", "cyd", err)
		}
		quick.step()
		if got, err := b.Balance("cyd"); got != 110 || err != nil {
			t.Errorf("Balance(%q) = %d, %v, want 110, nil", "cyd", got, err)
		}
		quick.step()
	})
	defer slow.wait(t, "a transfer whose journal is free to return")
	defer close(release)
	quick.wait(t, "the journal keeps a transfer from ada to ben busy, dan gives to cyd")
}
