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
	type opened struct {
		stream io.ReadCloser
		err    error
	}
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, ErrTimeout)
	defer cancel()
	answers := make(chan opened)
	go func() {
		stream, err := f.source.Open(ctx, name)
		select {
		case answers <- opened{stream, err}:
		case <-ctx.Done():
		}
	}()

	select {
	case answer := <-answers:
		if answer.err != nil {
			return nil, fmt.Errorf("fetch %s: %w", name, answer.err)
		}
		return f.read(ctx, name, answer.stream)
	case <-ctx.Done():
		return nil, fmt.Errorf("fetch %s: %w", name, reason(ctx))
	}
}

// read reads a stream to its end, and closes it.
func (f *Fetcher) read(ctx context.Context, name string, stream io.ReadCloser) ([]byte, error) {
	type result struct {
		content []byte
		err     error
	}
	results := make(chan result, 1)
	go func() {
		defer stream.Close()
		content, err := io.ReadAll(stream)
		results <- result{content, err}
	}()
	select {
	case r := <-results:
		if r.err != nil {
			return nil, fmt.Errorf("fetch %s: %w", name, r.err)
		}
		return r.content, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("fetch %s: %w", name, reason(ctx))
	}
}

// reason returns why ctx has ended.
func reason(ctx context.Context) error {
	if context.Cause(ctx) == ErrTimeout {
		return ErrTimeout
	}
	return ctx.Err()
}
