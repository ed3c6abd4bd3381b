// Package jwtauth verifies tokens in stages: what comes out of one is what the next may trust.
package jwtauth

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"regexp"
	"time"
)

// Claims is what a token says of its bearer.
type Claims struct {
	Subject   string
	Roles     []string
	ExpiresAt time.Time
}

// A Verifier checks tokens.
type Verifier struct {
	verify func(token string) (Claims, error)
}

// NewVerifier returns a Verifier of tokens for an audience.
func NewVerifier(keys map[string][]byte, audience string, leeway time.Duration) *Verifier {
	return &Verifier{func(token string) (Claims, error) {
		signed, err := authentic(keys, []byte(token))
		if err != nil {
			return Claims{}, err
		}
		return current(signed, audience, leeway)
	}}
}

// Verify returns the claims of a token that is good now.
func (v *Verifier) Verify(token string) (Claims, error) { return v.verify(token) }

type object map[string]any

func parse(part []byte) (object, error) {
	text := make([]byte, base64.RawURLEncoding.DecodedLen(len(part)))
	n, err := base64.RawURLEncoding.Decode(text, part)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if !json.Valid(text[:n]) {
		return nil, ErrMalformed
	}
	decoder := json.NewDecoder(bytes.NewReader(text[:n]))
	decoder.UseNumber()
	var o object
	if err := decoder.Decode(&o); err != nil || o == nil {
		return nil, ErrMalformed
	}
	return o, nil
}

// authentic returns the claims of a token that somebody with a key has signed.
func authentic(keys map[string][]byte, token []byte) (object, error) {
	parts := bytes.Split(token, []byte("."))
	if len(parts) != 3 {
		return nil, ErrMalformed
	}
	header, err := parse(parts[0])
	if err != nil {
		return nil, err
	}
	if _, critical := header["crit"]; critical || header["alg"] != "HS256" {
		return nil, ErrAlgorithm
	}
	keyID, _ := header["kid"].(string)
	key, known := keys[keyID]
	mac := hmac.New(sha256.New, key)
	mac.Write(token[:len(parts[0])+1+len(parts[1])])
	want := base64.RawURLEncoding.AppendEncode(nil, mac.Sum(nil))
	if subtle.ConstantTimeCompare(parts[2], want) == 0 || !known {
		return nil, ErrSignature
	}
	return parse(parts[1])
}

// current returns the claims if they hold here and now.
func current(o object, audience string, leeway time.Duration) (Claims, error) {
	subject, ok := o["sub"].(string)
	if !ok || subject == "" {
		return Claims{}, fmt.Errorf("%w: sub", ErrMalformed)
	}
	roles, err := texts(o["roles"])
	if err != nil {
		return Claims{}, err
	}
	audiences, err := texts(o["aud"])
	if one, ok := o["aud"].(string); ok {
		audiences, err = []string{one}, nil
	}
	if err != nil {
		return Claims{}, err
	}
	expires, err := instant(o["exp"])
	if err != nil {
		return Claims{}, err
	}
	begins := time.Time{}
	if from, ok := o["nbf"]; ok {
		if begins, err = instant(from); err != nil {
			return Claims{}, err
		}
	}

	for _, one := range audiences {
		switch now := time.Now(); {
		case one != audience:
			continue
		case now.Add(leeway).Before(begins):
			return Claims{}, ErrNotYetValid
		case now.Sub(expires) >= leeway:
			return Claims{}, ErrExpired
		}
		return Claims{subject, roles, expires}, nil
	}
	return Claims{}, ErrAudience
}

func texts(value any) ([]string, error) {
	if value == nil {
		return nil, nil
	}
	list, ok := value.([]any)
	if !ok {
		return nil, ErrMalformed
	}
	all := make([]string, len(list))
	for i, item := range list {
		if all[i], ok = item.(string); !ok {
			return nil, ErrMalformed
		}
	}
	return all, nil
}

func instant(value any) (time.Time, error) {
	number, ok := value.(json.Number)
	if !ok || len(number) > 40 {
		return time.Time{}, ErrMalformed
	}
	seconds, ok := new(big.Rat).SetString(number.String())
	if !ok {
		return time.Time{}, ErrMalformed
	}
	seconds.Mul(seconds, big.NewRat(1_000_000, 1))
	micros := new(big.Int).Quo(seconds.Num(), seconds.Denom())
	return time.UnixMicro(micros.Int64()), nil
}

var bearer = regexp.MustCompile(`\A(?i:bearer) +([^ ]+)\z`)

type contextKey int

const claimsKey contextKey = iota

// Require lets requests with a good token and the role through.
func (v *Verifier) Require(role string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var claims Claims
		err := ErrMalformed
		if found := bearer.FindStringSubmatch(r.Header.Get("Authorization")); found != nil {
			claims, err = v.verify(found[1])
		}
		allowed := role == ""
		for _, has := range claims.Roles {
			allowed = allowed || has == role
		}
		switch {
		case err != nil:
			w.Header().Set("WWW-Authenticate", `Bearer realm="api"`)
			w.WriteHeader(http.StatusUnauthorized)
		case !allowed:
			w.WriteHeader(http.StatusForbidden)
		default:
			next.ServeHTTP(w, r.Clone(context.WithValue(r.Context(), claimsKey, &claims)))
		}
	})
}

// ClaimsFrom returns the claims of a request.
func ClaimsFrom(ctx context.Context) (Claims, bool) {
	if claims, _ := ctx.Value(claimsKey).(*Claims); claims != nil {
		return *claims, true
	}
	return Claims{}, false
}
