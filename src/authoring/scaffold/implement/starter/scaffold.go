// Package scaffold finds words.
package scaffold

import "errors"

// ErrNoWords is returned where there are no words.
var ErrNoWords = errors.New("no words")

// Longest returns the longest word, the first of several.
func Longest(words []string) (string, error) {
	return "", errors.New("scaffold: Longest is not written yet")
}
