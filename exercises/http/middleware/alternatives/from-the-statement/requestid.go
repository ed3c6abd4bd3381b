package middleware

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
)

const requestIDHeader = "X-Request-ID"

type requestIDKey struct{}

// RequestID gives each request an id: the client's own where that is fit to be used, else a new one.
func RequestID() Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id := r.Header.Get(requestIDHeader)
			if !fit(id) {
				id = rand.Text()
			}
			w.Header().Set(requestIDHeader, id)
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
		})
	}
}

// RequestIDFrom returns the id of the request that ctx belongs to, or "".
func RequestIDFrom(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

func fit(id string) bool {
	return 1 <= len(id) && len(id) <= 64 && !strings.ContainsFunc(id, func(c rune) bool {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
			return false
		}
		return true
	})
}
