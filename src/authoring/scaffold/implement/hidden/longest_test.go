package scaffold_test

import (
	"errors"
	"testing"

	"scaffold"
)

func TestCountsCharacters(t *testing.T) {
	words := []string{"größe", "larger"}
	got, err := scaffold.Longest(words)
	if got != "larger" || err != nil {
		t.Errorf("Longest(%q) = %q, %v, want %q, nil", words, got, err, "larger")
	}
}

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
