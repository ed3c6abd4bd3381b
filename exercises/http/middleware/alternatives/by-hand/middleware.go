// Package middleware wraps HTTP handlers: request ids, an access log, recovery, a time-out. Nothing of net/http's own
// middleware is used.
package middleware

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Middleware wraps a handler in another one.
type Middleware func(next http.Handler) http.Handler

// Chain wraps h in all middlewares; the first is the outermost.
func Chain(h http.Handler, middlewares ...Middleware) http.Handler {
	for _, m := range slices.Backward(middlewares) {
		h = m(h)
	}
	return h
}

// Stack wraps h in all middlewares.
func Stack(log *slog.Logger, timeout time.Duration, h http.Handler) http.Handler {
	return RequestID()(AccessLog(log)(Recoverer(log)(Timeout(timeout)(h))))
}

type contextKey string

const idKey contextKey = "request id"

var usableID = regexp.MustCompile(`\A[a-zA-Z0-9._-]{1,64}\z`)

// RequestID gives each request an id.
func RequestID() Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id := r.Header.Get("X-Request-ID")
			if !usableID.MatchString(id) {
				random := make([]byte, 12)
				rand.Read(random)
				id = hex.EncodeToString(random)
			}
			w.Header().Set("X-Request-ID", id)
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), idKey, id)))
		})
	}
}

// RequestIDFrom returns the id of a request, or "".
func RequestIDFrom(ctx context.Context) string {
	if id, ok := ctx.Value(idKey).(string); ok {
		return id
	}
	return ""
}

// sniffer calls began once, when a final status goes out, and wrote for each piece of the body.
type sniffer struct {
	http.ResponseWriter
	began   func(status int)
	wrote   func(n int)
	started bool
}

func (s *sniffer) WriteHeader(status int) {
	if !s.started && (status < 100 || status > 199) {
		s.started = true
		s.began(status)
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *sniffer) Write(p []byte) (int, error) {
	if !s.started {
		s.WriteHeader(http.StatusOK)
	}
	n, err := s.ResponseWriter.Write(p)
	s.wrote(n)
	return n, err
}

// Unwrap is for http.ResponseController, FlushError too: a flush begins the answer.
func (s *sniffer) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *sniffer) FlushError() error {
	if !s.started {
		s.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(s.ResponseWriter).Flush()
}

// AccessLog logs each request.
func AccessLog(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			status, size, start := http.StatusOK, 0, time.Now()
			s := &sniffer{ResponseWriter: w, began: func(n int) { status = n }, wrote: func(n int) { size += n }}
			path := r.URL.Path
			defer func() {
				log.With("request_id", RequestIDFrom(r.Context())).Info("request",
					"method", r.Method, "path", path, "status", status, "bytes", size, "duration", time.Since(start))
			}()
			next.ServeHTTP(s, r)
		})
	}
}

// Recoverer turns panics into 500s.
func Recoverer(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begun := false
			s := &sniffer{ResponseWriter: w, began: func(int) { begun = true }, wrote: func(int) {}}
			defer func() {
				v := recover()
				if err, ok := v.(error); ok && err == http.ErrAbortHandler {
					panic(v)
				}
				if v == nil {
					return
				}
				stack := make([]byte, 64<<10)
				stack = stack[:runtime.Stack(stack, false)]
				log.Error("panic", "panic", fmt.Sprint(v), "stack", string(stack), "request_id", RequestIDFrom(r.Context()))
				if begun {
					panic(http.ErrAbortHandler)
				}
				w.WriteHeader(http.StatusInternalServerError)
				io.WriteString(w, http.StatusText(http.StatusInternalServerError))
			}()
			next.ServeHTTP(s, r)
		})
	}
}

// Timeout gives a handler the time d.
func Timeout(d time.Duration) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), d)
			defer cancel()

			held := &held{header: make(http.Header)}
			done := make(chan any, 1) // with room, for nobody may be left to receive
			go func() {
				returned := false
				defer func() {
					if v := recover(); !returned {
						done <- v
					}
				}()
				next.ServeHTTP(held, r.WithContext(ctx))
				returned = true
				done <- nil
			}()

			select {
			case v := <-done:
				if v != nil {
					panic(v)
				}
				held.sendTo(w)
			case <-ctx.Done():
				held.refuse()
				w.WriteHeader(http.StatusServiceUnavailable)
				io.WriteString(w, "try again later\n")
			}
		})
	}
}

// held keeps an answer back.
type held struct {
	header http.Header // the handler's alone until it has returned

	mu      sync.Mutex
	refused bool
	status  int
	body    bytes.Buffer
}

func (h *held) Header() http.Header { return h.header }

func (h *held) WriteHeader(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.status == 0 && status >= 200 {
		h.status = status
	}
}

func (h *held) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refused {
		return 0, http.ErrHandlerTimeout
	}
	if h.status == 0 {
		h.status = http.StatusOK
	}
	return h.body.Write(p)
}

func (h *held) refuse() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refused = true
	h.body = bytes.Buffer{}
}

func (h *held) sendTo(w http.ResponseWriter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.Copy(w.Header(), h.header)
	if h.status != 0 {
		w.WriteHeader(h.status)
	}
	h.body.WriteTo(w)
}
