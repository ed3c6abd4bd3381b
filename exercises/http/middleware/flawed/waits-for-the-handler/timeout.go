package middleware

import (
	"context"
	"net/http"
	"time"
)

// Timeout gives a handler the time d. When it is over, a 503 goes out.
func Timeout(d time.Duration) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), d)
			defer cancel()
			a := &answer{ResponseWriter: w}
			next.ServeHTTP(a, r.WithContext(ctx))
			if ctx.Err() != nil && a.status == 0 {
				http.Error(w, "the request took too long", http.StatusServiceUnavailable)
			}
		})
	}
}
