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
	fetchCtx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()

	type result struct {
		content []byte
		err     error
	}
	results := make(chan result, 1) // nobody may be there to receive
	go func() {
		content, err := fetch(fetchCtx, f.source, name)
		results <- result{content, err}
	}()

	select {
	case r := <-results:
		if r.err == nil {
			return r.content, nil
		}
		if fetchCtx.Err() == nil {
			return nil, fmt.Errorf("fetch %s: %w", name, r.err)
		}
		// The source has given up because it was told to.
	case <-fetchCtx.Done():
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("fetch %s: %w", name, err)
	}
	return nil, fmt.Errorf("fetch %s: %w", name, ErrTimeout)
}

// fetch returns the content of a document. When ctx ends, it returns as soon
// as the source lets it. Its stream is closed in any case.
func fetch(ctx context.Context, source Source, name string) ([]byte, error) {
	stream, err := source.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	content, err := io.ReadAll(reader{ctx, stream})
	if err != nil {
		return nil, err
	}
	return content, nil
}

// A reader doesn't begin another Read when its context has ended, even if the
// Reads of the stream don't fail then.
type reader struct {
	ctx    context.Context
	stream io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.stream.Read(p)
}
