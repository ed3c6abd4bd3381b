package bank_test

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bank"
)

func TestTotalsStayTheSame(t *testing.T) {
	const count, want = 6, 6 * 50
	var c crowd
	b := bank.New(accounts(count, 50), c.journal)
	const givers, transfers = 4, 200
	for i := range givers {
		c.wg.Go(func() {
			for k := range transfers {
				// Back and forth between the first account and any other, which
				// a Total that goes from account to account meets twice or never.
				from, to := name(0), name(1+(i+k)%(count-1))
				if (i+k)%2 == 0 {
					from, to = to, from
				}
				if err := b.Transfer(from, to, 5); err != nil && !errors.Is(err, bank.ErrNotCovered) {
					t.Errorf("Transfer(%q, %q, 5) = %v, want nil or %v", from, to, err, bank.ErrNotCovered)
				}
			}
		})
	}
	c.wg.Go(func() {
		for range 100 {
			if got := b.Total(); got != want {
				t.Errorf("transfers between accounts that hold %d together: Total() = %d, want %d", want, got, want)
				return
			}
			c.step()
		}
	})
	c.wait(t, "transfers and totals at the same time")
}

func TestTotalOfOneMoment(t *testing.T) {
	var c crowd
	inJournal, release := make(chan struct{}), make(chan struct{})
	b := bank.New(map[string]int64{"ann": 100, "moe": 100, "ned": 100, "zoe": 100}, func(e bank.Entry) {
		if e.Account == "moe" {
			close(inJournal)
			<-release
		}
		c.step()
	})
	transfer := func(from, to string) {
		c.wg.Go(func() {
			if err := b.Transfer(from, to, 10); err != nil {
				t.Errorf("Transfer(%q, %q, 10) = %v, want nil", from, to, err)
			}
		})
	}

	// A transfer in the middle keeps Total waiting. Another one, between
	// accounts that Total may have counted already or not, must not get by.
	transfer("moe", "ned")
	<-inJournal
	c.wg.Go(func() {
		if got := b.Total(); got != 400 {
			t.Errorf("transfers between accounts that hold 400 together: Total() = %d, want 400", got)
		}
	})
	time.Sleep(10 * time.Millisecond)
	transfer("ann", "zoe")
	time.Sleep(10 * time.Millisecond)
	close(release)
	c.wait(t, "a transfer keeps Total waiting, and there is another transfer")
}

func TestNeverOverdrawn(t *testing.T) {
	for _, test := range []struct{ from, to string }{{"ada", "ben"}, {"eve", "ben"}} {
		// Another transfer to ben keeps him busy, until all the others are on
		// their way.
		var c crowd
		var overdrawn, done, other atomic.Int32
		inJournal, release := make(chan struct{}), make(chan struct{})
		b := bank.New(map[string]int64{test.from: 100, "ben": 0, "cyd": 50}, func(e bank.Entry) {
			if e.Account == "cyd" {
				close(inJournal)
				<-release
			}
			if e.Balance < 0 {
				overdrawn.Add(1)
			}
			c.step()
		})
		c.wg.Go(func() {
			if err := b.Transfer("cyd", "ben", 50); err != nil {
				t.Errorf("Transfer(%q, %q, 50) = %v, want nil", "cyd", "ben", err)
			}
		})
		<-inJournal
		for range 8 {
			c.wg.Go(func() {
				switch err := b.Transfer(test.from, test.to, 60); {
				case err == nil:
					done.Add(1)
				case !errors.Is(err, bank.ErrNotCovered):
					other.Add(1)
				}
			})
		}
		time.Sleep(10 * time.Millisecond)
		close(release)
		c.wait(t, "8 transfers of 60 at once, from an account that holds 100")
		if done.Load() != 1 || other.Load() != 0 || overdrawn.Load() != 0 {
			t.Fatalf("8 transfers of 60 at once, from an account that holds 100: %d are done, %d fail with an error other than ErrNotCovered, %d entries are negative, want 1, 0 and 0",
				done.Load(), other.Load(), overdrawn.Load())
		}
		for name, want := range map[string]int64{test.from: 40, "ben": 110, "cyd": 0} {
			if got, err := b.Balance(name); got != want || err != nil {
				t.Errorf("one transfer of 60 from %s is done: Balance(%q) = %d, %v, want %d, nil", test.from, name, got, err, want)
			}
		}
	}
}

func TestJournalInOrder(t *testing.T) {
	const count, start = 4, 1_000_000
	var c crowd
	var mu sync.Mutex
	var entries []bank.Entry
	var calls atomic.Int32
	passed := make(chan struct{}, 1) // there is a later entry of the same account as the first
	first := ""
	b := bank.New(accounts(count, start), func(e bank.Entry) {
		if calls.Add(1) == 1 {
			// The entry that comes first waits a little for another one of
			// its account. No such entry may pass it.
			mu.Lock()
			first = e.Account
			mu.Unlock()
			select {
			case <-passed:
			case <-time.After(50 * time.Millisecond):
			}
		}
		runtime.Gosched()
		mu.Lock()
		defer mu.Unlock()
		if e.Account == first {
			select {
			case passed <- struct{}{}:
			default:
			}
		}
		entries = append(entries, e)
		c.steps.Add(1)
	})
	const givers, transfers = 6, 100
	for i := range givers {
		c.wg.Go(func() {
			for k := range transfers {
				amount := int64(1 + i*transfers + k) // no other transfer has the same
				from, to := name((i+k)%count), name((i+3*k+1)%count)
				if from == to {
					to = name((i + k + 1) % count)
				}
				if err := b.Transfer(from, to, amount); err != nil {
					t.Errorf("Transfer(%q, %q, %d) = %v, want nil", from, to, amount, err)
				}
			}
		})
	}
	c.wait(t, "transfers between four accounts")

	if got, want := len(entries), 2*givers*transfers; got != want {
		t.Fatalf("%d transfers between four accounts: the journal has %d entries, want %d", givers*transfers, got, want)
	}
	balances := accounts(count, start)
	taken := map[int64]bool{}
	for _, e := range entries {
		if want := balances[e.Account] + e.Amount; e.Balance != want {
			t.Fatalf("the entry before %+v left %d: its balance is %d, want %d", e, balances[e.Account], e.Balance, want)
		}
		balances[e.Account] = e.Balance
		if e.Amount < 0 {
			taken[-e.Amount] = true
		} else if !taken[e.Amount] {
			t.Fatalf("the entry %+v comes before that of the account that gives, want it after", e)
		}
	}
}
