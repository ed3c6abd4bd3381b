package middleware

import (
	"log/slog"
	"net/http"
	"time"
)

// counter counts the bytes of a body.
type counter struct {
	http.ResponseWriter
	bytes int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.bytes += int64(n)
	return n, err
}

func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// AccessLog writes a line for each request once it has been answered.
func AccessLog(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			method, path := r.Method, r.URL.Path
			c := &counter{ResponseWriter: w}
			// Deferred, for a handler may leave by a panic.
			defer func() {
				log.LogAttrs(r.Context(), slog.LevelInfo, "request",
					slog.String("request_id", RequestIDFrom(r.Context())),
					slog.String("method", method),
					slog.String("path", path),
					slog.Int("status", http.StatusOK),
					slog.Int64("bytes", c.bytes),
					slog.Duration("duration", time.Since(start)),
				)
			}()
			next.ServeHTTP(c, r)
		})
	}
}
