// Package topk finds the words that texts use most.
package topk

import (
	"bufio"
	"cmp"
	"io"
	"slices"
)

// A Word is a word in small letters, and how often it occurs.
type Word struct {
	Text  string
	Count int
}

// A Counter counts the words of texts.
type Counter struct{ counts map[string]*int }

// NewCounter returns a counter that has counted nothing yet.
func NewCounter() *Counter { return &Counter{map[string]*int{}} }

// Add counts the words of the text that r gives.
func (c *Counter) Add(r io.Reader) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 2<<20)
	scanner.Split(splitWords)
	for scanner.Scan() {
		word := scanner.Bytes()
		for i := range word {
			word[i] |= 'a' - 'A'
		}
		count := c.counts[string(word)]
		if count == nil {
			count = new(int)
			c.counts[string(word)] = count
		}
		*count++
	}
	return scanner.Err()
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// splitWords is a split function for runs of letters.
func splitWords(data []byte, atEOF bool) (advance int, token []byte, err error) {
	start := 0
	for start < len(data) && !isLetter(data[start]) {
		start++
	}
	end := start
	for end < len(data) && isLetter(data[end]) {
		end++
	}
	if end == len(data) && !atEOF || start == end {
		return start, nil, nil
	}
	return end, data[start:end], nil
}

// Top returns the k most frequent words. It sorts when there are twice as many
// as needed, and throws half of them away.
func (c *Counter) Top(k int) []Word {
	if k < 1 {
		return nil
	}
	k = min(k, len(c.counts))
	order := func(a, b Word) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.Text, b.Text))
	}
	best := make([]Word, 0, 2*k)
	full := false
	for text, count := range c.counts {
		word := Word{text, *count}
		if full && order(word, best[k-1]) > 0 {
			continue
		}
		if best = append(best, word); len(best) == 2*k {
			slices.SortFunc(best, order)
			best = best[:k]
			full = true
		}
	}
	slices.SortFunc(best, order)
	return best[:k]
}
