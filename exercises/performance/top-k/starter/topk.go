// Package topk finds the words that texts use most.
package topk

import (
	"cmp"
	"io"
	"slices"
	"strings"
)

// A Word is a word in small letters, and how often it occurs.
type Word struct {
	Text  string
	Count int
}

// A Counter counts the words of texts.
type Counter struct {
	counts map[string]int
}

// NewCounter returns a counter that has counted nothing yet.
func NewCounter() *Counter {
	return &Counter{counts: map[string]int{}}
}

// Add counts the words of the text that r gives.
func (c *Counter) Add(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	isSeparator := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}
	for _, word := range strings.FieldsFunc(string(text), isSeparator) {
		c.counts[strings.ToLower(word)]++
	}
	return nil
}

// Top returns the k most frequent words, the most frequent first, and of
// equally frequent ones the smaller first.
func (c *Counter) Top(k int) []Word {
	var words []Word
	for text, count := range c.counts {
		words = append(words, Word{text, count})
	}
	slices.SortFunc(words, func(a, b Word) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Text, b.Text))
	})
	return words[:max(0, min(k, len(words)))]
}
