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
	words []Word
	index map[string]int // where a word stands in words
}

// NewCounter returns a counter that has counted nothing yet.
func NewCounter() *Counter {
	return &Counter{index: map[string]int{}}
}

// small maps a letter to its small form, and every other byte to 0.
var small = func() (table [256]byte) {
	for letter := byte('a'); letter <= 'z'; letter++ {
		table[letter] = letter
		table[letter-'a'+'A'] = letter
	}
	return table
}()

// Add counts the words of the text that r gives.
func (c *Counter) Add(r io.Reader) error {
	buffer := make([]byte, 32<<10)
	word := make([]byte, 0, 64) // the letters of a word that has not ended yet
	for {
		n, err := r.Read(buffer)
		if err == io.EOF {
			if len(word) > 0 {
				c.count(word)
			}
			return nil
		}
		if err != nil {
			return err
		}
		for _, b := range buffer[:n] {
			if letter := small[b]; letter != 0 {
				word = append(word, letter)
			} else if len(word) > 0 {
				c.count(word)
				word = word[:0]
			}
		}
	}
}

func (c *Counter) count(word []byte) {
	// To look up a []byte that is converted on the spot makes no string. To
	// store under one does, so that is done once for each word: what changes
	// later stands in the slice.
	i, ok := c.index[string(word)]
	if !ok {
		i = len(c.words)
		text := string(word)
		c.index[text] = i
		c.words = append(c.words, Word{Text: text})
	}
	c.words[i].Count++
}

// compare orders words as Top returns them.
func compare(a, b Word) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Text, b.Text))
}

// Top returns the k most frequent words, the most frequent first, and of
// equally frequent ones the smaller first.
func (c *Counter) Top(k int) []Word {
	k = max(0, min(k, len(c.words)))
	if k == 0 {
		return nil
	}
	// The best k so far are a heap with the last of them at its top, so that
	// most words need only be compared with that one.
	best := slices.Clone(c.words[:k])
	for i := k/2 - 1; i >= 0; i-- {
		down(best, i)
	}
	for _, word := range c.words[k:] {
		if compare(word, best[0]) < 0 {
			best[0] = word
			down(best, 0)
		}
	}
	slices.SortFunc(best, compare)
	return best
}

// down moves the word at i to its place in the heap below.
func down(heap []Word, i int) {
	for {
		child := 2*i + 1
		if child+1 < len(heap) && compare(heap[child+1], heap[child]) > 0 {
			child++
		}
		if child >= len(heap) || compare(heap[child], heap[i]) < 0 {
			return
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
}
