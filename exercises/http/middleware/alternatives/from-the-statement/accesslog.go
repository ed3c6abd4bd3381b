package middleware

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"
)

// AccessLog writes a line for each request once it has been answered.
func AccessLog(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			method, path := r.Method, r.URL.Path // the handler may change them
			rec := &recorder{ResponseWriter: w}
			defer func() {
				log.LogAttrs(r.Context(), slog.LevelInfo, "request",
					slog.String("request_id", RequestIDFrom(r.Context())),
					slog.String("method", method),
					slog.String("path", path),
					slog.Int("status", cmp.Or(rec.status, http.StatusOK)),
					slog.Int("bytes", rec.bytes),
					slog.Duration("duration", time.Since(start)))
			}()
			next.ServeHTTP(rec, r)
		})
	}
}
