// Package jwtauth lets those through who have a signed token, and the role that it takes.
package jwtauth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"
	"time"
)

// Claims is what a token says of its bearer.
type Claims struct {
	Subject   string
	Roles     []string
	ExpiresAt time.Time
}

// A Verifier checks tokens. It may be used by many goroutines at the same time.
type Verifier struct {
	macs     map[string]hash.Hash
	audience string
	leeway   time.Duration
}

// NewVerifier returns a Verifier of tokens for an audience that are signed with one of keys. A clock may
// differ from another one by leeway.
func NewVerifier(keys map[string][]byte, audience string, leeway time.Duration) *Verifier {
	v := &Verifier{macs: make(map[string]hash.Hash), audience: audience, leeway: leeway}
	for id, key := range keys {
		v.macs[id] = hmac.New(sha256.New, key) // once, not for each token
	}
	return v
}

// header is the first part of a token.
type header struct {
	Algorithm string          `json:"alg"`
	KeyID     string          `json:"kid"`
	Critical  json.RawMessage `json:"crit"`
}

// payload is the second part of a token. Pointers tell what isn't there.
type payload struct {
	Subject   string   `json:"sub"`
	Audience  audience `json:"aud"`
	Roles     []string `json:"roles"`
	Expires   *float64 `json:"exp"`
	NotBefore *float64 `json:"nbf"`
}

// audience is one name, or a list of them.
type audience []string

func (a *audience) UnmarshalJSON(text []byte) error {
	var name string
	if json.Unmarshal(text, &name) == nil {
		*a = audience{name}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// Verify returns the claims of a token that is good now.
func (v *Verifier) Verify(token string) (Claims, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Claims{}, fmt.Errorf("%w: it has %d parts, not 3", ErrMalformed, len(parts))
	}
	// Until the signature has been checked, nothing in the token is more than a stranger's word. Of the
	// header only that is looked at which the check takes, and the algorithm is ours, not the token's.
	var h header
	if err := decode(parts[0], &h); err != nil {
		return Claims{}, err
	}
	if h.Algorithm != "HS256" || h.Critical != nil {
		return Claims{}, ErrAlgorithm
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return Claims{}, fmt.Errorf("%w: signature: %v", ErrMalformed, err)
	}
	if !v.signed(h.KeyID, parts[0]+"."+parts[1], signature) {
		return Claims{}, ErrSignature
	}

	var p payload
	if err := decode(parts[1], &p); err != nil {
		return Claims{}, err
	}
	return v.check(p)
}

// signed says whether signature is that of text, as it came, under the key.
func (v *Verifier) signed(keyID, text string, signature []byte) bool {
	mac, ok := v.macs[keyID]
	if !ok {
		return false
	}
	mac.Reset()
	mac.Write([]byte(text))
	// In constant time: how long a comparison takes mustn't tell how much of a guess is right.
	return hmac.Equal(signature, mac.Sum(nil))
}

// check looks at claims whose signature is good.
func (v *Verifier) check(p payload) (Claims, error) {
	if p.Subject == "" || p.Expires == nil {
		return Claims{}, fmt.Errorf("%w: sub and exp must be there", ErrMalformed)
	}
	now := time.Now()
	expires := date(*p.Expires)
	if !now.Before(expires.Add(v.leeway)) {
		return Claims{}, ErrExpired
	}
	if p.NotBefore != nil && now.Before(date(*p.NotBefore).Add(-v.leeway)) {
		return Claims{}, ErrNotYetValid
	}
	if !slices.Contains(p.Audience, v.audience) {
		return Claims{}, ErrAudience
	}
	return Claims{Subject: p.Subject, Roles: p.Roles, ExpiresAt: expires}, nil
}

// decode reads a part of a token: JSON in base64.
func decode(part string, into any) error {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	return nil
}

// date is the time so many seconds, and parts of seconds, after the beginning of 1970.
func date(seconds float64) time.Time {
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9))
}
