package jwtauth

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
)

type claimsKey struct{}

// Require lets those requests through to next that have a good token with the role. Without a role any good
// token will do.
func (v *Verifier) Require(role string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "a token is needed", http.StatusUnauthorized)
			return
		}
		claims, err := v.Verify(token)
		if err != nil {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			http.Error(w, "the token isn't good", http.StatusUnauthorized)
			return
		}
		a := &heldBack{header: make(http.Header), status: http.StatusOK}
		next.ServeHTTP(a, r.WithContext(context.WithValue(r.Context(), claimsKey{}, claims)))
		if role != "" && !slices.Contains(claims.Roles, role) {
			http.Error(w, "this takes another role", http.StatusForbidden)
			return
		}
		a.sendTo(w)
	})
}

// heldBack is an answer that waits until it is known who may see it.
type heldBack struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *heldBack) Header() http.Header         { return a.header }
func (a *heldBack) WriteHeader(status int)      { a.status = status }
func (a *heldBack) Write(p []byte) (int, error) { return a.body.Write(p) }

func (a *heldBack) sendTo(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	// A client that has gone away misses it.
	_, _ = a.body.WriteTo(w)
}

// ClaimsFrom returns the claims of the request that ctx belongs to, and whether there are any.
func ClaimsFrom(ctx context.Context) (Claims, bool) {
	claims, ok := ctx.Value(claimsKey{}).(Claims)
	return claims, ok
}
