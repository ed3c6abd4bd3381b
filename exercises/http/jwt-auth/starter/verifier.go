// Package jwtauth lets those through who have a signed token, and the role that it takes.
package jwtauth

import (
	"errors"
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
	// TODO: what it needs to know.
}

// NewVerifier returns a Verifier of tokens for an audience that are signed with one of keys. A clock may
// differ from another one by leeway.
func NewVerifier(keys map[string][]byte, audience string, leeway time.Duration) *Verifier {
	// TODO: keep what Verify needs.
	return &Verifier{}
}

// Verify returns the claims of a token that is good now.
func (v *Verifier) Verify(token string) (Claims, error) {
	// TODO: check the token as README.md says.
	return Claims{}, errors.New("not implemented")
}
