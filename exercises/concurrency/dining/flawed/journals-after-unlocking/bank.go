// Package bank moves money between accounts.
package bank

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync"
)

var (
	ErrAmount     = errors.New("bank: the amount is not positive")
	ErrNoAccount  = errors.New("bank: there is no such account")
	ErrNotCovered = errors.New("bank: the account does not hold as much")
)

// An Entry says how the balance of an account has changed.
type Entry struct {
	Account string
	Amount  int64 // what has come in, or gone out if it is negative
	Balance int64 // what the account holds after that
}

// A Bank holds accounts. Its methods may be called by many goroutines at once.
type Bank struct {
	accounts map[string]*account // stays as New has made it
	ordered  []*account          // the same, in the order in which they are locked
	journal  func(Entry)
}

type account struct {
	name    string
	mu      sync.Mutex // guards balance
	balance int64
}

// New returns a bank with the given accounts. It calls journal for each change
// of a balance.
func New(balances map[string]int64, journal func(Entry)) *Bank {
	b := &Bank{accounts: make(map[string]*account, len(balances)), journal: journal}
	for name, balance := range balances {
		b.accounts[name] = &account{name: name, balance: balance}
	}
	b.ordered = slices.SortedFunc(maps.Values(b.accounts), func(x, y *account) int {
		return cmp.Compare(x.name, y.name)
	})
	return b
}

// Transfer moves an amount from one account to another, or returns why it
// doesn't.
func (b *Bank) Transfer(from, to string, amount int64) error {
	if amount <= 0 {
		return ErrAmount
	}
	source, target := b.accounts[from], b.accounts[to]
	if source == nil || target == nil {
		return ErrNoAccount
	}

	// Whoever holds one lock and waits for another waits for an account that
	// comes later by its name, so no calls can wait for each other in a circle.
	// A lock that is held already can't be had a second time at all.
	first, second := source, target
	if second.name < first.name {
		first, second = second, first
	}
	first.mu.Lock()
	if second != first {
		second.mu.Lock()
	}
	unlock := sync.OnceFunc(func() {
		if second != first {
			second.mu.Unlock()
		}
		first.mu.Unlock()
	})
	defer unlock()

	if source.balance < amount {
		return ErrNotCovered
	}
	if source == target {
		return nil
	}
	source.balance -= amount
	target.balance += amount
	out := Entry{Account: from, Amount: -amount, Balance: source.balance}
	in := Entry{Account: to, Amount: amount, Balance: target.balance}
	unlock()
	b.journal(out)
	b.journal(in)
	return nil
}

// Balance returns what an account holds.
func (b *Bank) Balance(name string) (int64, error) {
	a := b.accounts[name]
	if a == nil {
		return 0, ErrNoAccount
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.balance, nil
}

// Total returns what all accounts hold together.
func (b *Bank) Total() int64 {
	// The accounts stay locked until all are counted, so that no money can
	// move on and be counted twice. A map would give them in any order.
	var total int64
	for _, a := range b.ordered {
		a.mu.Lock()
		defer a.mu.Unlock()
		total += a.balance
	}
	return total
}
