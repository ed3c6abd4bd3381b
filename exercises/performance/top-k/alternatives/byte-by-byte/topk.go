// Package topk finds the words that texts use most.
package topk

import (
	"bufio"
	"container/heap"
	"errors"
	"io"
)

// A Word is a word in small letters, and how often it occurs.
type Word struct {
	Text  string
	Count int
}

// A Counter counts the words of texts.
type Counter struct{ words map[string]*Word }

// NewCounter returns a counter that has counted nothing yet.
func NewCounter() *Counter { return &Counter{make(map[string]*Word)} }

// Add counts the words of the text that r gives.
func (c *Counter) Add(r io.Reader) error {
	in := bufio.NewReader(r)
	var word []byte
	for {
		b, err := in.ReadByte()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if 'A' <= b && b <= 'Z' {
			b |= 0x20
		}
		if err == nil && 'a' <= b && b <= 'z' {
			word = append(word, b)
			continue
		}
		if len(word) > 0 {
			if known, ok := c.words[string(word)]; ok {
				known.Count++
			} else {
				text := string(word)
				c.words[text] = &Word{text, 1}
			}
			word = word[:0]
		}
		if err != nil {
			return nil
		}
	}
}

// Top returns the k most frequent words.
func (c *Counter) Top(k int) []Word {
	var best worstFirst
	for _, word := range c.words {
		if len(best) < k {
			heap.Push(&best, *word)
		} else if k > 0 && best[0].before(*word) {
			best[0] = *word
			heap.Fix(&best, 0)
		}
	}
	sorted := make([]Word, len(best))
	for i := len(sorted) - 1; i >= 0; i-- {
		sorted[i] = heap.Pop(&best).(Word)
	}
	return sorted
}

// before says whether w goes before other in a heap: it is less frequent, or
// the greater of two that are as frequent.
func (w Word) before(other Word) bool {
	if w.Count != other.Count {
		return w.Count < other.Count
	}
	return w.Text > other.Text
}

type worstFirst []Word

func (h worstFirst) Len() int           { return len(h) }
func (h worstFirst) Less(i, j int) bool { return h[i].before(h[j]) }
func (h worstFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *worstFirst) Push(x any)        { *h = append(*h, x.(Word)) }

func (h *worstFirst) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
