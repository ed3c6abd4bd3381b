package jwtauth

import (
	"context"
	"net/http"
)

// Require lets those requests through to next that have a good token with the role. Without a role any good
// token will do.
func (v *Verifier) Require(role string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// TODO: look at the request's token first.
		http.Error(w, "not implemented", http.StatusNotImplemented)
	})
}

// ClaimsFrom returns the claims of the request that ctx belongs to, and whether there are any.
func ClaimsFrom(ctx context.Context) (Claims, bool) {
	// TODO: return what Require has passed on.
	return Claims{}, false
}
