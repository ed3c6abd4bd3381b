package middleware

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

type key struct{}

// RequestID gives each request an id: the client's own where that is fit to be used, else a new one.
func RequestID() Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id := r.Header.Get("X-Request-ID")
			if id == "" || len(id) > 64 {
				id = strconv.FormatInt(time.Now().UnixNano(), 10)
			}
			w.Header().Set("X-Request-ID", id)
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, id)))
		})
	}
}

// RequestIDFrom returns the id of the request that ctx belongs to, or "".
func RequestIDFrom(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
}
