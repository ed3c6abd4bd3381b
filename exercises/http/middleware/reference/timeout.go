package middleware

import (
	"net/http"
	"time"
)

// Timeout gives a handler the time d. When it is over, a 503 goes out.
func Timeout(d time.Duration) Middleware {
	return func(next http.Handler) http.Handler {
		// It keeps what the handler writes in a buffer of its own, so that the two never write to one
		// ResponseWriter, and hands a panic on to the goroutine that serves the request.
		return http.TimeoutHandler(next, d, "the request took too long\n")
	}
}
