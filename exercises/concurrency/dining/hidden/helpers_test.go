package bank_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bank"
)

// crowd is a number of goroutines that use a bank at the same time.
type crowd struct {
	wg    sync.WaitGroup
	steps atomic.Int64 // what they have got done
}

// step notes that something has been done and lets others go first.
func (c *crowd) step() {
	c.steps.Add(1)
	runtime.Gosched()
}

// journal is a journal that does nothing else.
func (c *crowd) journal(bank.Entry) { c.step() }

// wait waits for all goroutines of the crowd. It ends the test when they don't
// go on: when nothing has been done for three ticks in a row.
func (c *crowd) wait(t *testing.T, situation string) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		c.wg.Wait()
		close(done)
	}()
	for seen, idle := int64(-1), 0; idle < 3; idle++ {
		select {
		case <-done:
			return
		case <-time.After(300 * time.Millisecond):
			if now := c.steps.Load(); now != seen {
				seen, idle = now, -1
			}
		}
	}
	t.Fatalf("%s: nothing moves any more after %d steps, want all calls to return", situation, c.steps.Load())
}

// accounts returns the balances of count accounts that hold the same.
func accounts(count int, balance int64) map[string]int64 {
	balances := make(map[string]int64, count)
	for i := range count {
		balances[name(i)] = balance
	}
	return balances
}

func name(i int) string { return fmt.Sprintf("account-%02d", i) }
