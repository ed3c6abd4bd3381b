package middleware

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"
)

// Timeout gives a handler the time d. When it is over, a 503 goes out.
func Timeout(d time.Duration) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), d)
			defer cancel()

			b := &buffer{header: make(http.Header)}
			done := make(chan struct{})
			go func() {
				next.ServeHTTP(b, r.WithContext(ctx))
				close(done)
			}()

			select {
			case <-done:
				b.sendTo(w)
			case <-ctx.Done():
				b.close()
				http.Error(w, "the request took too long", http.StatusServiceUnavailable)
			}
		})
	}
}

// buffer keeps an answer until it is whole.
type buffer struct {
	header http.Header

	mu     sync.Mutex
	closed bool
	status int
	body   bytes.Buffer
}

func (b *buffer) Header() http.Header { return b.header }

func (b *buffer) WriteHeader(status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.status == 0 && status >= 200 {
		b.status = status
	}
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, http.ErrHandlerTimeout
	}
	if b.status == 0 {
		b.status = http.StatusOK
	}
	return b.body.Write(p)
}

func (b *buffer) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}

// sendTo sends the answer of a handler that has returned.
func (b *buffer) sendTo(w http.ResponseWriter) {
	maps.Copy(w.Header(), b.header)
	if b.status != 0 {
		w.WriteHeader(b.status)
	}
	// A client that has gone away misses it.
	_, _ = io.Copy(w, &b.body)
}
