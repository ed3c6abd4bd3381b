// Package leakyfetch fetches documents from sources that may be slow.
package leakyfetch

import (
	"context"
	"errors"
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
	parent := ctx
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	over := time.After(f.timeout)

	type opened struct {
		stream io.ReadCloser
		err    error
	}
	answers := make(chan opened)
	go func() {
		stream, err := f.source.Open(ctx, name)
		select {
		case answers <- opened{stream, err}:
		case <-ctx.Done():
			if err == nil {
				stream.Close() // too late, and nobody else will
			}
		}
	}()
	var stream io.ReadCloser
	select {
	case <-over:
		return nil, ErrTimeout
	case <-parent.Done():
		return nil, parent.Err()
	case answer := <-answers:
		if answer.err != nil {
			return nil, failure(parent, answer.err)
		}
		stream = answer.stream
	}
	// This also fails a Read that is under way when Fetch gives up.
	defer stream.Close()

	var content []byte
	var readErr error
	read := make(chan struct{})
	go func() {
		defer close(read)
		content, readErr = io.ReadAll(stream)
	}()
	select {
	case <-over:
		return nil, ErrTimeout
	case <-parent.Done():
		return nil, parent.Err()
	case <-read:
		if readErr != nil {
			return nil, failure(parent, readErr)
		}
		return content, nil
	}
}

// failure returns why a fetch failed: the end of ctx before anything else.
func failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
