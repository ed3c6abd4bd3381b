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
type Bank struct {
	accounts map[string]*account // stays as New has made it
	journal  func(Entry)

	mu sync.Mutex // guards all balances
}

type account struct {
	name    string
	balance int64
}

// New returns a bank with the given accounts. It calls journal for each change
// of a balance.
func New(balances map[string]int64, journal func(Entry)) *Bank {
	b := &Bank{accounts: make(map[string]*account, len(balances)), journal: journal}
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
	source, target := b.accounts[from], b.accounts[to]
	if source == nil || target == nil {
		return ErrNoAccount
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	if source.balance < amount {
		return ErrNotCovered
	}
	if source != target {
		b.change(source, -amount)
		b.change(target, amount)
	}
	return nil
}

// Balance returns what an account holds.
func (b *Bank) Balance(name string) (int64, error) {
	a := b.accounts[name]
	if a == nil {
		return 0, ErrNoAccount
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return a.balance, nil
}

// Total returns what all accounts hold together.
func (b *Bank) Total() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	var total int64
	for _, a := range b.accounts {
		total += a.balance
	}
	return total
}

// change adds amount to the balance of an account that is locked.
func (b *Bank) change(a *account, amount int64) {
	a.balance += amount
	b.journal(Entry{Account: a.name, Amount: amount, Balance: a.balance})
}
