package scaffold_test

import (
	"errors"
	"testing"

	"scaffold"
)

func TestLongest(t *testing.T) {
	tests := []struct {
		name  string
		words []string
		want  string
	}{
		{"in the middle", []string{"one", "fifteen", "two"}, "fifteen"},
		{"first of equals", []string{"two", "six"}, "two"},
		{"an empty word", []string{""}, ""},
		{"characters, not bytes", []string{"größe", "larger"}, "larger"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := scaffold.Longest(test.words)
			if got != test.want || err != nil {
				t.Errorf("Longest(%q) = %q, %v, want %q, nil", test.words, got, err, test.want)
			}
		})
	}
}

func TestNoWords(t *testing.T) {
	if _, err := scaffold.Longest(nil); !errors.Is(err, scaffold.ErrNoWords) {
		t.Errorf("Longest(nil) error = %v, want ErrNoWords", err)
	}
}
