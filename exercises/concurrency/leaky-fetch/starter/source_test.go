package leakyfetch_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// never is longer than any time-out of the tests.
const never = time.Hour

var (
	errGaveUp = errors.New("the source gave up")
	errClosed = errors.New("the stream is closed")
)

// A source is a Source whose waits take fake time. When a context ends while
// Open or Read waits, it goes on for notice, and then gives up.
type source struct {
	wait   time.Duration // before Open answers
	notice time.Duration // from the end of the context until Open or Read gives up
	late   bool          // Open doesn't give up at the end of its context, it succeeds
	err    error         // what Open answers, instead of a stream

	content  string
	readWait time.Duration // before each Read
	readErr  error         // after the content, instead of io.EOF

	mu       sync.Mutex
	contexts []context.Context // what each Open was given
	streams  []*stream         // what each successful Open returned
}

// Open makes a source a leakyfetch.Source.
func (s *source) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	s.mu.Lock()
	s.contexts = append(s.contexts, ctx)
	s.mu.Unlock()

	if err := pause(ctx, s.wait, s.notice, nil); err != nil && !s.late {
		return nil, err
	}
	if s.err != nil {
		return nil, s.err
	}
	opened := &stream{source: s, ctx: ctx, rest: strings.NewReader(s.content), closed: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams = append(s.streams, opened)
	return opened, nil
}

// context returns the context that the only Open was given.
func (s *source) context(t *testing.T) context.Context {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.contexts) != 1 {
		t.Fatalf("Fetch has called Open %d times, want 1", len(s.contexts))
	}
	return s.contexts[0]
}

// open returns how many streams it has opened, and how many of them are
// still open.
func (s *source) open() (total, open int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stream := range s.streams {
		if !stream.isClosed() {
			open++
		}
	}
	return len(s.streams), open
}

// A stream is what a source opens. Its content comes a byte at a time if reads
// have to wait.
type stream struct {
	source *source
	ctx    context.Context
	rest   *strings.Reader

	close  sync.Once
	closed chan struct{}
}

func (s *stream) Read(p []byte) (int, error) {
	if s.isClosed() {
		return 0, errClosed
	}
	if err := pause(s.ctx, s.source.readWait, s.source.notice, s.closed); err != nil {
		return 0, err
	}
	if s.rest.Len() == 0 && s.source.readErr != nil {
		return 0, s.source.readErr
	}
	if s.source.readWait > 0 {
		p = p[:min(len(p), 1)]
	}
	return s.rest.Read(p)
}

func (s *stream) Close() error {
	s.close.Do(func() { close(s.closed) })
	return nil
}

func (s *stream) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

// pause waits for d. It ends early, with an error, when closed is closed, and
// notice after the end of ctx.
func pause(ctx context.Context, d, notice time.Duration, closed <-chan struct{}) error {
	if ctx.Err() == nil {
		if d == 0 {
			return nil
		}
		select {
		case <-time.After(d):
			return nil
		case <-closed:
			return errClosed
		case <-ctx.Done():
		}
	}
	select {
	case <-time.After(notice):
		return errGaveUp
	case <-closed:
		return errClosed
	}
}
