package scaffold_test

import (
	"errors"
	"testing"

	"scaffold"
)

func TestFirstOfEquals(t *testing.T) {
	words := []string{"a", "two", "six", "ten"}
	got, err := scaffold.Longest(words)
	if got != "two" || err != nil {
		t.Errorf("Longest(%q) = %q, %v, want %q, nil", words, got, err, "two")
	}
}

func TestNoWords(t *testing.T) {
	if _, err := scaffold.Longest(nil); !errors.Is(err, scaffold.ErrNoWords) {
		t.Errorf("Longest(nil) error = %v, want ErrNoWords", err)
	}
}

func TestLongest(t *testing.T) {
	words := []string{"one", "three", "fifteen", "two"}
	got, err := scaffold.Longest(words)
	if got != "fifteen" || err != nil {
		t.Errorf("Longest(%q) = %q, %v, want %q, nil", words, got, err, "fifteen")
	}
}
