package jwtauth

import "errors"

// What can be wrong with a token. Verify returns exactly one of them, wrapped or as it is.
var (
	ErrMalformed   = errors.New("token is malformed")
	ErrAlgorithm   = errors.New("token asks for an algorithm or extension that isn't supported")
	ErrSignature   = errors.New("token isn't signed with a known key")
	ErrExpired     = errors.New("token has expired")
	ErrNotYetValid = errors.New("token isn't valid yet")
	ErrAudience    = errors.New("token is for somebody else")
)
