package middleware

import (
	"log/slog"
	"net/http"
)

// Recoverer answers a request whose handler panics with a 500, or cuts the answer off where it has begun.
func Recoverer(log *slog.Logger) Middleware {
	// TODO: recover from the panics of next.
	return func(next http.Handler) http.Handler { return next }
}
