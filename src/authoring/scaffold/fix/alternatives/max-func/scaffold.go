// Package scaffold finds words.
package scaffold

import (
	"cmp"
	"errors"
	"slices"
	"unicode/utf8"
)

// ErrNoWords is returned where there are no words.
var ErrNoWords = errors.New("no words")

// Longest returns the longest word, the first of several.
func Longest(words []string) (string, error) {
	if len(words) == 0 {
		return "", ErrNoWords
	}
	// MaxFunc returns the first of several.
	return slices.MaxFunc(words, func(a, b string) int {
		return cmp.Compare(utf8.RuneCountInString(a), utf8.RuneCountInString(b))
	}), nil
}
