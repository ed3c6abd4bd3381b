// Package bank moves money between accounts.
package bank

import (
	"errors"
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
//
// There is one lock, which is held for moments only. A transfer waits until both
// of its accounts are free, and then takes both at once, so that nobody ever holds
// one account and waits for another.
type Bank struct {
	journal func(Entry)

	mu       sync.Mutex
	changed  *sync.Cond // when an account has become free, or a Total is done
	accounts map[string]*account
	busy     int // transfers under way
	totals   int // calls of Total that wait for them to end
}

type account struct {
	name    string
	busy    bool // while a transfer uses it, nobody else looks at the balance
	balance int64
}

// New returns a bank with the given accounts. It calls journal for each change
// of a balance.
func New(balances map[string]int64, journal func(Entry)) *Bank {
	b := &Bank{accounts: make(map[string]*account, len(balances)), journal: journal}
	b.changed = sync.NewCond(&b.mu)
	for name, balance := range balances {
		b.accounts[name] = &account{name: name, balance: balance}
	}
	return b
}

// Transfer moves an amount from one account to another, or returns why it
// doesn't.
func (b *Bank) Transfer(from, to string, amount int64) error {
	if amount <= 0 {
		return ErrAmount
	}
	source, target, err := b.take(from, to, amount)
	if err != nil {
		return err
	}
	if source != target {
		b.change(source, -amount)
		b.change(target, amount)
	}
	b.giveBack(source, target)
	return nil
}

// take waits until two accounts are free and takes them, unless the first
// holds too little.
func (b *Bank) take(from, to string, amount int64) (source, target *account, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	source, target = b.accounts[from], b.accounts[to]
	if source == nil || target == nil {
		return nil, nil, ErrNoAccount
	}
	// A Total that waits goes first. It would wait for ever, were there always
	// a transfer under way.
	for source.busy || target.busy || b.totals > 0 {
		b.changed.Wait()
	}
	if source.balance < amount {
		return nil, nil, ErrNotCovered
	}
	source.busy, target.busy = true, true
	b.busy++
	return source, target, nil
}

// giveBack sets two accounts free.
func (b *Bank) giveBack(source, target *account) {
	b.mu.Lock()
	defer b.mu.Unlock()
	source.busy, target.busy = false, false
	b.busy--
	b.changed.Broadcast()
}

// Balance returns what an account holds.
func (b *Bank) Balance(name string) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.accounts[name]
	if a == nil {
		return 0, ErrNoAccount
	}
	for a.busy {
		b.changed.Wait()
	}
	return a.balance, nil
}

// Total returns what all accounts hold together.
func (b *Bank) Total() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.totals++
	for b.busy > 0 {
		b.changed.Wait()
	}
	b.totals--
	b.changed.Broadcast()
	var total int64
	for _, a := range b.accounts {
		total += a.balance
	}
	return total
}

// change adds amount to the balance of an account that is taken.
func (b *Bank) change(a *account, amount int64) {
	a.balance += amount
	b.journal(Entry{Account: a.name, Amount: amount, Balance: a.balance})
}
