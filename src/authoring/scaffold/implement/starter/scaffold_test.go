package scaffold_test

import (
	"testing"

	"scaffold"
)

func TestLongest(t *testing.T) {
	words := []string{"one", "three", "fifteen", "two"}
	got, err := scaffold.Longest(words)
	if got != "fifteen" || err != nil {
		t.Errorf("Longest(%q) = %q, %v, want %q, nil", words, got, err, "fifteen")
	}
}
