package middleware

import (
	"log/slog"
	"net/http"
	"time"
)

// AccessLog writes a line for each request once it has been answered.
func AccessLog(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			method, path := r.Method, r.URL.Path
			a := &answer{ResponseWriter: w}
			// Deferred, for a handler may leave by a panic.
			defer func() {
				a.begin(http.StatusOK) // what the server sends for a handler that wrote nothing
				log.LogAttrs(r.Context(), slog.LevelInfo, "request",
					slog.String("request_id", RequestIDFrom(r.Context())),
					slog.String("method", method),
					slog.String("path", path),
					slog.Int("status", a.status),
					slog.Int64("bytes", a.bytes),
					slog.Duration("duration", time.Since(start)),
				)
			}()
			next.ServeHTTP(a, r)
		})
	}
}
