package topk_test

import (
	"strings"
	"testing"

	"topk"
)

// BenchmarkText counts the words of 512 KiB, from another place each time.
func BenchmarkText(b *testing.B) {
	text := book(512 << 10)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c := topk.NewCounter()
		if err := c.Add(&library{book: text, at: i * 997 % len(text), left: len(text)}); err != nil {
			b.Fatalf("Add(512 KiB of text) error = %v, want nil", err)
		}
		if got := c.Top(20); len(got) != 20 {
			b.Fatalf("Top(20) of 512 KiB of text = %d words, want 20", len(got))
		}
	}
}

// BenchmarkTop finds the first 50 of 20,000 words, one of which has become more
// frequent each time.
func BenchmarkTop(b *testing.B) {
	const count = 20_000
	text := make([]byte, 0, count*5)
	for i := range count {
		n := i * 7919 % 456_976 // in no order
		text = append(text, 'a'+byte(n%26), 'a'+byte(n/26%26), 'a'+byte(n/676%26), 'a'+byte(n/17_576), ' ')
	}
	c := topk.NewCounter()
	if err := c.Add(strings.NewReader(string(text))); err != nil {
		b.Fatalf("Add(20,000 words) error = %v, want nil", err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		at := i % count * 5
		if err := c.Add(strings.NewReader(string(text[at : at+5]))); err != nil {
			b.Fatalf("Add(a word) error = %v, want nil", err)
		}
		if got := c.Top(50); len(got) != 50 || got[0].Count < 2 {
			b.Fatalf("Top(50) of 20,000 words = %d words, the first of them %d times, want 50, and 2 or more", len(got), got[0].Count)
		}
	}
}
