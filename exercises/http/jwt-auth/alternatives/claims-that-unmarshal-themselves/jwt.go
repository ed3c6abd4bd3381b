// Package jwtauth checks HS256 tokens and guards handlers with them.
package jwtauth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Claims is what a token says of its bearer.
type Claims struct {
	Subject   string
	Roles     []string
	ExpiresAt time.Time
}

type claimSet struct {
	Sub   string   `json:"sub"`
	Exp   date     `json:"exp"`
	Nbf   date     `json:"nbf"`
	Aud   any      `json:"aud"`
	Roles []string `json:"roles"`
}

type date struct{ time.Time }

func (d *date) UnmarshalJSON(text []byte) error {
	seconds, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return err
	}
	d.Time = time.UnixMilli(int64(seconds * 1000))
	return nil
}

func (c *claimSet) isFor(name string) (bool, error) {
	switch aud := c.Aud.(type) {
	case nil:
		return false, nil
	case string:
		return aud == name, nil
	case []any:
		return slices.Contains(aud, any(name)), nil
	}
	return false, ErrMalformed
}

// Verifier checks tokens.
type Verifier struct {
	keys     map[string][]byte
	audience string
	leeway   time.Duration
}

// NewVerifier returns a Verifier.
func NewVerifier(keys map[string][]byte, audience string, leeway time.Duration) *Verifier {
	return &Verifier{keys, audience, leeway}
}

// Verify returns the claims of a token that is good now.
func (v *Verifier) Verify(token string) (Claims, error) {
	head, rest, ok1 := strings.Cut(token, ".")
	body, sig, ok2 := strings.Cut(rest, ".")
	if !ok1 || !ok2 || strings.Contains(sig, ".") {
		return Claims{}, ErrMalformed
	}
	var h map[string]any
	var c claimSet
	mac, err := base64.RawURLEncoding.DecodeString(sig)
	if err := errors.Join(err, unpack(head, &h)); err != nil {
		return Claims{}, ErrMalformed
	}
	keyID, ok := h["kid"].(string)
	key, known := v.keys[keyID]
	if !ok || !known {
		return Claims{}, v.unknown(h)
	}
	want := hmac.New(sha256.New, key)
	want.Write([]byte(head + "." + body))
	if !hmac.Equal(want.Sum(nil), mac) {
		return Claims{}, v.unknown(h)
	}
	if h["alg"] != "HS256" || h["crit"] != nil {
		return Claims{}, ErrAlgorithm
	}

	if err := unpack(body, &c); err != nil || c.Sub == "" || c.Exp.IsZero() {
		return Claims{}, ErrMalformed
	}
	if mine, err := c.isFor(v.audience); err != nil {
		return Claims{}, err
	} else if !mine {
		return Claims{}, ErrAudience
	}
	if time.Until(c.Nbf.Time) > v.leeway {
		return Claims{}, ErrNotYetValid
	}
	if time.Since(c.Exp.Time) >= v.leeway {
		return Claims{}, ErrExpired
	}
	return Claims{Subject: c.Sub, Roles: c.Roles, ExpiresAt: c.Exp.Time}, nil
}

// unknown is the error for a token that can't be told to be genuine.
func (v *Verifier) unknown(header map[string]any) error {
	if header["alg"] != "HS256" {
		return ErrAlgorithm
	}
	return ErrSignature
}

func unpack(part string, into any) error {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

type key struct{}

// Require guards next.
func (v *Verifier) Require(role string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		words := strings.Fields(r.Header.Get("Authorization"))
		if len(words) != 2 || strings.ToLower(words[0]) != "bearer" {
			deny(w)
			return
		}
		claims, err := v.Verify(words[1])
		if err != nil {
			deny(w)
			return
		}
		if role == "" || slices.Contains(claims.Roles, role) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, claims)))
			return
		}
		http.Error(w, "forbidden", http.StatusForbidden)
	})
}

func deny(w http.ResponseWriter) {
	w.Header().Add("WWW-Authenticate", "Bearer")
	http.Error(w, "unauthorized", http.StatusUnauthorized)
}

// ClaimsFrom returns the claims of a request.
func ClaimsFrom(ctx context.Context) (c Claims, ok bool) {
	c, ok = ctx.Value(key{}).(Claims)
	return
}
