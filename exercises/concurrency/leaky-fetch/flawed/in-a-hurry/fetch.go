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
	openCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	type opened struct {
		stream io.ReadCloser
		err    error
	}
	answers := make(chan opened, 1)
	go func() {
		stream, err := f.source.Open(openCtx, name)
		answers <- opened{stream, err}
	}()

	select {
	case answer := <-answers:
		if answer.err != nil {
			return nil, fmt.Errorf("fetch %s: %w", name, answer.err)
		}
		defer answer.stream.Close()
		return io.ReadAll(answer.stream)
	case <-time.After(f.timeout):
		return nil, fmt.Errorf("fetch %s: %w", name, ErrTimeout)
	case <-ctx.Done():
		return nil, fmt.Errorf("fetch %s: %w", name, ctx.Err())
	}
}
