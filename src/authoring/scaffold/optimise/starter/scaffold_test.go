package scaffold_test

import (
	"strconv"
	"testing"

	"scaffold"
)

func TestCount(t *testing.T) {
	words := []string{"one", "two", "one", "three", "two"}
	if got := scaffold.Count(words); got != 3 {
		t.Errorf("Count(%q) = %d, want 3", words, got)
	}
}

// benchmark counts n words, other ones each time.
func benchmark(b *testing.B, n int) {
	words := make([]string, 8*n)
	for i := range words {
		words[i] = "word " + strconv.Itoa(i)
	}
	for i := 0; b.Loop(); i++ {
		start := i % 7 * n
		if got := scaffold.Count(words[start : start+n]); got != n {
			b.Fatalf("Count of %d words = %d", n, got)
		}
	}
}

func BenchmarkCount(b *testing.B)     { benchmark(b, 1000) }
func BenchmarkCount500(b *testing.B)  { benchmark(b, 500) }
func BenchmarkCount1000(b *testing.B) { benchmark(b, 1000) }
func BenchmarkCount2000(b *testing.B) { benchmark(b, 2000) }
func BenchmarkCount4000(b *testing.B) { benchmark(b, 4000) }
