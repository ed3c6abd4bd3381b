package jwtauth_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"jwtauth"
)

const (
	audience = "billing"
	leeway   = 30 * time.Second
)

var keys = map[string][]byte{
	"a": []byte("the first key of the two, kept well"),
	"b": []byte("the other key, which is newer"),
}

func newVerifier() *jwtauth.Verifier { return jwtauth.NewVerifier(keys, audience, leeway) }

// object is a header, or claims.
type object map[string]any

// with returns a copy in which some members are others; what is nil is taken out.
func (o object) with(changes object) object {
	changed := make(object)
	for _, from := range []object{o, changes} {
		for name, value := range from {
			if changed[name] = value; value == nil {
				delete(changed, name)
			}
		}
	}
	return changed
}

var goodHeader = object{"alg": "HS256", "typ": "JWT", "kid": "a"}

// goodClaims are Ada's, for an hour from now on.
func goodClaims() object {
	return object{"sub": "ada", "aud": audience, "exp": time.Now().Unix() + 3600, "roles": []string{"reader", "writer"}}
}

func base(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func encode(o object) string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // the tests' objects can be encoded
	}
	return base(text)
}

// sign adds the signature to two parts that stand there as a token has them.
func sign(parts string, key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(parts))
	return parts + "." + base(mac.Sum(nil))
}

// token makes a token that is signed with key a.
func token(header, claims object) string {
	return sign(encode(header)+"."+encode(claims), keys["a"])
}

var allErrors = []error{
	jwtauth.ErrMalformed, jwtauth.ErrAlgorithm, jwtauth.ErrSignature,
	jwtauth.ErrExpired, jwtauth.ErrNotYetValid, jwtauth.ErrAudience,
}

// wantRefused reports a token that isn't refused for one reason alone, which is among these.
func wantRefused(t *testing.T, v *jwtauth.Verifier, what, token string, want ...error) {
	t.Helper()
	claims, err := v.Verify(token)
	var found []error
	for _, reason := range allErrors {
		if errors.Is(err, reason) {
			found = append(found, reason)
		}
	}
	if len(found) != 1 || !slices.Contains(want, found[0]) {
		t.Errorf("Verify(%s) error = %v, in which errors.Is finds %q, want one of %q", what, err, found, want)
	}
	if claims.Subject != "" || claims.Roles != nil || !claims.ExpiresAt.IsZero() {
		t.Errorf("Verify(%s) claims = %v, want none, and an error", what, claims)
	}
}

// wantGood reports a token that isn't accepted.
func wantGood(t *testing.T, v *jwtauth.Verifier, what, token string) {
	t.Helper()
	if claims, err := v.Verify(token); err != nil {
		t.Errorf("Verify(%s) error = %v, want nil", what, err)
	} else if claims.Subject != "ada" {
		t.Errorf("Verify(%s) subject = %q, want %q", what, claims.Subject, "ada")
	}
}

// ask sends a request with this Authorization, none if it is empty, and returns the answer.
func ask(t *testing.T, h http.Handler, authorization string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "DELETE", "/invoices/7", nil)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Result()
}
