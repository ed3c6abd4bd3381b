package scaffold_test

import (
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
