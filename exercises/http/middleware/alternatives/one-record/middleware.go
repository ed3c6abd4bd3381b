// Package middleware holds what goes around every handler.
package middleware

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// Middleware wraps a handler in another one.
type Middleware func(next http.Handler) http.Handler

// Chain wraps h so that the first middleware is the outermost.
func Chain(h http.Handler, middlewares ...Middleware) http.Handler {
	if len(middlewares) == 0 {
		return h
	}
	return middlewares[0](Chain(h, middlewares[1:]...))
}

// Stack wraps h in all four middlewares.
func Stack(log *slog.Logger, timeout time.Duration, h http.Handler) http.Handler {
	return Chain(h, RequestID(), AccessLog(log), Recoverer(log), Timeout(timeout))
}

type requestKey struct{}

// RequestID gives each request an id.
func RequestID() Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id := r.Header.Get("X-Request-ID")
			if len(id) < 1 || len(id) > 64 || strings.ContainsFunc(id, unfit) {
				var random [16]byte
				rand.Read(random[:])
				id = fmt.Sprintf("%x-%x", random[:8], random[8:])
			}
			w.Header().Set("X-Request-ID", id)
			ctx := context.WithValue(r.Context(), requestKey{}, &id)
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

func unfit(c rune) bool {
	return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.", c)
}

// RequestIDFrom returns the request's id.
func RequestIDFrom(ctx context.Context) string {
	id, ok := ctx.Value(requestKey{}).(*string)
	if !ok {
		return ""
	}
	return *id
}

// record writes through and keeps account.
type record struct {
	w      http.ResponseWriter
	status int
	size   int
}

// recordOf takes the record of an outer middleware, if w is one.
func recordOf(w http.ResponseWriter) *record {
	if outer, ok := w.(*record); ok {
		return outer
	}
	return &record{w: w}
}

func (rec *record) Header() http.Header { return rec.w.Header() }

func (rec *record) WriteHeader(status int) {
	rec.w.WriteHeader(status)
	if status/100 != 1 && rec.status == 0 {
		rec.status = status
	}
}

func (rec *record) Write(body []byte) (n int, err error) {
	if rec.status == 0 {
		rec.WriteHeader(http.StatusOK)
	}
	n, err = rec.w.Write(body)
	rec.size += n
	return n, err
}

// Flush begins the answer too.
func (rec *record) Flush() {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	_ = http.NewResponseController(rec.w).Flush() // an error can't be told from here
}

func (rec *record) Unwrap() http.ResponseWriter { return rec.w }

// AccessLog logs what was answered.
func AccessLog(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := recordOf(w)
			defer func(began time.Time) {
				if rec.status == 0 {
					rec.status = http.StatusOK
				}
				log.LogAttrs(context.Background(), slog.LevelInfo, "request",
					slog.String("method", r.Method), slog.String("path", r.URL.Path),
					slog.Int("status", rec.status), slog.Int("bytes", rec.size),
					slog.Any("duration", time.Since(began)), slog.String("request_id", RequestIDFrom(r.Context())))
			}(time.Now())
			next.ServeHTTP(rec, r)
		})
	}
}

// Recoverer answers for handlers that panic.
func Recoverer(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := recordOf(w)
			defer func() {
				switch v := recover(); {
				case v == nil:
				case v == http.ErrAbortHandler:
					panic(v)
				default:
					log.Error("panic", "request_id", RequestIDFrom(r.Context()), "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
					if rec.status != 0 {
						panic(http.ErrAbortHandler)
					}
					rec.WriteHeader(http.StatusInternalServerError)
				}
			}()
			next.ServeHTTP(rec, r)
		})
	}
}

// Timeout gives a handler the time d.
func Timeout(d time.Duration) Middleware {
	return func(next http.Handler) http.Handler {
		return http.TimeoutHandler(next, d, http.StatusText(http.StatusServiceUnavailable))
	}
}
