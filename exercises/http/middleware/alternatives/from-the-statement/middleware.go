// Package middleware wraps HTTP handlers in what every service needs: request ids, an access log, recovery from
// panics, and a time-out.
package middleware

import (
	"log/slog"
	"net/http"
	"slices"
	"time"
)

// Middleware wraps a handler in another one.
type Middleware func(next http.Handler) http.Handler

// Chain wraps h in all middlewares. The first one is the outermost: it sees a request first.
func Chain(h http.Handler, middlewares ...Middleware) http.Handler {
	for _, middleware := range slices.Backward(middlewares) {
		h = middleware(h)
	}
	return h
}

// Stack wraps h in all four middlewares of this package.
func Stack(log *slog.Logger, timeout time.Duration, h http.Handler) http.Handler {
	return Chain(h, RequestID(), AccessLog(log), Recoverer(log), Timeout(timeout))
}
