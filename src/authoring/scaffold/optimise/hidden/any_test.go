package scaffold_test

import (
	"slices"
	"testing"

	"scaffold"
)

func TestAnyWords(t *testing.T) {
	tests := []struct {
		words []string
		want  int
	}{
		{nil, 0},
		{[]string{""}, 1},
		{[]string{"a", "A", "a"}, 2},
		{[]string{"b", "a", "", "b"}, 3},
	}
	for _, test := range tests {
		given := slices.Clone(test.words)
		if got := scaffold.Count(given); got != test.want {
			t.Errorf("Count(%q) = %d, want %d", test.words, got, test.want)
		}
		if !slices.Equal(given, test.words) {
			t.Errorf("Count(%q) changed the words to %q", test.words, given)
		}
	}
}
