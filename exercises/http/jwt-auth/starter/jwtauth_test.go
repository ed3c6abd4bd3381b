package jwtauth_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"jwtauth"
)

func TestVerify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		claims, err := newVerifier().Verify(token(goodHeader, goodClaims()))
		if err != nil {
			t.Fatalf("Verify(a good token) error = %v, want nil", err)
		}
		if claims.Subject != "ada" {
			t.Errorf("Verify(a good token) subject = %q, want %q", claims.Subject, "ada")
		}
		if want := []string{"reader", "writer"}; !slices.Equal(claims.Roles, want) {
			t.Errorf("Verify(a good token) roles = %q, want %q", claims.Roles, want)
		}
		if want := time.Now().Add(time.Hour); !claims.ExpiresAt.Equal(want) {
			t.Errorf("Verify(a good token) expires at %v, want %v", claims.ExpiresAt, want)
		}
	})
}

func TestRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier()
		good := token(goodHeader, goodClaims())

		wantRefused(t, v, "a text that is no token", "ada", jwtauth.ErrMalformed)

		_, signature, _ := strings.Cut(good, ".")
		_, signature, _ = strings.Cut(signature, ".")
		forged := encode(goodHeader) + "." + encode(goodClaims().with(object{"roles": []string{"admin"}})) + "." + signature
		wantRefused(t, v, "a token with another one's signature", forged, jwtauth.ErrSignature)

		time.Sleep(2 * time.Hour)
		wantRefused(t, v, "a token of an hour, after two", good, jwtauth.ErrExpired)
	})
}

func TestRequire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen jwtauth.Claims
		next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen, _ = jwtauth.ClaimsFrom(r.Context())
			w.WriteHeader(http.StatusNoContent)
		})
		v := newVerifier()
		good := token(goodHeader, goodClaims())

		if a := ask(t, v.Require("writer", next), "Bearer "+good); a.StatusCode != http.StatusNoContent {
			t.Errorf("Require(writer) with a writer's token: status = %d, want 204, as the handler says", a.StatusCode)
		}
		if seen.Subject != "ada" {
			t.Errorf("Require(writer): the handler's ClaimsFrom(r.Context()) has subject %q, want %q", seen.Subject, "ada")
		}
		if a := ask(t, v.Require("admin", next), "Bearer "+good); a.StatusCode != http.StatusForbidden {
			t.Errorf("Require(admin) with a writer's token: status = %d, want 403", a.StatusCode)
		}
		a := ask(t, v.Require("writer", next), "")
		if a.StatusCode != http.StatusUnauthorized {
			t.Errorf("Require(writer) without a token: status = %d, want 401", a.StatusCode)
		}
		if got := a.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer") {
			t.Errorf("Require(writer) without a token: WWW-Authenticate = %q, want one that begins with Bearer", got)
		}
	})
}
