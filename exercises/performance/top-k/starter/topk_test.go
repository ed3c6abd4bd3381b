package topk_test

import (
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"topk"
)

func TestCounts(t *testing.T) {
	for _, test := range []struct {
		text string
		want []topk.Word
	}{
		{"", nil},
		{" \n\t 123 --- 42! \n", nil},
		{"word", []topk.Word{{"word", 1}}},
		{"One fish, two fish.", []topk.Word{{"fish", 2}, {"one", 1}, {"two", 1}}},
		{"The THE the tHe", []topk.Word{{"the", 4}}},
		{"go1.26 is Go", []topk.Word{{"go", 2}, {"is", 1}}},
		{"don't\nworry,don't", []topk.Word{{"don", 2}, {"t", 2}, {"worry", 1}}},
	} {
		c := topk.NewCounter()
		if err := c.Add(strings.NewReader(test.text)); err != nil {
			t.Errorf("Add(%q) error = %v, want nil", test.text, err)
		}
		if got := c.Top(10); !slices.Equal(got, test.want) {
			t.Errorf("Top(10) of %q = %v, want %v", test.text, got, test.want)
		}
	}
}

func TestSeveralTexts(t *testing.T) {
	c := topk.NewCounter()
	for i, text := range []string{"over", "under and over", "", "Over and out"} {
		if err := c.Add(strings.NewReader(text)); err != nil {
			t.Errorf("Add(%q), text %d, error = %v, want nil", text, i+1, err)
		}
	}
	want := []topk.Word{{"over", 3}, {"and", 2}, {"out", 1}, {"under", 1}}
	if got := c.Top(10); !slices.Equal(got, want) {
		t.Errorf("Top(10) of four texts = %v, want %v", got, want)
	}
}

func TestOrder(t *testing.T) {
	const text = "d c b a e e c d b f c"
	all := []topk.Word{{"c", 3}, {"b", 2}, {"d", 2}, {"e", 2}, {"a", 1}, {"f", 1}}
	c := topk.NewCounter()
	if err := c.Add(strings.NewReader(text)); err != nil {
		t.Fatalf("Add(%q) error = %v, want nil", text, err)
	}
	for _, test := range []struct{ k, want int }{{-1, 0}, {0, 0}, {1, 1}, {2, 2}, {3, 3}, {5, 5}, {6, 6}, {7, 6}, {1000, 6}} {
		if got, want := c.Top(test.k), all[:test.want]; !slices.Equal(got, want) {
			t.Errorf("Top(%d) of %q = %v, want %v", test.k, text, got, want)
		}
	}
}

// book is some text of so many bytes, in which some of 5,000 words are much
// more frequent than others.
func book(size int) []byte {
	chance := rand.New(rand.NewPCG(1, 2))
	frequent := rand.NewZipf(chance, 1.1, 4, 4999)
	words := make([]string, 5000)
	for i := range words {
		word := make([]byte, 2+chance.IntN(9))
		for j := range word {
			word[j] = byte('a' + chance.IntN(26))
		}
		if i%7 == 0 {
			word[0] -= 'a' - 'A'
		}
		words[i] = string(word)
	}
	text := make([]byte, 0, size+16)
	for len(text) < size {
		text = append(text, words[frequent.Uint64()]...)
		text = append(text, ", \n .    "[chance.IntN(9)])
	}
	return text[:size]
}

// A library is a reader that gives a book again and again, until so many bytes
// are read, without having them.
type library struct {
	book     []byte
	at, left int
}

func (l *library) Read(p []byte) (int, error) {
	if l.left == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), l.left)], l.book[l.at:])
	l.at = (l.at + n) % len(l.book)
	l.left -= n
	return n, nil
}

// BenchmarkLongText counts the words of 4 MiB, from another place each time.
func BenchmarkLongText(b *testing.B) {
	text := book(256 << 10)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r := &library{book: text, at: i * 997 % len(text), left: 4 << 20}
		c := topk.NewCounter()
		if err := c.Add(r); err != nil {
			b.Fatalf("Add(4 MiB of text) error = %v, want nil", err)
		}
		if got := c.Top(20); len(got) != 20 {
			b.Fatalf("Top(20) of 4 MiB of text = %d words, want 20", len(got))
		}
	}
}
