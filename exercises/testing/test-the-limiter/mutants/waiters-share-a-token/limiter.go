// Package limiter limits how often something may happen.
package limiter

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A Limiter is a bucket of tokens. It is full at first, and gains a token
// every interval while it isn't.
type Limiter struct {
	interval time.Duration
	burst    int

	mu     sync.Mutex
	tokens int       // below 0 where some are waited for
	last   time.Time // when the last token came, or the bucket was full
}

// New makes a limiter whose bucket holds burst tokens.
func New(interval time.Duration, burst int) (*Limiter, error) {
	if interval <= 0 {
		return nil, fmt.Errorf("limiter: interval is %v, want more than 0", interval)
	}
	if burst < 1 {
		return nil, fmt.Errorf("limiter: burst is %d, want at least 1", burst)
	}
	return &Limiter{interval: interval, burst: burst, tokens: burst, last: time.Now()}, nil
}

// Allow takes a token if there is one, and reports whether it did.
func (l *Limiter) Allow() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refill()
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}

// Wait takes a token, and waits for it if there is none. It returns the cause
// of ctx's end if that comes first.
func (l *Limiter) Wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	due, err := l.reserve(ctx)
	if err != nil || due.IsZero() {
		return err
	}
	select {
	case <-time.After(time.Until(due)):
		return nil
	case <-ctx.Done():
		l.giveBack()
		return context.Cause(ctx)
	}
}

// reserve takes a token that is there, or the next one to come that nobody has
// taken, and says when that will be.
func (l *Limiter) reserve(ctx context.Context) (due time.Time, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refill()
	if l.tokens > 0 {
		l.tokens--
		return time.Time{}, nil
	}
	due = l.last.Add(time.Duration(1-l.tokens) * l.interval)
	if deadline, ok := ctx.Deadline(); ok && !due.Before(deadline) {
		return due, fmt.Errorf("limiter: the next token comes too late: %w", context.DeadlineExceeded)
	}
	return due, nil
}

func (l *Limiter) giveBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tokens++
}

// refill puts in the tokens that have come since the last call.
func (l *Limiter) refill() {
	now := time.Now()
	came := now.Sub(l.last) / l.interval
	l.tokens += int(came)
	l.last = l.last.Add(came * l.interval)
	if l.tokens >= l.burst {
		l.tokens, l.last = l.burst, now
	}
}
