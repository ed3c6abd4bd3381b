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
			done := make(chan struct{})
			panics := make(chan any, 1)
			go func() {
				defer func() {
					if v := recover(); v != nil {
						panics <- v
					}
				}()
				next.ServeHTTP(w, r.WithContext(ctx))
				close(done)
			}()
			select {
			case v := <-panics:
				panic(v)
			case <-done:
			case <-ctx.Done():
				http.Error(w, "the request took too long", http.StatusServiceUnavailable)
			}
		})
	}
}
