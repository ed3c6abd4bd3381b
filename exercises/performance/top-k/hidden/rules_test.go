package topk_test

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"topk"
)

var words = regexp.MustCompile("[a-z]+")

// plain is what the statement says, word by word.
func plain(text string, k int) []topk.Word {
	counts := map[string]int{}
	for _, word := range words.FindAllString(strings.ToLower(text), -1) {
		counts[word]++
	}
	var all []topk.Word
	for text, count := range counts {
		all = append(all, topk.Word{Text: text, Count: count})
	}
	slices.SortFunc(all, func(a, b topk.Word) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Text, b.Text))
	})
	return all[:min(k, len(all))]
}

// wantTop checks what a counter finds in what r gives.
func wantTop(t *testing.T, what string, r io.Reader, k int, want []topk.Word) {
	t.Helper()
	c := topk.NewCounter()
	if err := c.Add(r); err != nil {
		t.Errorf("Add(%s) error = %v, want nil", what, err)
		return
	}
	got := c.Top(k)
	if len(got) != len(want) {
		t.Errorf("Top(%d) of %s = %d words, want %d", k, what, len(got), len(want))
		return
	}
	for i := range want {
		if g, w := got[i], want[i]; g != w {
			t.Errorf("Top(%d) of %s: word %d is %s, %d times, want %s, %d times", k, what, i, short(g.Text), g.Count, short(w.Text), w.Count)
			return
		}
	}
}

// short is text as a message can have it.
func short(text string) string {
	if len(text) > 20 {
		return fmt.Sprintf("%q… (%d letters)", text[:20], len(text))
	}
	return fmt.Sprintf("%q", text)
}

func TestAnyPieces(t *testing.T) {
	text := string(book(8_000))
	for _, k := range []int{1, 10, 300, 100_000} {
		wantTop(t, "8,000 bytes of text", strings.NewReader(text), k, plain(text, k))
	}
	want := plain(text, 50)
	wantTop(t, "8,000 bytes of text, byte by byte", iotest.OneByteReader(strings.NewReader(text)), 50, want)
	wantTop(t, "8,000 bytes of text, half of what is asked for at a time", iotest.HalfReader(strings.NewReader(text)), 50, want)
	wantTop(t, "8,000 bytes of text, the end told with the last piece", iotest.DataErrReader(strings.NewReader(text)), 50, want)
	for _, size := range []int{1 << 12, 1 << 15, 1 << 16} {
		for _, off := range []int{-3, 0} {
			text := strings.Repeat(".", size+off) + "edge " + strings.Repeat(".", size-9) + "edge"
			wantTop(t, fmt.Sprintf("%d full stops, a word, and so on", size+off), strings.NewReader(text), 5, []topk.Word{{Text: "edge", Count: 2}})
		}
	}
}

func TestLongWordsAndLines(t *testing.T) {
	long := strings.Repeat("Long", 1<<15)
	wantTop(t, "a word of 128 KiB, twice, and others", strings.NewReader("a "+long+" a "+strings.ToUpper(long)+" a"), 5,
		[]topk.Word{{Text: "a", Count: 3}, {Text: strings.ToLower(long), Count: 2}})
	wantTop(t, "a line of 80,000 bytes", strings.NewReader(strings.Repeat("one two ", 10_000)+"two"), 5,
		[]topk.Word{{Text: "two", Count: 10_001}, {Text: "one", Count: 10_000}})
}

func TestOtherBytes(t *testing.T) {
	for text, want := range map[string][]topk.Word{
		"naïve café":                 {{Text: "caf", Count: 1}, {Text: "na", Count: 1}, {Text: "ve", Count: 1}},
		"a\x00b\xffa\xc3":            {{Text: "a", Count: 2}, {Text: "b", Count: 1}},
		"@ab[cd`ef{gh":               {{Text: "ab", Count: 1}, {Text: "cd", Count: 1}, {Text: "ef", Count: 1}, {Text: "gh", Count: 1}},
		"snake_case":                 {{Text: "case", Count: 1}, {Text: "snake", Count: 1}},
		"\u212Aelvin, İ":             {{Text: "elvin", Count: 1}}, // the sign for kelvin is no k
		strings.Repeat("é", 3) + "z": {{Text: "z", Count: 1}},
	} {
		wantTop(t, fmt.Sprintf("%q", text), strings.NewReader(text), 5, want)
	}
}

func TestReadErrors(t *testing.T) {
	errBroken := errors.New("the disk is broken")
	for _, want := range []error{errBroken, io.ErrUnexpectedEOF} {
		for _, before := range []string{"", "one two", "one two ", strings.Repeat("many words ", 2_000)} {
			r := io.MultiReader(strings.NewReader(before), iotest.ErrReader(want))
			if err := topk.NewCounter().Add(r); !errors.Is(err, want) {
				t.Errorf("Add(%d bytes, then %q) error = %v, want one that wraps this", len(before), want, err)
			}
			// The last piece may come together with the error.
			r = iotest.DataErrReader(io.MultiReader(strings.NewReader(before), iotest.ErrReader(want)))
			if err := topk.NewCounter().Add(r); !errors.Is(err, want) {
				t.Errorf("Add(%d bytes, the last ones together with %q) error = %v, want one that wraps this", len(before), want, err)
			}
		}
	}
}

func TestCountersAreApart(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			word := string(rune('k' + i))
			text := strings.Repeat(word+" z ", 500+i)
			wantTop(t, fmt.Sprintf("%d times %q and z, beside other counters", 500+i, word), strings.NewReader(text), 3,
				[]topk.Word{{Text: word, Count: 500 + i}, {Text: "z", Count: 500 + i}})
		})
	}
	wg.Wait()
}

func TestResultsStay(t *testing.T) {
	c := topk.NewCounter()
	add := func(text string) {
		t.Helper()
		if err := c.Add(strings.NewReader(text)); err != nil {
			t.Errorf("Add(%q) error = %v, want nil", text, err)
		}
	}
	wantWords := func(when string, got, want []topk.Word) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s = %v, want %v", when, got, want)
		}
	}
	add("a b a c d a b")
	first := c.Top(3)
	wantFirst := []topk.Word{{Text: "a", Count: 3}, {Text: "b", Count: 2}, {Text: "c", Count: 1}}
	wantWords("Top(3)", first, wantFirst)

	add("d d d c")
	second := c.Top(3)
	wantSecond := []topk.Word{{Text: "d", Count: 4}, {Text: "a", Count: 3}, {Text: "b", Count: 2}}
	wantWords("Top(3) after another text", second, wantSecond)
	wantWords("what Top(3) returned before another text", first, wantFirst)

	// What was returned is the caller's.
	clear(second)
	wantWords("Top(3) after the caller has changed a result", c.Top(3), wantSecond)
	wantWords("Top(1) after Top(3)", c.Top(1), wantSecond[:1])
}
