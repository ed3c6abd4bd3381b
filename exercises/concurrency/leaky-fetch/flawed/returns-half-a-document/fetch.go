// Package leakyfetch fetches documents from sources that may be slow.
package leakyfetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// ErrTimeout reports a fetch that took longer than the Fetcher allows.
var ErrTimeout = errors.New("fetch timed out")

// A Source opens documents. It belongs to others: README.md says what can be
// relied on.
type Source interface {
	Open(ctx context.Context, name string) (io.ReadCloser, error)
}

// A Fetcher fetches documents from one source. It may be used by several
// goroutines at once.
type Fetcher struct {
	source  Source
	timeout time.Duration
}

// New returns a Fetcher that gives up a fetch after timeout.
func New(source Source, timeout time.Duration) *Fetcher {
	return &Fetcher{source: source, timeout: timeout}
}

// Fetch returns the content of the document called name.
func (f *Fetcher) Fetch(ctx context.Context, name string) ([]byte, error) {
	// The cause tells the end of our own time from a deadline of the caller's.
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, ErrTimeout)
	defer cancel()

	type result struct {
		content []byte
		err     error
	}
	// There is room for the result, so that the goroutine ends also when
	// nobody waits for it any more.
	results := make(chan result, 1)
	go func() {
		content, err := f.read(ctx, name)
		results <- result{content, err}
	}()

	select {
	case r := <-results:
		if r.err == nil {
			return r.content, nil
		}
		if ctx.Err() == nil {
			return r.content, fmt.Errorf("fetch %s: %w", name, r.err)
		}
		// The source failed because the time was over.
	case <-ctx.Done():
	}
	return nil, fmt.Errorf("fetch %s: %w", name, reason(ctx))
}

// read opens a document, reads it and closes it. All of it is done by one
// goroutine, which therefore knows when there is something to close.
func (f *Fetcher) read(ctx context.Context, name string) ([]byte, error) {
	stream, err := f.source.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	return io.ReadAll(stream)
}

// reason returns why ctx has ended.
func reason(ctx context.Context) error {
	if context.Cause(ctx) == ErrTimeout {
		return ErrTimeout
	}
	return ctx.Err()
}
