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
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, ErrTimeout)
	defer cancel()

	stream, err := f.open(ctx, name)
	if err != nil {
		return nil, failure(ctx, err)
	}
	defer stream.Close()

	// The reading needs no goroutine: the end of the context closes the
	// stream, and that ends a Read at once.
	defer context.AfterFunc(ctx, func() { stream.Close() })()
	content, err := io.ReadAll(stream)
	if err != nil {
		return nil, failure(ctx, err)
	}
	return content, nil
}

// open opens a document. When ctx ends it waits no longer, and leaves a
// goroutine behind that closes what may still come.
func (f *Fetcher) open(ctx context.Context, name string) (io.ReadCloser, error) {
	var stream io.ReadCloser
	var err error
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		stream, err = f.source.Open(ctx, name)
	}()
	select {
	case <-returned:
		return stream, err
	case <-ctx.Done():
	}
	go func() {
		<-returned
		if err == nil {
			stream.Close()
		}
	}()
	return nil, ctx.Err()
}

// failure returns the error of a fetch that failed with err.
func failure(ctx context.Context, err error) error {
	switch {
	case context.Cause(ctx) == ErrTimeout:
		return ErrTimeout
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return err
	}
}
