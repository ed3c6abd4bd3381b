// Package scaffold finds words.
package scaffold

import (
	"errors"
	"unicode/utf8"
)

// ErrNoWords is returned where there are no words.
var ErrNoWords = errors.New("no words")

// Longest returns the longest word, the first of several.
func Longest(words []string) (string, error) {
	if len(words) == 0 {
		return "", ErrNoWords
	}
	longest := words[0]
	for _, word := range words {
		if utf8.RuneCountInString(word) >= utf8.RuneCountInString(longest) {
			longest = word
		}
	}
	return longest, nil
}
