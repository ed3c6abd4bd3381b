package bank_test

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bank"
)

func TestTransfer(t *testing.T) {
	var entries []bank.Entry
	b := bank.New(map[string]int64{"ada": 100, "ben": 20}, func(e bank.Entry) { entries = append(entries, e) })
	for _, test := range []struct {
		from, to string
		amount   int64
		want     error
	}{
		{"ada", "ben", 30, nil},
		{"ada", "ben", 71, bank.ErrNotCovered},
		{"ada", "ben", 0, bank.ErrAmount},
		{"ada", "ben", -5, bank.ErrAmount},
		{"ada", "cyd", 10, bank.ErrNoAccount},
		{"cyd", "ada", 10, bank.ErrNoAccount},
		{"ben", "ada", 50, nil},
	} {
		if err := b.Transfer(test.from, test.to, test.amount); !errors.Is(err, test.want) {
			t.Errorf("Transfer(%q, %q, %d) = %v, want %v", test.from, test.to, test.amount, err, test.want)
		}
	}
	for name, want := range map[string]int64{"ada": 120, "ben": 0} {
		if got, err := b.Balance(name); got != want || err != nil {
			t.Errorf("Balance(%q) = %d, %v, want %d, nil", name, got, err, want)
		}
	}
	if _, err := b.Balance("cyd"); !errors.Is(err, bank.ErrNoAccount) {
		t.Errorf("Balance(%q) error = %v, want %v", "cyd", err, bank.ErrNoAccount)
	}
	if got := b.Total(); got != 120 {
		t.Errorf("Total() = %d, want 120", got)
	}
	want := []bank.Entry{{"ada", -30, 70}, {"ben", 30, 50}, {"ben", -50, 0}, {"ada", 50, 120}}
	if !slices.Equal(entries, want) {
		t.Errorf("the journal has %v, want %v", entries, want)
	}
}

func TestOppositeTransfers(t *testing.T) {
	// Each transfer that has taken its money waits a little in the journal for
	// the other one to do the same. It must not come so far: then each has
	// what the other needs, and neither can end. Goexit spares them that.
	var begun atomic.Int32
	b := bank.New(map[string]int64{"ada": 100, "ben": 100}, func(e bank.Entry) {
		if e.Amount > 0 {
			return
		}
		begun.Add(1)
		for range 20 {
			if begun.Load() == 2 {
				t.Errorf("Transfer(%q, …) is half done, and so is the opposite one: each now needs the account that the other has taken from, want one after the other", e.Account)
				runtime.Goexit()
			}
			time.Sleep(time.Millisecond)
		}
		begun.Add(-1)
	})
	var wg sync.WaitGroup
	for _, from := range []string{"ada", "ben"} {
		to := map[string]string{"ada": "ben", "ben": "ada"}[from]
		wg.Go(func() {
			if err := b.Transfer(from, to, 10); err != nil {
				t.Errorf("Transfer(%q, %q, 10) = %v, want nil", from, to, err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	for _, name := range []string{"ada", "ben"} {
		if got, err := b.Balance(name); got != 100 || err != nil {
			t.Errorf("ada and ben have given each other 10: Balance(%q) = %d, %v, want 100, nil", name, got, err)
		}
	}
}
